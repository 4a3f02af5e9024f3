"""A desk that shows each key it gets, and does on command what a real one must survive."""

from __future__ import annotations

import os
import select
import sys
import time
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from zcc_console.terminal.desk_app import DeskApp, run_desk

SECRET = "BSN 123456782"


class EchoKeys(DeskApp):
    """`keys:` lists the names of the keys; with ECHO_CRASH, F2 to F5 crash it in a different way each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "fail", priority=True),
        Binding("f3", "fail_in_worker", priority=True),
        Binding("f4", "fail_in_thread", priority=True),
        Binding("f5", "fail_in_callback", priority=True),
        Binding("f6", "leave", priority=True),
        Binding("ctrl+l", "clear", priority=True),
        Binding("f9,ctrl+g", "hand_off", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.handoffs = 0
        self.ticks = 0
        self.paint = float(os.environ.get("ECHO_PAINT", "0"))

    def compose(self) -> ComposeResult:
        """One line of keys, one of what happened, and much to repaint."""
        yield Static("klaar", id="keys", markup=False)
        yield Static("", id="seen", markup=False)
        if os.environ.get("ECHO_INPUT"):
            yield Input(id="field")
        yield Static("", id="bulk", markup=False)

    def on_mount(self) -> None:
        """Repaint at the wanted rate."""
        if self.paint:
            self.set_interval(self.paint, self.repaint_all)
        self.show()

    def repaint_all(self) -> None:
        """A frame in which every cell changes."""
        self.ticks += 1
        letter = chr(ord("a") + self.ticks % 26)
        self.query_one("#bulk", Static).update("\n".join(f"{self.ticks} {letter * 60}" for _ in range(15)))
        self.show()

    def on_key(self, event: events.Key) -> None:
        """Note the key."""
        self.names.append(event.key)
        self.show()

    def on_click(self) -> None:
        """Note that a mouse was obeyed."""
        self.names.append("click")
        self.show()

    def on_app_blur(self) -> None:
        """Note that the window's focus was obeyed."""
        self.names.append("blur")
        self.show()

    def on_paste(self, event: events.Paste) -> None:
        """Note what was pasted."""
        self.names.append(f"paste({event.text})")
        self.show()

    def action_hand_off(self) -> None:
        """Count."""
        self.handoffs += 1
        log = os.environ.get("ECHO_LOG")
        if log:
            with open(log, "a", encoding="ascii") as out:  # noqa: PTH123
                out.write(f"{time.monotonic()} {self.handoffs} {self.ticks}\n")
        self.show()

    def action_guarded_quit(self) -> None:
        """Say that it was asked for."""
        self.names.append("quit?")
        self.show()

    def action_clear(self) -> None:
        """Begin anew."""
        self.names.clear()
        self.handoffs = 0
        self.show()

    def action_leave(self) -> None:
        """End as a person ends it."""
        self.exit(0, return_code=0)

    def action_fail(self) -> None:
        """Fail with patient data in the text and in a local variable."""
        if not os.environ.get("ECHO_CRASH"):
            return
        patient = SECRET
        raise ValueError(f"kan {patient} niet lezen")

    @work
    async def action_fail_in_worker(self) -> None:
        """Fail in a worker."""
        self.action_fail()

    @work(thread=True)
    def action_fail_in_thread(self) -> None:
        """Fail in a thread."""
        self.action_fail()

    def action_fail_in_callback(self) -> None:
        """Fail in a callback of the loop, outside the app's own; that must not end it."""
        assert self._loop is not None
        self._loop.call_soon(self.action_fail)
        self.names.append("callback")
        self.show()

    def show(self) -> None:
        """Show what is known."""
        self.query_one("#keys", Static).update("keys: " + " ".join(self.names))
        self.query_one("#seen", Static).update(f"handoffs={self.handoffs} ticks={self.ticks}.")


if __name__ == "__main__":
    if os.environ.get("ECHO_STILL"):
        from zcc_console.terminal.still import show_still

        show_still(["stil beeld"], 2, 80, 24)
    if os.environ.get("ECHO_LATE"):
        os.write(2, b"nog niet\r\n")
        select.select([0], [], [])  # until a key has come
    sys.exit(run_desk(EchoKeys()))
