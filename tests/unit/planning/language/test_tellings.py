"""What is only told, how far something is to go, and what has to be so as well."""

from __future__ import annotations

from typing import Any

import pytest
from tests.goal_frames import demo_home, understood

from tarl.planning.intent_translator import translate
from tarl.planning.language.translation import Translation

HOME = demo_home()


def _said(text: str, language: str = "en") -> Translation:
    said = translate(text, language=language, home=HOME)
    assert said.route == "goal"
    return said


def _asked(said: Translation) -> set[str]:
    return {question.slot.rpartition(".")[2] for question in said.questions}


def _conditions(said: Translation) -> list[tuple[str, str, str]]:
    held = [one for one in said.constraints if one.type == "condition"]
    return [(one.value["subject"], one.value["state"], one.operator) for one in held]


@pytest.mark.parametrize(
    ("language", "told", "order"),
    [
        ("en", "My flight is at nine, so", "charge the car by six"),
        ("en", "The car is new, so", "run the dishwasher at ten"),
        ("en", "The neighbours moaned about the light, so", "do the laundry at noon"),
        ("en", "The battery came in a huge box yesterday evening;", "run the dishwasher at ten"),
        ("en", "Our bedroom faces the street, so", "vacuum the living room at noon"),
        ("de", "Mein Flug geht um neun, also", "lade das Auto bis sechs"),
        ("fr", "Mon vol est à neuf heures, alors", "charge la voiture avant six heures"),
        ("es", "Mi vuelo es a las nueve, así que", "carga el coche antes de las seis"),
    ],
)
def test_what_is_only_told_asks_for_nothing(language: str, told: str, order: str) -> None:
    assert understood(_said(f"{told} {order}", language)) == understood(_said(order, language))


@pytest.mark.parametrize(
    ("language", "order", "aside"),
    [
        ("en", "run the dishwasher at ten", ", it stinks"),
        ("en", "heat the water to 55", ", the plumber said something about germs"),
        ("en", "close the garage", ", were you born in a barn?"),
        ("en", "vacuum the hall by noon", ", I'll have my feet up"),
        ("en", "turn the heating down to 18", ", I'm not paying to warm the goldfish"),
        ("en", "run the dryer only if it's raining", ", otherwise they go on the line"),
        ("de", "Alle Lichter um Mitternacht aus", ", mir fallen die Augen zu"),
        ("de", "Heizung um 8 Uhr auf 21 Grad", ", die Kleine friert so schnell"),
        ("fr", "Charge la batterie quand il y a du soleil", ", ce serait bête de le perdre"),
        ("fr", "Passe l'aspirateur dans la cuisine", ", je fais la vaisselle à la main"),
        ("es", "Carga el coche antes de las 8", ", que me voy al pueblo"),
        ("es", "Apaga todas las luces a medianoche", ", se me cierran los ojos"),
        ("zh", "卧室保持在20度", ",奶奶怕冷"),
        ("zh", "七点前给车充好电", ",我可不想走路上班"),
    ],
)
def test_what_is_said_aside_asks_for_nothing(language: str, order: str, aside: str) -> None:
    assert understood(_said(order + aside, language)) == understood(_said(order, language))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Who keeps leaving the bedroom light on! Turn it off"),
        ("en", "The bedroom light is on, turn it off"),
        ("de", "Wer hat das Licht im Schlafzimmer angelassen? Mach es aus"),
        ("fr", "Qui a encore laissé la lumière de la chambre allumée ? Éteins-la"),
        ("es", "¿Quién ha dejado la luz del dormitorio encendida? Apágala"),
        ("zh", "谁又没关卧室的灯?关掉"),
    ],
)
def test_a_question_that_wants_no_answer_says_what_is_meant_by_it(language: str, text: str) -> None:
    said = _said(text, language)
    assert [(one.target, one.value) for one in said.goals] == [
        ("light.bedroom", {"action": "turn_off"})
    ]
    assert said.constraints == ()


@pytest.mark.parametrize(
    ("text", "target", "action"),
    [
        ("把大门锁了", "lock.front_door", "lock"),
        ("把车库门关了,外面风大", "cover.garage", "close"),
        ("十点把客厅的灯关了", "light.living_room", "turn_off"),
    ],
)
def test_in_chinese_what_is_done_to_a_thing_is_not_said_of_it(
    text: str, target: str, action: str
) -> None:
    said = translate(text, language="zh", home=HOME)
    assert [(one.target, one.value) for one in said.goals] == [(target, {"action": action})]
    assert _conditions(said) == []


def test_a_condition_that_nobody_understood_is_no_aside() -> None:
    known = translate("Dishwasher please, it stinks", home=HOME)
    unknown = translate("Dishwasher please, unless it stinks", home=HOME)
    assert (known.route, unknown.route) == ("goal", "none")


@pytest.mark.parametrize("answer", ["No way", "Not on your life", "Over my dead body"])
def test_a_question_that_is_answered_with_no_moves_nothing(answer: str) -> None:
    said = translate(f"Unlock the front door? {answer}", home=HOME)
    assert (said.goals, said.commands) == ((), ())
    more = _said(f"Open the garage? {answer}, lock the front door")
    assert [one.target for one in more.goals] == ["lock.front_door"]


