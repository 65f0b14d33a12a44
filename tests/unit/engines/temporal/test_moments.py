"""Temporal's events told in tarl's kinds: what no server is easily brought to."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from google.protobuf.json_format import ParseDict
from temporalio.api.history.v1 import HistoryEvent
from tests.lab import memory

from tarl.engines.temporal import wire
from tarl.engines.temporal.moments import Beside, Chronicle, Timed
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel import events
from tarl.kernel.acting import acting
from tarl.values.ids import RunId
from tarl.values.instants import isoformat_ms

RUN = RunId("default", "w", 1)
SCHEDULED = b'{"activity":"a","args":[],"step":%d}'


def journal(*told: tuple[int, str, bytes]) -> Store:
    """A journal with a run's events: when, kind and body."""
    store = memory()
    writer = StreamWriter(RUN.stream, tenant="default", codec=store.codec)
    started = events.run_started(
        code="c", seed="00" * 32, workflow="x", input_json=b"1", engine="temporal"
    )
    rows = [writer.append(events.RUN_STARTED, started, at_ms=1)]
    rows += [writer.append(kind, body, at_ms=at_ms) for at_ms, kind, body in told]
    store.commit(Batch(rows))
    return store


def payload(data: bytes, **metadata: str) -> dict[str, Any]:
    encoded = msgspec.to_builtins(data)
    coded = {
        name.replace("_", "-"): msgspec.to_builtins(v.encode()) for name, v in metadata.items()
    }
    return {"payloads": [{"data": encoded, "metadata": coded}]}


def event(number: int, at_ms: int, kind: str, **attributes: Any) -> HistoryEvent:
    """One of Temporal's events, as its JSON has it."""
    words = kind.split("_")
    name = words[0] + "".join(word.capitalize() for word in words[1:]) + "EventAttributes"
    told = {
        "eventId": str(number),
        "eventTime": isoformat_ms(at_ms),
        "eventType": f"EVENT_TYPE_{kind.upper()}",
        name: attributes,
    }
    return ParseDict(told, HistoryEvent())


def scheduled(number: int, at_ms: int, step: int) -> HistoryEvent:
    call = wire.Call(
        run=RUN.stream, workflow="x", scheduled=msgspec.Raw(SCHEDULED % step), at_ms=at_ms
    )
    data = msgspec.json.encode(call)
    return event(
        number,
        at_ms,
        "activity_task_scheduled",
        activityType={"name": "a"},
        input=payload(data),
    )


def completed(number: int, at_ms: int, of: int, step: int) -> HistoryEvent:
    result = payload(b'{"result":1,"step":%d}' % step)
    return event(number, at_ms, "activity_task_completed", scheduledEventId=str(of), result=result)


def tell(store: Store, *history: HistoryEvent) -> list[Timed]:
    chronicle = Chronicle(RUN, Beside(store, RUN))
    return [*(each for one in history for each in chronicle.take(one)), *chronicle.rest()]


def local_wait(number: int, at_ms: int, *, seconds: int) -> HistoryEvent:
    """A local activity that failed and is tried again after a timer of the library's."""
    marker = {"activity_type": "pure", "backoff": {"seconds": seconds, "nanos": 0}}
    details = {"data": payload(json.dumps(marker).encode())}
    failure = {"message": "later"}
    return event(
        number,
        at_ms,
        "marker_recorded",
        markerName="core_local_activity",
        details=details,
        failure=failure,
    )


def timer(number: int, at_ms: int, id: int, seconds: int) -> HistoryEvent:
    return event(number, at_ms, "timer_started", timerId=str(id), startToFireTimeout=f"{seconds}s")


