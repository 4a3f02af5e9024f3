"""Configuration of desk, hub and RAV gateway: TOML read into frozen dataclasses, each error one clear sentence.

Standard library only: the console reads its profile before anything else is imported.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from zcc_console.core.errors import ConfigError
from zcc_console.core.files import is_private
from zcc_console.core.handoff import Timers

ROLES = ("triagist", "assistant", "supervisor")


@dataclass(frozen=True, slots=True)
class RavRoute:
    """One ambulance control room as a desk or a hub knows it."""

    id: str
    name: str
    phone: str
    next_phone: str = ""
    url: str | None = None
    """The direct route; None where a region runs on the hub's alone."""
    token_file: Path | None = None
    subregions: tuple[str, ...] = ()
    default: bool = False
    accepts_by_message: bool = True


@dataclass(frozen=True, slots=True)
class QueueNorms:
    """Seconds a caller may wait: 90 % of urgent callers within 30 s; others 75 % within 2 min, the rest within 10
    (LHV guideline; Kwaliteitskader Spoedzorgketen)."""

    urgent_s: float = 30.0
    soon_s: float = 120.0
    others_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Profile:
    """One desk: who it is, where its region is, what it shows when all is gone."""

    path: Path
    desk_id: str
    zcc: str
    region: str
    exercise: bool
    user: str
    user_name: str
    role: str
    callback_number: str
    hub_url: str
    hub_token_file: Path
    state_dir: Path
    ravs: tuple[RavRoute, ...]
    timers: Timers
    norms: QueueNorms
    protocol_set: str = "demo-nl"
    subregions: Mapping[str, str] = field(default_factory=dict)
    """Town (lower case) to subregion: how a location finds its RAV."""

    @property
    def journal_path(self) -> Path:
        """What is irreplaceable."""
        return self.state_dir / "journal.db"

    @property
    def cache_path(self) -> Path:
        """What can be made again from the hub."""
        return self.state_dir / "cache.db"

    @property
    def key_path(self) -> Path:
        """The databases' raw key, 0600."""
        return self.state_dir / "desk.key"

    def rav_for(self, town: str) -> RavRoute:
        """The RAV that serves a place, else the default one (contract.md §4)."""
        subregion = self.subregions.get(town.strip().lower())
        if subregion is not None:
            for rav in self.ravs:
                if subregion in rav.subregions:
                    return rav
        return self.default_rav

    def rav(self, rav_id: str) -> RavRoute:
        """The RAV of that id, else the default one."""
        return next((rav for rav in self.ravs if rav.id == rav_id), self.default_rav)

    @property
    def default_rav(self) -> RavRoute:
        """Where a handoff goes when the location says nothing."""
        return next((rav for rav in self.ravs if rav.default), self.ravs[0])


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """A credential a server knows, by the SHA-256 (hex) of the token; the token itself is nowhere on its disk."""

    sha256: str
    kind: str
    """`desk`, `personal`, `intake`, `provider`, `rav` or `hub`."""
    desk_id: str | None = None
    role: str | None = None
    user: str | None = None
    source: str | None = None
    """For `intake`: the source it speaks for; for `provider`: the provider; for `rav`: the RAV's id."""


@dataclass(frozen=True, slots=True)
class HubConfig:
    """What `zcc-console hub --config FILE` reads."""

    path: Path
    region: str
    exercise: bool
    database: str
    """Any SQLAlchemy URL; `sqlite:///hub.db` is relative to the file's folder and is a SQLCipher file."""
    key_file: Path
    host: str
    port: int
    tokens: tuple[TokenEntry, ...]
    ravs: tuple[RavRoute, ...]
    timers: Timers
    subregions: Mapping[str, str] = field(default_factory=dict)
    reservation_default_s: float = 900.0
    reservation_limit_s: float = 3600.0
    log_kept_s: float = 86_400.0
    allow_remote: bool = False


@dataclass(frozen=True, slots=True)
class RavConfig:
    """What `zcc-console rav --config FILE` reads."""

    path: Path
    id: str
    name: str
    exercise: bool
    database: str
    key_file: Path
    host: str
    port: int
    tokens: tuple[TokenEntry, ...]
    hub_url: str | None = None
    hub_token_file: Path | None = None
    behaviour: Mapping[str, object] = field(default_factory=dict)
    """The simulator's switches; the gateway names and checks them."""
    allow_remote: bool = False


