"""A run's history in words: one sentence for each thing that happened, computed from its state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tarl.values.instants import isoformat_ms

if TYPE_CHECKING:
    from tarl.kernel.state import ExchangeState, RunState, StepState, TimerState

SENTENCES_MAX = 500
"""Of one run; the newest are told."""

SHOWN_CHARS_MAX = 200

_STEP_ENDS = {
    "denied": "it was denied",
    "cancelled": "nobody waited for it any more",
    "failed": "it failed",
}
_RUN_ENDS = {
    "completed": "It completed",
    "failed": "It failed",
    "cancelled": "It was cancelled",
    "terminated": "It was terminated",
    "continued": "It went on as another run",
}


def told(state: RunState, *, status: str) -> list[str]:
    """What happened, in order."""
    happened = [(step.scheduled_seq, _step(step)) for step in state.steps]
    happened += [(timer.started_seq, _timer(timer)) for timer in state.timers]
    happened += [(each.seq, _exchange(each)) for each in state.exchanges]
    sentences = [sentence for _, sentence in sorted(happened)]
    left_out = len(sentences) - SENTENCES_MAX
    if left_out > 0:
        sentences = [f"{left_out} earlier things are left out.", *sentences[left_out:]]
    return [_start(state), *sentences, *_end(state, status)]


def _start(state: RunState) -> str:
    whom = f", for agent {state.agent} at task {state.task}" if state.agent else ""
    forked = f", from event {state.fork_at} of {state.fork_of}" if state.fork_of else ""
    begun = f"Run {state.run.ref} of workflow {state.workflow} began at"
    said = "" if state.input is None else f", with the input {_short(state.input)}"
    return f"{begun} {isoformat_ms(state.started_at_ms)}{whom}{forked}{said}."


def _step(step: StepState) -> str:
    given = [_short(value) for value in step.args or ()]
    given += [f"{name}={_short(value)}" for name, value in (step.kwargs or {}).items()]
    whom = f" for agent {step.agent}" if step.agent else ""
    asked = f"Step {step.step} called {step.activity}({', '.join(given)}){whom}"
    tries = f" after {step.failed_attempts} failed attempts" if step.failed_attempts else ""
    if step.status == "completed":
        return f"{asked}: it answered {_short(step.result)}{tries}."
    if step.ended_seq is None:
        last = step.last_failure
        why = f"; the last attempt failed: {last.type}: {last.message}" if last else ""
        return f"{asked}: it has no outcome yet{tries}{why}."
    why = f": {step.error.type}: {step.error.message}" if step.error else ""
    if step.reasons:
        why = ": " + "; ".join(str(reason.get("text", reason)) for reason in step.reasons)
    return f"{asked}: {_STEP_ENDS.get(step.status, step.status)}{tries}{why}."


def _timer(timer: TimerState) -> str:
    how = {"fired": "passed", "cancelled": "was cancelled"}.get(timer.status, "is under way")
    return f"A wait of {timer.delay_ms} ms {how}."


def _exchange(each: ExchangeState) -> str:
    error = f", {each.error.type}: {each.error.message}" if each.error else ""
    answer = "" if each.answer is None else f", {_short(each.answer)}"
    match each.what:
        case "signal":
            return f"Signal {each.name} came with {_short(each.sent)}."
        case "cancel":
            return "It was asked to stop."
        case "approval":
            what = each.sent.get("description", "") if isinstance(each.sent, dict) else ""
            return f"People were asked to approve {_short(what)}: {each.status}."
        case _:
            return f"{each.what.capitalize()} {each.name}: {each.status}{answer}{error}."


def _end(state: RunState, status: str) -> Iterator[str]:
    if status in _RUN_ENDS:
        what = f" with {_short(state.result)}" if status == "completed" else ""
        what = f": {state.error.type}: {state.error.message}" if state.error else what
        why = f": {state.reason}" if state.reason else ""
        yield f"{_RUN_ENDS[status]} at {isoformat_ms(state.last_at_ms)}{what}{why}."
    elif status == "interrupted":
        yield "No process is running it now; it can be resumed where it is."
    else:
        yield "It is under way."
    for step in state.uncompensated:
        yield f"{step} could not be undone."


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARS_MAX else f"{text[: SHOWN_CHARS_MAX - 1]}…"
