"""When a failed attempt of a step is tried again: a policy is a value, its answer a pure function.

The wait grows exponentially, and part of it is drawn from the run's own chance, so that many runs
that failed together do not come back together, and a replay draws the same (AWS Architecture Blog,
"Exponential Backoff And Jitter", equal jitter).
"""

from __future__ import annotations

import random
from collections.abc import Collection
from hashlib import sha256

import msgspec

from tarl.errors import Invalid
from tarl.values.digest import length_prefixed


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How often, after which waits, and after which errors not at all.

    Attributes:
        attempts_max: All attempts together; None for as many as the other bounds permit.
        first_wait_ms: The wait after the first failed attempt.
        factor: By which each further wait grows.
        wait_max_ms: No wait is longer.
        jitter: The part of a wait that is drawn by chance, 0 to 1.
        never: Names of errors (the class or one it derives from) that a further attempt cannot
            mend.

    Raises:
        Invalid: a value outside its range (``retry.policy``).
    """

    attempts_max: int | None = 5
    first_wait_ms: int = 1_000
    factor: float = 2.0
    wait_max_ms: int = 60_000
    jitter: float = 0.2
    never: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.attempts_max is not None and self.attempts_max < 1:
            raise Invalid("attempts_max must be at least 1", code="retry.policy")
        if self.first_wait_ms < 0 or self.wait_max_ms < self.first_wait_ms:
            raise Invalid(
                "a wait is not negative, and wait_max_ms not below first_wait_ms",
                code="retry.policy",
            )
        if not 1.0 <= self.factor <= 100.0 or not 0.0 <= self.jitter <= 1.0:
            raise Invalid("factor is 1 to 100, jitter 0 to 1", code="retry.policy")

    def wait_ms(self, attempt: int, errors: Collection[str], chance: random.Random) -> int | None:
        """How long to wait after this attempt (from 1) failed, or None when it was the last.

        Args:
            attempt: The attempt that failed.
            errors: Names of the error's class and of those that it derives from.
            chance: What the jitter is drawn from.
        """
        if self.attempts_max is not None and attempt >= self.attempts_max:
            return None
        if not set(self.never).isdisjoint(errors):
            return None
        grown = self.first_wait_ms * self.factor ** min(attempt - 1, 64)
        whole = min(grown, self.wait_max_ms)
        return round(whole * (1 - self.jitter) + whole * self.jitter * chance.random())


COMPENSATION_RETRY = RetryPolicy(attempts_max=10)
"""Of compensations that have no policy of their own: what was done must be undone."""


def chance(seed: bytes, step: int, attempt: int) -> random.Random:
    """What the jitter after an attempt is drawn from, the same wherever the run goes on."""
    place = length_prefixed(
        b"tarl.retry/1", seed, step.to_bytes(8, "big"), attempt.to_bytes(8, "big")
    )
    return random.Random(int.from_bytes(sha256(place).digest(), "big"))
