"""Never more than so many in any 60 seconds, whatever the clock does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tarl.tenancy.rate import Window, pack, unpack

QUOTA = 5
MINUTE_MS = 60_000


def admitted(instants: list[int]) -> list[int]:
    """The instants at which one more could pass."""
    window, passed = Window(), []
    for now_ms in instants:
        window = window.at(now_ms)
        if window.used < QUOTA:
            window = window.plus(1)
            passed.append(now_ms)
    return passed


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=80))
def test_no_minute_has_more_than_the_quota(gaps: list[int]) -> None:
    instants = [sum(gaps[:i]) for i in range(1, len(gaps) + 1)]
    passed = admitted(instants)
    for i, first in enumerate(passed):
        within = [ms for ms in passed[i:] if ms - first < MINUTE_MS]
        assert len(within) <= QUOTA


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=80))
def test_nobody_waits_for_what_lies_61_seconds_back(gaps: list[int]) -> None:
    window, passed = Window(), []
    now_ms = 0
    for gap in gaps:
        now_ms += gap
        window = window.at(now_ms)
        recent = [ms for ms in passed if now_ms - ms <= 61_000]
        if window.used < QUOTA:
            window = window.plus(1)
            passed.append(now_ms)
        else:
            assert len(recent) >= QUOTA


@given(
    st.lists(st.integers(0, 15_000), min_size=QUOTA, max_size=30),
    st.integers(1, QUOTA),
)
def test_the_wait_is_long_enough_and_no_longer(gaps: list[int], amount: int) -> None:
    window, now_ms = Window(), 1_000_000
    for gap in gaps:
        now_ms += gap
        window = window.at(now_ms)
        if window.used < QUOTA:
            window = window.plus(1)
    wait_ms = window.wait_ms(amount, quota=QUOTA, now_ms=now_ms)
    assert wait_ms is not None
    assert window.at(now_ms + wait_ms).used + amount <= QUOTA
    if wait_ms:
        assert window.at(now_ms + wait_ms - 1).used + amount > QUOTA


def test_what_is_more_than_the_quota_never_passes() -> None:
    assert Window().wait_ms(QUOTA + 1, quota=QUOTA, now_ms=0) is None
    assert Window().wait_ms(1, quota=0, now_ms=0) is None


def test_a_small_step_back_does_not_make_time_pass_twice() -> None:
    """Two processes whose clocks differ by two seconds ask in turns."""
    window = Window().at(100_000)
    for _ in range(QUOTA):
        window = window.plus(1)
    for _ in range(200):
        window = window.at(98_000).at(100_000)
    assert window.used == QUOTA
    assert window.at(160_999).used == QUOTA
    assert window.at(161_000).used == 0


def test_an_hour_back_keeps_what_passed_and_does_not_stop_time() -> None:
    window = Window().at(10_000_000).plus(QUOTA)
    back = window.at(10_000_000 - 3_600_000)
    assert back.used == QUOTA
    assert back.at(10_000_000 - 3_600_000 + 61_000).used == 0


def test_an_hour_forward_empties_the_window_once() -> None:
    window = Window().at(10_000_000).plus(QUOTA)
    ahead = window.at(13_600_000)
    assert ahead.used == 0
    again = ahead.plus(QUOTA).at(10_000_000)
    assert again.used == QUOTA


def test_the_slots_are_read_as_they_were_written() -> None:
    window = Window().at(5_000_000).plus(3).at(5_007_000).plus(2**53 - 1)
    assert unpack(window.newest_s, pack(window)) == window
