"""Which protocol set a triage uses: the one in use now, loaded off the first paint, or the one a call began with."""

from __future__ import annotations

from collections.abc import Callable

from zcc_console.core.config import Profile
from zcc_console.core.errors import ZccError
from zcc_console.core.files import data_dir
from zcc_console.protocols.library import open_library, open_set
from zcc_console.protocols.model import ProtocolSet


class Library:
    """The sets of one desk. `load` may take a second; everything else is quick."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.protocols: ProtocolSet | None = None
        self.notice = ""
        """What a person must know of how the set was found: it was not renewed, or there is none."""
        self._asked = False

    def want(self, run: Callable[[Callable[[], None]], None], done: Callable[[], None]) -> None:
        """Load the set, once, with `run` (a thread); `done` is called there when it is over, well or not."""
        if self._asked:
            return
        self._asked = True

        def work() -> None:
            self.load()
            done()

        run(work)

    def load(self) -> None:
        """Load the set here and now."""
        name = self._profile.protocol_set
        try:
            source = self._profile.path.parent / name if "/" in name else data_dir() / "protocols" / name
            opened = open_library(source, self._profile.state_dir)
        except ZccError as error:
            first = str(error).partition("\n")[0]
            self.notice = f"Er is geen protocolset: {first}. F9 werkt; bepaal de urgentie zelf en noteer met F7."
            return
        self.protocols, self.notice = opened.protocols, opened.notice or ""

    def pinned(self, wanted: str) -> ProtocolSet | None:
        """The set with this hash among those compiled here; None where it is gone."""
        digest = wanted.removeprefix("sha256:").encode()
        if len(digest) != 64:
            return None
        folder = self._profile.state_dir / "protocols"
        for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
            try:
                with path.open("rb") as file:
                    if digest not in file.read(256):
                        continue
                return open_set(path)
            except (OSError, ZccError):
                continue
        return None
