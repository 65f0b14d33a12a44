"""A run's recorded history: read with its chain checked, and its beginning taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tarl.errors import Conflict, Corrupt, Missing
from tarl.journal.event import ChainCheck, Event
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.events import DECODERS, UPCASTERS, RunStarted
from tarl.values.ids import RunId


def verified(stream: str, recorded: Iterable[Event]) -> Iterator[Event]:
    """The same events, each checked against its digest and its predecessor as it passes.

    Raises:
        ChainBrokenError: naming the first event that does not follow.
    """
    chain = ChainCheck(stream)
    for event in recorded:
        chain.check_all((event,))
        yield event


def started(store: Store, run: RunId) -> RunStarted:
    """How a run began.

    Raises:
        Missing: there is no such run, or its content is erased.
    """
    event = next(store.read(run.stream, until=1), None)
    if event is None:
        raise no_run(run.ref)
    return read_started(event)


def read_started(event: Event) -> RunStarted:
    """The beginning of a run from its first event.

    Raises:
        Missing: its content is erased.
        Corrupt: the stream does not begin as a run does.
    """
    if event.kind in UPCASTERS:
        event = UPCASTERS.read(event)
    if event.kind != events.RUN_STARTED:
        raise Corrupt(
            f"{event.stream} begins with {event.kind}, not with a run's start",
            code="run.no_start",
            stream=event.stream,
        )
    if event.body is None:
        raise Missing(
            f"the content of {event.stream} is erased: its key was destroyed",
            code="journal.erased",
            stream=event.stream,
        )
    body: RunStarted = DECODERS[event.kind](event.body)
    return body


def engine_of(store: Store, run: RunId) -> str | None:
    """Which other engine drives a run; None for tarl's own, and where nobody can say any more."""
    first = next(store.read(run.stream, until=1), None)
    return None if first is None or first.body is None else read_started(first).engine


def refuse_elsewhere(run: RunId, started: RunStarted) -> None:
    """Refuse what needs all of a run's history where another engine keeps it.

    Raises:
        Conflict: it does (``run.elsewhere``).
    """
    if started.engine is not None:
        raise Conflict(
            f"{run.ref} is driven by {started.engine}, whose history says what comes next",
            code="run.elsewhere",
            next_step=f"speak to it through {started.engine}; what it did is in the journal:"
            f" tarl runs show {run.ref}",
            run=run.ref,
            engine=started.engine,
        )


def patches(store: Store, run: RunId) -> frozenset[str]:
    """Identifiers of the patch markers that the run recorded."""
    return frozenset(
        DECODERS[event.kind](event.body).id
        for event in store.read_kind(run.stream, events.PATCH_MARKED)
        if event.body is not None
    )


def no_run(ref: str) -> Missing:
    """The error for a run that is not in the journal."""
    return Missing(
        f"no run {ref}",
        code="run.missing",
        next_step="tarl runs ls shows the runs of this journal",
        run=ref,
    )
