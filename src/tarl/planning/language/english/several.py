"""English: several devices of a kind at once (``both cars``, ``all the blinds``)."""

from __future__ import annotations

_PLURALS = {
    "blinds": "(blinds|curtains|shades|shutters)",
    "dishwasher": "(dishwashers|dish washers)",
    "dryer": "(dryers|driers|tumble dryers|tumble driers)",
    "ev_charger": "(cars|evs|vehicles|electric cars|electric vehicles|chargers|wallboxes)",
    "fan": "fans",
    "heat_pump": "(heat pumps|thermostats)",
    "heater": "(heaters|space heaters)",
    "tv": "(tvs|televisions)",
    "vacuum": "(vacuums|hoovers|robots|vacuum cleaners|robot vacuums)",
    "washing_machine": "(washing machines|washers)",
}

PHRASES: dict[str, tuple[str, ...]] = {
    f"kind.{kind}.all": (
        f"(both|all|both of|all of|every one of) [the|our|my|these|those] {words}",
    )
    for kind, words in _PLURALS.items()
}
