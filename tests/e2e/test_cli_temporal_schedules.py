"""``tarl schedules`` where a Temporal server keeps and fires them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.e2e.cli_process import Cli, wait_until
from tests.temporal_server import Server, server

pytestmark = pytest.mark.e2e

FLOW = """
from tarl import Context, activity, workflow


@activity
async def read_the_meter(name: str) -> str:
    return f"figures of {name}"


@workflow
async def reads_meter(ctx: Context, name: str) -> str:
    return await ctx.call(read_the_meter, name)
"""


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=4) as running:
        yield running


@pytest.fixture
def meter(cli: Cli, temporal: Server, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line with a server in its settings."""
    (cli.directory / "meter.py").write_text(FLOW)
    monkeypatch.setenv("TARL_TEMPORAL", temporal.address)
    monkeypatch.setenv("TARL_TEMPORAL_NAMESPACE", temporal.namespace())
    return cli


NOON = ("--cron", "0 12 * * *", "--input", '"gas"', "--code", "meter.py")
ON = ("--engine", "temporal")


def test_a_schedule_lives_on_the_server(meter: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    made = meter("schedules", "create", "daily", "reads_meter", *NOON, *ON, "--json").data
    assert (made["status"], made["times"]) == ("active", "0 12 * * * (UTC)")
    assert made["spec"]["input"] == "gas"
    assert len(made["coming"]) == 5
    assert made["coming"][0].endswith("T12:00:00.000Z")
    assert meter("schedules", "ls", "--json").data["schedules"] == []  # none of tarl's own

    monkeypatch.setenv("TARL_ENGINE", "temporal")
    paused = meter("schedules", "pause", "daily", "--note", "no access", "--json").data
    assert (paused["status"], paused["note"], paused["next"]) == ("paused", "no access", None)
    assert meter("schedules", "resume", "daily").out == ""
    meter.start("worker", "--code", "meter.py")
    span = ("--from", "2026-01-01T12:00:00Z", "--until", "2026-01-03T00:00:00Z")
    assert meter("schedules", "backfill", "daily", *span).code == 0
    runs = [f"daily-2026010{day}T120000Z" for day in (1, 2)]
    wait_until(lambda: all(one in meter("runs", "ls", "--status", "completed").out for one in runs))
    assert meter("schedules", "trigger", "daily", "--json").data["status"] == "active"
    wait_until(lambda: "daily-trigger-" in meter("runs", "ls", "--status", "completed").out)
    wait_until(lambda: meter("schedules", "show", "daily", "--json").data["fired"] == 3)
    shown = meter("schedules", "show", "daily")
    assert "specification" in shown.out
    wait_until(lambda: "daily" in meter("schedules", "ls").out)

    assert meter("schedules", "delete", "daily").code == 0
    assert meter.refused("schedules", "show", "daily") == (3, "schedule.missing")


def test_what_temporal_cannot_have_is_refused(meter: Cli) -> None:
    night = ("--cron", "30 2 * * *", "--zone", "Europe/Berlin", "--input", '"gas"')
    code = ("--code", "meter.py", *ON)
    create = ("schedules", "create", "night", "reads_meter")
    assert meter.refused(*create, *night, *code) == (2, "temporal.unmappable")
    assert meter.refused(*create, *NOON[:-2], *ON) == (3, "workflow.unknown")
    assert meter.refused(*create, *NOON[:2], "--input", "5", *code) == (2, "workflow.input")
    assert meter(*create, *NOON).code == 2  # tarl's own engine asks for no code
    assert meter("schedules", "run", *ON).code == 2


def test_spans_are_had_by_a_setting(meter: Cli) -> None:
    wanted = {"TARL_TEMPORAL_TRACING": "true"}
    refused = meter.refused("schedules", "ls", *ON, environ=wanted)
    assert refused == (2, "tracing.no_provider")
