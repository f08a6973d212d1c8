"""Run the policykit of this very checkout: `python -I engine.py VERB …`. The commit that pins the action pins the engine.

Isolated (`-I`): nothing is imported from the working directory, from PYTHONPATH or from the user's own packages, so a pull
request cannot bring a `policykit` of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

if not sys.flags.isolated:
    sys.exit("engine.py: run it as `python -I`, or the working directory could be imported from")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policykit.cli.start import main  # from here on, and from nowhere else

main()
