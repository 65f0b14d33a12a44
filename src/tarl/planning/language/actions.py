"""What a device is to do, from what was said of it.

The table is by kind of device; a machine that does a job runs it, whatever verb was used, unless it
is to stop.
"""

from __future__ import annotations

from typing import Any

from tarl.planning.language.amounts import WHOLE
from tarl.planning.language.values import Bound

ON_OFF = frozenset(
    {
        "air_conditioner",
        "air_purifier",
        "dehumidifier",
        "fan",
        "heater",
        "humidifier",
        "media_player",
        "oven",
        "sauna",
        "stove",
        "switch",
        "towel_rail",
        "tv",
    }
)
HEATING = frozenset({"climate", "heat_pump", "heater", "thermostat"})
WARMED = HEATING | {"air_conditioner", "oven", "sauna", "space_heater", "water_heater"}
"""Kinds of which something can be said in degrees."""
LIGHTS = frozenset({"light"})
COVERS = frozenset(
    {"blind", "blinds", "cover", "curtain", "garage_door", "gate", "shade", "shutter"}
)
OPENING = COVERS | {"valve", "window"}
LOCKS = frozenset({"front_door", "house_lock", "lock"})
STORES = frozenset({"battery", "ev_charger"})
ALARMS = frozenset({"alarm"})
ALARM_ACTIONS = {"arm": "arm", "on": "arm", "disarm": "disarm", "off": "disarm"}
LOCK_ACTIONS = {"open": "unlock", "unlock": "unlock", "lock": "lock", "close": "lock"}
COVER_ACTIONS = {
    "open": "open",
    "unlock": "open",
    "on": "open",
    "close": "close",
    "lock": "close",
    "off": "close",
    "discharge": "close",
}
"""What a verb means for what opens; ``关`` is both off and shut, and what ``goes down`` closes."""
SETTINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    **dict.fromkeys(OPENING, ("position", ("share", "fill"))),
    "fan": ("speed", ("share", "fill")),
    "humidifier": ("humidity", ("share",)),
    "dehumidifier": ("humidity", ("share",)),
    "number": ("value", ("number",)),
}
"""What is set of a device of a kind to so much, and the units in which that is said."""
SCOPED = HEATING | {"vacuum"}
"""Kinds for which a place says where they work, not which one is meant."""

CHARGED = STORES | {"car", "lawn_mower", "vacuum", "wallbox", "water_heater"}
"""Kinds that are more or less full."""

_ABLE: dict[str, frozenset[str]] = {
    "arm": ALARMS,
    "charge": CHARGED,
    "close": COVERS | LOCKS | {"valve", "window"},
    "cool": HEATING | {"air_conditioner", "fan", "freezer", "fridge", "water_heater"},
    "dim": LIGHTS,
    "disarm": ALARMS,
    "heat": HEATING | {"air_conditioner", "oven", "sauna", "stove", "water_heater"},
    "lock": COVERS | LOCKS,
    "open": COVERS | LOCKS | {"valve", "window"},
    "unlock": COVERS | LOCKS,
}
"""The kinds of device of which a verb can be said; other verbs are said of all."""
_ANYTHING = frozenset({"button", "input_boolean", "input_button", "other", "switch", "thing"})
"""Kinds that leave open what a device does: a switch may open a gate."""
_OF_ALL = frozenset({"off", "on", "out", "shift", "put_off", "watch"})
"""Verbs that say by themselves what is to be done."""


def is_able(kind: str, verbs: list[str]) -> bool:
    """Whether a device of a kind can do what was said, as far as anything was."""
    said = [verb for verb in verbs if verb in _ABLE]
    if not said or _OF_ALL & set(verbs) or {"set", "lock"} <= set(verbs):
        return True
    if kind in _ANYTHING:
        return True
    if kind in HEATING and "set" in verbs:
        return True  # "Dreh die Heizung zu": its valve.
    return any(kind in _ABLE[verb] for verb in said)


