"""`make bench`: measures the installed wheel beside its anchors and prints the table of the budgets. Exits 0: no gate."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import starts, using
from tests.benchmarks.desks import DeskFolder
from tests.benchmarks.installed import Installed, install
from tests.benchmarks.report import Missing, Row, table

Part = Callable[[], list[Row | Missing]]


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: under a minute once it is installed")
    parser.add_argument("parts", nargs="*", help="starts, using (default: all)")
    options = parser.parse_args()
    installed = install()
    with tempfile.TemporaryDirectory(prefix="zcc-bench-") as name:
        rows: list[Row | Missing] = []
        for part, measure in parts(installed, Path(name), quick=options.quick).items():
            if options.parts and part not in options.parts:
                continue
            began = time.monotonic()
            try:
                rows += measure()
            except Exception as error:
                rows.append(Missing(part, f"{type(error).__name__}: {error}".splitlines()[0]))
            print(f"{part}: {time.monotonic() - began:.0f} s", flush=True)
    print(table(rows))


def parts(installed: Installed, home: Path, *, quick: bool) -> dict[str, Part]:
    """What can be measured, by name."""
    folder = DeskFolder.seed(home / "desk", 5000)
    length = using.Length(keys=20, pages=8, seconds=3) if quick else using.Length(keys=100, pages=30, seconds=10)
    return {
        "starts": lambda: starts.measure(installed, folder, 3 if quick else 12),
        "using": lambda: using.measure(installed, folder, length),
    }


if __name__ == "__main__":
    main()
