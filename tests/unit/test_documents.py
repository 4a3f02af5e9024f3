"""The documents say what the program does: the keys in README and docs/keys.md are those of keys.py."""

from __future__ import annotations

import re
from pathlib import Path

from zcc_console.keys import ALL, KEYS, PLACES, markdown_table

ROOT = Path(__file__).resolve().parents[2]
SHOWN = (
    "handoff",
    "take",
    "next",
    "queue",
    "triage",
    "capacity",
    "regie",
    "note",
    "recall",
    "voice_spoken",
    "help",
    "guarded_quit",
)
"""The keys of the first five minutes."""


def readme_table() -> str:
    """The README's short table."""
    lines = ["| key | also | what (as the screen says it) |", "|---|---|---|"]
    for name in SHOWN:
        entry = next(entry for entry in KEYS if entry.id == name)
        also = ", ".join(f"`{twin}`" for twin in entry.twins)
        where = "" if ALL in entry.where else f"{', '.join(PLACES[place] for place in entry.where)}: "
        lines.append(f"| `{entry.shown}` | {also} | {where}{entry.does} |")
    return "\n".join(lines)


def test_the_readme_shows_the_keys_as_they_are() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- keys.*?-->\n(.*?)\n<!-- /keys -->", text, re.DOTALL)
    assert found is not None
    assert found.group(1) == readme_table()


def test_the_list_of_all_keys_is_complete() -> None:
    assert (ROOT / "docs" / "keys.md").read_text(encoding="utf-8").endswith(markdown_table())


def test_every_file_that_the_readme_points_at_is_there() -> None:
    for name in ("README.md", "CHANGELOG.md", "docs/architecture.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert ((ROOT / name).parent / target).exists(), f"{name}: {target}"


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    reasons = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").lower()
    for line in project["dependencies"]:
        name = re.split(r"[\[<>=~ ]", line)[0]
        assert name.lower() in reasons, name
