"""Numbers and times as people read them, the same everywhere."""

from __future__ import annotations

from zoneinfo import ZoneInfo

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
