"""Tools: what a model is told, and what is taken from it."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from tarl import activity
from tarl.agents import tool as tools
from tarl.agents.tool import Tool, tool
from tarl.errors import Invalid


class Place(msgspec.Struct):
    city: str
    country: str = "NO"


@activity
async def forecast(place: Place, days: int = 3, unit: Literal["C", "F"] = "C") -> str:
    """Say what the weather
    will be."""
    return f"{place.city} {days}{unit}"


def test_the_schema_is_derived_from_the_annotations() -> None:
    made = tool(forecast)
    assert made.name == "forecast"
    assert made.description == "Say what the weather\nwill be."
    assert made.parameters["required"] == ["place"]
    assert made.parameters["properties"]["unit"]["enum"] == ["C", "F"]
    assert made.parameters["$defs"]["Place"]["required"] == ["city"]
    assert made.parameters["additionalProperties"] is False


def test_the_digest_covers_all_that_a_model_is_told() -> None:
    digests = {
        tool(forecast).digest,
        tool(forecast, name="other").digest,
        tool(forecast, description="other").digest,
        tool(forecast, parameters={"type": "object"}).digest,
    }
    assert len(digests) == 4
    assert tool(forecast).digest == Tool(forecast).digest


@pytest.mark.parametrize(
    "arguments",
    [
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"place": {"city": 3}}',
        '{"place": {"city": "Oslo"}, "unit": "K"}',
        '{"place": {"city": "Oslo"}, "shell": "rm"}',
        '{"place": {"city": "\\ud800"}}',
        '{"place": {"city": "Oslo"}, "days": 1e400}',
        '{"place": {"city": "Oslo"}, "days": 99999999999999999999}',
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments: str) -> None:
    with pytest.raises(Invalid) as refused:
        tool(forecast).read(arguments)
    assert refused.value.code == "tool.arguments"


def test_arguments_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "ARGUMENTS_BYTES_MAX", 20)
    with pytest.raises(Invalid, match="more than 20"):
        tool(forecast).read('{"place": {"city": "Trondheim"}}')


def test_arguments_that_fit_are_taken() -> None:
    read = tool(forecast).read('{"place": {"city": "Oslo"}, "days": 2}')
    assert read == {"place": {"city": "Oslo"}, "days": 2}


def test_no_arguments_at_all_are_an_empty_object() -> None:
    bare = Tool(forecast, parameters={"type": "object"})
    assert bare.read("") == {}


def test_a_schema_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        Tool(forecast, parameters={"type": "objekt"})
    assert refused.value.code == "schema.invalid"
