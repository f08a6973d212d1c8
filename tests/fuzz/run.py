"""Run every fuzz target for its share of the time: `python -m tests.fuzz.run --seconds 600`.

A target is a file `fuzz_*.py` beside this one with `run(seconds, seed)`: it throws mutated bytes at one door of the product, returns
how many it tried, and raises on anything that is not an error of ours. Exits 1 if one did.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib.util
import random
import sys
import time
import traceback
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def main(argv: list[str] | None = None) -> int:
    """Run the targets, print a line for each, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--seed", type=int, default=None, help="to repeat a run; printed with each target")
    asked = parser.parse_args(argv)
    paths = sorted(HERE.glob("fuzz_*.py"))
    share = asked.seconds / len(paths)
    seed = random.SystemRandom().randrange(2**32) if asked.seed is None else asked.seed
    failed = sum(not _held(path, share, seed) for path in paths)
    print(f"{len(paths) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _held(path: Path, seconds: float, seed: int) -> bool:
    faulthandler.dump_traceback_later(seconds * 3 + 120, exit=True)  # an input that hangs is a failure too
    begun = time.monotonic()
    try:
        tried = _loaded(path).run(seconds=seconds, seed=seed)
    except Exception:  # noqa: BLE001 - whatever it is, it is what fuzzing looks for
        traceback.print_exc()
        print(f"{path.stem}: an exception that is not ours (seed {seed})")
        return False
    finally:
        faulthandler.cancel_dump_traceback_later()
    print(f"{path.stem}: {tried:,} inputs in {time.monotonic() - begun:.0f} s, no exception but ours (seed {seed})")
    return bool(tried > 0)


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    raise SystemExit(main())
