"""Log records as lines: their ids, their forms, and what cannot be printed."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.telemetry.speaking import LOGGER, flow

import tarl
from tarl.errors import Invalid
from tarl.telemetry import logs
from tarl.telemetry.logs import about, configure_logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def named() -> Iterator[str]:
    """The name of a logger that is nobody else's."""
    name = "tarl.test_logs"
    logger = logging.getLogger(name)
    yield name
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_json_lines_have_ids_and_extras(named: str) -> None:
    out = io.StringIO()
    configure_logs(as_json=True, stream=out, logger=named)
    extra = {"colour": {"x": 1}, "at": "never", "step": 3, "run": "a/1"}
    logging.getLogger(f"{named}.part").warning("took %d ms", 7, extra=extra)
    (line,) = lines(out)
    assert str(line.pop("at")).endswith("Z")
    assert line == {
        "level": "warning",
        "logger": f"{named}.part",
        "message": "took 7 ms",
        "run": "a/1",
        "step": 3,
        "colour": {"x": 1},
        "extra_at": "never",
    }
    assert list(line) == ["level", "logger", "message", "run", "step", "colour", "extra_at"]


def test_the_nearest_ids_count(named: str) -> None:
    out = io.StringIO()
    configure_logs(as_json=True, stream=out, logger=named)
    log = logging.getLogger(named)
    with about(tenant="acme", task="t"):
        with about(task="u", node="n"):
            log.info("in")
            log.info("own", extra={"task": "mine"})
        log.info("between")
    log.info("out")
    ids = [{k: v for k, v in line.items() if k in logs.IDS} for line in lines(out)]
    assert ids == [
        {"tenant": "acme", "task": "u", "node": "n"},
        {"tenant": "acme", "task": "mine", "node": "n"},
        {"tenant": "acme", "task": "t"},
        {},
    ]


def test_an_activity_s_records_say_which_attempt_they_are_of(
    tarl_home: Path, tmp_path: Path
) -> None:
    out = io.StringIO()
    handler = configure_logs(as_json=True, stream=out, logger=LOGGER)
    try:

        async def scenario() -> None:
            async with tarl.open(tmp_path / "j.db", workflows=[flow]) as runtime:
                await runtime.run(flow, id="talk", tenant="acme")

        asyncio.run(scenario())
    finally:
        logging.getLogger(LOGGER).removeHandler(handler)
    (line,) = lines(out)
    assert {name: line[name] for name in ("tenant", "run", "step", "attempt")} == {
        "tenant": "acme",
        "run": "acme/talk/1",
        "step": 1,
        "attempt": 1,
    }


def test_text_is_one_line_whatever_it_holds(named: str) -> None:
    out = io.StringIO()
    configure_logs(stream=out, logger=named)
    logging.getLogger(named).error("two\nlines \x1b[2J", extra={"run": "a\nb"})
    (line,) = out.getvalue().splitlines()
    assert line.endswith(rf"ERROR    {named}: two\nlines \x1b[2J run=a\nb")


def test_an_error_has_its_traceback(named: str) -> None:
    text, data = io.StringIO(), io.StringIO()
    configure_logs(stream=text, logger=named)
    other = configure_logs(as_json=True, stream=data, logger=f"{named}.data")
    try:
        raise ValueError("no luck")
    except ValueError:
        logging.getLogger(f"{named}.data").exception("it failed")
    logging.getLogger(f"{named}.data").removeHandler(other)
    first, *rest = text.getvalue().splitlines()
    assert first.endswith("it failed")
    assert rest[0] == "  Traceback (most recent call last):"
    assert rest[-1] == "  ValueError: no luck"
    (line,) = lines(data)
    error = line["error"]
    assert isinstance(error, dict)
    assert (error["type"], error["message"]) == ("ValueError", "no luck")
    assert "Traceback" in error["traceback"]


@pytest.mark.parametrize(
    "value",
    [object(), float("nan"), "\ud800", {1: object()}, {(1, 2): 3}, b"\xff"],
    ids=["object", "nan", "surrogate", "number as name", "pair as name", "bytes"],
)
def test_any_extra_becomes_json(named: str, value: object) -> None:
    out = io.StringIO()
    configure_logs(as_json=True, stream=out, logger=named)
    logging.getLogger(named).warning("odd", extra={"odd": value})
    (line,) = lines(out)
    assert line["message"] == "odd"
    assert "odd" in line


@pytest.mark.parametrize(
    ("stream", "environ", "coloured"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
    ids=["terminal", "NO_COLOR", "empty NO_COLOR", "dumb", "file"],
)
def test_colours_are_for_terminals_that_want_them(
    named: str, stream: io.StringIO, environ: dict[str, str], coloured: bool
) -> None:
    configure_logs(stream=stream, environ=environ, logger=named)
    logging.getLogger(named).error("red")
    assert ("\x1b[31m" in stream.getvalue()) is coloured


def test_configuring_again_replaces_what_was_there(named: str) -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logs(stream=first, logger=named)
    configure_logs(stream=second, logger=named, level="error")
    logging.getLogger(named).warning("quiet")
    logging.getLogger(named).error("loud")
    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 1


def test_an_unknown_level_is_refused(named: str) -> None:
    with pytest.raises(Invalid) as refused:
        configure_logs(level="chatty", logger=named)
    assert refused.value.code == "logs.level"
