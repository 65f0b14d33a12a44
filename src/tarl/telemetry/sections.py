"""The sections of tarl's own rooms.

What would cost more than a look is bounded, and the section says so (``is_partial``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tarl.journal.event import Event
from tarl.journal.projection import Record
from tarl.kernel import events
from tarl.kernel.history import engine_of
from tarl.kernel.runs import STATUS
from tarl.routing.tables import all_nodes
from tarl.telemetry.files import files_data, files_text
from tarl.telemetry.status import Reading, Section, ago_text, counts_by, counts_text, has_table
from tarl.values.ids import RunId
from tarl.work.queue import status as queues
from tarl.work.queue.tables import STATUSES as TASK_STATUSES
from tarl.work.schedules.state import STATUSES as SCHEDULE_STATUSES
from tarl.work.timers.tables import STATUSES as TIMER_STATUSES

RUNS_LOOKED_INTO_MAX = 200
"""Running runs, the newest first, whose events are read for what is open in them."""

EVENTS_READ_MAX = 20_000
"""And of all of them together; reading these takes a fraction of a second."""

NAMES_MAX = 100
"""Queues, nodes and the like that are listed one by one."""

APPROVAL_STATUSES = ("pending", "approved", "rejected", "expired", "withdrawn", "decided")
NODE_STATES = ("active", "draining", "silent")
TENANT_STATUSES = ("active", "closed", "erased")


class _Numbers(msgspec.Struct, frozen=True):
    """Which step or timer an event is about."""

    step: int | None = None
    timer: int | None = None
    activity: str = ""
    delay_ms: int = 0


_numbers = msgspec.json.Decoder(_Numbers).decode
_STEP_ENDS = frozenset(
    {
        events.STEP_COMPLETED,
        events.STEP_FAILED,
        events.STEP_DENIED,
        events.STEP_CANCELLED,
    }
)
_TIMER_ENDS = frozenset({events.TIMER_FIRED, events.TIMER_CANCELLED})


# --- runs and what is open in them


def _runs(reading: Reading) -> dict[str, Any]:
    counts = counts_by(reading.store, "run", "status", ("running", *STATUS.values()))
    running = _running(reading)
    data: dict[str, Any] = {
        "by_status": counts,
        "running": [_run_data(reading, run, record) for run, record in running[:NAMES_MAX]],
        "is_partial": len(running) < counts.get("running", 0),
    }
    if reading.is_owned is None:
        return data
    interrupted = sum(not _is_driven(reading, run) for run, _ in running)
    if interrupted:
        owned = counts.pop("running") - interrupted
        some = {"running": owned} if owned else {}
        data["by_status"] = {**some, "interrupted": interrupted, **counts}
    return data


def _run_data(reading: Reading, run: RunId, record: Record) -> dict[str, Any]:
    is_driven = _is_driven(reading, run)
    return {
        "run": run.ref,
        "workflow": record["workflow"],
        "status": "running" if is_driven else "interrupted",
        "age_ms": reading.age_ms(record["started_at_ms"]),
    }


def _is_driven(reading: Reading, run: RunId) -> bool:
    """Whether some process has the run, or another engine drives it."""
    is_owned = reading.is_owned is None or reading.is_owned(run.stream)
    return is_owned or engine_of(reading.store, run) is not None


def _running(reading: Reading) -> list[tuple[RunId, Record]]:
    found = reading.store.scan(
        "run",
        {"status": "running"},
        order_by="started_at_ms",
        descending=True,
        limit=RUNS_LOOKED_INTO_MAX,
    )
    return [(RunId(each["tenant"], each["workflow_id"], each["n"]), each) for each in found]


def _open(reading: Reading) -> dict[str, Any]:
    """Steps and timers without an end, of the running runs."""
    steps: dict[tuple[str, int], tuple[str, int]] = {}
    timers: dict[tuple[str, int], int] = {}
    left, looked = EVENTS_READ_MAX, 0
    running = _running(reading)
    for run, _ in running:
        if left <= 0:
            break
        looked += 1
        for event in reading.store.read(run.stream, until=left):
            left -= 1
            _take(event, run.stream, steps, timers)
    by_activity: dict[str, int] = {}
    for activity, _ in steps.values():
        by_activity[activity] = by_activity.get(activity, 0) + 1
    since = min((at_ms for _, at_ms in steps.values()), default=None)
    return {
        "steps": len(steps),
        "steps_by_activity": dict(sorted(by_activity.items(), key=lambda one: (-one[1], one[0]))),
        "oldest_step_age_ms": reading.age_ms(since),
        "timers": len(timers),
        "timers_overdue": sum(due <= reading.now_ms for due in timers.values()),
        "next_timer_due_at_ms": min(timers.values(), default=None),
        "runs_looked_into": looked,
        "is_partial": left <= 0 or looked < reading.store.count("run", {"status": "running"}),
    }


def _take(
    event: Event,
    stream: str,
    steps: dict[tuple[str, int], tuple[str, int]],
    timers: dict[tuple[str, int], int],
) -> None:
    kind = event.kind
    if event.body is None or not kind.startswith(("step.", "timer.")):
        return
    about = _numbers(event.body)
    if about.step is not None:
        if kind == events.STEP_SCHEDULED:
            steps[stream, about.step] = about.activity, event.recorded_at_ms
        elif kind in _STEP_ENDS:
            steps.pop((stream, about.step), None)
    elif about.timer is not None:
        if kind == events.TIMER_STARTED:
            timers[stream, about.timer] = event.recorded_at_ms + about.delay_ms
        elif kind in _TIMER_ENDS:
            timers.pop((stream, about.timer), None)


def _open_text(data: dict[str, Any]) -> str | None:
    if not data["steps"] and not data["timers"]:
        return None
    parts = [f"{data['steps']} steps", f"{data['timers']} timers"]
    if data["timers_overdue"]:
        parts.append(f"{data['timers_overdue']} of them overdue")
    if data["steps"]:
        parts.append(f"the oldest step since {ago_text(data['oldest_step_age_ms'])}")
    if data["is_partial"]:
        parts.append(f"in the newest {data['runs_looked_into']} running runs")
    return ", ".join(parts).replace(" ago", "")


# --- work


def _queues(reading: Reading) -> dict[str, Any]:
    store = reading.store
    names = queues.queues(store)
    listed = {}
    for name in names[:NAMES_MAX]:
        where = {"queue": name}
        leased = store.count("task_lease", where)
        ended = counts_by_queue(reading, name)
        listed[name] = {
            "waiting": max(0, ended.get("queued", 0) - leased),
            "delayed": store.count("task_delayed", where),
            "leased": leased,
            "completed": ended.get("completed", 0),
            "dead": ended.get("dead", 0),
            "workers": store.count("task_worker", where),
        }
    return {"queues": len(names), "by_queue": listed, "is_partial": len(names) > NAMES_MAX}


def counts_by_queue(reading: Reading, queue: str) -> dict[str, int]:
    """A queue's tasks by status."""
    found = {
        status: reading.store.count("task", {"queue": queue, "status": status})
        for status in TASK_STATUSES
    }
    return {status: number for status, number in found.items() if number}


