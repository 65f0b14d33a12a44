"""Numbers and times as people read them, the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from tarl.planning.kinds import SHARES
from tarl.values.instants import to_datetime


def money(micro: int, currency: str) -> str:
    """``0.27 EUR``; below a cent with as many digits as tell something."""
    digits = 2 if micro == 0 or abs(micro) >= 10_000 else 4
    return f"{micro / 1e6:.{digits}f} {currency}"


def clock(ms: int, zone: ZoneInfo, *, now_ms: int | None = None) -> str:
    """``02:15``; with the day (``Thu 02:15``) where it is not today."""
    at = to_datetime(ms).astimezone(zone)
    if now_ms is not None and to_datetime(now_ms).astimezone(zone).date() != at.date():
        return at.strftime("%a %H:%M")
    return at.strftime("%H:%M")


def kilowatt_hours(wh: int) -> str:
    """``1.90 kWh``."""
    return f"{wh / 1000:.2f} kWh"


def carbon(grams: int) -> str:
    """``153 g CO2``, or in kilograms."""
    return f"{grams} g CO2" if grams < 10_000 else f"{grams / 1000:.1f} kg CO2"


def lasting(ms: int) -> str:
    """``1 h 30 min``."""
    hours, minutes = divmod(round(ms / 60_000), 60)
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes or not hours else ""]
    return " ".join(part for part in parts if part)


def share(value: float) -> str:
    """``1.2 %``."""
    return f"{value * 100:.1f} %"


def action_words(action: str) -> str:
    """``turn_on`` as ``turn on``."""
    return action.replace("_", " ")


def kilowatts(watts: int) -> str:
    """``7.20 kW``; below a kilowatt in watts."""
    return f"{watts / 1000:.2f} kW" if abs(watts) >= 1000 else f"{watts} W"


def setting(name: str, value: Any) -> str:
    """What a device is set to, in the unit that people say: temperatures are tenths of a degree,
    shares permille."""
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    if name == "temperature":
        return f"{value / 10:.1f} °C"
    if name in SHARES:
        return f"{value / 10:g} %"
    return kilowatts(value) if name == "power_w" else str(value)


_CHARGES = frozenset({"charge", "discharge"})
"""What ends when it is done; what else is ended, and how, is told."""


def doing(parameters: Mapping[str, Any]) -> str:
    """What a device is told, with all that it is told: ``set temperature to 21.0 °C``."""
    action = str(parameters.get("action", ""))
    said = [action_words(action)]
    for name, value in parameters.items():
        if name in ("action", "at_end"):
            continue
        if name == "power_w":
            said.append(f"at {setting(name, value)}")
        elif name == "program":
            said.append(str(value))
        elif action == f"set_{name}":
            said.append(f"to {setting(name, value)}")
        else:
            said.append(f"with {action_words(name)} {setting(name, value)}")
    after = parameters.get("at_end")
    if isinstance(after, Mapping) and action not in _CHARGES:
        said.append(f"and then {doing(after)}")
    return " ".join(said)
