"""What a sentence was understood as."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from tarl.planning.task import Constraint, Goal, Question, Said

Route = Literal["command", "goal", "none"]
"""``command``: an order to be carried out at once; ``goal``: something to be planned; ``none``:
nothing that a home is asked."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """An order, as Home Assistant names it.

    Attributes:
        intent: ``HassTurnOn``, ``HassLightSet``, ...
        slots: Values by slot name (``area``, ``name``, ``floor``, ``domain``, ``brightness``, ...).
        said: The clause.
        device_ids: The devices of the home that it means, as far as they are known.
        here: The area (its id) where it was said, for an order that names no place; the place is
            not among the slots, since nobody said it.
    """

    intent: str
    slots: dict[str, Any]
    said: Said
    device_ids: tuple[str, ...] = ()
    here: str | None = None


class Routed(msgspec.Struct, frozen=True, kw_only=True):
    """What the router takes a text for; ``intent`` is the learned label (``iot_coffee``)."""

    route: Route
    intent: str | None
    confidence: float


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """What a sentence was understood as.

    Attributes:
        text, language: The sentence.
        route: See ``Route``.
        intent: For a command Home Assistant's name of the first one; for a goal its type and target
            (``minimize.cost``, ``achieve.dishwasher``); for a bare order to an unknown home the
            router's label; None for neither.
        slots: Of the first command; for a goal what its frame names (``device``, ``action``, ...).
        commands: All of them, in order.
        goals, constraints, questions: Of the vocabulary of ``tarl.planning.task``.
        confidence: A share, of the least certain part.
        is_hypothetical: Whether only asked what would happen.
    """

    text: str
    language: str
    route: Route
    intent: str | None = None
    slots: dict[str, Any] = {}
    commands: tuple[Command, ...] = ()
    goals: tuple[Goal, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    questions: tuple[Question, ...] = ()
    confidence: float = 1.0
    is_hypothetical: bool = False
