"""``tarl home``: the home that plans are made for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tarl.interfaces.cli.homes import DEMO_HOUSEHOLD, HERE, household_option, read_home
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.reaching import Ways, ways_options


@click.group(short_help="The home that plans are made for.")
def home() -> None:
    """The home that plans are made for: its devices, and what is known of its surroundings."""


@home.command("devices", short_help="List the devices, and what each can do.")
@household_option
@common_options
@click.pass_obj
def devices(invocation: Invocation) -> None:
    """List the devices of the home, and what each can do."""
    household = read_home(invocation).household
    rows: list[dict[str, Any]] = [
        {
            "device": device.id,
            "name": device.name,
            "kind": device.kind,
            "area": device.area,
            "can": [able.capability_type for able in device.capabilities],
            "privacy": device.privacy_class.value,
            "trust": device.trust_tier.value,
            "critical": device.is_critical,
        }
        for device in household.devices
    ]
    if invocation.output.as_json:
        invocation.output.document("home.devices", household=household.id, devices=rows)
        return
    columns = ("device", "name", "kind", "area", "can", "privacy", "trust")
    invocation.output.table(
        columns,
        [
            [*(row[c] for c in columns[:4]), " ".join(row["can"]), row["privacy"], row["trust"]]
            for row in rows
        ],
    )


@home.command("check", short_help="Read the home and its sources, and say what is wrong.")
@household_option
@common_options
@click.pass_obj
def check(invocation: Invocation) -> None:
    """Read the home and what its sources hold for the next day and a half; say what is stale,
    missing or contradicts itself. Refuse routines that could never be planned, and channels that
    could not be used.
    """
    from tarl.interfaces.cli.people import now_ms
    from tarl.planning.devices.odd_channels import refuse_odd_channels
    from tarl.planning.making import refuse_odd_routines
    from tarl.values.plain import plain

    found = read_home(invocation)
    refuse_odd_channels(found.household)
    refuse_odd_routines(found.household, now_ms=now_ms())
    snapshot = found.snapshot(now_ms=now_ms())
    doubts = [plain(doubt) for doubt in snapshot.doubts]
    if invocation.output.as_json:
        sources = [plain(source) for source in snapshot.sources]
        invocation.output.document(
            "home.check",
            household=found.household.id,
            devices=len(found.household.devices),
            sources=sources,
            doubts=doubts,
        )
        return
    invocation.output.fields(
        [
            ("household", found.household.id),
            ("devices", len(found.household.devices)),
            ("sources", ", ".join(source.name for source in snapshot.sources) or "none"),
        ]
    )
    for doubt in doubts:
        blocks = f" (blocks {', '.join(doubt['blocks'])})" if doubt["blocks"] else ""
        invocation.output.data(f"doubt: {doubt['text']}{blocks}")


@home.command("init", short_help="Write the demonstration's home here, to be changed.")
@click.argument(
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
)
@common_options
@click.pass_obj
def init(invocation: Invocation, directory: Path) -> None:
    """Write the demonstration's home with its sources into DIRECTORY (here, when left out)."""
    import shutil

    from tarl.errors import Conflict

    wanted = directory / HERE
    if wanted.exists():
        raise Conflict(
            f"{wanted} exists",
            code="household.exists",
            next_step="change that one, or name another directory",
            path=str(wanted),
        )
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for file in sorted(DEMO_HOUSEHOLD.parent.iterdir()):
        if file.suffix in (".yaml", ".csv", ".ics"):
            shutil.copyfile(file, directory / file.name)
            written.append(file.name)
    if invocation.output.as_json:
        invocation.output.document("home.init", directory=str(directory), files=written)
        return
    invocation.output.data(f"wrote {', '.join(written)} to {directory}")


@home.command("discover", short_help="Look for devices, and put them together with the home.")
@ways_options("Look for devices")
@click.option(
    "--thing",
    "things",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A Thing Description of the Web of Things; again for more.",
)
@click.option(
    "--write",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the home with what was found.",
)
@click.option("--force", is_flag=True, help="Replace FILE where there is one.")
@household_option
@common_options
@click.pass_obj
def discover(
    invocation: Invocation,
    broker: str | None,
    home_assistant: str | None,
    things: tuple[Path, ...],
    write: Path | None,
    force: bool,
) -> None:
    """Look at a broker (Home Assistant's discovery, Zigbee2MQTT), at a Home Assistant and into
    Thing Descriptions; put what is there together with the household file, and show which devices
    are new, of which more is known now, and what was left out and why.

    No device is told anything. Without a household file (--household, the setting household,
    household.yaml) a new home begins. The token of Home Assistant is taken from
    TARL_HOME_ASSISTANT_TOKEN, the password of the broker from TARL_MQTT_PASSWORD.
    """
    from tarl.interfaces.cli import discovering

    ways = Ways(broker, home_assistant)
    discovering.discover(invocation, ways, things, write=write, force=force)
