"""Durable timers and leases: ``tarl.work.timers`` and ``tarl.work.leases`` under the seed's names.

A timer is in the journal with the name of its callback; the function is not. One that is defined in
a module is known by its qualified name, and a process that registers it (``register_callback``, or
by setting a timer with it) fires all timers that name it. A lambda or a local function is known to
the object that was given it: after a restart its timers wait, and are said to be unanswered, until
``register_callback(fn, name=timer.callback_name)`` gives them one.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from tarl.errors import Conflict
from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.place import (
    Place,
    Where,
    drawn,
    ms_of,
    seconds_at,
    seconds_until,
)
from tarl.integrations.orchestration_extended.refusals import (
    BadValue,
    Busy,
    UnknownName,
    translated,
)
from tarl.journal.store import Store
from tarl.kernel.definition import wire_name
from tarl.routing.uptime import SystemUptime
from tarl.values.ids import check_name
from tarl.work.leases import Lease, Leases
from tarl.work.timers.firing import Firing
from tarl.work.timers.handlers import Due, Handlers
from tarl.work.timers.ledger import Request, Timer, Timers

__all__ = ["Busy", "DurableTimer", "LongRunningWorkflowManager", "UnknownName", "WorkflowLease"]

HEARTBEAT_S = 300
"""How long a lease lasts from a heartbeat on."""

_LEASE = "workflow:"
"""Begins the names of workflows' leases, so that no other lease is one of them."""

_LOCAL = "local/"
"""Begins the names of callbacks that only the object knows that was given them."""


@dataclass
class DurableTimer:
    """A timer as it was when it was read; instants in Unix seconds.

    Attributes:
        callback: The function, where this object knows it.
        callback_name: The name that the journal has.
        status: ``pending``, ``unanswered``, ``fired``, ``cancelled`` or ``failed``.
        attempts: Calls that failed.
    """

    timer_id: str
    workflow_id: str
    fire_at: int
    callback: Callable[..., Any] | None
    fired: bool = False
    cancelled: bool = False
    status: str = "pending"
    callback_name: str = ""
    attempts: int = 0


@dataclass
class WorkflowLease:
    """A lease as it was when it was read; instants in Unix seconds, the interval in seconds.

    Attributes:
        token: Grows with every holder: a store outside that remembers the largest can refuse
            one that has lost the lease.
    """

    workflow_id: str
    holder: str
    acquired_at: int
    expires_at: int
    heartbeat_interval: int = 30
    last_heartbeat: int = 0
    token: int = 0