def action_of(kind: str, verbs: list[str], bound: Bound | None) -> dict[str, Any] | None:
    """The action of a device of a kind, with its parameters; None when the words leave open which
    one it is."""
    if kind in STORES:
        return {"action": _of_storage(kind, verbs, bound)}
    if kind in LOCKS:
        return _of_access(verbs, LOCK_ACTIONS)
    if kind in ALARMS:
        return _of_access(verbs, ALARM_ACTIONS)
    if kind in OPENING:
        return _of_opening(kind, verbs, bound)
    # "Schalte die Heizung ab": what has no lock is turned off.
    is_off = "off" in verbs or {"set", "lock"} <= set(verbs)
    if is_off or (kind in LIGHTS and "out" in verbs):
        return {"action": "turn_off"}
    if kind in LIGHTS:
        if bound is not None and bound.unit == "fill" and bound.lo is not None:
            return {"action": "set_brightness", "brightness": bound.lo}
        if bound is not None and bound.unit in ("share", "number") and bound.hi is not None:
            return {"action": "set_brightness", "brightness": bound.hi}
        return {"action": "turn_on"}
    if kind in HEATING or kind in ("water_heater", "air_conditioner", "oven"):
        degrees = _degrees(bound)
        if degrees is not None:
            return {"action": "set_temperature", "temperature": degrees}
    if bound is not None and setting_of(kind, bound) is not None:
        return _set(kind, bound)
    if kind in HEATING or kind in ON_OFF:
        return {"action": "turn_on"}
    return {"action": "detect_people" if kind == "camera" else "run"}


def lacks(kind: str, action: dict[str, Any] | None, verbs: list[str], *, is_step: bool) -> str:
    """What has to be said as well before a device can be set: ``turn down the heating`` leaves open
    to how many degrees. Empty where nothing does; ``is_step`` says that the words change what is
    so, and do not begin anything."""
    if action != {"action": "turn_on"} or "on" in verbs or ("run" in verbs and not is_step):
        return ""
    if kind in HEATING and (is_step or {"set", "cool"} & set(verbs)):
        return "temperature"
    return "brightness" if kind in LIGHTS and (is_step or "dim" in verbs) else ""


def _of_storage(kind: str, verbs: list[str], bound: Bound | None) -> str:
    if "off" in verbs and not ("charge" in verbs and bound is not None):
        return "turn_off"
    is_out = kind == "battery" and "discharge" in verbs and "charge" not in verbs
    return "discharge" if is_out else "charge"


def _of_access(verbs: list[str], actions: dict[str, str]) -> dict[str, Any] | None:
    said = [actions[verb] for verb in verbs if verb in actions]
    return {"action": said[-1]} if said and len(set(said)) == 1 else None


def setting_of(kind: str, bound: Bound | None) -> str | None:
    """What of a device of a kind is to be so much, where a bound says that: not at least, and not
    at most."""
    setting, units = SETTINGS.get(kind, ("", ()))
    if bound is None or bound.unit not in units:
        return None
    return setting if bound.unit == "fill" or bound.is_aim or bound.lo == bound.hi else None


def _set(kind: str, bound: Bound) -> dict[str, Any]:
    setting, _ = SETTINGS[kind]
    amount: float | None = bound.lo if bound.lo is not None else bound.hi
    if bound.unit == "number" and amount is not None:  # in tenths
        amount = int(amount / 10) if amount % 10 == 0 else amount / 10
    return {"action": f"set_{setting}", setting: amount}


def _of_opening(kind: str, verbs: list[str], bound: Bound | None) -> dict[str, Any] | None:
    """How far something opens: a share is how far it is open, whatever verb it is said with; a
    part ("half") is of the way that the verb names."""
    action = _of_access(verbs, COVER_ACTIONS)
    if bound is None or setting_of(kind, bound) is None:
        return action
    doing = _set(kind, bound)
    position = doing["position"]
    if bound.unit == "fill" and action == {"action": "close"}:
        position = WHOLE - position
    if position in (0, WHOLE):
        return {"action": "open" if position else "close"}
    return doing | {"position": position}


def _degrees(bound: Bound | None) -> int | None:
    if bound is None or bound.unit not in ("temperature", "number"):
        return None
    return bound.lo if bound.lo is not None else bound.hi
