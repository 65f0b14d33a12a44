"""The calls of a tenant as the watches count them: those asked for here, and those that others, or
an earlier process, recorded in the journal.

What is asked for here is counted as it is asked. What other processes recorded is read from the end
of the log when the store says that somebody else has committed; a call that is read again is the
same call. A process that begins reads back as far as the longest window reaches.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from tarl.errors import TarlError
from tarl.governance.safety.watch import SKEW_MS, Call, Counting, Over, Watch
from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.aims import spent_by
from tarl.kernel.definition import DECLARED, Activity
from tarl.kernel.effect import Effect
from tarl.kernel.events import DECODERS, StepScheduled
from tarl.kernel.history import started
from tarl.kernel.payload import decode_value
from tarl.values.ids import RunId, encode_segment

BLOCK = 4_096
"""Events read at once."""

AGENTS_REMEMBERED = 4_096
OWN_UNREAD_MAX = 2_000
"""Calls asked for here, after which the end of the log is taken to be known up to now."""

Activities = Mapping[str, Activity[..., Any]]


class Calls:
    """What the watches of one tenant have counted.

    Args:
        store: The journal, as the loop's courts look at it.
        tenant: Whose.
        watches: What is watched.
        now_ms: When it begins.
    """

    def __init__(self, store: Store, tenant: str, watches: Iterable[Watch], now_ms: int) -> None:
        self._store = store
        self._prefix = f"run/{encode_segment(tenant)}/"
        self._countings = [Counting(watch) for watch in watches]
        self._spends = any(watch.kind == "spend" for watch in watches)
        self._digests = any(watch.kind == "loop" for watch in watches)
        self._agents: OrderedDict[str, str] = OrderedDict()
        self._own_unread = 0
        self._foreign = store.foreign_revision()
        self._read_upto = store.log_size()
        horizon_ms = max((each.watch.window_ms for each in self._countings), default=0)
        for event in self._back_to(now_ms - horizon_ms - SKEW_MS):
            self._take(event)

    def over(self, effect: Effect, now_ms: int) -> list[Over]:
        """Count a call that is asked for, and say which watches it is over.

        Raises:
            Full: more is going on at once than is kept.
        """
        self._catch_up()
        name = effect.activity.name
        about = [each for each in self._countings if each.watch.is_about(name)]
        if not about or effect.command.kind != events.STEP_SCHEDULED:
            return []
        call = Call(
            effect.run.stream,
            effect.step,
            effect.command.at_ms or now_ms,
            name,
            "" if effect.acting is None else effect.acting.agent,
            _digest(effect.command.body_of_arguments()) if self._digests else b"",
            effect.spends if self._spends else {},
        )
        found = []
        for each in about:
            each.count(call)
            over = each.over(call)
            if over is not None:
                found.append(over)
        self._own_unread += 1
        return found

    # --- inside

    def _catch_up(self) -> None:
        """Count what others have recorded since the last look."""
        foreign = self._store.foreign_revision()
        if foreign != self._foreign:
            size = self._store.log_size()
            for event in self._store.read_log(self._read_upto, size):
                self._take(event)
            self._foreign, self._read_upto, self._own_unread = foreign, size, 0
        elif self._own_unread >= OWN_UNREAD_MAX:
            size = self._store.log_size()
            if self._store.foreign_revision() == foreign:  # nobody else's is among them
                self._read_upto = size
            self._own_unread = 0

    def _back_to(self, horizon_ms: int) -> Iterator[Event]:
        """The log's events from a time on, the oldest first."""
        start, blocks = self._read_upto, []
        while start > 0:
            stop, start = start, max(0, start - BLOCK)
            block = list(self._store.read_log(start, stop))
            blocks.append(block)
            if all(event.recorded_at_ms < horizon_ms for event in block):
                break
        for block in reversed(blocks):
            yield from block

    def _take(self, event: Event) -> None:
        if event.kind != events.STEP_SCHEDULED or event.body is None:
            return
        if not event.stream.startswith(self._prefix):
            return
        body = DECODERS[event.kind](event.body)
        about = [each for each in self._countings if each.watch.is_about(body.activity)]
        if not about:
            return
        call = Call(
            event.stream,
            body.step,
            event.recorded_at_ms,
            body.activity,
            body.agent or self._agent_of(event.stream),
            _digest(bytes(body.args) + bytes(body.kwargs)) if self._digests else b"",
            spent_by_recorded(body) if self._spends else {},
        )
        for each in about:
            each.count(call)

    def _agent_of(self, stream: str) -> str:
        """For whom a run acts."""
        known = self._agents.get(stream)
        if known is None:
            try:
                known = started(self._store, RunId.from_stream(stream)).agent or ""
            except TarlError:  # erased: nobody knows for whom
                known = ""
            self._agents[stream] = known
            if len(self._agents) > AGENTS_REMEMBERED:
                self._agents.popitem(last=False)
        return known


def _digest(arguments: bytes) -> bytes:
    return sha256(arguments).digest()


def spent_by_recorded(body: StepScheduled) -> Mapping[str, int]:
    """What a recorded call spends, as its activity declares it; nothing of one that no code here
    declares, or whose arguments lie elsewhere.
    """
    activity = _declared().get(body.activity)
    if activity is None or not activity.spends:
        return {}
    try:
        args, kwargs = decode_value(bytes(body.args)), decode_value(bytes(body.kwargs))
        named = dict(zip(activity.parameter_names, args, strict=False))
        return spent_by(activity, {**activity.defaults, **named, **kwargs})
    except (TarlError, TypeError, msgspec.MsgspecError):
        return {}


def _declared() -> Activities:
    """The activities that the code of the declared workflows can name, by name."""
    return _activities_of(tuple(DECLARED.names()))


@lru_cache(maxsize=4)
def _activities_of(names: tuple[str, ...]) -> Activities:
    found: dict[str, Activity[..., Any]] = {}
    for name in names:
        try:
            workflow = DECLARED.find(name)
        except TarlError:  # two files have one each: what either names is not decided here
            continue
        for value in getattr(workflow.fn, "__globals__", {}).values():
            if isinstance(value, Activity):
                found.setdefault(value.name, value)
    return found
