"""Levels are told, again where that fails, and what nobody answers goes upwards."""

from __future__ import annotations

import asyncio
import threading
from types import ModuleType
from typing import Any

import pytest
from tests.unit.governance.violations.parts import LADDER, ledger, recorded

from tarl.errors import Conflict, Exceeded, Invalid, Unavailable
from tarl.governance.severity import Severity
from tarl.governance.violations import handlers as handling
from tarl.governance.violations.escalation import escalation_timers
from tarl.governance.violations.events import KINDS
from tarl.governance.violations.handlers import (
    Caller,
    EscalationHandler,
    escalation_handler,
    handlers_in,
)
from tarl.governance.violations.ledger import Violations
from tarl.governance.violations.state import Violation
from tarl.testing.clock import JumpingClock, run
from tarl.work.timers.firing import Firing
from tarl.work.timers.ledger import Timers

HOUR_S = 3_600.0


class Office:
    """A journal whose escalations are told while a jumping clock runs."""

    def __init__(self, *handlers: EscalationHandler, call_s: float = 60.0) -> None:
        self.clock = JumpingClock()
        self.violations = Violations(ledger().store, clock=self.clock)
        self.violations.ladders.set("*", LADDER, by="ann")
        self.handlers = {handler.name: handler for handler in handlers}
        self.caller = Caller(call_s=call_s)

    def pass_time(self, seconds: float, meanwhile: Any = None) -> None:
        """Let a process tell levels for so long."""

        async def go() -> None:
            firing = Firing(
                Timers(self.violations.store, clock=self.clock),
                escalation_timers(self.violations, self.handlers, caller=self.caller),
                holder="p1",
                monotonic=asyncio.get_running_loop().time,
            )
            keeping = asyncio.create_task(firing.keep_firing(poll_s=1.0))
            await asyncio.sleep(seconds / 2)
            if meanwhile is not None:
                meanwhile()
            await asyncio.sleep(seconds / 2)
            keeping.cancel()

        run(go(), clock=self.clock)

    def story(self, id: str) -> list[str]:
        said = self.violations.history(id)
        return [KINDS[type(each.body)].split(".")[1].split("/")[0] for each in said]


def telling(name: str, told: list[str]) -> EscalationHandler:
    @escalation_handler(name)
    async def tell(violation: Violation) -> None:
        told.append(f"{name} {violation.key}")

    return tell


def test_levels_are_told_one_after_another_until_nobody_is_left() -> None:
    told: list[str] = []
    office = Office(telling("page-ops", told), telling("call-ciso", told))
    id = recorded(office.violations, severity=Severity.CRITICAL).id
    office.pass_time(HOUR_S)
    assert told == [
        "page-ops violation/default/v1/2",
        "call-ciso violation/default/v1/4",
    ]
    assert office.story(id) == ["recorded", "escalated", "told", "escalated", "told", "exhausted"]
    over = office.violations.get(id)
    assert (over.status, over.level, over.told, over.is_exhausted) == ("escalated", 2, (1, 2), True)
    assert over.why == "nobody acknowledged it after call-ciso told them"


def test_who_acknowledges_in_time_stops_it() -> None:
    told: list[str] = []
    office = Office(telling("page-ops", told), telling("call-ciso", told))
    id = recorded(office.violations, severity=Severity.CRITICAL).id
    office.pass_time(40, lambda: office.violations.acknowledge(id, by="bob"))
    office.pass_time(HOUR_S)
    assert office.story(id) == ["recorded", "escalated", "told", "acknowledged"]
    assert len(told) == 1


def test_a_handler_that_raises_is_tried_again() -> None:
    told: list[str] = []

    @escalation_handler("page-ops")
    async def flaky(violation: Violation) -> None:
        told.append(violation.key)
        if len(told) < 3:
            raise RuntimeError("the pager is down")

    office = Office(flaky)
    id = recorded(office.violations, severity=Severity.CRITICAL).id
    office.pass_time(30, lambda: office.violations.acknowledge(id, by="bob"))
    assert told == ["violation/default/v1/2"] * 3
    assert office.violations.get(id).told == (1,)


def test_one_that_always_raises_goes_upwards_and_says_so() -> None:
    told: list[str] = []

    @escalation_handler("page-ops")
    async def broken(violation: Violation) -> None:
        raise RuntimeError("the pager is down")

    office = Office(broken, telling("call-ciso", told))
    id = recorded(office.violations, severity=Severity.CRITICAL).id
    office.pass_time(130, lambda: office.violations.resolve(id, by="ann", resolution="ok"))
    assert len(told) == 1
    (up,) = [
        each.body.why
        for each in office.violations.history(id)
        if getattr(each.body, "level", 0) == 2 and hasattr(each.body, "why")
    ]
    assert up.startswith("handler page-ops failed ")
    assert up.endswith("RuntimeError: the pager is down")


def test_one_that_hangs_is_cut_and_goes_upwards() -> None:
    told: list[str] = []

    @escalation_handler("page-ops")
    async def hangs(violation: Violation) -> None:
        await asyncio.sleep(10**6)

    office = Office(hangs, telling("call-ciso", told))
    id = recorded(office.violations, severity=Severity.CRITICAL).id
    office.pass_time(130, lambda: office.violations.acknowledge(id, by="ann"))
    assert len(told) == 1
    assert "failed" in office.violations.get(id).why
    assert "has not come back within 60 s" in office.violations.get(id).why


def test_one_that_no_process_knows_goes_upwards_and_is_called_when_there_is_one() -> None:
    told: list[str] = []
    office = Office(telling("call-ciso", told))
    id = recorded(office.violations, severity=Severity.CRITICAL).id
    office.pass_time(64)
    now = office.violations.get(id)
    assert now.level == 2
    assert now.why == "no process that knows handler page-ops has called it to its end"
    assert told == ["call-ciso violation/default/v1/3"]
    office.handlers["page-ops"] = telling("page-ops", told)
    office.pass_time(4)
    assert told[1] == "page-ops violation/default/v1/2"  # a key of its own
    assert set(office.violations.get(id).told) == {1, 2}


def test_threads_that_never_come_back_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handling, "HANGING_MAX", 1)
    come_back = threading.Event()

    @escalation_handler("page-ops")
    def hangs(violation: Violation) -> None:
        come_back.wait()

    caller, violation = Caller(call_s=1.0), recorded(ledger())

    async def go() -> None:
        with pytest.raises(Unavailable) as late:
            await caller.call(hangs, violation)
        assert late.value.code == "violation.handler_hangs"
        with pytest.raises(Exceeded) as full:
            await caller.call(hangs, violation)
        assert full.value.code == "violation.handlers_hang"
        come_back.set()
        while caller._hanging:
            await asyncio.sleep(0.001)
        await caller.call(hangs, violation)

    asyncio.run(go())


def test_handlers_are_found_by_name() -> None:
    told: list[str] = []
    first, module = telling("page-ops", told), ModuleType("first")
    module.page = first  # type: ignore[attr-defined]
    module.alias = first  # type: ignore[attr-defined]
    assert handlers_in([module, module]) == {"page-ops": first}
    other = ModuleType("other")
    other.page = telling("page-ops", told)  # type: ignore[attr-defined]
    with pytest.raises(Conflict) as refusal:
        handlers_in([module, other])
    assert refusal.value.code == "violation.handler_exists"
    with pytest.raises(Invalid, match="handler is empty"):
        escalation_handler("")
    with pytest.raises(Invalid) as wrong:
        escalation_handler("x")(3)  # type: ignore[arg-type]
    assert wrong.value.code == "violation.handler"
