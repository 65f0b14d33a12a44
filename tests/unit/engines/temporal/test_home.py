"""What a worker knows: refused by name where Temporal cannot have it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from tests.unit.engines.temporal import shop

from tarl import activity, workflow
from tarl.engines.embedded.engine import Engine
from tarl.engines.temporal.home import Home, beside
from tarl.errors import Invalid, Missing
from tarl.kernel.limits import DEFAULT_LIMITS


class _Engine:
    limits = DEFAULT_LIMITS
    store = None


ENGINE = cast(Engine, _Engine())


@activity(name="quick")
async def other(n: int) -> int:
    return n


@workflow(name="tarl.begin")
async def begins(ctx: Any) -> None:
    return None


def test_two_activities_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid, match="'quick'") as refused:
        Home(ENGINE, workflows=(), activities=(shop.quick, other))
    assert refused.value.code == "temporal.unmappable"


def test_the_same_activity_with_other_options_is_not_another() -> None:
    home = Home(ENGINE, workflows=(), activities=(shop.quick, shop.quick.options(timeout_ms=5)))
    assert home.activity("quick") is shop.quick
    assert not home.met(shop.quick.options(timeout_ms=5))


def test_the_adapters_own_names_are_refused() -> None:
    with pytest.raises(Invalid, match=r"tarl\.begin"):
        Home(ENGINE, workflows=(begins,), activities=())


def test_the_activities_beside_a_workflow_are_found() -> None:
    assert {each.name for each in beside([shop.survives])} == {
        "quick",
        "lingers",
        "lingers_once",
    }


def test_code_that_is_not_loaded_is_named() -> None:
    with pytest.raises(Missing, match="'quick'") as missing:
        Home(ENGINE, workflows=(), activities=()).activity("quick")
    assert missing.value.code == "activity.unknown"