def _queues_text(data: dict[str, Any]) -> str | None:
    listed = data["by_queue"].values()
    if not listed:
        return None
    sums = {name: sum(one[name] for one in listed) for name in ("waiting", "leased", "completed")}
    return f"{data['queues']} with {counts_text(sums)}"


def _dead_letters(reading: Reading) -> dict[str, Any]:
    names = queues.queues(reading.store)[:NAMES_MAX]
    where = ({"queue": name, "status": "dead"} for name in names)
    counts = {one["queue"]: reading.store.count("task", one) for one in where}
    return {"by_queue": {name: number for name, number in counts.items() if number}}


def _dead_letters_text(data: dict[str, Any]) -> str | None:
    if not data["by_queue"]:
        return None
    listed = ", ".join(f"{number} in {name}" for name, number in data["by_queue"].items())
    return f"{listed}; tarl dlq ls"


def _leases(reading: Reading) -> dict[str, Any]:
    store = reading.store
    found: dict[str, int] = {}
    if has_table(store, "named_lease"):
        found["named"] = store.count("named_lease") - store.count("named_lease", {"holder": None})
    for name, table in (("tasks", "task_lease"), ("timers", "durable_timer_claim")):
        if has_table(store, table):
            found[name] = store.count(table)
    return {"held": found}


def _timers(reading: Reading) -> dict[str, Any]:
    store = reading.store
    pending = {"status": "pending"}
    first = next(store.scan("durable_timer", pending, order_by="due_at_ms", limit=1), None)
    due_at_ms = first["due_at_ms"] if first else None
    late_ms = reading.age_ms(due_at_ms) if due_at_ms is not None else 0
    return {
        "by_status": counts_by(store, "durable_timer", "status", TIMER_STATUSES),
        "next_due_at_ms": due_at_ms,
        "latest_by_ms": late_ms,
    }


def _timers_text(data: dict[str, Any]) -> str | None:
    if not data["by_status"]:
        return None
    late = f", the first {ago_text(data['latest_by_ms'])}" if data["latest_by_ms"] else ""
    return counts_text(data["by_status"]) + late.replace("first", "first was due")


