"""How much programs drew: what devices said of their power while they ran.

1. A reading counts for the program that ran then, and for no other; within a minute of its
   beginning or end it may be of what was before or after, and does not count.
2. Of each run the mean of its readings, each counting until the next, is one observation: devices
   speak when something changes, and a run that was looked at often weighs no more than another. A
   run with fewer than ``READINGS_MIN`` says too little of its course.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tarl.planning.context import DeviceState
from tarl.planning.learning.durations import Ran
from tarl.planning.learning.estimates import Key, Observed

POWER = "power_w"
"""The attribute in which devices say their power."""

POWER_W_MAX = 1_000_000
"""More is no reading of a home's device."""

EDGE_MS = 60_000
READINGS_MIN = 3


class Reading(NamedTuple):
    """What a device drew at an instant."""

    device: str
    at_ms: int
    power_w: int


def readings_of(states: Mapping[str, DeviceState]) -> Iterator[Reading]:
    """What devices say of their power; nothing of those that are away or say none."""
    for device, state in states.items():
        watts = state.attributes.get(POWER)
        if isinstance(watts, bool) or not isinstance(watts, int | float):
            continue
        if state.is_online and 0 <= watts < POWER_W_MAX:
            yield Reading(device, state.observed_ms, round(watts))


def powers_of(ran: Sequence[Ran], readings: Iterable[Reading]) -> Mapping[Key, list[Observed]]:
    """Mean watts of each run, by program."""
    by_device: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for reading in readings:
        # The same state is read again and again until the device says another.
        by_device[reading.device][reading.at_ms] = reading.power_w
    times = {device: sorted(of_device) for device, of_device in by_device.items()}
    found: defaultdict[Key, list[Observed]] = defaultdict(list)
    for each in ran:
        at = times.get(each.key.device, [])
        first = bisect_left(at, each.began_ms + EDGE_MS)
        last = bisect_right(at, each.ended_ms - EDGE_MS)
        within = at[first:last]
        if len(within) >= READINGS_MIN:
            watts = by_device[each.key.device]
            ends = [*within[1:], each.ended_ms]
            used = sum(watts[ms] * (end - ms) for ms, end in zip(within, ends, strict=True))
            lasted = each.ended_ms - within[0]
            found[each.key].append(Observed(each.ended_ms, (2 * used + lasted) // (2 * lasted)))
    return found
