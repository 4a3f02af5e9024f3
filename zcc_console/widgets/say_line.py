"""One line above the key bar: a question, or what was just done or refused, or what stands open. No toast, no dialog."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar, Final

from textual.strip import Strip

from zcc_console.text import clean
from zcc_console.widgets.pane import Pane
from zcc_console.widgets.prompt import Question
from zcc_console.widgets.triage_line import Line


class Grade(StrEnum):
    """How much a sentence matters."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    ALARM = "alarm"


KEPT_S: Final = {Grade.PLAIN: 8.0, Grade.GOOD: 8.0, Grade.WARN: 15.0, Grade.ALARM: 120.0}
"""How long a sentence stays when nothing follows it."""


class SayLine(Pane):
    """Shows the open question, else the last sentence for a while, else the standing one."""

    DEFAULT_CSS: ClassVar[str] = "SayLine { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="say")
        self.said = ""
        self.grade = Grade.PLAIN
        self.standing = ""
        self.question: Question | None = None
        self._until = 0.0

    @property
    def text(self) -> str:
        """What the line says now."""
        return self.said or self.standing

    def say(self, text: str, grade: Grade, boot: float) -> None:
        """Show a sentence (`boot`: seconds on the boot clock)."""
        self.said, self.grade, self._until = clean(text, 300), grade, boot + KEPT_S[grade]
        self.redraw()

    def settle(self, standing: str, boot: float) -> None:
        """Give the sentence that stands where nothing was said lately; forget what has been there long enough."""
        expired = bool(self.said) and boot >= self._until
        if expired:
            self.said, self.grade = "", Grade.PLAIN
        if expired or standing != self.standing:
            self.standing = standing
            self.redraw()

    def ask(self, question: Question) -> None:
        """Ask; whatever was asked before is put aside."""
        self.drop()
        self.said, self.question = "", question
        self.redraw()

    def drop(self) -> bool:
        """Put the question aside; False where there is none."""
        question, self.question = self.question, None
        if question is None:
            return False
        if question.dropped is not None:
            question.dropped()
        self.redraw()
        return True

    def press(self, key: str, character: str | None) -> bool:
        """Give the question a key; False where there is no question or the key is nothing to it."""
        question = self.question
        if question is None:
            return False
        if key == "enter":
            text = question.text
            if text or question.may_be_empty:
                self.question = None
                self.redraw()
                question.answer(text)
            return True
        if question.press(key, character):
            self.redraw()
            return True
        return False

    def paste(self, text: str) -> bool:
        """Give the question pasted text."""
        if self.question is None:
            return False
        self.question.paste(text)
        self.redraw()
        return True

    def draw(self, width: int, height: int) -> Sequence[Strip]:
        palette = self.palette
        if self.question is not None:
            return [self.question.draw(width, palette)]
        style = {
            Grade.PLAIN: palette.normal,
            Grade.GOOD: palette.good,
            Grade.WARN: palette.warn,
            Grade.ALARM: palette.alarm,
        }[self.grade if self.said else Grade.WARN]
        text = f" {self.text}" if self.text else ""
        return [Line(width).put(text + (" " if self.said and self.grade is Grade.ALARM else ""), style).strip()]
