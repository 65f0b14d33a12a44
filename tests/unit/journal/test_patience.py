"""How long a file that somebody else holds is waited for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tarl.journal.patience import locked_wait_s


def test_a_commit_of_another_process_is_waited_for_as_short_as_it_is():
    assert all(0.0001 <= locked_wait_s(0.0) <= 0.0003 for _ in range(100))


@given(st.floats(min_value=0.0, max_value=1e6))
def test_waits_grow_with_what_was_waited_and_are_bounded(waited_s):
    wait_s = locked_wait_s(waited_s)
    assert wait_s <= 0.015
    assert wait_s >= min(waited_s, 0.01) * 0.5


def test_waits_of_several_processes_differ():
    assert len({locked_wait_s(0.005) for _ in range(20)}) > 1
