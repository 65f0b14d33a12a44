"""The rules of schedules: pure, from a state, a specification and the instant to what follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.values.ids import check_name, encode_segment
from tarl.values.instants import to_datetime
from tarl.work.schedules import events
from tarl.work.schedules.events import Cause
from tarl.work.schedules.spec import (
    BUFFER_MAX,
    OVERLAPS,
    Overlap,
    Spec,
    check_spec,
    fire_time,
    next_time,
    spec_data,
)
from tarl.work.schedules.state import DELETED, ERASED, PAUSED, State
from tarl.work.schedules.times import between

OPEN_MAX = 100
"""Runs that may overlap and are remembered as open."""

NAME_CHARS_MAX = 400
"""Of a schedule's id: its runs' ids are longer by an instant."""

NOTE_CHARS_MAX = 1_000

Body = Mapping[str, Any]


class Fact(NamedTuple):
    """An event to record."""

    kind: str
    body: Body


class Start(NamedTuple):
    """A run to start; ``at_ms`` is when it was to begin."""

    nominal_ms: int
    at_ms: int
    cause: Cause


class Halt(NamedTuple):
    """Earlier runs to stop before anything is started."""

    how: Literal["cancel", "terminate"]


Step = Fact | Start | Halt | None


def run_id(schedule_id: str, start: Start) -> str:
    """The id of the run that meets a time: the same whoever starts it, however often."""
    instant = to_datetime(start.nominal_ms)
    text = instant.strftime("%Y%m%dT%H%M%S")
    if instant.microsecond:
        text += f".{instant.microsecond // 1000:03}"
    return f"{schedule_id}-{'trigger-' if start.cause == 'trigger' else ''}{text}Z"


def name_of(tenant: str, schedule_id: str) -> str:
    """What a schedule's jitter is drawn from if it has no seed of its own."""
    return f"{encode_segment(tenant)}/{encode_segment(schedule_id)}"


# --- what people ask for


def create(state: State, spec: Spec, *, schedule_id: str, name: str, now_ms: int) -> Fact:
    """A new schedule, or one that was deleted, anew.

    Raises:
        Conflict: it exists (``schedule.exists``).
        Invalid: see ``check_spec``.
    """
    check_name(schedule_id, "schedule")
    if len(schedule_id) > NAME_CHARS_MAX:
        raise Invalid(
            f"a schedule's id has at most {NAME_CHARS_MAX} characters", code="id.too_long"
        )
    if state.status != DELETED:
        raise Conflict(
            f"schedule {schedule_id} exists",
            code="schedule.exists",
            next_step="change it, or choose another id",
            schedule=schedule_id,
        )
    return _planned(events.CREATED, spec, name=name, now_ms=now_ms, after_ms=now_ms - 1)


def change(state: State, spec: Spec, *, name: str, now_ms: int) -> Fact:
    """Another specification from now on; what waits stays."""
    _require(state, name)
    after_ms = max(now_ms - 1, state.met_ms)
    return _planned(events.CHANGED, spec, name=name, now_ms=now_ms, after_ms=after_ms)


def pause(state: State, *, note: str, name: str) -> Fact | None:
    """Let its times pass by; None if they do already."""
    _require(state, name)
    _check_note(note)
    return None if state.status == PAUSED else Fact(events.PAUSED, {"note": note})


def resume(state: State, spec: Spec, *, note: str, name: str, now_ms: int) -> Fact | None:
    """Count its times again, from now on; None if they do already."""
    _require(state, name)
    _check_note(note)
    if state.status != PAUSED:
        return None
    nominal_ms = _next(state, spec, after_ms=max(now_ms - 1, state.met_ms), more=0)
    return Fact(events.RESUMED, {"note": note, **_following(spec, nominal_ms, name=name)})


def trigger(state: State, *, overlap: Overlap | None, name: str, now_ms: int) -> Fact:
    """A run now, beside its own times; also while it is paused."""
    _require(state, name)
    taken = [one.nominal_ms + 1 for one in state.waiting if one.cause == "trigger"]
    return _asked(state, "trigger", [max([now_ms, *taken])], overlap)


