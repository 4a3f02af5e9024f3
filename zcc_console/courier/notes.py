"""The courier's sentences for the person at the desk (Dutch), from what it noted. Pure; never patient data."""

from __future__ import annotations

from zcc_console.core.clock import local_hm, parse_time_or_none
from zcc_console.core.jsontypes import JsonObject
from zcc_console.courier.pull_terms import Link

DIGEST_SHOWN_S = 900.0
"""How long a desk says that its state was not the hub's."""


def sentence(link: JsonObject, beat: JsonObject, digest: JsonObject, boot: float, boot_id: str) -> str:
    """The one that matters most; empty where all is as it should be.

    Args:
        link: the note of `NoteLink`; beat: of `NoteBeat`; digest: of `NoteDigest`; each may be empty.
        boot: now, on the boot clock of `boot_id`.
    """
    if beat.get("in_use") is True and beat.get("boot_id") == boot_id:
        return "deze desk is elders ook in gebruik (gekopieerd profiel?); uw werk gaat door, waarschuw de beheerder"
    if link.get("state") == Link.OTHER_KIND:
        return "andere soort regio (oefening of echt): niets wordt getoond of verzonden"
    if link.get("state") == Link.CREDENTIAL:
        return "de hub neemt het token van deze desk niet aan; uw werk blijft bewaard, waarschuw de beheerder"
    if link.get("state") == Link.EXPIRED:
        return "de hub begint met een nieuwe stand; die wordt opgehaald, de oude blijft zolang staan"
    noted = digest.get("boot")
    if digest.get("boot_id") == boot_id and isinstance(noted, int | float) and boot - noted < DIGEST_SHOWN_S:
        moment = parse_time_or_none(digest.get("at"))
        when = f" om {local_hm(moment)}" if moment is not None else ""
        return f"het beeld week af van de hub en is{when} opnieuw opgehaald"
    return ""