class _Table:
    """A TOML table that is read once and complains by name; leftovers are unknown fields."""

    def __init__(self, path: Path, name: str, raw: object) -> None:
        if not isinstance(raw, dict):
            raise ConfigError(f"{path}: [{name}] is geen tabel. Niets is gewijzigd; verbeter het bestand.")
        self._path, self._name, self._raw = path, name, dict(raw)

    def _wrong(self, key: str, what: str) -> ConfigError:
        return ConfigError(f"{self._path}: [{self._name}] {key} {what}. Niets is gewijzigd; verbeter het bestand.")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._raw.pop(key, default)
        if value is None:
            raise self._wrong(key, "ontbreekt")
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise self._wrong(key, "moet tekst zijn")
        return value

    def optional_text(self, key: str) -> str | None:
        value = self._raw.pop(key, None)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "moet tekst zijn")
        return value

    def number(self, key: str, default: float, low: float = 0.0, high: float = 1e9) -> float:
        value = self._raw.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._wrong(key, f"moet een getal van {low:g} tot {high:g} zijn")
        return float(value)

    def flag(self, key: str, default: bool | None = None) -> bool:
        value = self._raw.pop(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, "moet true of false zijn")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._raw.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self._wrong(key, "moet een lijst van teksten zijn")
        return tuple(value)

    def table(self, key: str) -> _Table:
        return _Table(self._path, key, self._raw.pop(key, {}))

    def tables(self, key: str) -> list[_Table]:
        value = self._raw.pop(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, f"moet als [[{key}]] geschreven zijn")
        return [_Table(self._path, key, entry) for entry in value]

    def mapping(self, key: str) -> dict[str, str]:
        value = self._raw.pop(key, {})
        if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
            raise self._wrong(key, "moet een tabel van teksten zijn")
        return {name.lower(): entry for name, entry in value.items()}

    def rest(self) -> dict[str, object]:
        rest, self._raw = self._raw, {}
        return rest

    def done(self) -> None:
        if self._raw:
            raise self._wrong(", ".join(sorted(self._raw)), "is onbekend")


def _read(path: Path, what: str) -> _Table:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{what} {path} bestaat niet. Controleer het pad achter --profile of --config.") from None
    except OSError as error:
        raise ConfigError(
            f"{what} {path} is niet te lezen ({error.strerror}). Controleer de rechten van het bestand."
        ) from None
    try:
        return _Table(path, what, tomllib.loads(raw.decode("utf-8")))
    except UnicodeDecodeError:
        raise ConfigError(f"{what} {path} is geen UTF-8-tekst. Niets is gewijzigd; verbeter het bestand.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{what} {path} is geen geldig TOML: {error}. Verbeter het bestand.") from None


