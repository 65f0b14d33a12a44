"""What devices are, in words that every source shares."""

from __future__ import annotations

CRITICAL_KINDS = frozenset(
    {"alarm", "cover", "garage_door", "gate", "heater", "lock", "oven", "stove", "valve"}
)
"""What can hurt somebody or let somebody in: such a device is never moved on a guess."""

HOT_KINDS = frozenset({"heater", "oven", "stove"})
"""Those that hurt nobody when they are off."""

CRITICAL_ACTIONS = frozenset({"arm", "disarm", "lock", "unlock"})
"""What can let somebody in, whatever kind its device is said to be of."""

SHARES = frozenset({"brightness", "humidity", "level", "position", "speed"})
"""Settings and states that are permille of the whole."""

OTHER = "other"

KINDS = CRITICAL_KINDS | {
    *("air_conditioner", "battery", "blind", "blinds", "button", "camera", "car", "climate"),
    *("coffee_machine", "curtain", "dishwasher", "dryer", "ev_charger", "fan", "freezer", "fridge"),
    *("heat_pump", "hub", "humidifier", "image", "kettle", "lawn_mower", "light", "media_player"),
    *("meter", "mode", "number", "pool_pump", "pump", "scene", "select", "sensor", "shade"),
    *("shutter", "siren", "solar", "space_heater", "speaker", "sprinkler", "switch", "thermostat"),
    *("thing", "tv", "vacuum", "wallbox", "washing_machine", "water_heater", "window"),
    *("input_boolean", "input_button", "input_number", "input_select", "text", "update"),
    OTHER,
}
"""What a device may be in a household file; ``other`` is what none of the words fits, and which is
spoken of by its name alone."""
