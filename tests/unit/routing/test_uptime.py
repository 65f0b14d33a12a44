"""Elapsed time by the machine's own age."""

from __future__ import annotations

import pytest

from tarl.routing.uptime import Mark, SystemUptime, elapsed_ms


@pytest.mark.parametrize(
    ("since", "now", "elapsed"),
    [
        (Mark("a", 100), Mark("a", 250), 150),
        (Mark("a", 250), Mark("a", 249), 0),
        (Mark("a", 100), Mark("b", 250), 250),
        (Mark("a", 900), Mark("b", 250), 250),
        (Mark("", 100), Mark("", 250), 150),
        (Mark("", 900), Mark("", 250), 250),
    ],
    ids=["passes", "skew", "other boot", "younger machine", "nameless", "nameless, younger"],
)
def test_elapsed(since: Mark, now: Mark, elapsed: int) -> None:
    assert elapsed_ms(since, now) == elapsed


def test_the_machine_s_marks_follow_one_another() -> None:
    first = SystemUptime().mark()
    second = SystemUptime().mark()
    assert first.boot == second.boot
    assert 0 <= elapsed_ms(first, second) < 60_000