def _schedules(reading: Reading) -> dict[str, Any]:
    store = reading.store
    first = next(store.scan("schedule", {"status": "active"}, order_by="at_ms", limit=1), None)
    return {
        "by_status": counts_by(store, "schedule", "status", SCHEDULE_STATUSES),
        "next_at_ms": first["at_ms"] if first else None,
    }


def _approvals(reading: Reading) -> dict[str, Any]:
    store = reading.store
    pending = {"status": "pending"}
    first = next(store.scan("approval", pending, order_by="requested_at_ms", limit=1), None)
    return {
        "by_status": counts_by(store, "approval", "status", APPROVAL_STATUSES),
        "oldest_pending_age_ms": reading.age_ms(first["requested_at_ms"]) if first else None,
    }


def _approvals_text(data: dict[str, Any]) -> str | None:
    if not data["by_status"]:
        return None
    asked = data["oldest_pending_age_ms"]
    waits = "" if asked is None else f", the oldest asked {ago_text(asked)}"
    return counts_text(data["by_status"]) + waits


def _tenants(reading: Reading) -> dict[str, Any]:
    return {"by_status": counts_by(reading.store, "tenant", "status", TENANT_STATUSES)}


def _nodes(reading: Reading) -> dict[str, Any]:
    tenants = sorted({record["tenant"] for record in reading.store.scan("node")})
    found = [
        (tenant, node)
        for tenant in tenants
        for node in all_nodes(reading.store, tenant, reading.mark)
    ]
    states = [node.state for _, node in found]
    by_state = {state: states.count(state) for state in NODE_STATES if state in states}
    return {
        "by_state": by_state,
        "assignments": sum(node.load for _, node in found),
        "stranded": sum(node.load for _, node in found if node.is_lost),
        "nodes": [{"tenant": tenant, **node.as_data()} for tenant, node in found[:NAMES_MAX]],
        "is_partial": len(found) > NAMES_MAX,
    }


def _nodes_text(data: dict[str, Any]) -> str | None:
    if not data["by_state"]:
        return None
    stranded = f", {data['stranded']} on silent nodes" if data["stranded"] else ""
    return f"{counts_text(data['by_state'])}; assignments: {data['assignments']}{stranded}"


# --- the journal itself


def _journal(reading: Reading) -> dict[str, Any]:
    return {"origin": reading.store.origin, "events": reading.store.log_size()}


def _checkpoints(reading: Reading) -> dict[str, Any]:
    last = next(iter(reading.store.checkpoints(limit=1)), None)
    size = reading.store.log_size()
    return {
        "size": last.size if last else 0,
        "age_ms": reading.age_ms(last.signed_at_ms) if last else None,
        "published": bool(last and last.published),
        "events_unsigned": size - (last.size if last else 0),
    }


def _checkpoints_text(data: dict[str, Any]) -> str:
    signed = ago_text(data["age_ms"])
    return f"{data['size']} events signed, {signed}; {data['events_unsigned']} not yet"


def _by_status_text(data: dict[str, Any]) -> str | None:
    return counts_text(data["by_status"]) if data["by_status"] else None


def _held_text(data: dict[str, Any]) -> str | None:
    held = {name: number for name, number in data["held"].items() if number}
    return ", ".join(f"{number} of {name}" for name, number in held.items()) or None


def _all() -> Iterator[Section]:
    yield Section(
        name="journal",
        gather=_journal,
        summary=lambda data: f"{data['events']} events of {data['origin']}",
    )
    yield Section(
        name="runs",
        tables=("run",),
        gather=_runs,
        summary=lambda data: counts_text(data["by_status"]),
    )
    yield Section(name="open", tables=("run",), gather=_open, summary=_open_text)
    yield Section(name="queues", tables=("task",), gather=_queues, summary=_queues_text)
    yield Section(
        name="dead_letters", tables=("task",), gather=_dead_letters, summary=_dead_letters_text
    )
    yield Section(
        name="leases",
        tables=("named_lease", "task_lease", "durable_timer_claim"),
        gather=_leases,
        summary=_held_text,
    )
    yield Section(name="timers", tables=("durable_timer",), gather=_timers, summary=_timers_text)
    yield Section(
        name="schedules", tables=("schedule",), gather=_schedules, summary=_by_status_text
    )
    yield Section(
        name="approvals", tables=("approval",), gather=_approvals, summary=_approvals_text
    )
    yield Section(name="tenants", tables=("tenant",), gather=_tenants, summary=_by_status_text)
    yield Section(name="nodes", tables=("node",), gather=_nodes, summary=_nodes_text)
    yield Section(name="checkpoints", gather=_checkpoints, summary=_checkpoints_text)
    yield Section(name="files", gather=files_data, summary=files_text)


SECTIONS: tuple[Section, ...] = tuple(_all())
"""In the order in which a person reads them."""
