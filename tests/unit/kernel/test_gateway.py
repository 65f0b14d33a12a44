"""The gateway's permits, and several courts as one gate."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, cast

import pytest

from tarl.errors import Denied, Unavailable
from tarl.journal import patience
from tarl.kernel.acting import Acting
from tarl.kernel.attempt import Attempt
from tarl.kernel.commands import step_command
from tarl.kernel.definition import activity
from tarl.kernel.effect import Effect
from tarl.kernel.gateway import PERMIT_LIFE_S, AllowAll, Courts, DenyAll, Gate, Gateway, Outcome
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.kernel.marks import Mark
from tarl.kernel.permit import Permit
from tarl.kernel.taint import Suspicion
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict

DONE: list[int] = []


@activity(name="gateway.note")
async def note(n: int) -> int:
    DONE.append(n)
    return n


@activity(name="gateway.double", pure=True)
def double(n: int) -> int:
    DONE.append(n)
    return 2 * n


class Says:
    """A gate that answers what it is told to."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked = 0

    def decide(self, effect: Effect) -> Any:
        self.asked += 1
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


AWAY = Unavailable("gone", code="journal.unreachable")


class Line:
    """The way to a journal that is found away when the gate looks."""

    def __init__(self) -> None:
        self.outages = 0
        self.unhurried = 0

    @contextmanager
    def unwaiting(self) -> Iterator[None]:
        self.unhurried += 1
        try:
            yield
        finally:
            self.unhurried -= 1


class FindsAway(Says):
    """A gate with a court that makes something of a journal that is away."""

    def __init__(self, line: Line, *answers: Any) -> None:
        super().__init__(*answers)
        self._line = line

    def decide(self, effect: Effect) -> Any:
        assert self._line.unhurried
        verdict = super().decide(effect)
        self._line.outages += not isinstance(verdict, Allow)
        return verdict


class World:
    def __init__(self, gate: Gate, line: Line | None = None) -> None:
        self.now_s = 0.0
        self.threads = ThreadPoolExecutor(1)
        self.gateway = Gateway(
            gate, threads=self.threads, limits=DEFAULT_LIMITS, now_s=lambda: self.now_s, line=line
        )

    def perform(self, effect: Effect, permit: Permit, number: int = 1) -> Outcome:
        shelf: Any = None
        attempt = Attempt(effect, number)
        return asyncio.run(self.gateway.perform(attempt, permit, shelf=shelf))


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


def effect(step: int = 1, what: Any = note) -> Effect:
    command = step_command(what, (step,), {}, step=step, limits=DEFAULT_LIMITS, shelve=lambda b: b)
    return Effect(RunId("default", "g", 1), step, what, command)


def permitted(world: World, about: Effect, number: int = 1, *, age_s: float = 0.0) -> Permit:
    permit = world.gateway.ask(about, number, age_s=age_s)
    assert isinstance(permit, Permit)
    return permit


def test_a_permit_is_good_for_one_attempt() -> None:
    world, one = World(AllowAll()), effect()
    permit = permitted(world, one)
    assert world.perform(one, permit).value == 1
    with pytest.raises(Denied) as refused:
        world.perform(one, permit)
    assert refused.value.code == "permit.unfit"
    assert DONE == [1]


def test_a_permit_is_good_for_what_it_was_given_for() -> None:
    world, one, other = World(AllowAll()), effect(1), effect(2)
    for permit, about, number in (
        (permitted(world, one), other, 1),
        (permitted(world, one), one, 2),
        (permitted(World(AllowAll()), one), one, 1),
        (Permit(object(), one, 1, (), given_at_s=0.0), one, 1),
    ):
        with pytest.raises(Denied):
            world.perform(about, permit, number)
    pure = effect(3, double)
    permit = permitted(world, pure)
    assert world.gateway.perform_pure(permit, shelf=None).value == 6  # type: ignore[arg-type]
    with pytest.raises(Denied):
        world.gateway.perform_pure(permit, shelf=None)  # type: ignore[arg-type]
    assert DONE == [3]


@pytest.mark.parametrize("how", ["time", "commit", "view"])
def test_a_permit_that_waited_is_asked_for_again(how: str) -> None:
    gate = Says(Allow(), Deny((Reason(code="trust.revoked", text="too late"),)))
    world, one = World(gate), effect()
    permit = permitted(world, one, age_s=PERMIT_LIFE_S * 2 if how == "view" else 0.0)
    if how == "time":
        world.now_s = PERMIT_LIFE_S * 2
    permit.has_waited = how == "commit"
    outcome = world.perform(one, permit)
    assert outcome.kind == "step.denied/1"
    assert b"trust.revoked" in outcome.body
    assert (gate.asked, DONE) == (2, [])


@pytest.mark.parametrize(
    ("answer", "code"),
    [(True, b"gate.no_verdict"), (None, b"gate.no_verdict"), (OSError("x"), b"gate.crashed")],
)
def test_what_is_no_verdict_denies(answer: Any, code: bytes) -> None:
    for gate in (Says(answer), Courts(AllowAll(), Says(answer))):
        outcome = World(gate).gateway.ask(effect())
        assert isinstance(outcome, Outcome)
        assert code in outcome.body


