"""Scenes that people name, as what devices of each kind do in them.

Temperatures are tenths of a degree, brightness permille.
"""

from __future__ import annotations

from typing import Any

from tarl.errors import Missing

Doing = tuple[str, dict[str, Any]]

SCENES: dict[str, dict[str, Doing]] = {
    "cozy": {
        "light": ("set_brightness", {"brightness": 350}),
        "heat_pump": ("set_temperature", {"temperature": 215}),
        "climate": ("set_temperature", {"temperature": 215}),
    },
    "bright": {"light": ("set_brightness", {"brightness": 1000})},
    "movie": {
        "light": ("set_brightness", {"brightness": 100}),
        "media_player": ("turn_on", {}),
    },
    "night": {
        "light": ("turn_off", {}),
        "media_player": ("turn_off", {}),
        "heat_pump": ("set_temperature", {"temperature": 180}),
        "climate": ("set_temperature", {"temperature": 180}),
    },
    "away": {
        "light": ("turn_off", {}),
        "media_player": ("turn_off", {}),
        "heat_pump": ("set_temperature", {"temperature": 170}),
        "climate": ("set_temperature", {"temperature": 170}),
    },
    "morning": {
        "light": ("set_brightness", {"brightness": 700}),
        "heat_pump": ("set_temperature", {"temperature": 210}),
        "climate": ("set_temperature", {"temperature": 210}),
    },
}


def scene_named(name: str) -> dict[str, Doing]:
    """What each kind of device does in a scene.

    Raises:
        Missing: ``plan.no_scene``.
    """
    if name in SCENES:
        return SCENES[name]
    raise Missing(
        f"no scene is called {name!r}",
        code="plan.no_scene",
        next_step=f"name one of {', '.join(SCENES)}, or say what each device does",
        scene=name,
    )
