"""Whole numbers for power, money and carbon: no rounding before the end.

1. A slot's energy at a price is ``watts * price * p / q`` micro-units, where ``p / q`` is
   ``slot_ms / 3_600_000_000`` in lowest terms (a kilowatt-hour is 3.6e9 watt-milliseconds); sums
   are kept as numerators over ``q``.
2. ``rounded`` rounds half up, once.
"""

from __future__ import annotations

from math import gcd

from tarl.planning.problem import Power, Problem, Rule

KWH_IN_W_MS = 3_600_000_000


def fraction_of(slot_ms: int) -> tuple[int, int]:
    """``p`` and ``q``: kilowatt-hours that a watt makes in a slot."""
    common = gcd(slot_ms, KWH_IN_W_MS)
    return slot_ms // common, KWH_IN_W_MS // common


def rounded(numerator: int, denominator: int) -> int:
    """The nearest whole number, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)


def rounds_to_at_most(limit: int, denominator: int) -> int:
    """The greatest numerator that ``rounded`` makes ``limit`` or less."""
    return (denominator * (2 * limit + 1) - 1) // 2


class Flow:
    """What the house draws and feeds in beside the jobs, and at which price: lists of the length
    of the horizon.

    Where no export price is given, what is fed in earns nothing, and costs where the import price
    is negative. What could not be fed in because of ``export_w_max`` is lost: it earns nothing
    either, and costs no less than being fed in.
    """

    def __init__(self, power: Power | None, count: int) -> None:
        zeros = (0,) * count
        power = power or Power(import_micro=zeros)
        self.import_micro = power.import_micro
        self.export_micro = power.export_micro or tuple(min(0, p) for p in power.import_micro)
        self.co2_g_per_kwh = power.co2_g_per_kwh or zeros
        base, solar = power.base_w or zeros, power.solar_w or zeros
        self.net_w = tuple(b - s for b, s in zip(base, solar, strict=True))
        self.import_w_max = power.import_w_max
        self.export_w_max = power.export_w_max
        self.spare_sun_w = tuple(max(0, -net) for net in self.net_w) if power.solar_first else zeros

    def cost(self, slot: int, net_w: int) -> int:
        """What a slot's balance costs, in watts times price: convex in ``net_w`` where feeding in
        brings no more than drawing costs."""
        if net_w >= 0:
            return net_w * self.import_micro[slot]
        price = self.export_micro[slot]
        if self.export_w_max is None or -net_w <= self.export_w_max:
            return net_w * price
        lost_w = -net_w - self.export_w_max
        return -self.export_w_max * price - lost_w * min(0, price)


def jobs_of(rule: Rule, problem: Problem) -> frozenset[str]:
    """The jobs that a rule is about."""
    return frozenset(rule.jobs or (job.id for job in problem.jobs))


def slots_of(rule: Rule, problem: Problem) -> tuple[int, ...]:
    """The slots that a rule is about: a ``forbid`` names them, the rest mean all by naming none."""
    if rule.kind == "forbid":
        return rule.slots
    return rule.slots or tuple(range(problem.count))
