"""A step whose activity one worker does not know is offered to the others soon, then less often."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from tarl.engines.temporal.effects import as_temporal_says
from tarl.errors import Missing, TarlError, Unavailable

UNKNOWN = Missing("no activity 'x' is loaded", code="activity.unknown")


def wait_ms_after(attempt: int, error: TarlError) -> Any:
    """How long Temporal is told to wait, in milliseconds; None where its own policy says."""

    def fails() -> None:
        with as_temporal_says():
            raise error

    there = ActivityEnvironment()
    there.info = dataclasses.replace(there.info, attempt=attempt)
    with pytest.raises(ApplicationError) as said:
        there.run(fails)
    assert said.value.type == error.code
    wait = said.value.next_retry_delay
    return None if wait is None else wait.total_seconds() * 1000


def test_soon_then_less_often() -> None:
    assert [wait_ms_after(attempt, UNKNOWN) for attempt in (1, 2, 3, 40)] == [20, 40, 80, 30_000]


def test_other_refusals_are_tried_again_as_temporal_does() -> None:
    assert wait_ms_after(1, Unavailable("gone", code="journal.unreachable")) is None