def backfill(
    state: State, spec: Spec, *, from_ms: int, until_ms: int, overlap: Overlap | None, name: str
) -> Fact:
    """A run for each of its times with ``from_ms <= time < until_ms``, one after another if not
    said otherwise.

    Raises:
        Invalid: no time lies in the range (``schedule.backfill_empty``).
        Exceeded: too many do (``schedule.buffer_full``).
    """
    _require(state, name)
    times: list[int] = []
    for at in between(spec.times, from_ms, until_ms):
        times.append(at)
        if len(times) > BUFFER_MAX:
            break
    if not times:
        raise Invalid(
            "no time of the schedule lies in that range",
            code="schedule.backfill_empty",
            next_step="give the first instant and the one after the last",
        )
    return _asked(state, "backfill", times, overlap or "buffer_all")


def delete(state: State, *, name: str) -> Fact:
    """Nothing fires any more."""
    _require(state, name)
    return Fact(events.DELETED, {})


# --- what time brings


def missed(state: State, spec: Spec, *, name: str, now_ms: int) -> Fact | None:
    """The next time skipped with all before the catch-up window, if it is too late for it."""
    assert state.nominal_ms is not None
    assert state.at_ms is not None
    if now_ms - state.at_ms <= spec.catch_up_ms:
        return None
    window_ms = now_ms - spec.catch_up_ms - spec.jitter_ms
    nominal_ms = _next(state, spec, after_ms=max(state.nominal_ms, window_ms - 1), more=0)
    return Fact(
        events.SKIPPED,
        {
            "nominal_ms": state.nominal_ms,
            "cause": "due",
            "why": "missed",
            "before_ms": window_ms if nominal_ms is None else nominal_ms,
            **_following(spec, nominal_ms, name=name),
        },
    )


def candidates(state: State, *, now_ms: int) -> list[Start]:
    """What may have been started by somebody who died before it was recorded."""
    found = [Start(one.nominal_ms, one.nominal_ms, one.cause) for one in state.ready[:1]]
    if state.nominal_ms is not None and state.at_ms is not None and state.at_ms <= now_ms:
        found.append(Start(state.nominal_ms, state.at_ms, "due"))
    return found


def is_pending(state: State, start: Start) -> bool:
    """Whether a start is still to be recorded, as far as the schedule's own state says."""
    waits = any((w.nominal_ms, w.cause) == (start.nominal_ms, start.cause) for w in state.waiting)
    return waits or (start.cause == "due" and start.nominal_ms == state.nominal_ms)


def next_step(state: State, spec: Spec, *, name: str, now_ms: int, running: bool) -> Step:
    """What to do now: what waits comes first, then the next time if it is due.

    Args:
        state: The schedule.
        spec: Its specification.
        name: See ``name_of``.
        now_ms: UTC by the wall clock.
        running: Whether a run that it started still runs.
    """
    waiting = _waiting(state, spec, running) if state.ready else None
    if isinstance(waiting, Start | Fact):
        return waiting
    if state.at_ms is None or state.nominal_ms is None or state.at_ms > now_ms:
        return waiting
    late = missed(state, spec, name=name, now_ms=now_ms)
    return late or _due(state, spec, name, running)


def fired(
    state: State,
    spec: Spec,
    start: Start,
    *,
    run: str,
    still_open: list[str],
    name: str,
    now_ms: int,
) -> Fact:
    """The run of a time was started."""
    body = {
        "nominal_ms": start.nominal_ms,
        "cause": start.cause,
        "run": run,
        "late_ms": max(0, now_ms - start.at_ms),
        "open": [*(one for one in still_open if one != run), run][-OPEN_MAX:],
    }
    return Fact(events.FIRED, {**body, **_advanced(state, spec, start, name, more=1)})


def skipped(
    state: State, spec: Spec, start: Start, *, why: str, name: str, error: str = ""
) -> Fact:
    """A time is not met."""
    body = {"nominal_ms": start.nominal_ms, "cause": start.cause, "why": why}
    if error:
        body["error"] = error
    return Fact(events.SKIPPED, {**body, **_advanced(state, spec, start, name, more=0)})


# --- inside


