"""Figures learned from what was observed, each with its error, and when they are believed.

1. An estimate is the mean of what was observed, rounded half up; its error is the mean absolute
   percentage error of leaving one out: of each observation from the mean of all others.
2. It takes the place of what the household says only where there are at least ``COUNT_MIN``
   observations and its error is lower than what the household says has on the same ones.
3. A program keeps its shape: all its phases last longer, or draw more, in the same proportion.
4. The same observations give the same estimates, in whichever order they come.

What takes the place of the household's figures stands in the snapshot that a plan is made with: the
plan and its later versions keep to it, and whoever checks them reads it there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, Protocol

import msgspec

from tarl.planning.context import ContextSnapshot, Figures
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


def believed(household: Household, estimates: Estimates) -> dict[str, dict[str, Figures]]:
    """By device and program, the figures that take the place of what the household says."""
    found: dict[str, dict[str, Figures]] = {}
    for device in household.devices:
        for program in device.programs:
            figures = _figures(estimates.of(device, program))
            if figures.count:
                found.setdefault(device.id, {})[program.name] = figures
    return found


def _figures(known: Learned) -> Figures:
    duration, power = _believed(known.duration), _believed(known.power)
    return Figures(
        duration_ms=None if duration is None else duration.value,
        power_w=None if power is None else power.value,
        count=max(each.count if each else 0 for each in (duration, power)),
    )


def _believed(estimate: Estimate | None) -> Estimate | None:
    return estimate if estimate is not None and estimate.is_believed else None


def as_learned(household: Household, snapshot: ContextSnapshot) -> Household:
    """The household with the programs that the snapshot knows better."""
    if not snapshot.learned:
        return household
    devices = tuple(
        msgspec.structs.replace(
            device,
            programs=tuple(
                _with(program, snapshot.learned[device.id].get(program.name))
                for program in device.programs
            ),
        )
        if device.id in snapshot.learned
        else device
        for device in household.devices
    )
    return msgspec.structs.replace(household, devices=devices)


def _with(program: Program, figures: Figures | None) -> Program:
    if figures is None:
        return program
    longer = _factor(figures.duration_ms, program.duration_ms)
    stronger = _factor(figures.power_w, mean_w(program))
    phases = tuple(
        msgspec.structs.replace(
            phase,
            duration_ms=max(1, _scaled(phase.duration_ms, longer)),
            power_w=_scaled(phase.power_w, stronger),
        )
        for phase in program.phases
    )
    return msgspec.structs.replace(program, phases=phases)


def _factor(learned: int | None, said: int) -> Fraction:
    return Fraction(1) if learned is None or not said else Fraction(learned, said)


def _scaled(value: int, factor: Fraction) -> int:
    return (2 * value * factor.numerator + factor.denominator) // (2 * factor.denominator)