def _url(table: _Table, key: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise table._wrong(key, "moet een http(s)-adres zonder wachtwoord zijn")
    return value.rstrip("/")


def _route(path: Path, table: _Table) -> RavRoute:
    url, token = table.optional_text("url"), table.optional_text("token_file")
    route = RavRoute(
        id=table.text("id"),
        name=table.text("name"),
        phone=table.text("phone"),
        next_phone=table.text("next_phone", ""),
        url=_url(table, "url", url) if url else None,
        token_file=path.parent / token if token else None,
        subregions=table.texts("subregions"),
        default=table.flag("default", False),
        accepts_by_message=table.flag("accepts_by_message", True),
    )
    if route.url and route.token_file is None:
        raise table._wrong("token_file", "ontbreekt bij de url")
    table.done()
    return route


def _timers(table: _Table) -> Timers:
    timers = Timers(
        amber_s=table.number("amber_s", 3.0, 0.5, 60),
        voice_s=table.number("voice_s", 10.0, 1, 120),
        accept_s=table.number("accept_s", 30.0, 1, 600),
        expires_s=table.number("expires_s", 900.0, 60, 86_400),
    )
    table.done()
    return timers


def _tokens(tables: list[_Table]) -> tuple[TokenEntry, ...]:
    entries = []
    for table in tables:
        entry = TokenEntry(
            sha256=table.text("sha256").lower(),
            kind=table.text("kind"),
            desk_id=table.optional_text("desk_id"),
            role=table.optional_text("role"),
            user=table.optional_text("user"),
            source=table.optional_text("source"),
        )
        if len(entry.sha256) != 64 or entry.kind not in (
            "desk",
            "personal",
            "intake",
            "provider",
            "rav",
            "hub",
        ):
            raise table._wrong("sha256/kind", "is ongeldig")
        if entry.kind in ("desk", "personal") and (entry.desk_id is None or entry.role not in ROLES):
            raise table._wrong("desk_id/role", f"ontbreekt of is ongeldig (rol: {', '.join(ROLES)})")
        table.done()
        entries.append(entry)
    return tuple(entries)


def _bind(table: _Table, host: str, allow_remote: bool) -> None:
    if host not in ("127.0.0.1", "::1", "localhost") and not allow_remote:
        raise table._wrong("host", "is niet loopback; zet allow_remote = true als dat de bedoeling is")


def load_profile(path: Path) -> Profile:
    """Read a desk's profile.

    Raises:
        ConfigError: one sentence: what is wrong with which field of which file.
    """
    top = _read(path, "Profiel")
    desk, hub = top.table("desk"), top.table("hub")
    queue, files, protocols = top.table("queue"), top.table("files"), top.table("protocols")
    norms = QueueNorms(
        urgent_s=queue.number("urgent_s", 30.0, 1),
        soon_s=queue.number("soon_s", 120.0, 1),
        others_s=queue.number("others_s", 600.0, 1),
    )
    role = desk.text("role")
    if role not in ROLES:
        raise desk._wrong("role", f"moet een van {', '.join(ROLES)} zijn")
    profile = Profile(
        path=path,
        desk_id=desk.text("id"),
        zcc=desk.text("zcc"),
        region=desk.text("region"),
        exercise=desk.flag("exercise"),
        user=desk.text("user"),
        user_name=desk.text("user_name"),
        role=role,
        callback_number=desk.text("callback_number"),
        hub_url=_url(hub, "url", hub.text("url")),
        hub_token_file=path.parent / hub.text("token_file"),
        state_dir=path.parent / files.text("state", "."),
        ravs=tuple(_route(path, table) for table in top.tables("rav")),
        timers=_timers(top.table("handoff")),
        norms=norms,
        protocol_set=protocols.text("set", "demo-nl"),
        subregions=top.mapping("subregions"),
    )
    for table in (desk, hub, queue, files, protocols, top):
        table.done()
    if not profile.ravs:
        raise ConfigError(
            f"{path}: er staat geen [[rav]] in. Zonder nummer van de meldkamer start de werkplek niet; vul het aan."
        )
    return profile


def load_hub_config(path: Path) -> HubConfig:
    """Read a hub's configuration.

    Raises:
        ConfigError: one sentence: what is wrong with which field of which file.
    """
    top = _read(path, "Configuratie")
    hub = top.table("hub")
    host, allow_remote = hub.text("host", "127.0.0.1"), hub.flag("allow_remote", False)
    _bind(hub, host, allow_remote)
    config = HubConfig(
        path=path,
        region=hub.text("region"),
        exercise=hub.flag("exercise"),
        database=hub.text("database", "sqlite:///hub.db"),
        key_file=path.parent / hub.text("key_file", "hub.key"),
        host=host,
        port=int(hub.number("port", 8140, 0, 65535)),
        tokens=_tokens(top.tables("token")),
        ravs=tuple(_route(path, table) for table in top.tables("rav")),
        timers=_timers(top.table("handoff")),
        subregions=top.mapping("subregions"),
        reservation_default_s=hub.number("reservation_default_s", 900.0, 10),
        reservation_limit_s=hub.number("reservation_limit_s", 3600.0, 10),
        log_kept_s=hub.number("log_kept_s", 86_400.0, 60),
        allow_remote=allow_remote,
    )
    hub.done()
    top.done()
    if not config.tokens:
        raise ConfigError(f"{path}: er staat geen [[token]] in; zonder tokens kan niemand binnen. Vul het aan.")
    return config


def load_rav_config(path: Path) -> RavConfig:
    """Read a RAV gateway's configuration.

    Raises:
        ConfigError: one sentence: what is wrong with which field of which file.
    """
    top = _read(path, "Configuratie")
    rav = top.table("rav")
    host, allow_remote = rav.text("host", "127.0.0.1"), rav.flag("allow_remote", False)
    _bind(rav, host, allow_remote)
    hub_url, hub_token = rav.optional_text("hub_url"), rav.optional_text("hub_token_file")
    config = RavConfig(
        path=path,
        id=rav.text("id"),
        name=rav.text("name"),
        exercise=rav.flag("exercise"),
        database=rav.text("database", "sqlite:///rav.db"),
        key_file=path.parent / rav.text("key_file", "rav.key"),
        host=host,
        port=int(rav.number("port", 8141, 0, 65535)),
        tokens=_tokens(top.tables("token")),
        hub_url=_url(rav, "hub_url", hub_url) if hub_url else None,
        hub_token_file=path.parent / hub_token if hub_token else None,
        behaviour=top.table("behaviour").rest(),
        allow_remote=allow_remote,
    )
    rav.done()
    top.done()
    if not config.tokens:
        raise ConfigError(f"{path}: er staat geen [[token]] in; zonder tokens kan niemand binnen. Vul het aan.")
    return config


def read_token(path: Path) -> str:
    """The token in a private file.

    Raises:
        ConfigError: absent, empty, or readable by others.
    """
    try:
        token = path.read_text(encoding="utf-8").strip()
        private = is_private(path)
    except FileNotFoundError:
        raise ConfigError(
            f"Het token {path} ontbreekt. Wat is vastgelegd blijft bewaard; vraag de beheerder om een nieuw token."
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"Het token {path} is niet te lezen. Controleer de rechten van het bestand.") from None
    if not token:
        raise ConfigError(f"Het token {path} is leeg. Vraag de beheerder om een nieuw token.")
    if not private:
        raise ConfigError(f"Het token {path} is voor anderen leesbaar. Herstel dat met: chmod 600 {path}")
    return token
