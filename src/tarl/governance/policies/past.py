"""Recorded decisions, asked again: what a candidate would have decided about past effects.

The facts are rebuilt from what runs recorded: who acted, the activity, its arguments, the time.
What an activity needs and acts on is taken from its code as it is loaded now, and an agent's roles
and posture as they are now; a step whose activity is not loaded is left out and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from tarl.errors import TarlError
from tarl.governance.policies.questions import TraitsOf, no_traits, questions_of
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.commands import Command
from tarl.kernel.definition import Activity
from tarl.kernel.effect import Effect
from tarl.kernel.events import DECODERS
from tarl.kernel.history import started
from tarl.kernel.values import Kept, unshelve
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.judge import CODES, Judge
from tarl.policy.cedar.request import Question
from tarl.values.ids import RunId
from tarl.values.verdict import Deny

CHANGES_KEPT_MAX = 10_000
"""Of a report, in memory; all are counted."""


class Past(NamedTuple):
    """A decision that was made: where, what was asked, and why it was denied, if it was."""

    run: RunId
    step: int
    activity: str
    questions: tuple[Question, ...]
    denied: tuple[Mapping[str, Any], ...] | None = None


class Skipped(NamedTuple):
    """A step that cannot be asked about again."""

    run: RunId
    step: int
    activity: str
    why: str


class Change(NamedTuple):
    """A past decision that would be another one.

    ``change`` is ``allow->deny``, ``deny->allow``, or ``allow->warning`` and ``allow->audit`` where
    a refusal would only be recorded. ``reasons`` are the candidate's, or those that fall away.
    """

    run: RunId
    step: int
    activity: str
    actions: tuple[str, ...]
    change: str
    reasons: tuple[Mapping[str, Any], ...]

    def as_data(self) -> dict[str, Any]:
        """The change as a JSON object."""
        reasons = [dict(reason) for reason in self.reasons]
        return {**self._asdict(), "run": self.run.ref, "reasons": reasons}


class Report(msgspec.Struct, kw_only=True):
    """What asking again came to."""

    runs: int = 0
    decisions: int = 0
    changed: int = 0
    changes: list[Change] = []
    skipped: dict[str, int] = {}

    def keep(self, change: Change) -> None:
        """Count a change, and keep it while there is room."""
        self.changed += 1
        if len(self.changes) < CHANGES_KEPT_MAX:
            self.changes.append(change)

    def leave_out(self, skipped: Skipped) -> None:
        """Count a step that cannot be asked about."""
        self.skipped[skipped.why] = self.skipped.get(skipped.why, 0) + 1


def past_decisions(
    store: Store,
    run: RunId,
    *,
    activities: Mapping[str, Activity[..., Any]],
    shelf: Kept,
    traits_of: TraitsOf = no_traits,
) -> Iterator[Past | Skipped]:
    """The decisions about the effects of a recorded run, in its order.

    Args:
        store: The journal.
        run: Which run.
        activities: Loaded code, by wire name.
        shelf: The run's large values.
        traits_of: What is known of agents.

    Raises:
        Missing: there is no such run, or it is erased.
    """
    begun = started(store, run)
    denied: dict[int, tuple[Mapping[str, Any], ...]] = {}
    for event in store.read(run.stream):
        if event.kind == events.STEP_DENIED and event.body is not None:
            body = DECODERS[event.kind](event.body)
            denied[body.step] = tuple(body.reasons)
    for event in store.read(run.stream):
        if event.kind != events.STEP_SCHEDULED or event.body is None:
            continue
        scheduled = DECODERS[event.kind](event.body)
        step, name = scheduled.step, scheduled.activity
        activity = activities.get(name)
        if activity is None:
            yield Skipped(run, step, name, f"the activity {name} is not loaded")
            continue
        acting = scheduled.acting or begun.acting
        try:
            args = unshelve(bytes(scheduled.args), shelf=shelf)
            kwargs = unshelve(bytes(scheduled.kwargs), shelf=shelf)
            command = Command(
                event.kind, event.body, step, activity, args_json=args, kwargs_json=kwargs
            )
            effect = Effect(run, step, activity, command, acting, store.origin)
            asked = questions_of(effect, at_ms=event.recorded_at_ms, traits_of=traits_of)
        except TarlError as error:
            yield Skipped(run, step, name, error.code)
            continue
        yield Past(run, step, name, tuple(asked), denied.get(step))


def simulate(candidate: Edition, past: Iterable[Past | Skipped]) -> Report:
    """What would change if the candidate were in force instead of its policy's other versions.

    A denial by anything else stays one.
    """
    return _asked_again(past, lambda judge, one: _against_record(candidate, judge, one), candidate)


def compare(a: Edition, b: Edition, past: Iterable[Past | Skipped]) -> Report:
    """Where two editions decide differently about past effects, whatever was decided then."""
    first = Judge([a])

    def difference(judge: Judge, one: Past) -> Change | None:
        was, is_now = answer(first, one.questions), answer(judge, one.questions)
        if was[0] == is_now[0]:
            return None
        return _change(one, f"{was[0]}->{is_now[0]}", is_now[1] or was[1])

    return _asked_again(past, difference, b)


def answer(
    judge: Judge, questions: Iterable[Question]
) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    """What a judge says in a word (``allow``, ``deny``, ``warning``, ``audit``), and its reasons
    but for the mere grounds of an Allow.
    """
    verdict = judge.decide(list(questions))
    telling = [reason for reason in verdict.reasons if reason.code != "policy.allowed"]
    word = "deny" if isinstance(verdict, Deny) else "allow"
    if word == "allow" and telling:
        codes = {reason.code for reason in telling}
        word = "warning" if CODES["warning"] in codes else "audit"
    return word, tuple(reason.as_data() for reason in telling)


def _asked_again(
    past: Iterable[Past | Skipped],
    difference: Callable[[Judge, Past], Change | None],
    candidate: Edition,
) -> Report:
    judge, report = Judge([candidate]), Report()
    runs: set[RunId] = set()
    for one in past:
        runs.add(one.run)
        if isinstance(one, Skipped):
            report.leave_out(one)
            continue
        report.decisions += 1
        change = difference(judge, one)
        if change is not None:
            report.keep(change)
    report.runs = len(runs)
    return report


def _against_record(candidate: Edition, judge: Judge, one: Past) -> Change | None:
    word, reasons = answer(judge, one.questions)
    if one.denied is None:
        return None if word == "allow" else _change(one, f"allow->{word}", reasons)
    by_others = [reason for reason in one.denied if not _is_of(reason, candidate.policy)]
    if word == "deny" or by_others:
        return None
    return _change(one, f"deny->{word}", one.denied)


def _is_of(reason: Mapping[str, Any], policy: str) -> bool:
    """Whether a recorded reason is a policy's own; a mere note beside a denial denies nothing."""
    if reason.get("code") in (CODES["warning"], CODES["audit"]):
        return True
    of = reason.get("facts", {}).get("policy")
    return reason.get("code") == CODES["required"] and of == policy


def _change(one: Past, change: str, reasons: Iterable[Mapping[str, Any]]) -> Change:
    actions = tuple(question.action for question in one.questions)
    return Change(one.run, one.step, one.activity, actions, change, tuple(reasons))
