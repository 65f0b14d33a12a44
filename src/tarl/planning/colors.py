"""The colours that a light can be told by name, and the name of a colour that it shows.

The names are those of Home Assistant's intents, their values those of CSS Color Module Level 4
(section 6.1). ``black`` is no light's colour.
"""

from __future__ import annotations

from colorsys import rgb_to_hsv
from math import cos, radians, sin

Rgb = tuple[int, int, int]
"""Red, green and blue of sRGB, each from 0 to 255."""

COLORS: dict[str, Rgb] = {
    "blue": (0, 0, 255),
    "brown": (165, 42, 42),
    "green": (0, 128, 0),
    "orange": (255, 165, 0),
    "pink": (255, 192, 203),
    "purple": (128, 0, 128),
    "red": (255, 0, 0),
    "turquoise": (64, 224, 208),
    "white": (255, 255, 255),
    "yellow": (255, 255, 0),
}


def hue_and_saturation(name: str) -> tuple[float, float]:
    """A colour's hue in degrees, and its saturation in percent.

    Raises:
        KeyError: It is none of :data:`COLORS`.
    """
    hue, saturation, _ = rgb_to_hsv(*(part / 255 for part in COLORS[name]))
    return round(360 * hue, 1), round(100 * saturation, 1)


def chromaticity(name: str) -> tuple[float, float]:
    """A colour's x and y of CIE 1931, from sRGB (IEC 61966-2-1).

    Raises:
        KeyError: It is none of :data:`COLORS`.
    """
    r, g, b = (_linear(part / 255) for part in COLORS[name])
    x = 0.4124 * r + 0.3576 * g + 0.1805 * b
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = 0.0193 * r + 0.1192 * g + 0.9505 * b
    return round(x / (x + y + z), 4), round(y / (x + y + z), 4)


def name_of(hue: float, saturation: float) -> str:
    """The named colour that a hue (degrees) and a saturation (percent) are most like: a lamp shows
    of a colour what it can."""
    shown = _on_disc(hue, saturation)
    return min(
        COLORS,
        key=lambda name: sum(
            (a - b) ** 2 for a, b in zip(shown, _on_disc(*hue_and_saturation(name)), strict=True)
        ),
    )


def _on_disc(hue: float, saturation: float) -> tuple[float, float]:
    return saturation * cos(radians(hue)), saturation * sin(radians(hue))


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
