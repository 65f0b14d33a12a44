"""Scenes that people name, as what devices of each kind do in them.

Temperatures are tenths of a degree, brightness permille.
"""

from __future__ import annotations

from typing import Any

from tarl.errors import Missing

Doing = tuple[str, dict[str, Any]]


def _lit(brightness: int, temperature: int | None = None) -> dict[str, Doing]:
    """Lights at a brightness, heating at a temperature."""
    scene: dict[str, Doing] = {"light": ("set_brightness", {"brightness": brightness})}
    if temperature is not None:
        for kind in ("heat_pump", "climate"):
            scene[kind] = ("set_temperature", {"temperature": temperature})
    return scene


def _dark(temperature: int) -> dict[str, Doing]:
    """Lights and players off, heating at a temperature."""
    off: Doing = ("turn_off", {})
    return {**_lit(0, temperature), "light": off, "media_player": off}


SCENES: dict[str, dict[str, Doing]] = {
    "cozy": _lit(350, 215),
    "relax": _lit(350, 215),
    "romantic": _lit(200, 215),
    "dinner": _lit(600),
    "party": {**_lit(1000), "media_player": ("turn_on", {})},
    "movie": {**_lit(100), "media_player": ("turn_on", {})},
    "reading": _lit(800),
    "work": _lit(1000),
    "bright": _lit(1000),
    "morning": _lit(700, 210),
    "goodnight": _dark(180),
    "night": _dark(180),
    "away": _dark(170),
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
