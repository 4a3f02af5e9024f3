"""Takes the pictures in docs/screenshots from the app itself, on the pilot tests' evening: `python -m tests.screenshots`."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"  # read by Textual when it is imported
os.environ.pop("NO_COLOR", None)

from tests.pilot.driving import SMALLEST, USUAL, Console, console_on
from tests.pilot.evening import Evening
from tests.pilot.triage_driving import Pace, screen_of
from zcc_console.core.files import data_dir
from zcc_console.protocols.library import DEMONSTRATION, open_library

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"


def keep(console: Console, name: str) -> None:
    """Write the screen as SVG, without the fonts that it would fetch from the web."""
    svg = console.app.export_screenshot(title="zcc-console")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)
    (FOLDER / f"{name}.svg").write_text(svg.replace("Fira Code", "monospace"), encoding="utf-8")
    sys.stdout.write(f"docs/screenshots/{name}.svg\n")


async def take(size: tuple[int, int], suffix: str) -> None:
    """Every screen at one size: the queue, capacity and regie; a triage of chest pain; its handoff; the card."""
    with tempfile.TemporaryDirectory() as folder:
        evening = Evening.open(Path(folder) / "desk")
        protocols = open_library(data_dir() / "protocols" / DEMONSTRATION, Path(folder)).protocols
        try:
            async with console_on(evening, size=size) as console:
                screen_of(console).library.protocols = protocols
                screen_of(console).key_time = Pace()
                keep(console, f"queue{suffix}")
                await console.press("f4")
                keep(console, f"capacity{suffix}")
                await console.press("f5")
                keep(console, f"regie{suffix}")
                await console.press("f2", "down", "enter")
                await console.pull()
                keep(console, f"triage-abcd{suffix}")
                await console.press("enter")
                await console.type("druk op de borst")
                await console.press("enter", "1", "1", "2")
                keep(console, f"triage{suffix}")
                await console.press("f9")
                await console.pull(4)
                keep(console, f"handoff{suffix}")
                await console.pull(10)
                keep(console, f"voice{suffix}")
        finally:
            evening.close()


async def main() -> None:
    """Both sizes."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    await take(USUAL, "")
    await take(SMALLEST, "-80x24")


if __name__ == "__main__":
    asyncio.run(main())
