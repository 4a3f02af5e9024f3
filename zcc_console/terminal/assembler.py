"""Puts the bytes of a keyboard together again: whole keys come out, whatever the line did to them on the way.

Pure: fed with bytes and a time, no input or output, no Textual. The rule above all others: what follows an escape
that was split, late or unknown is never typed as a key, because a digit would answer a question.
"""

from __future__ import annotations

import codecs
import re
from enum import Enum
from typing import NamedTuple

ESCAPE_WAIT = 0.3
"""Seconds that a lone ESC may be the beginning of something, before it is the Escape key."""
SEQUENCE_WAIT = 3.0
"""Seconds that an unfinished sequence may still become a key; also how long a lone ESC can get its rest back."""
TAIL_WAIT = 5.0
"""Seconds after that in which the rest of the lost sequence is still swallowed, not typed."""
PASTE_WAIT = 30.0
"""Seconds of silence after which a paste that was never closed is taken to be over."""
PASTE_HATCH = 1.0
"""Seconds of silence in such a paste after which a key that is no text (Ctrl+G, Escape, F9) ends it and acts."""
LONGEST = 4096
"""Characters of an unfinished sequence that are kept; longer ones are lost."""
_BEGINNING = 8  # of a lost one: enough to know its kind by


class Kind(Enum):
    """What a piece is."""

    TEXT = "text"
    """Characters, each of them a key."""
    SEQUENCE = "sequence"
    """One whole escape sequence, in the dialect of xterm."""
    ESCAPE = "escape"
    """The Escape key."""
    ALT = "alt"
    """A character that was typed with Alt (or straight after Escape: a terminal sends the same)."""
    PASTE = "paste"
    """Text that was pasted; it may hold anything."""


class Piece(NamedTuple):
    """One whole thing from the keyboard."""

    kind: Kind
    text: str


# ESC [ parameters intermediates final; ESC [ [ letter is the Linux console; ESC O letter; the rest are strings.
_CSI = re.compile(r"\x1b\[(?:\[[A-Z]|[0-?]*[ -/]*[@-Z\\-~])")
_CSI_PART = re.compile(r"\x1b\[\[?[0-?]*[ -/]*\Z")
_SS3 = re.compile(r"\x1bO[0-9]*[A-Za-z\[ ]")
_SS3_PART = re.compile(r"\x1bO[0-9]*\Z")
_BEGUN = re.compile(r"\x1b(?:\[\[?[0-?]*[ -/]*|O[0-9]*)")
_STRING = re.compile(r"\x1b(?:\](?=[0-9])|P(?=[0-9>!|+$])|_(?=G))")
_STRING_PART = re.compile(r"\x1b[\]P_]\Z")
_STRING_END = re.compile(r"\x1b\\|\x1b(?=[^\\])|[\x00-\x1a\x1c-\x1f]")
_OSC_REPLY = re.compile(r"\x1b\][0-9]+;")
_KITTY_EVENT = re.compile(r"(\x1b\[[0-9:]*;[0-9]+):([0-9]+)((?:;[0-9:]*)?[u~A-S])")
_WHOLE_REST = re.compile(r"\[[0-9;:]+[~u]")
_SS3_REST = re.compile(r"O[A-Z\[]\Z")
_OTHER_C1 = re.compile(r"[\x80-\x9f]")
_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"

_F5_TO_F12 = [f"\x1b[{number}~" for number in (15, 17, 18, 19, 20, 21, 23, 24)]
_DIALECTS = {
    **dict(zip([f"\x1bO{letter}" for letter in "TUVWXYZ["], _F5_TO_F12, strict=True)),  # PuTTY "VT100+"
    "\x1b[U": "\x1b[20~",  # PuTTY "SCO": F9; its others collide with what xterm means by them
}