class LongRunningWorkflowManager:
    """Timers that survive their process, and leases that one holder has at a time.

    Args:
        data_dir: Where its journal lies, ``tarl.db``.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path = "data/tarl_long_running",
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)
        self._handlers = Handlers()
        self._callbacks: dict[str, Callable[..., Any]] = {}
        self._called: list[str] | None = None
        self._firing: Firing | None = None
        self._firing_store: Store | None = None
        self._firing_now = threading.RLock()
        self._keeping: asyncio.Task[None] | None = None

    # --- timers

    def register_callback(self, callback: Callable[..., Any], *, name: str | None = None) -> str:
        """Make a function known by the name under which timers call it; the name.

        Raises:
            BadValue: a lambda or a local function without a name, or nothing that can be called.
            Busy: another function has the name.
        """
        if not callable(callback):
            raise BadValue(f"{callback!r} is no function", code="handler.type")
        with translated():
            known_as = self._name_of(callback) if name is None else name
            other = self._callbacks.get(known_as)
            if other is not None and not _is_same(other, callback):
                raise Conflict(f"another function is named {known_as}", code="handler.exists")
            if other is None:
                self._handlers.register(self._calling(known_as, callback), name=known_as)
                self._firing = None  # it has left aside what it had no function for
        self._callbacks[known_as] = callback
        return known_as

    def schedule_timer(
        self,
        workflow_id: str,
        delay: float,
        callback: Callable[..., Any],
        *,
        timer_id: str | None = None,
    ) -> str:
        """Let a function be called after a delay in seconds, once at least; the timer's id, once it
        is on disk.

        The function gets nothing, or the ``DurableTimer`` if it has a parameter for it. One that
        raises is called again, with growing waits, ten times in all.

        Raises:
            BadValue: a name, delay or function that cannot be one.
            Busy: the id has another timer.
        """
        delay_ms = ms_of(delay, "delay")
        if not callable(callback):
            raise BadValue(f"{callback!r} is no function", code="handler.type")
        details = {"workflow": workflow_id, "delay_ms": delay_ms, "timer": timer_id}
        found: str = once("schedule_timer", details, lambda: self._set(callback, **details))  # type: ignore[arg-type]  # the dict says object
        if _is_local(callback) and callback not in self._callbacks.values():
            self.register_callback(callback, name=_LOCAL + found)  # this run is a replay
        return found

    def _set(
        self, callback: Callable[..., Any], *, workflow: str, delay_ms: int, timer: str | None
    ) -> str:
        id = timer or drawn("timer")
        is_local = _is_local(callback) and callback not in self._callbacks.values()
        name = self.register_callback(callback, name=_LOCAL + id if is_local else None)
        with self._timers() as timers:
            request = Request(timer_id=id, handler=name, delay_ms=delay_ms, about=workflow)
            return timers.set(request).timer_id

    def cancel_timer(self, timer_id: str) -> None:
        """Cancel a timer; nothing happens if it is over.

        Raises:
            UnknownName: there is none.
            Busy: it is being fired at this moment.
        """

        def cancel() -> None:
            with self._timers() as timers:
                timers.cancel(timer_id)

        once("cancel_timer", {"timer": timer_id}, cancel)

    def fire_timers(self) -> list[DurableTimer]:
        """Call what is due and known here; the timers that were called, each as it stands then.

        A callback that raised is among them, not ``fired``: it is called again later.
        """
        with self._firing_now:
            outer, self._called = self._called, []
            try:
                with translated():
                    self._fires().fire_due()
                called = list(dict.fromkeys(self._called))
            finally:
                self._called = outer
        return [self.get_timer(id) for id in called]

    def get_timer(self, timer_id: str) -> DurableTimer:
        """A timer as it is now.

        Raises:
            UnknownName: there is none.
        """
        with self._timers() as timers:
            return self._shown(timers.get(timer_id))

    def get_timers(self, workflow_id: str) -> list[DurableTimer]:
        """A workflow's timers, over or not, by due time."""
        with self._timers() as timers:
            return [self._shown(timer) for timer in timers.of(workflow_id)]

    # --- leases

    def acquire_lease(
        self, workflow_id: str, holder: str, duration: float = 300
    ) -> WorkflowLease | None:
        """The lease of a workflow for so many seconds, or None while somebody else has it.

        Whoever has it already extends it.

        Raises:
            BadValue: a name or duration that cannot be one.
        """
        details = {
            "workflow": workflow_id,
            "holder": holder,
            "duration_ms": ms_of(duration, "duration", least_ms=1),
        }

        def acquire() -> list[Any] | None:
            with self._leases() as leases:
                lease = leases.acquire(
                    _lease_name(workflow_id),
                    holder,
                    duration_ms=details["duration_ms"],  # type: ignore[arg-type]  # the dict says object
                )
                return None if lease is None else list(lease)

        found = once("acquire_lease", details, acquire)
        return None if found is None else _lease_shown(Lease(*found))

    def release_lease(self, workflow_id: str, holder: str) -> bool:
        """Give a lease up; False if the holder does not have it."""

        def release() -> bool:
            with self._leases() as leases:
                return leases.release(_lease_name(workflow_id), holder)

        done: bool = once("release_lease", {"workflow": workflow_id, "holder": holder}, release)
        return done

    def heartbeat(self, workflow_id: str, holder: str) -> bool:
        """Extend a lease to ``HEARTBEAT_S`` from now; False if the holder does not have it."""

        def beat() -> bool:
            with self._leases() as leases:
                name = _lease_name(workflow_id)
                return leases.heartbeat(name, holder, duration_ms=HEARTBEAT_S * 1_000) is not None

        done: bool = once("lease_heartbeat", {"workflow": workflow_id, "holder": holder}, beat)
        return done

    def get_lease(self, workflow_id: str) -> WorkflowLease | None:
        """The lease that somebody holds now, or None."""
        with self._leases() as leases:
            lease = leases.get(_lease_name(workflow_id))
        return None if lease is None else _lease_shown(lease)

    def get_leases(self) -> list[WorkflowLease]:
        """Every lease that somebody holds now, by workflow."""
        with self._leases() as leases:
            return [_lease_shown(each) for each in leases.held() if each.name.startswith(_LEASE)]

    # --- as a whole

    async def start(self) -> None:
        """Fire timers by themselves as long as the running loop lives, or until ``stop``."""
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """Fire no timers by themselves any more."""
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
            self._keeping = None

    def get_metrics(self) -> dict[str, int]:
        """Timers by status, and the leases that are held."""
        with self._timers() as timers:
            return {**timers.get_status(), "leases": len(self.get_leases())}

    def get_status(self) -> dict[str, int]:
        """How many timers were ever set, and how many leases are held."""
        with self.place.store() as store:
            timers = store.count("durable_timer")
        return {"timers": timers, "leases": len(self.get_leases())}

    # --- inside

    @contextmanager
    def _timers(self) -> Iterator[Timers]:
        with self.place.store() as store:
            yield Timers(store, clock=self.place.clock, metrics=self.place.metrics)

    @contextmanager
    def _leases(self) -> Iterator[Leases]:
        with self.place.store() as store:
            yield Leases(store, clock=self.place.clock, metrics=self.place.metrics)

    def _fires(self) -> Firing:
        """What fires timers, on a connection of its own: callbacks use this object's."""
        if self._firing_store is None:
            self._firing_store = self.place.ledger.another()
            if self._firing_store is not self.place.ledger.store:
                weakref.finalize(self, self._firing_store.close)
        if self._firing is None:
            self._firing = self._firing_on(self._firing_store)
        return self._firing

    def _firing_on(self, store: Store) -> Firing:
        uptime = SystemUptime()
        return Firing(
            Timers(store, clock=self.place.clock, metrics=self.place.metrics),
            self._handlers,
            holder=drawn(str(os.getpid())),
            monotonic=lambda: uptime.mark().ms / 1_000,
        )

    async def _keep(self) -> None:
        store = self.place.ledger.another()
        try:
            await self._firing_on(store).keep_firing()
        finally:
            if store is not self.place.ledger.store:
                store.close()

    def _name_of(self, callback: Callable[..., Any]) -> str:
        """The name that the function has here already, or its own."""
        known = (name for name, fn in self._callbacks.items() if fn == callback)
        return next(known, None) or wire_name(callback, "handler")

    def _calling(self, name: str, callback: Callable[..., Any]) -> Callable[[Due], Any]:
        """A callback as the room calls it."""
        takes_timer = _takes_one(callback)

        def prepared(due: Due) -> tuple[Any, ...]:
            if self._called is not None:
                self._called.append(due.timer_id)
            return (self.get_timer(due.timer_id),) if takes_timer else ()

        async def call_async(due: Due) -> None:
            await callback(*prepared(due))

        def call(due: Due) -> None:
            callback(*prepared(due))

        return call_async if inspect.iscoroutinefunction(callback) else call

    def _shown(self, timer: Timer) -> DurableTimer:
        return DurableTimer(
            timer_id=timer.timer_id,
            workflow_id=timer.about or "",
            fire_at=seconds_until(timer.due_at_ms),
            callback=self._callbacks.get(timer.handler),
            fired=timer.status == "fired",
            cancelled=timer.status == "cancelled",
            status=timer.status,
            callback_name=timer.handler,
            attempts=timer.attempts,
        )


def _is_local(callback: Callable[..., Any]) -> bool:
    """Whether no other process could find the function by its name."""
    try:
        wire_name(callback, "handler")
    except Exception:
        return True
    return False


def _is_same(one: Callable[..., Any], other: Callable[..., Any]) -> bool:
    same = [
        (getattr(f, "__module__", None), getattr(f, "__qualname__", None)) for f in (one, other)
    ]
    return one == other or (same[0] == same[1] and "<" not in str(same[0][1]))


def _takes_one(callback: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(callback).parameters.values()
    except (TypeError, ValueError):
        return False
    needed = [
        p
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return bool(needed)


def _lease_name(workflow_id: str) -> str:
    with translated():
        return _LEASE + check_name(workflow_id, "workflow id")


def _lease_shown(lease: Lease) -> WorkflowLease:
    return WorkflowLease(
        workflow_id=lease.name.removeprefix(_LEASE),
        holder=lease.holder,
        acquired_at=seconds_at(lease.acquired_at_ms),
        expires_at=seconds_until(lease.expires_at_ms),
        last_heartbeat=seconds_at(lease.beat_at_ms),
        token=lease.token,
    )
