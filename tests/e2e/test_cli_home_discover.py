"""``tarl home discover``, and plans that are made and carried out through a Home Assistant."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiomqtt
import msgspec
import pytest
from tests.e2e.cli_process import Cli
from tests.unit.planning.devices.home_assistant_peer import TOKEN, Peer, running

from tarl.interfaces.demo.home.broker import start_broker
from tarl.interfaces.demo.home.devices import SimulatedHome
from tarl.planning.devices.broker import Broker
from tarl.planning.devices.household_file import load, written
from tarl.planning.household import Household, household_from
from tarl.storage import open_store
from tarl.values.ids import RunId

pytestmark = pytest.mark.e2e

MINE = {"TARL_HOME_ASSISTANT_TOKEN": TOKEN}

HOUSEHOLD = """\
id: cabin
time_zone: Europe/Helsinki
areas:
  - {id: bedroom, name: Bedroom}
people:
  - {id: anna, name: Anna, trust_tier: trusted}
devices:
  - id: lamp
    name: Bed light
    kind: light
    area: bedroom
    capabilities:
      - {device_id: lamp, capability_type: turn_on}
      - {device_id: lamp, capability_type: turn_off}
    channel: {home_assistant: {entity_id: light.bed_light}}
sources:
  - {kind: place, latitude: 60.17, longitude: 24.94}