def test_what_is_said_aside_leaves_a_lock_to_be_confirmed() -> None:
    said = _said("Unlock the front door, blimey charlie")
    assert "confirm" in _asked(said)


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        ("fr", "Ne laisse pas le bureau descendre sous 17 degrés", {"gte": 170}),
        ("fr", "Ne laisse pas le bureau monter au-dessus de 23 degrés", {"lte": 230}),
        ("zh", "别让书房低于17度", {"gte": 170}),
        ("zh", "别让书房超过23度", {"lte": 230}),
        ("en", "Don't you dare let the office slip below 17", {"gte": 170}),
    ],
)
def test_what_must_not_be_let_happen_is_kept_from_the_other_side(
    language: str, text: str, kept: dict[str, int]
) -> None:
    assert [(one.value, one.scope) for one in _said(text, language).goals] == [(kept, ("office",))]


def test_what_was_told_is_meant_by_it_there_and_then() -> None:
    assert [goal.target for goal in _said("The car is my pride, charge it by six").goals] == [
        "ev_charger"
    ]
    warm = _said("It is arctic in the nursery, get it up to 21")
    assert [goal.scope for goal in warm.goals] == [("nursery",)]
    by_then = _said("My flight leaves at five on Friday, have the car charged by then")
    assert [(one.type, one.value.clock) for one in by_then.constraints] == [("deadline", "05:00")]
    off = _said("The heating was on all night, turn it off")
    assert [goal.value for goal in off.goals] == [{"action": "turn_off"}]


def test_what_is_stated_as_a_limit_an_aim_or_a_need_is_meant() -> None:
    limit = _said("our tiny budget is two euros, so charge the car tonight")
    assert [one.type for one in limit.constraints if one.type == "cost"] == ["cost"]
    needs = _said("The dishes are piling up, and vacuum the hall too")
    assert {goal.target for goal in needs.goals} == {"dishwasher", "vacuum"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "turn down the heat"),
        ("en", "turn the heating up a bit in the study"),
        ("en", "turn the heating down by two degrees"),
        ("en", "make it warmer in the lounge"),
        ("en", "reduce the heating while we're away"),
        ("de", "Dreh die Heizung um zwei Grad runter"),
        ("de", "Mach es im Büro etwas kühler"),
        ("fr", "baisse le chauffage de deux degrés"),
        ("es", "sube un poco la calefacción"),
        ("zh", "把暖气调低两度"),
    ],
)
def test_warmer_or_colder_asks_to_how_many_degrees(language: str, text: str) -> None:
    said = _said(text, language)
    assert [goal.value for goal in said.goals] == [{"action": "set_temperature"}]
    assert _asked(said) == {"temperature"}


def test_what_is_dimmed_asks_how_bright_it_is_to_be() -> None:
    said = _said("dim the bedroom light at ten")
    assert [goal.value for goal in said.goals] == [{"action": "set_brightness"}]
    assert _asked(said) == {"brightness"}
    assert _asked(_said("turn the heating up to 21 degrees at six")) == set()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "once the sun is shining and the washer is done, start the dryer"),
        ("de", "Wenn die Sonne scheint und die Waschmaschine fertig ist, starte den Trockner"),
        ("fr", "quand le soleil brille et que le lave-linge est fini, lance le sèche-linge"),
        ("es", "cuando brille el sol y la lavadora haya terminado, pon la secadora"),
        ("zh", "出太阳而且洗衣机洗好了以后,开烘干机"),
    ],
)
def test_what_has_to_be_so_as_well_is_no_order(language: str, text: str) -> None:
    said = _said(text, language)
    assert [goal.target for goal in said.goals] == ["dryer"]
    assert _conditions(said) == [("weather", "sunny", "eq"), ("device", "done", "eq")]


@pytest.mark.parametrize(
    ("text", "is_rule"),
    [
        ("charge the car on solar", True),
        ("charge the car on solar if possible", False),
        ("ideally charge the car from the sun", False),
        ("if possible charge the car with solar only", True),
    ],
)
def test_our_own_sun_is_a_rule_unless_it_is_wished_for(text: str, is_rule: bool) -> None:
    said = _said(text)
    assert [one.value for one in said.constraints] == (["solar_only"] if is_rule else [])
    aims = [goal.target for goal in said.goals if goal.type == "maximize"]
    assert aims == ([] if is_rule else ["solar_use"])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "vacuum the conservatory"),
        ("de", "heiz den Keller auf 20 Grad"),
        ("fr", "passe l'aspirateur dans la salle à manger"),
        ("es", "calienta el sótano a 20 grados"),
        ("zh", "打扫餐厅"),
    ],
)
def test_a_room_that_the_home_does_not_have_is_asked_for(language: str, text: str) -> None:
    assert "area" in _asked(_said(text, language))


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("de", "Halte das Kinderzimmer über 18 Grad", {"gte": 180}),
        ("zh", "客厅温度保持24度以下", {"lte": 240}),
        ("en", "keep the office between 19 and 21 on Saturday", {"gte": 190, "lte": 210}),
    ],
)
def test_a_bound_is_on_the_side_that_was_said(
    language: str, text: str, value: dict[str, Any]
) -> None:
    assert [goal.value for goal in _said(text, language).goals] == [value]


def test_a_light_in_the_garage_does_not_move_its_door() -> None:
    said = _said("apaga la luz del garaje esta noche", "es")
    assert [goal.target for goal in said.goals] == ["light"]
    assert _asked(said) == {"device"}
