"""Textual bindings made from the key table, so that no screen names a key of its own."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from zcc_console.keys import ALL, Key, keys_of


def bindings(*places: str) -> list[BindingType]:
    """The bindings of these places; each calls the action that is named after the key's id."""
    return [made for entry in keys_of(*places) for made in _made(entry)]


def global_bindings() -> list[BindingType]:
    """The bindings that work on every screen; they belong to the app."""
    return bindings(ALL)


def _made(entry: Key) -> list[Binding]:
    if entry.id == "answer":
        return [Binding(name, f"answer({name})", entry.label, show=False) for name in entry.keys]
    return [Binding(",".join(entry.keys), entry.id, entry.label, show=False, priority=entry.priority)]