def test_a_journal_that_is_away_is_no_verdict() -> None:
    line = Line()
    denies = Deny((Reason(code="policy.unreadable", text="the journal does not answer"),))
    for world in (
        World(Says(AWAY)),
        World(Courts(AllowAll(), Says(AWAY))),
        World(FindsAway(line, denies), line),
        World(FindsAway(line, AWAY), line),
    ):
        with pytest.raises(Unavailable) as refused:
            world.gateway.ask(effect())
        assert refused.value.code == "journal.unreachable"
    assert line.unhurried == 0
    assert DONE == []


def test_another_thing_that_is_unavailable_denies() -> None:
    outcome = World(Says(Unavailable("no", code="policy.no_engine"))).gateway.ask(effect())
    assert isinstance(outcome, Outcome)
    assert b"gate.crashed" in outcome.body


def test_an_effect_whose_gate_must_look_again_waits_for_the_journal() -> None:
    gate = Says(Allow(), AWAY, AWAY, Allow())
    world, one = World(gate), effect()
    permit = permitted(world, one)
    permit.has_waited = True
    assert world.perform(one, permit).value == 1
    assert (gate.asked, DONE) == (4, [1])


def test_an_effect_whose_journal_stays_away_has_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "AWAY_S_MAX", 0.0)
    world, one = World(Says(Allow(), AWAY)), effect()
    permit = permitted(world, one)
    permit.has_waited = True
    attempt, shelf = Attempt(one), cast(Any, None)
    with pytest.raises(Unavailable):
        asyncio.run(world.gateway.perform(attempt, permit, shelf=shelf))
    assert not attempt.has_begun
    assert DONE == []


def test_a_hold_is_an_outcome_that_says_so() -> None:
    held = Hold((Reason(code="h", text="ask"),), awaits="a1")
    outcome = World(Says(held)).gateway.ask(effect())
    assert isinstance(outcome, Outcome)
    assert outcome.held == held


def test_courts_give_the_strictest_verdict_and_all_the_grounds() -> None:
    first = Allow((Reason(code="a", text="a"),))
    second = Allow((Reason(code="b", text="b"),))
    verdict = Courts(Says(first), AllowAll(), Says(second)).decide(effect())
    assert isinstance(verdict, Allow)
    assert [reason.code for reason in verdict.reasons] == ["a", "b"]
    assert isinstance(Courts().decide(effect()), Deny)
    last = Says(second)
    for strict in (DenyAll(), Says(Hold((), awaits="x"))):
        verdict = Courts(AllowAll(), strict, last).decide(effect())
        assert isinstance(verdict, Verdict)
        assert not isinstance(verdict, Allow)
    assert last.asked == 0


class Sleeper(Says):
    """Says nothing until it wakes."""

    awake = False

    def is_quiet(self, effect: Effect) -> bool:
        if effect.run.tenant == "broken":
            raise Denied("it cannot say", code="x")
        return not self.awake


def test_a_quiet_court_is_asked_again_once_the_tables_change() -> None:
    sleeper, revision = Sleeper(Deny((Reason(code="s", text="s"),))), [1]
    courts = Courts(AllowAll(), sleeper, revision=lambda: revision[0])
    for _ in range(3):
        assert courts.decide(effect()) == Allow()
    assert sleeper.asked == 0
    sleeper.awake = True
    revision[0] += 1
    assert isinstance(courts.decide(effect()), Deny)
    assert sleeper.asked == 1


def test_who_is_quiet_about_one_kind_of_effect_is_asked_about_the_others() -> None:
    class Selective(Says):
        def is_quiet(self, effect: Effect) -> bool:
            return (
                effect.run.tenant == "default"
                and effect.actions == note.actions
                and not (effect.acting or effect.suspicion)
            )

    selective = Selective(Deny((Reason(code="s", text="s"),)))
    courts = Courts(AllowAll(), selective, revision=lambda: 1)
    others = [effect() for _ in range(4)]
    others[0].run = RunId("other", "w", 1)
    others[1].activity = double
    others[2].acting = Acting("agent", "task")
    others[3].command.suspicion = Suspicion(
        Mark(source="input", place="default/g/1", said="declared")
    )
    for each in others:
        assert courts.decide(effect()) == Allow()
        assert isinstance(courts.decide(each), Deny)
    assert selective.asked == 4


def test_a_court_that_cannot_say_whether_it_is_quiet_is_asked() -> None:
    def unreadable() -> int:
        raise Denied("the journal cannot be read", code="x")

    sleeper = Sleeper(Deny(()))
    for courts, tenant in (
        (Courts(sleeper, revision=unreadable), "default"),
        (Courts(sleeper, revision=lambda: 1), "broken"),
    ):
        asked = effect()
        asked.run = RunId(tenant, asked.run.workflow_id, asked.run.n)
        assert isinstance(courts.decide(asked), Deny)
