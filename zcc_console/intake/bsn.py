"""The citizen service number: which identifiers are one, whether it can be one, and keeping it out of free text.

The hub keeps a BSN apart and never puts it in the log (contract.md §2), so it may stand in one field only.
"""

from __future__ import annotations

import re

SYSTEMS = frozenset({"http://fhir.nl/fhir/NamingSystem/bsn", "urn:oid:2.16.840.1.113883.2.4.6.3"})
WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
REMOVED = "[BSN weggelaten]"


def is_bsn(text: str) -> bool:
    """Nine digits that pass the 11-proef (9A+8B+7C+6D+5E+4F+3G+2H−1I divisible by 11), and not all zero."""
    if len(text) != 9 or not (text.isascii() and text.isdigit()) or text == "000000000":
        return False
    return sum(weight * int(digit) for weight, digit in zip(WEIGHTS, text, strict=True)) % 11 == 0


def without(text: str, numbers: frozenset[str]) -> str:
    """The text with these numbers left out, also where they are written in groups."""
    for number in numbers:
        if len(number) >= 8 and number.isdigit():
            pattern = r"(?<!\d)" + r"[\s.\-]?".join(number) + r"(?!\d)"
            text = re.sub(pattern, REMOVED, text)
    return text