def _replace(error: UnicodeError) -> tuple[str, int]:
    """What is not UTF-8 is shown, except the two 8-bit controls that introduce keys."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return {b"\x9b": "\x9b", b"\x8f": "\x8f"}.get(wrong, "\ufffd"), error.end


codecs.register_error("zcc-keyboard", _replace)


class Assembler:
    """Bytes and times in, whole pieces out.

    Call `feed` for each read and `tick` at least every few hundredths of a second while `waiting`.
    """

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("zcc-keyboard").decode
        self._held = ""  # an unfinished sequence; always begins with ESC
        self._since = 0.0  # when its ESC came, or when it was given up
        self._lost = False  # given up: swallow the rest of it, for a while
        self._escaped_at: float | None = None  # when a lone ESC was given up
        self._paste: list[str] | None = None
        self._heard = 0.0  # when anything came last

    @property
    def waiting(self) -> bool:
        """Whether time alone can change something."""
        return bool(self._held) or self._paste is not None

    def feed(self, data: bytes, now: float) -> list[Piece]:
        """Take what the terminal sent; give what is whole."""
        text = self._decode(data).replace("\x9b", "\x1b[").replace("\x8f", "\x1bO")
        text = _OTHER_C1.sub("\ufffd", text)
        alone = self._paste is None and self._held == "\x1b" and text[:1] not in ("[", "O")
        # For the rest of a sequence, what has come wins over the clock.
        out = self.tick(now) if alone or self._paste is not None else []
        if alone and self._held and text[:1] < " " and text[:1] not in ("", "\x1b"):
            self._held = ""  # a terminal sends Alt with a control in one go: these are two keys
            out.append(Piece(Kind.ESCAPE, "\x1b"))
        if self._paste is not None and now - self._heard >= PASTE_HATCH and _is_one_key(text.lstrip("\ufffd")):
            self._end_paste(out)
        self._heard = now
        if text and not self._held and self._escaped_at is not None:
            text = self._give_escape_back(text, now)
        if text:
            self._since = now
        text, self._held = self._held + text, ""
        while text:
            text = self._take_pasted(text, out) if self._paste is not None else self._take(text, out)
        return _joined(out)

    def tick(self, now: float) -> list[Piece]:
        """Give up what has waited too long."""
        out: list[Piece] = []
        if self._paste is not None:
            if now - self._heard >= PASTE_WAIT:
                self._end_paste(out)
        elif self._held == "\x1b" and not self._lost:
            if now - self._since >= ESCAPE_WAIT:
                self._held, self._escaped_at = "", now
                out.append(Piece(Kind.ESCAPE, "\x1b"))
        elif self._held and self._lost:
            if now - self._since >= TAIL_WAIT:
                self._held, self._lost = "", False
        elif self._held and now - self._since >= SEQUENCE_WAIT:
            self._lost, self._since = True, now
        return out

    def _give_escape_back(self, text: str, now: float) -> str:
        """The rest of a key whose ESC was given up gets it back.

        A person's `[` so soon after Escape means nothing, and nobody types a whole `[20~` at once, however late. A
        capital O may begin a word, so it counts only when its letter came with it.
        """
        assert self._escaped_at is not None
        late = now - self._escaped_at > SEQUENCE_WAIT
        self._escaped_at = None
        returns = _WHOLE_REST.match(text) if late else text[0] == "[" or _SS3_REST.match(text)
        return "\x1b" + text if returns else text

    def _take(self, text: str, out: list[Piece]) -> str:
        """Take one piece from the front; returns what is left of the text."""
        start = text.find("\x1b")
        if start != 0:
            end = len(text) if start < 0 else start
            out.append(Piece(Kind.TEXT, text[:end]))
            return text[end:]
        if match := _CSI.match(text) or _SS3.match(text):
            self._sequence(match[0], out)
            return text[match.end() :]
        if _STRING.match(text):
            return self._take_string(text)
        if text == "\x1b" or _CSI_PART.match(text) or _SS3_PART.match(text) or _STRING_PART.match(text):
            return self._hold(text)
        return self._take_odd(text, out)

    def _sequence(self, sequence: str, out: list[Piece]) -> None:
        lost, self._lost = self._lost, False
        if sequence == _PASTE_START:  # however late: pasted text must never be typed
            self._paste = []
            return
        if lost:
            return
        if event := _KITTY_EVENT.fullmatch(sequence):
            if event[2] not in ("1", "2"):  # a key that is let go
                return
            sequence = event[1] + event[3]
        out.append(Piece(Kind.SEQUENCE, _DIALECTS.get(sequence, sequence)))

    def _take_string(self, text: str) -> str:
        """Skip what a terminal reports in a string (OSC, DCS, APC): an answer that somebody else asked for."""
        end = _STRING_END.search(text, 2)
        if end is None:
            return self._hold(text)
        self._lost = False
        if end[0] == "\x07" and _OSC_REPLY.match(text):
            return text[end.end() :]
        # any other control is a key that cuts the string short; Ctrl+G above all
        return text[end.end() :] if end[0] == "\x1b\\" else text[end.start() :]

    def _take_odd(self, text: str, out: list[Piece]) -> str:
        """An ESC that what follows does not continue: a key with Alt, a key after Escape, or a broken sequence."""
        lost, self._lost = self._lost, False
        if broken := _BEGUN.match(text):
            begun, breaker, rest = broken[0], text[broken.end()], text[broken.end() + 1 :]
            if breaker < " " and breaker != "\x1b":  # a control acts inside a sequence, as on a terminal
                out.append(Piece(Kind.TEXT, breaker))
                self._lost = lost
                return begun + rest
            return breaker + rest
        if text[1] in "\x1b\x07":  # nothing may keep Ctrl+G from acting
            out.append(Piece(Kind.ESCAPE, "\x1b"))
            return text[1:]
        kind = Kind.SEQUENCE if text[1] < " " or text[1] == "\x7f" else Kind.ALT
        out.append(Piece(kind, text[:2] if kind is Kind.SEQUENCE else text[1]))
        return text[2:]

    def _hold(self, text: str) -> str:
        if len(text) > LONGEST:
            text, self._lost = text[:_BEGINNING], True
        self._held = text
        return ""

    def _take_pasted(self, text: str, out: list[Piece]) -> str:
        assert self._paste is not None
        body, end, rest = text.partition(_PASTE_END)
        if end:
            self._paste.append(body)
            self._end_paste(out)
            return rest
        keep = max((n for n in range(1, len(_PASTE_END)) if body.endswith(_PASTE_END[:n])), default=0)
        self._paste.append(body[: len(body) - keep])
        self._held = body[len(body) - keep :]
        return ""

    def _end_paste(self, out: list[Piece]) -> None:
        assert self._paste is not None
        out.append(Piece(Kind.PASTE, "".join(self._paste).replace("\x00", "")))
        self._paste = None
        self._held = ""


def _is_one_key(text: str) -> bool:
    """Whether this is one key that is no text and not the end of a paste."""
    if text == _PASTE_END:
        return False
    return text in ("\x07", "\x1b") or bool(_CSI.fullmatch(text) or _SS3.fullmatch(text))


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbouring texts as one."""
    out: list[Piece] = []
    for piece in pieces:
        if piece.kind is Kind.TEXT and out and out[-1].kind is Kind.TEXT:
            out[-1] = Piece(Kind.TEXT, out[-1].text + piece.text)
        else:
            out.append(piece)
    return out
