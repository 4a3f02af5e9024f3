"""What the banner and the card say of a handoff: never more than is known, never "geaccepteerd" before it is so.

Pure text from a `HandoffView`; it knows no widget and no colour.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from zcc_console.core.clock import local
from zcc_console.core.handoff import Alarm, State
from zcc_console.desk.rows import HandoffView

WHY: Final = {
    "niet-vastgelegd": "niet vastgelegd op deze desk: er is niets verstuurd",
    "niet-ontvangen": "bericht niet bevestigd",
    "niet-geaccepteerd": "ontvangen, maar niet geaccepteerd",
    "geweigerd": "geweigerd door de RAV",
    "alle-routes-weigeren": "alle routes weigeren het bericht",
    "herstart": "na een herstart nog open; hoe lang al is onbekend",
    "accepteert-alleen-per-telefoon": "ontvangen; deze RAV neemt alleen per telefoon aan",
    "spreken-elkaar-tegen": "bericht en telefoon spreken elkaar tegen",
    "herroepen-niet-bevestigd": "herroepen is niet bevestigd",
    "herroepen-niet-aangekomen": "herroepen is niet aangekomen",
    "wijziging-niet-aangekomen": "een wijziging is niet aangekomen",
}
"""The clock's reasons (`core.handoff.clock`), as people read them."""

OUTCOMES: Final = {"accepted": "geaccepteerd", "refused": "geweigerd"}
_RECEIVED: Final = (State.RECEIVED, State.OPENED, State.ACCEPTED, State.REJECTED, State.CLOSED)


def at_time(moment: datetime | None) -> str:
    """`22:41:07` local; nothing where it is unknown."""
    return local(moment).strftime("%H:%M:%S") if moment is not None else ""


def duration(seconds: float | None) -> str:
    """`0:12`; `?` where nobody knows (after a reboot)."""
    if seconds is None:
        return "?"
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def lasted(view: HandoffView) -> float | None:
    """The seconds it took or has taken so far; once it has ended they count no further."""
    if view.taken_s is not None:
        return view.taken_s
    if view.answered_at is not None and view.pressed_at is not None and not view.live:
        return max(0.0, (view.answered_at - view.pressed_at).total_seconds())
    return view.elapsed_s


def title(view: HandoffView) -> str:
    """The first words of the banner, in capitals."""
    now, rav = view.standing, view.rav_name.upper()
    if now.conflict:
        return f"TEGENSPRAAK · {rav}"
    if now.recall is not None:
        if now.recall_done:
            return f"HERROEPEN · {rav}"
        return f"TE LAAT HERROEPEN · {rav}" if now.recall_too_late else f"HERROEPEN GEVRAAGD · {rav}"
    if now.handed_over:
        return f"OVERGEDRAGEN AAN {rav}"
    if now.voice_outcome == "refused":
        return f"PER TELEFOON GEWEIGERD · {rav}"
    if now.state is State.REJECTED:
        return f"GEWEIGERD DOOR {rav}"
    if now.state is State.CLOSED:
        return f"AFGESLOTEN DOOR {rav}"
    return f"NAAR {rav}"


def track(view: HandoffView, *, short: bool = False) -> str:
    """How far the message has come: `vastgelegd 22:41:07  ✓ verzonden  ✓ ontvangen 22:41:08`."""
    state = view.standing.state
    pressed = at_time(view.pressed_at)
    parts = ["✓ vastgelegd" if short else f"vastgelegd {pressed}".strip()]
    if state is not State.COMMITTED:
        parts.append("✓ verzonden")
    if state in _RECEIVED:
        parts.append(f"✓ ontvangen {at_time(view.received_at)}".strip())
    if state is State.OPENED:
        parts.append("✓ geopend")
    return "  ".join(parts)


def message_standing(view: HandoffView, *, brief: bool = False) -> str:
    """Where the message itself stands, in one phrase; `brief`: without who and when, so that the reference fits."""
    state = view.standing.state
    answered = "" if brief else at_time(view.answered_at)
    who = f" door {view.by}" if view.by and not brief else ""
    mark = f", kenmerk {view.rav_reference}" if view.rav_reference else ""
    why = f": {view.reason}" if view.reason else ""
    match state:
        case State.COMMITTED:
            return "nog niet verzonden"
        case State.SENT:
            return "nog niet ontvangen door de RAV"
        case State.RECEIVED | State.OPENED:
            return "wacht op acceptatie door de centralist"
        case State.ACCEPTED:
            return f"GEACCEPTEERD {answered}{who}{mark}".replace("  ", " ").replace(" ,", ",")
        case State.REJECTED:
            return f"GEWEIGERD {answered}{who}{why}".replace("  ", " ")
        case State.CLOSED:
            return f"afgesloten {answered}{who}{why}".replace("  ", " ")


