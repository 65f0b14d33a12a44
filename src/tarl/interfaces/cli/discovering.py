"""``tarl home discover``: what brokers, a Home Assistant and Thing Descriptions know of a home, put
together with its household file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from tarl.errors import Conflict, Invalid
from tarl.interfaces.cli.files import read_text, write_whole
from tarl.interfaces.cli.homes import HERE
from tarl.interfaces.cli.invocation import Invocation
from tarl.interfaces.cli.reaching import Ways, broker_at, home_assistant_at, read_states

if TYPE_CHECKING:
    from tarl.planning.devices.found import Found
    from tarl.planning.devices.merge import Merged
    from tarl.planning.household import Device, Household

ZONE = "UTC"
"""Of a home that nobody has described yet, where no source knows better."""


def discover(
    invocation: Invocation,
    ways: Ways,
    things: Sequence[Path],
    *,
    write: Path | None,
    force: bool,
) -> None:
    """Look everywhere that was named, show what is there, and write the home if asked to.

    Raises:
        Conflict: ``household.exists``.
        Invalid, Missing, Denied, Unavailable, Exceeded: a place could not be looked at.
    """
    from tarl.planning.devices.household_file import written
    from tarl.planning.devices.merge import merged

    if not (ways.broker or ways.home_assistant or things):
        raise click.UsageError("Name where to look: --broker, --home-assistant or --thing.")
    if write is not None and write.exists() and not force:
        raise Conflict(
            f"{write} exists",
            code="household.exists",
            next_step="name another file, or replace it with --force",
            path=str(write),
        )
    before, sources, file = _described(invocation)
    found = [*asyncio.run(_found(ways)), *_described_things(things)]
    if file is None:
        before, sources = _where_it_is(invocation, before, found)
    home = merged(before, found)
    states = asyncio.run(read_states(home.household, Ways(broker=ways.broker)))
    rows = [
        _row(device, before, state=states.get(device.id) or home.states.get(device.id))
        for device in home.household.devices
    ]
    if write is not None:
        write_whole(write, [written(home.household, sources)])
        if sources and write.resolve().parent != (file or write).resolve().parent:
            invocation.output.note(f"the files of its sources are looked for beside {write}")
    _show(invocation, home, rows, found=found, wrote=write)


def _described(
    invocation: Invocation,
) -> tuple[Household, list[dict[str, Any]], Path | None]:
    """The home so far, its sources and its file; an empty one where nobody has described it."""
    from tarl.planning.devices.household_file import load
    from tarl.planning.household import Household

    named = invocation.settings["household"].value
    if named or Path(HERE).is_file():
        file = Path(named or HERE)
        return *load(file), file
    return Household(id="home", time_zone=ZONE), [], None


def _where_it_is(
    invocation: Invocation, household: Household, found: Sequence[Found]
) -> tuple[Household, list[dict[str, Any]]]:
    """A new home in the time zone that a source knows, and its place as a source of its own."""
    import msgspec

    zone = next((one.time_zone for one in found if one.time_zone is not None), ZONE)
    place = next((one.place for one in found if one.place is not None), None)
    invocation.output.note(
        f"there is no {HERE} here: what is found makes a new home, whose time_zone is {zone}"
        + ("" if place is None else f" and whose place is {place[0]}, {place[1]}")
    )
    at = None if place is None else {"kind": "place", "latitude": place[0], "longitude": place[1]}
    return msgspec.structs.replace(household, time_zone=zone), [] if at is None else [at]


async def _found(ways: Ways) -> list[Found]:
    found: list[Found] = []
    if ways.broker is not None:
        from tarl.planning.devices.looking import look

        found += await look(broker_at(ways.broker))
    if ways.home_assistant is not None:
        address = home_assistant_at(ways.home_assistant)
        from tarl.interfaces.cli.people import now_ms
        from tarl.planning.devices import home_assistant_live

        found.append(await home_assistant_live.look(address, now_ms=now_ms()))
    return found


def _described_things(files: Sequence[Path]) -> list[Found]:
    from tarl.planning.devices import thing_description
    from tarl.planning.devices.found import Found

    devices = []
    for file in files:
        text = read_text(file, what="Thing Description")
        try:
            devices.append(thing_description.device_from(text.encode()))
        except Invalid as error:
            error.message = f"{file}: {error.message}"
            error.facts.setdefault("path", str(file))
            raise
    return [Found(source=thing_description.SOURCE, devices=tuple(devices))] if devices else []


def _row(device: Device, before: Household, *, state: Any) -> dict[str, Any]:
    known = {each.id: each for each in before.devices}.get(device.id)
    news: Literal["new", "more", "known"] = (
        "new" if known is None else "more" if known != device else "known"
    )
    return {
        "device": device.id,
        "name": device.name,
        "kind": device.kind,
        "area": device.area,
        "can": [able.capability_type for able in device.capabilities],
        "through": sorted(device.channel),
        "trust": device.trust_tier.value,
        "privacy": device.privacy_class.value,
        "critical": device.is_critical,
        "source": device.source,
        "state": None if state is None else state.state,
        "is": news,
    }


def _show(
    invocation: Invocation,
    home: Merged,
    rows: list[dict[str, Any]],
    *,
    found: list[Found],
    wrote: Path | None,
) -> None:
    from tarl.values.plain import plain

    output = invocation.output
    if output.as_json:
        output.document(
            "home.discover",
            household=home.household.id,
            looked=[{"source": one.source, "devices": len(one.devices)} for one in found],
            devices=rows,
            doubts=[plain(doubt) for doubt in home.doubts],
            wrote=None if wrote is None else str(wrote),
        )
        return
    columns = ("is", "device", "name", "kind", "area", "can", "through", "trust", "state")
    output.table(
        columns,
        [
            [" ".join(row[c]) if c in ("can", "through") else row[c] for c in columns]
            for row in rows
        ],
    )
    for doubt in home.doubts:
        output.data(f"doubt: {doubt.text}")
    looked = ", ".join(f"{len(one.devices)} from {one.source}" for one in found)
    new = sum(row["is"] == "new" for row in rows)
    output.note(f"found {looked}; {new} of {len(rows)} devices are new")
    if wrote is not None:
        output.note(f"wrote {wrote}: read it through before plans are carried out")
