"""``tarl runs state`` and ``tarl runs step``: a run as it was after any of its events."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.run_refs import RUN_REF

if TYPE_CHECKING:
    from tarl.interfaces.cli.output import Output
    from tarl.journal.event import Event
    from tarl.journal.store import Store
    from tarl.kernel.rerun import Frame
    from tarl.values.ids import RunId


@click.command(short_help="Show a run's state after an event.")
@click.argument("run", metavar="RUN[@N]", type=RUN_REF)
@code_option
@common_options
@click.pass_obj
def state(invocation: Invocation, run: str, code: tuple[str, ...]) -> None:
    """Show a run's state after its event N, or after its last one.

    With --code the workflow is replayed up to there as well, without any effect, to show where its
    code waits and what its variables hold.
    """
    from tarl.interfaces.cli.commands.runs import show_state, shown_status
    from tarl.interfaces.cli.recorded import state_at, state_data
    from tarl.interfaces.cli.run_refs import find_point

    with invocation.open_store() as store:
        run_id, at = find_point(store, run)
        found = state_at(store, run_id, at)
        waiting = _waiting(invocation, store, run_id, at, code) if code else None
        status: str = found.status
        if at is None:
            status = shown_status(status, run_id, invocation, store)
    if invocation.output.as_json:
        data = state_data(found) | {"status": status} | ({"code_at": waiting} if waiting else {})
        invocation.output.document("runs.state", **data)
        return
    show_state(invocation.output, found, status=status)
    if waiting is not None:
        show_frames(invocation.output, waiting["waits"], waiting["frames"])


def _waiting(
    invocation: Invocation, store: Store, run: RunId, at: int | None, code: tuple[str, ...]
) -> dict[str, Any]:
    """Where the code waits at that point, and its local variables."""
    from tarl.interfaces.cli.code_loading import find_workflow, load_all
    from tarl.interfaces.cli.recorded import StoredValues
    from tarl.kernel.history import started
    from tarl.kernel.rerun import rerun

    load_all(invocation, code)
    retry = ["runs", "state", run.ref if at is None else f"{run.ref}@{at}"]
    workflow = find_workflow(invocation, started(store, run).workflow, retry=retry)
    report = rerun(
        workflow,
        store.read(run.stream),
        shelf=StoredValues(store, run),
        limits=invocation.limits,
        until=at,
    )
    return {"waits": report.waits, "frames": report.frames}


def show_frames(output: Output, waits: Sequence[str], frames: Sequence[Frame]) -> None:
    """Where the code waits, and its local variables, for a person."""
    output.data("")
    output.data("the code waits at:" if waits else "the code waits nowhere: it has ended")
    for place in waits:
        output.data(f"  {place}")
    for frame in frames:
        output.data(f"in {frame.place}:")
        for name, text in frame.locals.items():
            output.data(f"  {name} = {text}")


class Tally:
    """What a run has come to after each of its events, counted as they pass."""

    def __init__(self) -> None:
        self._status = "running"
        self._open_steps: set[int] = set()
        self._open_timers: set[int] = set()
        self._open_children: set[int] = set()
        self._ended: Counter[str] = Counter()

    def take(self, event: Event) -> None:
        """The next event."""
        import json

        from tarl.kernel.runs import STATUS

        about, _, what = event.kind.partition("/")[0].partition(".")
        body = json.loads(event.body) if event.body is not None else {}
        if event.kind in STATUS:
            self._status = STATUS[event.kind]
        elif about == "step" and what == "scheduled":
            self._open_steps.add(body.get("step", 0))
        elif about == "step" and what in ("retry_allowed", "retried", "attempt_failed"):
            return
        elif about == "step" and body.get("step") in self._open_steps:
            self._open_steps.remove(body["step"])
            self._ended[what] += 1
        elif about == "timer" and what == "started":
            self._open_timers.add(body.get("timer", 0))
        elif about == "child" and what == "started":
            self._open_children.add(body.get("child", 0))
        elif about == "child" and what in ("completed", "failed"):
            self._open_children.discard(body.get("child", 0))
        elif about == "timer":
            self._open_timers.discard(body.get("timer", 0))

    def as_data(self) -> dict[str, Any]:
        """The counts as JSON values."""
        return {
            "status": self._status,
            "steps_open": sorted(self._open_steps),
            "timers_open": sorted(self._open_timers),
            "children_open": sorted(self._open_children),
            **{f"steps_{what}": count for what, count in sorted(self._ended.items())},
        }

    def as_text(self) -> str:
        """The counts in one line."""
        said = [self._status]
        said += [f"{count} steps {what}" for what, count in sorted(self._ended.items())]
        said += [f"step {step} open" for step in sorted(self._open_steps)]
        said += [f"timer {timer} running" for timer in sorted(self._open_timers)]
        said += [f"child {child} running" for child in sorted(self._open_children)]
        return ", ".join(said)


@click.command(short_help="Step back and forth through a run's events.")
@click.argument("run", metavar="RUN[@N]", type=RUN_REF)
@common_options
@click.pass_obj
def step(invocation: Invocation, run: str) -> None:
    """Step back and forth through a run's events, with the state after each.

    On a terminal: n or Enter goes on, p back, g N to event N, s shows the whole state, q ends.
    Elsewhere every event is printed; NDJSON with --json.
    """
    from tarl.interfaces.cli.run_refs import find_point

    with invocation.open_store() as store:
        run_id, at = find_point(store, run)
        if invocation.output.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            _print_steps(invocation, store, run_id, at)
        else:
            _walk(invocation, store, run_id, at or 1)


def _print_steps(invocation: Invocation, store: Store, run: RunId, at: int | None) -> None:
    from tarl.interfaces.cli.recorded import event_data, summary, tail

    tally = Tally()
    for event in tail(store, run, until=at):
        tally.take(event)
        if invocation.output.as_json:
            data = event_data(event)
            invocation.output.document("runs.step", run=run.ref, event=data, state=tally.as_data())
        else:
            text = summary(event).replace("\n", " ")
            invocation.output.data(f"{event.seq:>5}  {event.kind:<18}  {text}")
            invocation.output.data(f"{'':>5}  = {tally.as_text()}")


def _walk(invocation: Invocation, store: Store, run: RunId, at: int) -> None:
    """The interactive part: one event at a time, until q or the end of the input."""
    from tarl.interfaces.cli.commands.runs import show_state
    from tarl.interfaces.cli.recorded import state_at

    while True:
        head = store.head(run.stream)
        last = head.seq if head else 1
        at = min(max(at, 1), last)
        _show_event(invocation, store, run, at)
        words = _asked(f"[{at}/{last}] n, p, g N, s, q: ")
        match words:
            case [] | ["n"]:
                at += 1
            case ["p"]:
                at -= 1
            case ["g", number] if number.isdigit():
                at = int(number)
            case ["s"]:
                found = state_at(store, run, at)
                show_state(invocation.output, found, status=found.status)
            case ["q"]:
                return
            case _:
                invocation.output.note(
                    "n or Enter: next, p: previous, g N: event N, s: state, q: end"
                )


def _asked(prompt: str) -> list[str]:
    try:
        return input(prompt).split()
    except EOFError:
        return ["q"]


def _show_event(invocation: Invocation, store: Store, run: RunId, at: int) -> None:
    from tarl.interfaces.cli.recorded import summary, tail
    from tarl.values.instants import isoformat_ms

    tally = Tally()
    event = None
    for event in tail(store, run, until=at):
        tally.take(event)
    if event is not None:
        when = isoformat_ms(event.recorded_at_ms)
        invocation.output.data(f"event {event.seq}  {when}  {event.kind}")
        invocation.output.data(f"  {summary(event)}")
        invocation.output.data(f"  = {tally.as_text()}")
