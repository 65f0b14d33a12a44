"""Who is next: start-time fair queueing, in whole numbers and without a clock.

Every flow (a priority in a queue, or a tenant in a priority) has a finish tag. A flow is served
with the start tag ``max(finish, now)``, where ``now`` is the largest start tag served so far, and
its finish tag moves on by its stride. The smallest start tag is served first (P. Goyal, H. Vin,
H. Cheng, "Start-time Fair Queueing", SIGCOMM 1996). A flow that joins pays its stride first.

1. Between two turns of a flow that has work, another flow has at most
   ``stride / its stride + 1`` turns (``turns_between``).
2. A flow that could not be served for a while, because no worker fitted, has saved nothing up.
3. Nothing here reads a clock: one that jumps makes nobody wait.
"""

from __future__ import annotations

from tarl.errors import Invalid
from tarl.work.queue.task import Priority

PRIORITY_STRIDES = {
    Priority.CRITICAL: 1,
    Priority.HIGH: 8,
    Priority.NORMAL: 64,
    Priority.LOW: 512,
    Priority.BACKGROUND: 4_096,
}
"""Each priority has eight turns for one of the next lower, when both always have work."""

WEIGHT_MAX = 1_000
_SCALE = 1_000_000


def stride_of(weight: int) -> int:
    """The stride of a tenant of this weight: twice the weight, twice the turns.

    Raises:
        Invalid: not a whole number from 1 to ``WEIGHT_MAX`` (``queue.weight``).
    """
    if type(weight) is not int or not 1 <= weight <= WEIGHT_MAX:
        raise Invalid(
            f"a weight is a whole number from 1 to {WEIGHT_MAX}, not {weight!r}",
            code="queue.weight",
        )
    return _SCALE // weight


def start_tag(finish: int, now: int) -> int:
    """The tag by which a flow is compared with the others."""
    return finish if finish > now else now


def joined(now: int, stride: int) -> int:
    """The finish tag of a flow that has just got work."""
    return now + stride


def turns_between(stride: int, other: int) -> int:
    """Turns of another flow between two of this one, at most, while both have work."""
    return stride // other + 1