def _due(state: State, spec: Spec, name: str, running: bool) -> Step:
    assert state.nominal_ms is not None
    assert state.at_ms is not None
    start = Start(state.nominal_ms, state.at_ms, "due")
    if spec.overlap == "allow_all" or not (running or state.ready):
        return start
    if spec.overlap == "skip":
        return skipped(state, spec, start, why="overlap", name=name)
    earlier = [one for one in state.waiting if one.cause == "due"]
    replaces: dict[str, int] = {}
    if spec.overlap in ("cancel_other", "terminate_other") and earlier:
        replaces = {"replaces_ms": earlier[0].nominal_ms}  # only the newest is worth starting
    elif (spec.overlap == "buffer_one" and earlier) or len(state.waiting) >= BUFFER_MAX:
        return skipped(state, spec, start, why="buffer_full", name=name)
    following = _advanced(state, spec, start, name, more=0 if replaces else 1)
    return Fact(events.BUFFERED, {"nominal_ms": start.nominal_ms, **replaces, **following})


def _waiting(state: State, spec: Spec, running: bool) -> Step:
    first = state.ready[0]
    policy = first.overlap or spec.overlap
    start = Start(first.nominal_ms, first.nominal_ms, first.cause)
    if policy == "allow_all" or not running:
        return start
    if policy == "skip":
        body = {"nominal_ms": first.nominal_ms, "cause": first.cause, "why": "overlap"}
        return Fact(events.SKIPPED, body)
    if policy == "cancel_other":
        return Halt("cancel")
    return Halt("terminate") if policy == "terminate_other" else None


def _planned(kind: str, spec: Spec, *, name: str, now_ms: int, after_ms: int) -> Fact:
    check_spec(spec, now_ms=now_ms)
    following = _following(spec, next_time(spec, after_ms), name=name)
    return Fact(kind, {"spec": spec_data(spec), **following})


def _asked(state: State, cause: Cause, times_ms: list[int], overlap: Overlap | None) -> Fact:
    if overlap is not None and overlap not in OVERLAPS:
        raise Invalid(
            f"no overlap policy is named {overlap!r}",
            code="schedule.overlap",
            next_step=f"one of {', '.join(OVERLAPS)}",
        )
    if len(state.waiting) + len(times_ms) > BUFFER_MAX:
        raise Exceeded(
            f"more than {BUFFER_MAX} times of one schedule would wait",
            code="schedule.buffer_full",
            next_step="ask for a smaller range, and for the next when it is done",
        )
    body: dict[str, Any] = {"cause": cause, "times_ms": times_ms}
    return Fact(events.ASKED, body if overlap is None else {**body, "overlap": overlap})


def _advanced(state: State, spec: Spec, start: Start, name: str, *, more: int) -> Body:
    """The members of a body that say what follows, if it is about the next time."""
    if start.cause != "due" or start.nominal_ms != state.nominal_ms:
        return {}
    nominal_ms = _next(state, spec, after_ms=start.nominal_ms, more=more)
    return _following(spec, nominal_ms, name=name)


def _next(state: State, spec: Spec, *, after_ms: int, more: int) -> int | None:
    """The time that follows, unless the schedule has had its runs with ``more`` of them."""
    taken = state.fired_due + sum(one.cause == "due" for one in state.waiting) + more
    if spec.runs_max is not None and taken >= spec.runs_max:
        return None
    return next_time(spec, after_ms)


def _following(spec: Spec, nominal_ms: int | None, *, name: str) -> Body:
    if nominal_ms is None:
        return {}
    return {"next_ms": nominal_ms, "next_at_ms": fire_time(spec, nominal_ms, name=name)}


def _require(state: State, name: str) -> None:
    if state.status in (DELETED, ERASED):
        raise Missing(
            f"no schedule {name.partition('/')[2]}",
            code="schedule.missing",
            next_step="tarl schedules ls",
            schedule=name.partition("/")[2],
        )


def _check_note(note: str) -> None:
    if len(note) > NOTE_CHARS_MAX:
        raise Invalid(
            f"a note has at most {NOTE_CHARS_MAX} characters", code="schedule.note_too_long"
        )
