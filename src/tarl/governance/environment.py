"""The environments that work passes through, in their order."""

from __future__ import annotations

from typing import Literal, get_args

from tarl.errors import Invalid

Environment = Literal["dev", "stage", "prod"]

ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)
"""From where work is made to where it counts."""


def environment(word: str) -> Environment:
    """The environment that a word names.

    Raises:
        Invalid: it names none (``environment.unknown``).
    """
    if word not in ENVIRONMENTS:
        raise Invalid(
            f"no environment is called {word!r}",
            code="environment.unknown",
            next_step=f"say one of {', '.join(ENVIRONMENTS)}",
        )
    return word