def voice_standing(view: HandoffView, *, brief: bool = False) -> str:
    """What came of a telephone call; nothing where there was none. `brief`: without whom they spoke to."""
    outcome = view.standing.voice_outcome
    if outcome is None:
        return ""
    who = f", gesproken met {view.voice_by}" if view.voice_by and not brief else ""
    mark = f", kenmerk {view.voice_reference}" if view.voice_reference else ""
    return f"telefoon: {OUTCOMES.get(outcome, outcome)}{who}{mark}"


def differ(view: HandoffView) -> bool:
    """Whether message and telephone say something else, so that both must be shown."""
    outcome = view.standing.voice_outcome
    if outcome is None:
        return False
    return not (outcome == "accepted" and view.standing.state is State.ACCEPTED)


def track_pieces(view: HandoffView, *, short: bool = False, brief: int = 0) -> tuple[str, str]:
    """The second line in two pieces: what is done, and what it waits for now.

    Args:
        brief: 1 leaves the steps before the answer out, 2 also who and when; the reference is never cut.
    """
    now = view.standing
    if now.recall is not None:
        if now.recall_done:
            return "✓ de RAV heeft bevestigd dat zij stopt", ""
        if now.recall_too_late:
            return f"bericht: {message_standing(view, brief=brief > 0)}", "▸ de rit gaat door"
        heard = "✓ ontvangen" if now.recall.message_id in now.received else "nog niet ontvangen"
        return f"verzoek om te stoppen: {heard}", "▸ wacht op een mens van de RAV"
    if now.voice_outcome is not None:
        told = voice_standing(view, brief=brief > 0)
        return (
            (f"{told}   bericht: {message_standing(view, brief=brief > 1)}", "") if differ(view) else (f"✓ {told}", "")
        )
    if now.state in (State.ACCEPTED, State.REJECTED, State.CLOSED):
        mark = "✓ " if now.state is State.ACCEPTED else ""
        before = "" if brief else f"{track(view, short=True)}  "
        return f"{before}{mark}{message_standing(view, brief=brief > 1)}", ""
    if view.reading.alarm is Alarm.AMBER:
        tries = f" · {view.attempts} pogingen" if view.attempts > 1 else ""
        return track(view, short=short), f"▸ NOG NIET ONTVANGEN DOOR DE RAV{tries}"
    return track(view, short=short), f"▸ {message_standing(view)}"


def advice(view: HandoffView, *, aside: bool) -> str:
    """The third line: what to do now.

    Args:
        aside: the voice card is due and was put aside; the line stands in for it.
    """
    now, phone = view.standing, view.rav_phone
    if now.conflict:
        return f"bel {phone}, noem {view.reference} en vraag wat geldt · het blijft open tot het klopt · v kaart"
    if view.card_due or aside:
        why = WHY.get(view.reading.why, "niet bevestigd")
        return f"BEL NU DE RAV {phone} · {why} · v kaart"
    if now.recall is not None:
        if now.recall_done:
            return "F9 stuurt een nieuwe overdracht als die toch nodig is"
        if now.recall_too_late:
            return f"bel {phone} als de rit niet nodig is; alleen de RAV beslist"
        return f"alleen de RAV stopt een rit · bel zelf{_countdown(view)}: {phone}"
    if now.handed_over:
        taken = f"na {duration(view.taken_s)} · " if view.taken_s is not None else ""
        return f"{taken}vragen en wijzigingen gaan als aanvulling mee · r herroepen"
    if now.ended:
        return f"bel {phone} · F9 stuurt opnieuw"
    return f"houd de beller aan de lijn · bel zelf{_countdown(view)}: {phone} · r herroepen"


def _countdown(view: HandoffView) -> str:
    left = view.reading.seconds_to_voice
    return "" if left is None else f" over {max(0, round(left))} s"


def short_state(view: HandoffView) -> str:
    """A few words for a list: `geaccepteerd R-20418`, `ontvangen, wacht op acceptatie`, `per telefoon R-20391`."""
    now = view.standing
    if now.conflict:
        return "bericht en telefoon verschillen"
    if now.recall is not None:
        return "herroepen" if now.recall_done else "te laat herroepen" if now.recall_too_late else "herroepen gevraagd"
    if now.voice_outcome == "accepted":
        mark = view.voice_reference
        return "per telefoon" if mark.lower() == "telefonisch" else f"per telefoon {mark}".strip()
    if now.voice_outcome == "refused":
        return "per telefoon geweigerd"
    return {
        State.COMMITTED: "vastgelegd, nog niet verzonden",
        State.SENT: "verzonden, nog niet ontvangen",
        State.RECEIVED: "ontvangen, wacht op acceptatie",
        State.OPENED: "geopend, wacht op acceptatie",
        State.ACCEPTED: f"geaccepteerd {view.rav_reference}".strip(),
        State.REJECTED: "geweigerd",
        State.CLOSED: "afgesloten",
    }[now.state]
