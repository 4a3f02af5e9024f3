"""The private names of Textual that the terminal layer leans on are there, in the exact version they were read in."""

from __future__ import annotations

import inspect
from importlib.metadata import requires, version

import pytest
from textual import constants
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.worker import WorkerFailed

PINNED = "8.2.8"


def test_textual_is_the_version_that_was_read_and_is_pinned_to_it() -> None:
    assert version("textual") == PINNED
    assert f"textual=={PINNED}" in (requires("zcc-console") or [])


@pytest.mark.parametrize(
    "name", ["_begin_batch", "_end_batch", "_handle_exception", "_close_messages_no_wait", "_exception_event"]
)
def test_the_app_has_the_method(name: str) -> None:
    assert hasattr(App, name)


async def test_the_app_has_the_attributes() -> None:
    app: App[None] = App()
    for name in ("_running", "_return_code", "_exception", "_clipboard", "_batch_count", "_filters", "no_color"):
        assert hasattr(app, name), name


def test_the_handler_of_exceptions_does_what_ours_replaces() -> None:
    source = inspect.getsource(App._handle_exception)
    for part in ("self._return_code = 1", "self._exception = error", "self._exception_event.set()", "_fatal_error"):
        assert part in source, part


def test_the_driver_runs_our_input_loop_in_its_thread_and_stops_it_by_its_event() -> None:
    assert "self.run_input_thread()" in inspect.getsource(LinuxDriver._run_input_thread)
    assert "self.exit_event.set()" in inspect.getsource(LinuxDriver.disable_input)


def test_the_driver_writes_all_through_its_write_method_and_owns_one_writer() -> None:
    source = inspect.getsource(LinuxDriver)
    assert source.count("_file.write") == 0
    assert 'self.write("\\x1b[?1049h")' in inspect.getsource(LinuxDriver.start_application_mode)
    assert "self._writer_thread = WriterThread(self._file)" in inspect.getsource(LinuxDriver.start_application_mode)
    assert inspect.getsource(LinuxDriver.close).count("_writer_thread") == 2
    assert hasattr(WriterThread, "stop")


def test_the_driver_keeps_app_and_loop_under_their_names() -> None:
    source = inspect.getsource(Driver.__init__)
    assert "self._app = app" in source
    assert "self._loop = asyncio.get_running_loop()" in source


def test_a_parser_can_be_made_anew_and_gives_the_events_of_what_it_is_fed() -> None:
    assert [type(event).__name__ for event in XTermParser(False).feed("\x1b[20~1")] == ["Key", "Key"]


def test_a_parser_gives_nothing_for_a_sequence_it_does_not_know() -> None:
    assert list(XTermParser(False).feed("\x1b[999X")) == []


def test_a_failed_worker_carries_what_failed() -> None:
    error = KeyError()
    assert WorkerFailed(error).error is error


def test_kittys_keys_are_not_switched_off() -> None:
    assert constants.DISABLE_KITTY_KEY is False