def test_a_timer_of_the_librarys_is_none_of_the_codes() -> None:
    told = tell(
        journal(),
        timer(1, 10, 1, 5),
        local_wait(2, 11, seconds=90),
        timer(3, 11, 2, 90),
        timer(4, 12, 3, 7),
        event(5, 90_011, "timer_fired", timerId="2"),
        event(6, 90_012, "timer_fired", timerId="3"),
        event(7, 90_013, "timer_canceled", timerId="1"),
    )
    assert told == [
        (10, events.TIMER_STARTED, b'{"delay_ms":5000,"timer":1}'),
        (12, events.TIMER_STARTED, b'{"delay_ms":7000,"timer":2}'),
        (90_012, events.TIMER_FIRED, b'{"timer":2}'),
        (90_013, events.TIMER_CANCELLED, b'{"timer":1}'),
    ]


def failed(step: int, attempt: int) -> bytes:
    said = b'{"message":"no","type":"OSError"}'
    return b'{"attempt":%d,"error":%b,"step":%d,"wait_ms":5}' % (attempt, said, step)


def test_failed_attempts_stand_where_they_belong() -> None:
    store = journal(
        (15, events.ATTEMPT_FAILED, failed(1, 1)),
        (25, events.ATTEMPT_FAILED, failed(2, 1)),
        (35, events.ATTEMPT_FAILED, failed(1, 2)),
        (99, events.ATTEMPT_FAILED, failed(2, 2)),
    )
    told = tell(
        store,
        scheduled(1, 10, 1),
        timer(2, 20, 1, 60),
        scheduled(3, 30, 2),  # by a clock that is ahead of the worker's
        completed(4, 34, 1, 1),  # and by one that is behind
        timer(5, 40, 2, 60),
    )
    assert [(at_ms, json.loads(body).get("step"), kind) for at_ms, kind, body in told] == [
        (10, 1, events.STEP_SCHEDULED),
        (15, 1, events.ATTEMPT_FAILED),
        (20, None, events.TIMER_STARTED),
        (30, 2, events.STEP_SCHEDULED),
        (30, 2, events.ATTEMPT_FAILED),
        (34, 1, events.ATTEMPT_FAILED),
        (34, 1, events.STEP_COMPLETED),
        (40, None, events.TIMER_STARTED),
        (99, 2, events.ATTEMPT_FAILED),
    ]


def test_a_run_that_temporal_ended_before_the_journal_knew() -> None:
    ended = event(1, 10, "workflow_execution_terminated", reason='the "end"')
    body = b'{"reason":"the \\"end\\""}'
    assert tell(journal(), ended) == [(10, events.RUN_TERMINATED, body)]
    known = journal((9, events.RUN_TERMINATED, b'{"reason":"known"}'))
    assert tell(known, ended) == [(10, events.RUN_TERMINATED, b'{"reason":"known"}')]


def child(number: int, start: wire.Start) -> HistoryEvent:
    return event(
        number,
        10,
        "start_child_workflow_execution_initiated",
        workflowId="default/kid%20one",
        workflowType={"name": "kid"},
        input=payload(msgspec.json.encode(start)),
    )


START = wire.Start(
    run="run/default/kid%20one/1",
    seed="00" * 32,
    input=msgspec.Raw(b"[2]"),
    parent="default/w/1",
    child=3,
    close_policy="cancel",
)


def test_a_child_is_told_as_the_code_asked_for_it() -> None:
    plain = b'"child":3,"close_policy":"cancel"'
    rest = b'"id":"kid one","input":[2]'
    (first,) = tell(journal(), child(1, START))
    assert first == (10, events.CHILD_STARTED, b'{%b,%b,"workflow":"kid"}' % (plain, rest))
    besides = {"agent": "bot", "task": "news", "lent": "l", "endorses": {"is": "exactly"}}
    lent = msgspec.structs.replace(START, besides=besides, acting=acting("bot", "news"))
    (second,) = tell(journal(), child(1, lent))
    assert second[2] == (
        b'{"agent":"bot",%b,"endorses":{"is":"exactly"},%b,"lent":"l","task":"news","workflow":"kid"}'
        % (plain, rest)
    )


