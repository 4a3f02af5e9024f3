"""Names for JSON values inside the house, and narrow readers for them; it knows nothing of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

JsonScalar = str | int | float | bool | None
Json = JsonScalar | Sequence["Json"] | Mapping[str, "Json"]
JsonObject = Mapping[str, Json]


def as_object(value: object) -> dict[str, Json]:
    """The value as a JSON object; anything else reads as an empty one (display code must be total)."""
    return dict(value) if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Json]:
    """The value as a JSON array; anything else reads as an empty one."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str | bytes) else []


def as_text(value: object, default: str = "") -> str:
    """The value as text; null and composite values read as `default`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None or isinstance(value, Mapping | list | tuple):
        return default
    return str(value)


def as_int(value: object) -> int | None:
    """The value as a whole number, or None where it is not one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.lstrip("-").isdecimal():
        return int(value)
    return None
