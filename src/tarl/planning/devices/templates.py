"""The few templates that are understood, as paths and scales. Nothing is evaluated.

Home Assistant's discovery carries Jinja, a language of programs. What integrations send is mostly
one look into a JSON message; that much is parsed here, the rest is said to be not understood.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import msgspec

TEMPLATE_CHARS_MAX = 300

_FILTERS = (
    r"(?:\s*\|\s*(?:float|int|round|string|lower|trim|is_defined|default)(?:\([^(){}|]*\))?)*"
)
_FACTOR = r"(?:\s*(?P<sign>[*/])\s*(?P<factor>\d{1,6}(?:\.\d{1,6})?))?"
_ACCESS = r"""(?:\.[A-Za-z_]\w{0,99}|\[(?:\d{1,4}|'[^'\[\]]{1,100}'|"[^"\[\]]{1,100}")\])"""
_READ = re.compile(
    rf"\{{\{{-?\s*(?:value|value_json(?P<path>{_ACCESS}{{0,10}}))"
    rf"{_FILTERS}{_FACTOR}{_FILTERS}\s*-?\}}\}}"
)
_WRITE = re.compile(rf"\{{\{{-?\s*value{_FILTERS}{_FACTOR}{_FILTERS}\s*-?\}}\}}")
_STEP = re.compile(_ACCESS)
_PLACE = "\ue000"


class Look(msgspec.Struct, frozen=True):
    """Where a value stands in a message, and what it is multiplied by."""

    path: tuple[str | int, ...] = ()
    factor: Fraction = Fraction(1)


def look_of(template: Any) -> Look | None:
    """What a template reads; None when it is not understood."""
    if template is None:
        return Look()
    if not isinstance(template, str) or len(template) > TEMPLATE_CHARS_MAX:
        return None
    match = _READ.fullmatch(template.strip())
    if match is None:
        return None
    steps = _STEP.findall(match["path"] or "")
    factor = _factor(match)
    return None if factor is None else Look(tuple(_step(step) for step in steps), factor)


def payload_of(template: Any, argument: dict[str, Any]) -> Any:
    """What a template sends, with ``argument`` where the value goes; None when it is not
    understood."""
    if template is None:
        return argument
    if not isinstance(template, str) or len(template) > TEMPLATE_CHARS_MAX:
        return None
    matches = list(_WRITE.finditer(template))
    rest = _WRITE.sub(f'"{_PLACE}"', template).strip()
    if len(matches) != 1 or _PLACE in template or "{{" in rest or "{%" in rest:
        return None
    factor = _factor(matches[0])
    if factor is None:
        return None
    place = _times(argument, factor)
    if rest == f'"{_PLACE}"':
        return place
    try:
        return _put(msgspec.json.decode(rest.encode()), place)
    except (msgspec.DecodeError, RecursionError):
        return None


def _factor(match: re.Match[str]) -> Fraction | None:
    if match["factor"] is None:
        return Fraction(1)
    number = Fraction(match["factor"])
    if number == 0:
        return None
    return number if match["sign"] == "*" else 1 / number


def _times(argument: dict[str, Any], factor: Fraction) -> dict[str, Any]:
    if factor == 1:
        return argument
    inner, outer = argument.get("scale", (1, 1))
    scale = Fraction(inner, outer) / factor
    return {**argument, "scale": [scale.numerator, scale.denominator], "digits": 2}


def _step(text: str) -> str | int:
    if text.startswith("."):
        return text[1:]
    inside = text[1:-1]
    return int(inside) if inside.isdecimal() else inside[1:-1]


def _put(value: Any, place: dict[str, Any]) -> Any:
    if value == _PLACE:
        return place
    if isinstance(value, dict):
        return {name: _put(item, place) for name, item in value.items()}
    if isinstance(value, list):
        return [_put(item, place) for item in value]
    return value
