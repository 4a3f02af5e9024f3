"""A few fields to type in, as a value: where the cursor is, what each key does, and when it is done.

Nothing in it is compulsory by itself; who asks for it decides. It knows neither call nor desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

from zcc_console.widgets.triage_field import Field


@dataclass(frozen=True, slots=True)
class FormField:
    """One line of the form."""

    id: str
    label: str
    field: Field = dataclass_field(default_factory=Field)
    hint: str = ""
    """What may be typed, dim behind the field while it is empty."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields in order, and the one that is typed in."""

    title: str
    fields: tuple[FormField, ...]
    at: int = 0
    done: bool = False
    """Enter on the last field, or the key that records at once."""
    problem: str = ""

    @staticmethod
    def of(title: str, *fields: tuple[str, str, str, str]) -> Form:
        """A form of (id, label, text, hint)."""
        return Form(title, tuple(FormField(id_, label, Field.of(text), hint) for id_, label, text, hint in fields))

    @property
    def values(self) -> Mapping[str, str]:
        """What was typed, without blanks at the ends."""
        return {one.id: one.field.text.strip() for one in self.fields}

    def press(self, key: str, character: str | None) -> Form | None:
        """The form after a key; None where the key is nothing to it."""
        match key:
            case "enter":
                if self.at + 1 >= len(self.fields):
                    return replace(self, done=True)
                return replace(self, at=self.at + 1)
            case "ctrl+s" | "f8":
                return replace(self, done=True)
            case "tab" | "down":
                return replace(self, at=(self.at + 1) % len(self.fields))
            case "shift+tab" | "up":
                return replace(self, at=(self.at - 1) % len(self.fields))
        typed = self.fields[self.at].field.press(key, character)
        return None if typed is None else self._with(typed)

    def paste(self, text: str) -> Form:
        """What is pasted lands in the field that is typed in."""
        return self._with(self.fields[self.at].field.insert(text))

    def refused(self, problem: str, at: str = "") -> Form:
        """Not accepted: what is wanting, and in which field."""
        place = next((index for index, one in enumerate(self.fields) if one.id == at), self.at)
        return replace(self, done=False, problem=problem, at=place)

    def _with(self, typed: Field) -> Form:
        fields = list(self.fields)
        fields[self.at] = replace(fields[self.at], field=typed)
        return replace(self, fields=tuple(fields), problem="")