"""

THING = {
    "@context": "https://www.w3.org/2022/wot/td/v1.1",
    "id": "urn:fountain",
    "title": "Fountain",
    "securityDefinitions": {"none": {"scheme": "nosec"}},
    "security": "none",
    "actions": {"splash": {"forms": [{"href": "http://fountain.local/splash"}]}},
}


@contextlib.contextmanager
def serving(peer: AbstractAsyncContextManager[Any]) -> Iterator[None]:
    """Something that is there, in a thread with a loop of its own."""
    is_there, loop, over = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with peer:
            is_there.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert is_there.wait(20)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(20)
        loop.close()


@pytest.fixture(scope="module")
def assistant() -> Iterator[Peer]:
    """A small Home Assistant."""
    peer = Peer()
    with serving(running(peer)):
        yield peer


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with asyncio.Runner() as runner:
        process = runner.run(start_broker())
        runner.run(_announce(process.address))
        yield process.address
        runner.run(process.end())


async def _announce(broker: Broker) -> None:
    plug = {"name": "Plug", "cmd_t": "plug/set", "stat_t": "plug", "uniq_id": "plug"}
    async with aiomqtt.Client(broker.host, broker.port) as client:
        for topic, payload in (
            ("homeassistant/switch/plug/config", json.dumps(plug)),
            ("homeassistant/toaster/t/config", "{}"),
            ("plug", "ON"),
        ):
            await client.publish(topic, payload, qos=1, retain=True)


@pytest.fixture
def kitchen(broker: Broker) -> Iterator[Household]:
    """A lamp behind the broker, which speaks as devices of the household file do."""
    topics = {name: f"kitchen/{name}" for name in ("command_topic", "state_topic")}
    lamp = household_from(
        {
            "id": "lamps",
            "time_zone": "UTC",
            "devices": [
                {
                    "id": "ceiling",
                    "name": "Ceiling light",
                    "kind": "light",
                    "capabilities": [{"device_id": "ceiling", "capability_type": "turn_on"}],
                    "channel": {"mqtt": topics},
                }
            ],
        }
    )
    with serving(SimulatedHome(lamp, broker, speed=3_600.0)):
        yield lamp


@pytest.fixture
def home(cli: Cli) -> Cli:
    (cli.directory / "household.yaml").write_text(HOUSEHOLD)
    (cli.directory / "fountain.json").write_text(json.dumps(THING))
    return cli


def test_what_is_found_everywhere_is_put_together_and_written(
    home: Cli, assistant: Peer, broker: Broker
) -> None:
    everywhere = (
        *("--broker", f"{broker.host}:{broker.port}", "--home-assistant", assistant.url),
        *("--thing", "fountain.json"),
    )
    seen = home("home", "discover", *everywhere, "--write", "whole.yaml", "--json", environ=MINE)
    assert seen.code == 0, seen
    rows: dict[str, dict[str, Any]] = {row["device"]: row for row in seen.data["devices"]}
    assert rows["lamp"]["is"] == "more"
    assert rows["lamp"]["state"] == assistant.states["light.bed_light"]["state"]
    assert "light.bed_light" not in rows
    plug = rows["switch.plug"]
    assert (plug["is"], plug["trust"], plug["state"]) == ("new", "basic", "on")
    assert rows["lock.front_door"]["critical"]
    assert rows["thing.fountain"]["through"] == ["wot"]
    assert any("toaster" in doubt["text"] for doubt in seen.data["doubts"])
    assert not assistant.calls
    household, sources = load(home.directory / "whole.yaml")
    assert [device.id for device in household.devices] == list(rows)
    assert sources == [{"kind": "place", "latitude": 60.17, "longitude": 24.94}]
    assert household.device("lamp").area == "bedroom"

    first = (home.directory / "whole.yaml").read_bytes()
    words = ("home", "discover", *everywhere, "--household", "whole.yaml")
    again = (*words, "--write", "whole.yaml")
    assert home.refused(*again, environ=MINE)[1] == "household.exists"
    assert (home.directory / "whole.yaml").read_bytes() == first
    second = home(*again, "--force", "--json", environ=MINE)
    assert {row["is"] for row in second.data["devices"]} == {"known"}
    assert (home.directory / "whole.yaml").read_bytes() == first
    told = home(*words, environ=MINE)
    assert "0 of" in told.err
    assert TOKEN not in first.decode() + seen.out + seen.err + told.out + told.err


def test_where_nothing_is_named_or_nobody_answers(home: Cli, assistant: Peer) -> None:
    assert home.refused("home", "discover")[1] == "usage"
    there = ("home", "discover", "--home-assistant", assistant.url)
    assert home.refused(*there)[1] == "home_assistant.token"
    wrong = {"TARL_HOME_ASSISTANT_TOKEN": "wrong-secret"}
    refused = home(*there, environ=wrong)
    assert "home_assistant.token" in refused.err
    assert "wrong-secret" not in refused.err + refused.out
    nowhere = ("home", "discover", "--broker", "127.0.0.1:1")
    assert home.refused(*nowhere)[1] == "device.unreachable"
    assert home.refused("home", "discover", "--thing", "no.json")[1] == "input.missing"
    (home.directory / "odd.json").write_text("{}")
    assert home.refused("home", "discover", "--thing", "odd.json")[1] == "td.malformed"


def test_a_new_home_begins_where_none_is_described(cli: Cli, assistant: Peer) -> None:
    words = ("--home-assistant", assistant.url, "--write", "household.yaml")
    done = cli("home", "discover", *words, environ=MINE)
    assert done.code == 0, done
    assert "time_zone is Europe/Berlin and whose place is 52.52, 13.38" in done.err
    household, sources = load(cli.directory / "household.yaml")
    assert household.device("lock.front_door").is_critical
    assert sources == [{"kind": "place", "latitude": 52.52, "longitude": 13.38}]
    assert cli("home", "check").code == 0


def test_a_plan_is_made_and_carried_out_through_home_assistant(home: Cli, assistant: Peer) -> None:
    through = ("--home-assistant", assistant.url)
    assistant.states["light.bed_light"]["state"] = "off"
    shown = home("preview", "turn on the bed light", *through, "--json", environ=MINE)
    assert shown.code == 0, shown
    devices = shown.data["plan"]["context_snapshot"]["devices"]
    assert devices["lamp"]["state"] == "off"
    made = home("plan", "turn on the bed light", "--id", "light", *through, environ=MINE)
    assert made.code == 0, made
    assert home("principals", "create", "anna").code == 0
    run = ("run", "light", "--yes", *through)
    nobody = home.refused(*run, "--approver", "bertil", environ=MINE)
    assert nobody[1] == "principal.missing"
    steward = home.refused(*run, "--approver", "steward", environ=MINE)
    assert steward[1] == "approval.not_human"
    assert not assistant.calls
    done = home(*run, "--approver", "anna", "--json", environ=MINE)
    assert done.code == 0, done
    assert done.data["outcome"]["status"] == "completed"
    assert ("light.turn_on", {"entity_id": "light.bed_light"}) in assistant.calls
    assert assistant.states["light.bed_light"]["state"] == "on"
    assert handed_over(home, "light")["approvers"] == ["anna"]
    kept = b"".join(file.read_bytes() for file in home.directory.glob("tarl.db*"))
    assert TOKEN.encode() not in kept


def test_one_plan_moves_devices_of_two_worlds(
    home: Cli, assistant: Peer, broker: Broker, kitchen: Household
) -> None:
    household, sources = load(home.directory / "household.yaml")
    both = msgspec.structs.replace(household, devices=(*household.devices, *kitchen.devices))
    (home.directory / "household.yaml").write_bytes(written(both, sources))
    assistant.states["light.bed_light"]["state"] = "off"
    at = f"{broker.host}:{broker.port}"
    ways = ("--broker", at, "--home-assistant", assistant.url)
    sentence = "turn on the bed light and turn on the ceiling light"
    seen = home("plan", sentence, "--id", "both", *ways, "--json", environ=MINE)
    assert seen.code == 0, seen
    states = seen.data["plan"]["context_snapshot"]["devices"]
    assert {id: state["state"] for id, state in states.items()} == {"lamp": "off", "ceiling": "off"}
    done = home("run", "both", "--yes", *ways, "--json", environ=MINE)
    assert done.code == 0, done
    assert done.data["outcome"]["status"] == "completed"
    assert assistant.states["light.bed_light"]["state"] == "on"
    told = home("home", "discover", "--broker", at, "--json").data["devices"]
    assert {row["device"]: row["state"] for row in told}["ceiling"] == "on"


def handed_over(cli: Cli, plan: str) -> dict[str, Any]:
    """What the run of a plan was begun with."""
    store = open_store(cli.directory / "tarl.db")
    try:
        begun = next(store.read(RunId("default", plan, 1).stream, until=1))
        given: dict[str, Any] = json.loads(begun.body or b"{}")["input"]
        return given
    finally:
        store.close()
