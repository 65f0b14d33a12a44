"""How something can be done: by a device, drawing so much, begun with a slot or within one.

1. An option of a job is named by its device and its place; one that begins within a slot, at the
   minute that was meant, by a sign behind them.
2. What begins within a slot draws in each slot what falls into it to the minute: the mean over the
   whole slot is its energy; while it runs in a slot of which it fills a part it draws more.
"""

from __future__ import annotations

import msgspec

from tarl.planning.household import Device, Phase, PlacementTarget, Program
from tarl.planning.slots import Grid

AT_ITS_MINUTE = "+"
"""How the names of options end that begin within a slot."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A device that can do it, drawing so many watts slot after slot where it begins with one.

    ``phases`` are what it draws to the minute, of what can begin at any; none of what cannot.
    """

    device: Device
    power_w: tuple[int, ...]
    duration_ms: int
    phases: tuple[Phase, ...] = ()

    def power_from(self, grid: Grid, over_ms: int) -> tuple[int, ...]:
        """Mean watts in each slot that it touches, begun so long after a slot does."""
        return Program(name="course", phases=self.phases).power_in(grid, over_ms=over_ms)

    def beyond_from(self, grid: Grid, over_ms: int) -> tuple[int, ...]:
        """How much more it draws while it runs than the mean of the slot, begun so long after a
        slot does: nothing but in slots of which it fills a part, the first and the last."""
        ends, slot_ms = over_ms + self.duration_ms, grid.slot_ms
        found = []
        for slot, watts in enumerate(self.power_from(grid, over_ms)):
            begins, stops = max(over_ms, slot * slot_ms), min(ends, (slot + 1) * slot_ms)
            if stops - begins == slot_ms:
                found.append(0)
                continue
            drawn = self._drawn(begins - over_ms, stops - over_ms)
            found.append(max(0, -(-drawn // (stops - begins)) - watts))
        return tuple(found)

    def _drawn(self, from_ms: int, until_ms: int) -> int:
        """What it draws in a part of its course, watts times milliseconds."""
        total = at = 0
        for phase in self.phases:
            shared = min(until_ms, at + phase.duration_ms) - max(from_ms, at)
            total += max(0, shared) * phase.power_w
            at += phase.duration_ms
        return total

    def rest(self, grid: Grid, *, began_ms: int, now_ms: int) -> Way:
        """What is left of it where it began then; where it should have ended, what it drew last
        till the next slot begins."""
        left, over_ms = [], now_ms - began_ms
        for phase in self.phases:
            gone_ms = min(over_ms, phase.duration_ms)
            over_ms -= gone_ms
            if gone_ms < phase.duration_ms:
                lasts_ms = phase.duration_ms - gone_ms
                left.append(Phase(duration_ms=lasts_ms, power_w=phase.power_w))
        if not left:
            lasts_ms = grid.slot_ms - grid.over_ms(now_ms)
            left = [Phase(duration_ms=lasts_ms, power_w=self.phases[-1].power_w)]
        rest = Program(name="rest", phases=tuple(left))
        return Way(
            device=self.device,
            power_w=rest.power_in(grid),
            duration_ms=rest.duration_ms,
            phases=rest.phases,
        )


def option_id(device: Device, placement: PlacementTarget) -> str:
    """The name of an option that begins with a slot."""
    return f"{device.id}@{placement.value}"


def is_at_its_minute(option: str) -> bool:
    """Whether an option begins at the minute that was meant, by its name."""
    return option.endswith(AT_ITS_MINUTE)


def place_of(option: str) -> str:
    """The name of an option without the minute: its device and its place."""
    return option.removesuffix(AT_ITS_MINUTE)
