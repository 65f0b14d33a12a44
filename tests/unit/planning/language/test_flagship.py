"""The sentence that planning begins with, from its words to its goals and constraints."""

from __future__ import annotations

from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate
from tarl.planning.task import When

SENTENCE = (
    "run the dishwasher when power is cheapest before 7am unless someone is sleeping, "
    "under 0.40 euro"
)


def test_all_of_the_sentence_is_understood() -> None:
    said = translate(SENTENCE, home=demo_home())
    assert (said.route, said.intent, said.confidence, said.questions) == (
        "goal",
        "achieve.dishwasher",
        1.0,
        (),
    )
    assert [(goal.id, goal.type, goal.target, goal.value) for goal in said.goals] == [
        ("g1", "achieve", "dishwasher", {"action": "run"}),
        ("g2", "minimize", "cost", None),
    ]
    assert [(one.type, one.operator, one.value, one.goals) for one in said.constraints] == [
        ("deadline", "lte", When(clock="07:00"), ("g1",)),
        ("condition", "neq", {"subject": "occupancy", "state": "asleep"}, ()),
        ("cost", "lte", {"amount_micro": 400_000, "currency": "EUR"}, ()),
    ]


def test_everything_is_traced_to_its_words() -> None:
    said = translate(SENTENCE, home=demo_home())
    parts = [one.said for one in said.goals] + [one.said for one in said.constraints]
    assert [part.text for part in parts if part] == [
        "run the dishwasher",
        "when power is cheapest",
        "before 7am",
        "unless someone is sleeping",
        "under 0.40 euro",
    ]
