"""``IntentTranslator``: sentences as goals and constraints, under the names of seed 003."""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.planning.household import Household
from tarl.planning.language.translation import Route, Translation
from tarl.planning.orders import goals_of
from tarl.planning.task import Constraint, Goal, Question

SUGGESTION = "say what is to happen: run the dishwasher when power is cheapest before 7 am"


class IntentTranslation(msgspec.Struct, frozen=True, kw_only=True):
    """What a sentence was understood as.

    Attributes:
        goals, constraints: Of the vocabulary of ``tarl.planning.task``.
        confidence: A share, of the least certain part; 0 where nothing was understood.
        entities: Names that the sentence means: ``devices``, ``actions``, ``locations``,
            ``constraints`` (their types).
        route: What kind of sentence it is.
        questions: What has to be said before there can be a plan.
        is_hypothetical: Whether only asked what would happen.
    """

    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...]
    confidence: float
    entities: dict[str, list[str]]
    route: Route
    questions: tuple[Question, ...] = ()
    is_hypothetical: bool = False


class IntentTranslator:
    """Translates sentences.

    Args:
        household: The home that they are about; without one no device has a name, and an order is
            no goal.
        language: ``en``, ``de``, ...
        area: Where the speaker is, by its id or name.
    """

    def __init__(
        self,
        household: Household | None = None,
        *,
        language: str = "en",
        area: str | None = None,
    ) -> None:
        self._household = household
        self._language = language
        self._area = area

    async def translate(self, intent: str) -> IntentTranslation:
        """What a sentence asks for.

        Raises:
            Invalid, Unavailable: see ``translate`` of ``tarl.planning.intent_translator`` and
                ``goals_of``.
        """
        from tarl.planning.intent_translator import translate

        said = translate(intent, language=self._language, home=self._household, area=self._area)
        goals = said.goals
        if said.route == "command" and not said.questions and self._household is not None:
            goals = goals_of(said.commands, self._household)
        return IntentTranslation(
            goals=goals,
            constraints=said.constraints,
            confidence=said.confidence,
            entities=_entities(said, goals),
            route=said.route,
            questions=said.questions,
            is_hypothetical=said.is_hypothetical,
        )

    async def validate_intent(self, intent: str) -> dict[str, Any]:
        """Whether a sentence can be planned as it is, and what it lacks: ``is_valid``,
        ``confidence``, ``goals_found``, ``constraints_found``, ``issues`` and ``suggestions``.

        Raises:
            Unavailable: see ``translate``.
        """
        try:
            said = await self.translate(intent)
        except Invalid as error:
            return _verdict(None, [error.message], [error.next_step or SUGGESTION])
        if said.route == "none":
            return _verdict(said, ["nothing in it asks the home for anything"], [SUGGESTION])
        wanted = [question for question in said.questions if question.slot != "confirm"]
        choices = [", ".join(question.choices) for question in wanted if question.choices]
        return _verdict(said, [question.text for question in wanted], choices)


def _verdict(
    said: IntentTranslation | None, issues: list[str], suggestions: list[str]
) -> dict[str, Any]:
    return {
        "is_valid": not issues,
        "confidence": 0.0 if said is None else said.confidence,
        "goals_found": 0 if said is None else len(said.goals),
        "constraints_found": 0 if said is None else len(said.constraints),
        "issues": issues,
        "suggestions": suggestions,
    }


def _entities(said: Translation, goals: tuple[Goal, ...]) -> dict[str, list[str]]:
    asked = [goal for goal in goals if goal.type == "achieve"]
    devices = [goal.target for goal in asked]
    devices += [id for command in said.commands for id in command.device_ids]
    actions = [str(goal.value["action"]) for goal in asked if isinstance(goal.value, dict)]
    places = [place for goal in goals for place in goal.scope]
    places += [
        str(command.slots[slot])
        for command in said.commands
        for slot in ("area", "floor")
        if slot in command.slots
    ]
    return {
        "devices": list(dict.fromkeys(devices)),
        "actions": list(dict.fromkeys(actions)),
        "locations": list(dict.fromkeys(places)),
        "constraints": list(dict.fromkeys(bound.type for bound in said.constraints)),
    }
