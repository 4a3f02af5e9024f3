"""The demo region's folder: tokens, and the configuration of hub, gateways and desks, written from the region's data. It
starts nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zcc_console.core.errors import ConfigError
from zcc_console.core.files import create_private, private_dir, write_private
from zcc_console.demo.region import Rav, Region, Seat
from zcc_console.tokens import new_token, token_hash

LOOPBACK = "127.0.0.1"
FIRST_SPARE_DESK = 20
MOST_DESKS = 250

Value = str | int | float | bool | Sequence[str]


@dataclass(frozen=True, slots=True)
class Ports:
    """Where hub and gateways listen."""

    hub: int
    ravs: Mapping[str, int]
    """Port by RAV id."""


@dataclass(frozen=True, slots=True)
class Site:
    """What was written where."""

    folder: Path
    hub_config: Path
    rav_configs: Mapping[str, Path]
    profiles: Mapping[str, Path]
    """Profile by desk id, in the order in which they were asked for."""
    tokens: Mapping[str, str] = field(repr=False)
    """Desk tokens by desk id, and `intake`, `provider`."""


def seats_for(region: Region, desks: int) -> tuple[Seat, ...]:
    """The desks kept for people: those of the region, 07 first, then as many more triagists as are asked for.

    Raises:
        ConfigError: more than the demo makes.
    """
    if not 1 <= desks <= MOST_DESKS:
        raise ConfigError(f"De demo maakt 1 tot {MOST_DESKS} desks. Kies een ander aantal bij --desks.")
    order = {"triagist": 0, "assistant": 1, "supervisor": 2}
    kept = sorted((seat for seat in region.seats if seat.open), key=lambda seat: (order[seat.role], seat.id))
    spare = [
        Seat(
            id=f"{number}",
            user=f"desk.{number}",
            name=f"Triagist {number}",
            role="triagist",
            callback_number=region.callback_number,
            open=True,
        )
        for number in range(FIRST_SPARE_DESK, FIRST_SPARE_DESK + max(0, desks - len(kept)))
    ]
    return (*kept, *spare)


def write_site(folder: Path, region: Region, ports: Ports, seats: Sequence[Seat]) -> Site:
    """Write (or write again, with other ports) everything the region's programs read. Tokens that exist stay.

    Args:
        folder: made where it is not there; only its owner can enter it.
        seats: the desks that get a profile.
    """
    private_dir(folder)
    private_dir(folder / "desks")
    names = ["intake", "provider", "hub", *(rav.id for rav in region.ravs)]
    tokens = {name: _token(folder / "tokens" / f"{name}.token") for name in names}
    everyone = {seat.id: seat for seat in (*region.seats, *seats)}
    desk_tokens = {desk: _token(folder / "tokens" / f"desk-{desk}.token") for desk in everyone}
    hub_config = folder / "hub" / "hub.toml"
    write_private(hub_config, _hub(region, ports, everyone, desk_tokens, tokens).encode())
    rav_configs = {}
    for rav in region.ravs:
        rav_configs[rav.id] = folder / rav.id / "rav.toml"
        write_private(rav_configs[rav.id], _rav(rav, ports, everyone, desk_tokens, tokens).encode())
    profiles = {}
    for seat in seats:
        profiles[seat.id] = folder / "desks" / seat.id / "profile.toml"
        write_private(profiles[seat.id], _profile(region, ports, seat).encode())
    return Site(folder, hub_config, rav_configs, profiles, {**desk_tokens, **tokens})


def _token(path: Path) -> str:
    create_private(path, new_token().encode())
    return path.read_text(encoding="ascii").strip()


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _table(header: str, fields: Mapping[str, Value | None]) -> str:
    """A TOML table; JSON text is TOML text for these values."""
    lines = [header]
    for name, value in fields.items():
        if value is None:
            continue
        written = list(value) if isinstance(value, tuple) else value
        lines.append(f"{name} = {json.dumps(written, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def _subregions(region: Region) -> str:
    names = {json.dumps(town): region.subregions[subregion] for town, subregion in region.town_subregions.items()}
    return _table("[subregions]", names)


def _routes(region: Region, ports: Ports, tokens_from: str) -> list[str]:
    """The `[[rav]]` tables of a hub or a desk."""
    return [
        _table(
            "[[rav]]",
            {
                "id": rav.id,
                "name": rav.name,
                "phone": rav.phone,
                "next_phone": rav.next_phone,
                "url": _url(ports.ravs[rav.id]),
                "token_file": tokens_from,
                "subregions": tuple(region.subregions[subregion] for subregion in rav.subregions),
                "default": rav.default,
            },
        )
        for rav in region.ravs
    ]


def _desk_entries(seats: Mapping[str, Seat], desk_tokens: Mapping[str, str]) -> list[str]:
    return [
        _table(
            "[[token]]",
            {
                "sha256": token_hash(desk_tokens[desk]),
                "kind": "desk",
                "desk_id": desk,
                "role": seat.role,
                "user": seat.user,
            },
        )
        for desk, seat in seats.items()
    ]


def _hub(
    region: Region, ports: Ports, seats: Mapping[str, Seat], desk_tokens: Mapping[str, str], tokens: Mapping[str, str]
) -> str:
    others = [
        _table("[[token]]", {"sha256": token_hash(tokens["intake"]), "kind": "intake"}),
        _table("[[token]]", {"sha256": token_hash(tokens["provider"]), "kind": "provider"}),
        *(
            _table("[[token]]", {"sha256": token_hash(tokens[rav.id]), "kind": "rav", "source": rav.id})
            for rav in region.ravs
        ),
    ]
    head = _table(
        "[hub]",
        {"region": region.name, "exercise": True, "database": "sqlite:///hub.db", "host": LOOPBACK, "port": ports.hub},
    )
    routes = _routes(region, ports, "../tokens/hub.token")
    return "\n".join([head, *_desk_entries(seats, desk_tokens), *others, *routes, _subregions(region)])


def _rav(
    rav: Rav, ports: Ports, seats: Mapping[str, Seat], desk_tokens: Mapping[str, str], tokens: Mapping[str, str]
) -> str:
    head = _table(
        "[rav]",
        {
            "id": rav.id,
            "name": rav.name,
            "exercise": True,
            "database": "sqlite:///rav.db",
            "host": LOOPBACK,
            "port": ports.ravs[rav.id],
            "hub_url": _url(ports.hub),
            "hub_token_file": f"../tokens/{rav.id}.token",
        },
    )
    others = [
        _table("[[token]]", {"sha256": token_hash(tokens["hub"]), "kind": "hub"}),
        _table("[[token]]", {"sha256": token_hash(tokens[rav.id]), "kind": "rav", "source": rav.id}),
    ]
    return "\n".join([head, *_desk_entries(seats, desk_tokens), *others])


def _profile(region: Region, ports: Ports, seat: Seat) -> str:
    token = f"../../tokens/desk-{seat.id}.token"
    return "\n".join(
        [
            _table(
                "[desk]",
                {
                    "id": seat.id,
                    "zcc": region.zcc,
                    "region": region.name,
                    "exercise": True,
                    "user": seat.user,
                    "user_name": seat.name,
                    "role": seat.role,
                    "callback_number": seat.callback_number,
                },
            ),
            _table("[hub]", {"url": _url(ports.hub), "token_file": token}),
            _table("[files]", {"state": "state"}),
            *_routes(region, ports, token),
            _subregions(region),
        ]
    )
