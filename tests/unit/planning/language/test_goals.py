"""Sentences and what they want: one table for each thing that the grammar knows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate
from tarl.planning.language.translation import Translation
from tarl.planning.task import CONSTRAINT_VALUES, GOAL_TARGETS

HOME = demo_home()


def said(text: str, *, language: str = "en", area: str | None = None) -> Translation:
    return translate(text, language=language, home=HOME, area=area)


def goals(translation: Translation) -> list[tuple[str, str]]:
    return [(goal.type, goal.target) for goal in translation.goals]


def rules(translation: Translation) -> list[tuple[str, str, Any]]:
    return [
        (one.type, one.operator, msgspec.to_builtins(one.value)) for one in translation.constraints
    ]


RULES: dict[str, list[tuple[str, str, Any]]] = {
    "run the dryer by half past six": [("deadline", "lte", {"clock": "06:30"})],
    "run the dryer before 7 tonight": [("deadline", "lte", {"clock": "19:00", "day": 0})],
    "run the dryer not before noon": [("earliest", "gte", {"part": "noon"})],
    "run the dryer in an hour and a half": [("earliest", "gte", {"in_minutes": 90})],
    "run the dryer between five and eight pm": [
        ("window", "in", {"from": {"clock": "17:00"}, "to": {"clock": "20:00"}})
    ],
    "run the dryer at the weekend": [
        ("window", "in", {"from": {"weekday": 5}, "to": {"weekday": 6}})
    ],
    "never run the dryer between 10 pm and 6": [
        ("window", "neq", {"from": {"clock": "22:00"}, "to": {"clock": "06:00"}})
    ],
    "run the dryer for twenty minutes": [("duration", "eq", 20)],
    "run the dryer for no more than two quid": [
        ("cost", "lte", {"amount_micro": 2_000_000, "currency": "GBP"})
    ],
    "run the dryer while power is below 10 cents per kwh": [
        ("price", "lte", {"amount_micro": 100_000, "currency": "EUR"})
    ],
    "run the dryer using at most 1.5 kWh": [("energy", "lte", 1500)],
    "charge the car, limit the house to 9 kW": [("power", "lte", 9000)],
    "run the dryer off-peak": [("tariff", "eq", "off_peak")],
    "run the dryer only on our own solar": [("tariff", "eq", "solar_only")],
    "run the dryer only at the cheapest rate": [("tariff", "eq", "cheapest")],
    "run the dryer unless Anna is asleep": [
        ("condition", "neq", {"subject": "occupancy", "state": "asleep", "who": "anna"})
    ],
    "run the dryer if nobody is home": [
        ("condition", "eq", {"subject": "occupancy", "state": "away"})
    ],
    "run the dryer without waking anyone": [
        ("condition", "neq", {"subject": "occupancy", "state": "asleep"})
    ],
    "run the dryer once the washer is done": [
        ("condition", "eq", {"subject": "device", "state": "done", "device": "washing_machine"})
    ],
    "watch for people at the door, no cloud": [("privacy", "neq", "cloud")],
    "watch for people at the door, nothing may leave the house": [("privacy", "eq", "local")],
    "reduce our emissions but never below 18 degrees": [("temperature", "gte", 180)],
    "run the dryer outside quiet hours": [("quiet", "eq", True)],
    "vacuum everywhere except the office": [("exclude", "neq", "office")],
    "the camera should react within 500 ms": [("latency", "lte", 500)],
    "charge the car to 80 %": [("level", "gte", 800)],
    "wash the clothes, then dry them": [("order", "eq", {"after": "g1"})],
}


@pytest.mark.parametrize("text", RULES)
def test_a_bound_is_understood(text: str) -> None:
    translation = said(text)
    assert translation.route == "goal"
    assert rules(translation) == RULES[text]
    assert not translation.questions


def test_every_type_of_constraint_is_among_them() -> None:
    assert {type for expected in RULES.values() for type, _, _ in expected} == set(
        CONSTRAINT_VALUES
    )


AIMS = {
    "run the dryer as cheaply as possible": ("minimize", "cost"),
    "use less electricity": ("minimize", "energy"),
    "reduce our carbon footprint": ("minimize", "co2"),
    "flatten the load": ("minimize", "peak_power"),
    "draw as little as possible from the grid": ("minimize", "grid_import"),
    "detect people with the least delay": ("minimize", "latency"),
    "run the dryer as quietly as possible": ("minimize", "noise"),
    "make the most of our own solar": ("maximize", "solar_use"),
    "as comfortable as possible": ("maximize", "comfort"),
    "as private as possible": ("maximize", "privacy"),
    "as safe as possible": ("maximize", "security"),
    "optimise energy use": ("optimize", "energy"),
    "improve our running costs": ("optimize", "cost"),
    "comfort first": ("optimize", "comfort"),
    "prioritise privacy": ("optimize", "privacy"),
    "optimize response times": ("optimize", "latency"),
    "find a good balance between comfort and cost": ("optimize", "balanced"),
    "keep the bedroom below 21 degrees": ("keep", "temperature"),
    "keep humidity between 40 and 55 %": ("keep", "humidity"),
    "keep the kitchen no brighter than 60 percent": ("keep", "brightness"),
    "keep the house power below 5 kW": ("keep", "power"),
    "keep the house secure": ("keep", "security"),
}


@pytest.mark.parametrize("text", AIMS)
def test_an_aim_is_understood(text: str) -> None:
    assert AIMS[text] in goals(said(text))


def test_every_aim_of_the_vocabulary_is_among_them() -> None:
    known = {
        (type, target)
        for type, targets in GOAL_TARGETS.items()
        for target in targets
        if type != "achieve"
    }
    assert known == set(AIMS.values())


FLAGSHIPS = {
    "de": "lass die Spülmaschine laufen, wenn der Strom am billigsten ist, vor 7 Uhr, außer wenn "
    "jemand schläft, unter 40 Cent",
    "fr": "lance le lave-vaisselle quand l'électricité est la moins chère, avant 7 heures, sauf si "
    "quelqu'un dort, moins de 40 centimes",
    "es": "pon el lavavajillas cuando la luz esté más barata, antes de las 7, salvo que alguien "
    "duerma, por menos de 40 céntimos",
    "zh": "电价最便宜的时候洗碗，七点之前，除非有人在睡觉，不超过0.4欧元",
}


@pytest.mark.parametrize("language", FLAGSHIPS)
def test_the_flagship_is_the_same_in_every_language(language: str) -> None:
    translation = said(FLAGSHIPS[language], language=language)
    assert set(goals(translation)) == {("achieve", "dishwasher"), ("minimize", "cost")}
    assert sorted(rules(translation), key=str) == [
        ("condition", "neq", {"subject": "occupancy", "state": "asleep"}),
        ("cost", "lte", {"amount_micro": 400_000, "currency": "EUR"}),
        ("deadline", "lte", {"clock": "07:00"}),
    ]


OTHERS = {
    "de": [
        ("lade das Auto bis 6 Uhr auf 80 Prozent", "ev_charger"),
        ("Keine Cloud für die Kamera", None),
        ("halte das Schlafzimmer unter 21 Grad, während wir schlafen", "temperature"),
        ("optimiere den Energieverbrauch im Büro", "energy"),
    ],
    "fr": [
        ("charge la voiture à 80 % avant 6 h", "ev_charger"),
        ("pas de cloud pour la caméra", None),
        ("garde la chambre en dessous de 21 degrés pendant que nous dormons", "temperature"),
        ("optimise la consommation d'énergie au bureau", "energy"),
    ],
    "es": [
        ("carga el coche al 80 % antes de las 6", "ev_charger"),
        ("nada de nube para la cámara", None),
        ("mantén el dormitorio por debajo de 21 grados mientras dormimos", "temperature"),
        ("optimiza el consumo de energía en el despacho", "energy"),
    ],
    "zh": [
        ("六点之前把车充到百分之八十", "ev_charger"),
        ("摄像头不要上传到云端", None),
        ("睡觉的时候卧室保持在21度以下", "temperature"),
        ("优化书房的能源使用", "energy"),
    ],
}


@pytest.mark.parametrize(
    ("language", "text", "target"),
    [(language, *row) for language, rows in OTHERS.items() for row in rows],
)
def test_the_usual_goals_in_other_languages(language: str, text: str, target: str | None) -> None:
    translation = said(text, language=language)
    assert translation.route == "goal"
    assert [one for _, one in goals(translation)] == ([target] if target else [])


def test_a_what_if_is_only_supposed() -> None:
    translation = said("what would happen if I ran the dryer at 6 pm?")
    assert translation.is_hypothetical
    assert goals(translation) == [("achieve", "dryer")]


def test_a_negative_order_without_a_rule_asks_for_nothing() -> None:
    assert said("don't run the dishwasher").route == "none"


def test_the_lights_of_a_place_are_a_goal_each() -> None:
    translation = said("turn off the lights downstairs at midnight")
    assert goals(translation) == [("achieve", "light.kitchen"), ("achieve", "light.living_room")]


def test_the_light_is_the_one_where_the_speaker_is() -> None:
    translation = said("turn off the light at 10 pm", area="bedroom")
    assert goals(translation) == [("achieve", "light.bedroom")]


def test_here_is_where_the_speaker_is() -> None:
    assert said("make it cozy in here", area="office").goals[0].scope == ("office",)


def test_one_deadline_behind_two_orders_is_for_both() -> None:
    translation = said("run the dishwasher and charge the car before 7")
    assert [one.goals for one in translation.constraints] == [("g1", "g2")]


def test_each_order_keeps_a_deadline_of_its_own() -> None:
    translation = said("run the dishwasher before 7, and charge the car before 9")
    assert [one.goals for one in translation.constraints] == [("g1",), ("g2",)]


def test_programs_are_those_of_the_device() -> None:
    assert said("run the dishwasher on eco").goals[0].value == {"action": "run", "program": "eco"}
    assert said("heat up the water by 6").goals[0].value == {"action": "run"}


def test_fahrenheit_is_converted() -> None:
    value = said("heat the office to 68 fahrenheit by 8").goals[0].value
    assert value == {"action": "set_temperature", "temperature": 200}


def test_without_a_home_a_goal_aims_at_the_kind() -> None:
    translation = translate("run the dishwasher before 7")
    assert goals(translation) == [("achieve", "dishwasher")]
    assert not translation.questions
