"""An event in one line, as ``tarl runs tail`` prints it."""

from __future__ import annotations

import pytest

from tarl.interfaces.cli.recorded import summary
from tarl.journal.event import Event


def event(kind: str, body: bytes | None) -> Event:
    return Event("run/default/a/1", 1, kind, body, bytes(32), 0, None, None, None, 0)


@pytest.mark.parametrize(
    ("kind", "body", "line"),
    [
        (
            "step.attempt_failed/1",
            b'{"attempt":2,"error":{"message":"no","type":"OSError"},"step":3,"wait_ms":40}',
            "step 3, attempt 2, OSError: no, again in 40 ms",
        ),
        ("timer.started/1", b'{"delay_ms":500,"timer":1}', "timer 1, delay_ms 500"),
        (
            "signal.received/1",
            b'{"message":4,"name":"paid","payload":{"minor":5}}',
            'message 4, name paid, payload {"minor": 5}',
        ),
        (
            "approval.asked/1",
            b'{"approval":"a1","request":{"approvers":["ann","bob"],"description":"go?"}}',
            "approval a1, asks ann, bob: go?",
        ),
        (
            "child.failed/1",
            b'{"child":1,"error":{"message":"m","type":"T"},"status":"refused"}',
            "child 1, T: m, status refused",
        ),
        ("run.cancelled/1", b'{"reason":"enough"}', "reason enough"),
        ("step.completed/1", None, "(erased)"),
    ],
    ids=lambda value: value.partition("/")[0] if isinstance(value, str) else "",
)
def test_what_an_event_says_stands_in_its_line(kind: str, body: bytes | None, line: str) -> None:
    assert summary(event(kind, body)) == line
