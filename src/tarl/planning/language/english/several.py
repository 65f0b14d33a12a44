"""English: several devices of a kind at once (``both cars``, ``all the blinds``), or all things."""

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

STILL_ON = (
    "(whatever|whichever) (lights|lamps) {be} [still|left] (on|burning)",
    "(any|every|all|all the|the) (light|lights|lamp|lamps) (that|which) {be} [still|left] (on"
    "|burning)",
    "(any|all|all the) (lights|lamps) (still|left) (on|burning)",
)
"""The lights that are on, as one names them to have them put out."""

PHRASES: dict[str, tuple[str, ...]] = {
    f"kind.{kind}.all": (
        f"(both|all|both of|all of|every one of) [the|our|my|these|those] {words}",
    )
    for kind, words in _PLURALS.items()
} | {
    "kind.everything.do.turn_off": (
        "(turn|switch|shut|power) (it all|everything|every device|all [the|our|my] (devices"
        "|appliances)) (off|down)",
        "(turn|switch|shut|power) (off|down) (it all|everything|every device|all [the|our|my]"
        " (devices|appliances))",
    ),
}
