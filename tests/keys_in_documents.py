"""Writes the keys of keys.py into README and docs/keys.md: `python -m tests.keys_in_documents`."""

from __future__ import annotations

import re

from tests.unit.test_documents import ROOT, readme_table
from zcc_console.keys import markdown_table

HEAD = "# All keys\n\nFrom `zcc_console/keys.py`, the one source for bindings, key bar and help.\n\n"


def main() -> None:
    """Rewrite both."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    text = re.sub(
        r"(<!-- keys.*?-->\n).*?(\n<!-- /keys -->)",
        lambda found: found.group(1) + readme_table() + found.group(2),
        text,
        flags=re.DOTALL,
    )
    readme.write_text(text, encoding="utf-8")
    (ROOT / "docs" / "keys.md").write_text(HEAD + markdown_table(), encoding="utf-8")


if __name__ == "__main__":
    main()