def test_an_update_that_was_kept_until_the_code_took_it() -> None:
    request = {
        "meta": {"updateId": "u"},
        "input": {"name": "take", "args": payload(b"3")},
    }
    told = tell(
        journal(),
        event(1, 10, "workflow_execution_update_admitted", request=request),
        event(2, 11, "workflow_execution_update_accepted", protocolInstanceId="u"),
        event(
            3,
            12,
            "workflow_execution_update_completed",
            meta={"updateId": "u"},
            outcome={"success": payload(b"1")},
        ),
    )
    assert told == [
        (11, events.UPDATE_ACCEPTED, b'{"message":1,"name":"take","payload":3}'),
        (12, events.UPDATE_COMPLETED, b'{"message":1,"result":1}'),
    ]


def test_how_a_child_ends() -> None:
    def end(kind: str, **more: Any) -> bytes:
        ended = event(2, 20, kind, initiatedEventId="1", **more)
        return tell(journal(), child(1, START), ended)[-1][2]

    encoded = {"data": msgspec.to_builtins(b'{"message":"inner"}')}
    foreign = end(
        "child_workflow_execution_failed",
        failure={
            "message": "Encoded failure",
            "encodedAttributes": encoded,
            "applicationFailureInfo": {"type": "Odd"},
        },
    )
    error = {"message": "inner", "type": "Odd"}
    assert json.loads(foreign) == {"child": 3, "error": error, "status": "failed"}


def test_a_local_step_that_says_nothing_of_what_was_asked_is_left_out() -> None:
    marker = {"data": payload(b'{"activity_type":"pure"}'), "result": payload(b'{"step":1}')}
    local = event(1, 10, "marker_recorded", markerName="core_local_activity", details=marker)
    assert tell(journal(), local) == []


def test_how_a_run_ends_that_a_parent_attached_to() -> None:
    told = wire.Attach(
        run="run/default/kid%20one/1",
        workflow="kid",
        input=msgspec.Raw(b"[2]"),
        parent="run/default/w/1",
        child=3,
    )
    body = b'{"child":3,"result":7}'
    end = wire.Told(kind=events.CHILD_COMPLETED, body=msgspec.Raw(body))
    said = tell(
        journal(),
        child(1, START),
        event(2, 20, "start_child_workflow_execution_failed", initiatedEventId="1"),
        event(
            3,
            20,
            "activity_task_scheduled",
            activityType={"name": wire.ATTACH},
            input=payload(msgspec.json.encode(told)),
        ),
        event(
            4,
            30,
            "activity_task_completed",
            scheduledEventId="3",
            result=payload(msgspec.json.encode(end)),
        ),
    )
    assert [kind for _, kind, _ in said] == [events.CHILD_STARTED, events.CHILD_COMPLETED]
    assert said[-1] == (30, events.CHILD_COMPLETED, body)


def test_what_is_recorded_meanwhile_is_told_too() -> None:
    store = journal()
    beside = Beside(store, RUN)
    chronicle = Chronicle(RUN, beside)
    told = [*chronicle.take(scheduled(1, 10, 1))]
    writer = StreamWriter(RUN.stream, tenant="default", codec=store.codec)
    head = store.head(RUN.stream)
    assert head is not None
    writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
    rows = [writer.append(events.ATTEMPT_FAILED, failed(1, 1), at_ms=15)]
    rows.append(writer.append(events.RUN_COMPLETED, b'{"result":1}', at_ms=30))
    store.commit(Batch(rows))
    beside.look()
    told += chronicle.take(completed(2, 20, 1, 1))
    told += chronicle.take(event(3, 31, "workflow_execution_completed"))
    assert [(at_ms, kind) for at_ms, kind, _ in told] == [
        (10, events.STEP_SCHEDULED),
        (15, events.ATTEMPT_FAILED),
        (20, events.STEP_COMPLETED),
        (31, events.RUN_COMPLETED),
    ]
