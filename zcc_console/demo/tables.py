"""A checked reader for the demo's TOML files: every complaint names file and field. It knows nothing of what the
fields mean."""

from __future__ import annotations

import tomllib
from pathlib import Path

from zcc_console.core.errors import ConfigError


class Table:
    """One TOML table that is read field by field; what is left over at `done` is an unknown field."""

    def __init__(self, where: str, raw: object) -> None:
        if not isinstance(raw, dict):
            raise ConfigError(f"{where}: is geen tabel. Verbeter het bestand.")
        self._where, self._raw = where, dict(raw)

    def wrong(self, key: str, what: str) -> ConfigError:
        """The error for one field of this table."""
        return ConfigError(f"{self._where}: {key} {what}. Verbeter het bestand.")

    def __contains__(self, key: str) -> bool:
        return key in self._raw

    def text(self, key: str, default: str | None = None) -> str:
        """Text; without a default it must be there and not be empty."""
        value = self._raw.pop(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(key, "moet tekst zijn")
        return value

    def number(self, key: str, low: float = 0.0, high: float = 1e9, default: float | None = None) -> float:
        """A number within limits."""
        value = self._raw.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.wrong(key, f"moet een getal van {low:g} tot {high:g} zijn")
        return float(value)

    def whole(self, key: str, low: int = 0, high: int = 10**9, default: int | None = None) -> int:
        """A whole number within limits."""
        value = self.number(key, low, high, default)
        if not value.is_integer():
            raise self.wrong(key, "moet een geheel getal zijn")
        return int(value)

    def names(self) -> list[str]:
        """The fields not read yet."""
        return list(self._raw)

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._raw.pop(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "moet true of false zijn")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts; without a default it must be there and not be empty."""
        value = self._raw.pop(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(entry, str) and entry for entry in value):
            raise self.wrong(key, "moet een lijst van teksten zijn")
        if default is None and not value:
            raise self.wrong(key, "is leeg")
        return tuple(value)

    def numbers(self, key: str, count: int | None = None) -> tuple[float, ...]:
        """A list of numbers of 0 and more, of that length."""
        value = self._raw.pop(key, None)
        if not isinstance(value, list) or not all(
            isinstance(entry, int | float) and not isinstance(entry, bool) and entry >= 0 for entry in value
        ):
            raise self.wrong(key, "moet een lijst van getallen zijn")
        if count is not None and len(value) != count:
            raise self.wrong(key, f"moet {count} getallen hebben")
        return tuple(float(entry) for entry in value)

    def rows(self, key: str, count: int) -> tuple[tuple[float, ...], ...]:
        """A list of lists of numbers, each of that length."""
        value = self._raw.pop(key, None)
        if not isinstance(value, list) or not value:
            raise self.wrong(key, "moet een lijst van lijsten zijn")
        return tuple(Table(f"{self._where}: {key}", {"rij": row}).numbers("rij", count) for row in value)

    def weights(self, key: str) -> dict[str, float]:
        """A table of names with weights of which at least one is above 0."""
        value = self._raw.pop(key, None)
        if not isinstance(value, dict):
            raise self.wrong(key, "moet een tabel van gewichten zijn")
        inner = Table(f"{self._where}: {key}", value)
        weights = {name: inner.number(name) for name in value}
        if sum(weights.values()) <= 0:
            raise self.wrong(key, "heeft geen gewicht boven 0")
        return weights

    def table(self, key: str) -> Table:
        """A table inside this one."""
        return Table(f"{self._where}: [{key}]", self._raw.pop(key, None))

    def named_tables(self, key: str) -> list[tuple[str, Table]]:
        """The tables of a table, with their names."""
        value = self._raw.pop(key, None)
        if not isinstance(value, dict):
            raise self.wrong(key, "moet een tabel zijn")
        return [(name, Table(f"{self._where}: [{key}.{name}]", entry)) for name, entry in value.items()]

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables."""
        value = self._raw.pop(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, f"moet als [[{key}]] geschreven zijn")
        return [Table(f"{self._where}: [[{key}]] {number}", entry) for number, entry in enumerate(value, 1)]

    def done(self) -> None:
        """Complain about fields nobody asked for."""
        if self._raw:
            raise self.wrong(", ".join(sorted(self._raw)), "is onbekend")


def read_toml(path: Path) -> Table:
    """A TOML file as a table.

    Raises:
        ConfigError: one sentence: what is wrong with which file.
    """
    try:
        return Table(path.name, tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{path} is niet te lezen ({error.strerror}). Installeer het pakket opnieuw.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} is geen geldig TOML: {error}. Verbeter het bestand.") from None
