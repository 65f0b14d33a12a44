"""The retry policy as a pure function."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl.errors import Invalid
from tarl.kernel.retry import RetryPolicy, chance

policies = st.builds(
    lambda first, more, factor, jitter, attempts: RetryPolicy(
        attempts_max=attempts,
        first_wait_ms=first,
        wait_max_ms=first + more,
        factor=factor,
        jitter=jitter,
    ),
    st.integers(0, 10_000),
    st.integers(0, 1_000_000),
    st.floats(1, 100),
    st.floats(0, 1),
    st.none() | st.integers(1, 1_000),
)


class Fixed(random.Random):
    def __init__(self, at: float) -> None:
        super().__init__()
        self.at = at

    def random(self) -> float:
        return self.at


@given(policies, st.integers(1, 10**9), st.floats(0, 0.999))
def test_a_wait_lies_within_its_bounds(policy: RetryPolicy, attempt: int, at: float) -> None:
    wait = policy.wait_ms(attempt, ("ValueError",), Fixed(at))
    if policy.attempts_max is not None and attempt >= policy.attempts_max:
        assert wait is None
        return
    whole = min(policy.first_wait_ms * policy.factor ** min(attempt - 1, 64), policy.wait_max_ms)
    assert wait is not None
    assert round(whole * (1 - policy.jitter)) - 1 <= wait <= round(whole) + 1
    assert wait <= policy.wait_max_ms


@given(policies, st.integers(1, 500))
def test_waits_without_chance_do_not_shrink(policy: RetryPolicy, attempt: int) -> None:
    one, two = (policy.wait_ms(n, (), Fixed(1.0)) for n in (attempt, attempt + 1))
    assert two is None or (one is not None and one <= two)


@given(st.binary(min_size=32, max_size=32), st.integers(1, 1_000), st.integers(1, 100))
def test_chance_is_the_same_wherever_the_run_goes_on(seed: bytes, step: int, n: int) -> None:
    assert chance(seed, step, n).random() == chance(seed, step, n).random()
    assert chance(seed, step, n).random() != chance(seed, step, n + 1).random()
    assert chance(seed, step, n).random() != chance(seed, step + 1, n).random()


def test_the_waits_grow_as_said() -> None:
    policy = RetryPolicy(attempts_max=None, first_wait_ms=100, factor=3.0, wait_max_ms=1_000)
    waits = [policy.wait_ms(n, (), Fixed(1.0)) for n in range(1, 6)]
    assert waits == [100, 300, 900, 1_000, 1_000]
    half = RetryPolicy(first_wait_ms=100, jitter=1.0)
    assert half.wait_ms(1, (), Fixed(0.5)) == 50


@pytest.mark.parametrize("names", [("Gone", "Exception"), ("Child", "Gone")], ids=["self", "base"])
def test_an_error_that_no_attempt_mends_ends_it(names: tuple[str, ...]) -> None:
    policy = RetryPolicy(never=("Gone",))
    assert policy.wait_ms(1, names, Fixed(0)) is None
    assert policy.wait_ms(1, ("Other",), Fixed(0)) is not None


@pytest.mark.parametrize(
    "options",
    [
        {"attempts_max": 0},
        {"first_wait_ms": -1},
        {"first_wait_ms": 100, "wait_max_ms": 99},
        {"factor": 0.5},
        {"factor": float("nan")},
        {"factor": 101.0},
        {"jitter": -0.1},
        {"jitter": 1.1},
        {"jitter": float("nan")},
    ],
    ids=str,
)
def test_a_policy_outside_its_range_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        RetryPolicy(**options)
    assert refused.value.code == "retry.policy"
