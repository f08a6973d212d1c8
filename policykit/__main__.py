"""`python -m policykit`."""

from __future__ import annotations

from policykit.cli.start import main

if __name__ == "__main__":
    main()
