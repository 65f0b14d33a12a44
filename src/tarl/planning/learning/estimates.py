"""Figures learned from what was observed, each with its error, and when they are believed.

1. An estimate is the mean of what was observed, rounded half up; its error is the mean absolute
   percentage error of leaving one out: of each observation from the mean of all others.
2. It takes the place of what the household says only where there are at least ``COUNT_MIN``
   observations and its error is lower than what the household says has on the same ones.
3. A program keeps its shape: all its phases last longer, or draw more, in the same proportion.
4. The same observations give the same estimates, in whichever order they come.

A household with learned programs is a household of its own, with a digest of its own: what is
planned for it is checked against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, Protocol

import msgspec

from tarl.planning.household import Device, Household, Program

COUNT_MIN = 5
"""Fewer observations say too little."""

OBSERVATIONS_MAX = 200
"""Of one program; the newest count."""


class Key(NamedTuple):
    """A program of a device."""

    device: str
    program: str


class Observed(NamedTuple):
    """A value, and when it was observed."""

    at_ms: int
    value: int


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A figure.

    Attributes:
        value: What is to be expected.
        count: Of how many observations.
        error: Of the estimate, permille; None where one observation is all there is.
        said: What the household says; None where it says nothing.
        said_error: Of that on the same observations, permille.
    """

    value: int
    count: int
    error: int | None
    said: int | None = None
    said_error: int | None = None

    @property
    def is_believed(self) -> bool:
        """Whether it takes the place of what the household says."""
        if self.count < COUNT_MIN or self.error is None or self.said_error is None:
            return False
        return self.error < self.said_error


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a program: how long it takes in milliseconds, and mean watts meanwhile."""

    duration: Estimate | None = None
    power: Estimate | None = None


class Estimates(Protocol):
    """What was learned of devices' programs."""

    def of(self, device: Device, program: Program) -> Learned:
        """What is known of a program of a device; nothing where nothing is."""
        ...


def estimate_of(observed: Sequence[Observed], said: int | None) -> Estimate | None:
    """The estimate from values above nothing; None where there are none."""
    newest = sorted(each for each in observed if each.value > 0)[-OBSERVATIONS_MAX:]
    values = [each.value for each in newest]
    if not values:
        return None
    total, count = sum(values), len(values)
    others = [Fraction(total - value, count - 1) for value in values] if count > 1 else []
    return Estimate(
        value=(2 * total + count) // (2 * count),
        count=count,
        error=_error(others, values) if others else None,
        said=said,
        said_error=None if said is None else _error([Fraction(said)] * count, values),
    )


def _error(guesses: Sequence[Fraction], values: Sequence[int]) -> int:
    """The mean absolute percentage error, permille."""
    shares = [abs(guess - value) / value for guess, value in zip(guesses, values, strict=True)]
    return round(1_000 * sum(shares, Fraction()) / len(shares))


class LearnedEstimates:
    """Estimates from observations of durations and of mean watts, by program."""

    def __init__(
        self,
        durations: Mapping[Key, Sequence[Observed]],
        powers: Mapping[Key, Sequence[Observed]],
    ) -> None:
        self._durations = durations
        self._powers = powers

    def of(self, device: Device, program: Program) -> Learned:
        """See ``Estimates``."""
        key = Key(device.id, program.name)
        return Learned(
            duration=estimate_of(self._durations.get(key, ()), program.duration_ms),
            power=estimate_of(self._powers.get(key, ()), mean_w(program)),
        )


def mean_w(program: Program) -> int:
    """What a program draws on average, rounded half up."""
    lasts = program.duration_ms
    total = sum(phase.duration_ms * phase.power_w for phase in program.phases)
    return (2 * total + lasts) // (2 * lasts)


def with_estimates(household: Household, estimates: Estimates) -> Household:
    """The household, with the programs that were learned in the place of those that it says."""
    devices = tuple(
        msgspec.structs.replace(
            device, programs=tuple(_learned(each, device, estimates) for each in device.programs)
        )
        if device.programs
        else device
        for device in household.devices
    )
    return household if devices == household.devices else _with(household, devices)


def _with(household: Household, devices: tuple[Device, ...]) -> Household:
    return msgspec.structs.replace(household, devices=devices)


def _learned(program: Program, device: Device, estimates: Estimates) -> Program:
    known = estimates.of(device, program)
    longer = _factor(known.duration)
    stronger = _factor(known.power)
    if longer == stronger == 1:
        return program
    phases = tuple(
        msgspec.structs.replace(
            phase,
            duration_ms=max(1, _scaled(phase.duration_ms, longer)),
            power_w=_scaled(phase.power_w, stronger),
        )
        for phase in program.phases
    )
    return msgspec.structs.replace(program, phases=phases)


def _factor(estimate: Estimate | None) -> Fraction:
    if estimate is None or not estimate.is_believed or not estimate.said:
        return Fraction(1)
    return Fraction(estimate.value, estimate.said)


def _scaled(value: int, factor: Fraction) -> int:
    return (2 * value * factor.numerator + factor.denominator) // (2 * factor.denominator)
