"""Which goals a time or a condition bounds: the goal utterances leave that open, what is
natural decides."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate

HOME = demo_home()


def bounded(language: str, sentence: str) -> list[tuple[str, ...]]:
    """Of each constraint the devices that it is about."""
    said = translate(sentence, language=language, home=HOME)
    targets = {goal.id: goal.target for goal in said.goals}
    return [tuple(targets[id] for id in one.goals) for one in said.constraints]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "turn on the kitchen light and in 5 minutes the heating"),
        ("en", "open the garage and turn on the heating in 1 minute"),
        ("en", "turn on the kitchen light. Turn on the heating at 9 pm"),
        ("en", "turn on the kitchen light and turn on the heating for 10 minutes"),
        ("en", "lock the door and turn on the heating from 6 to 8 pm"),
        ("en", "close the garage, and by 10 pm turn on the heating"),
        ("en", "close the garage and turn on the heating an hour before sunset"),
        ("de", "Mach das Licht in der Küche an und in 5 Minuten die Heizung"),
        ("de", "Öffne das Garagentor und schalte um 22 Uhr die Heizung ein"),
        ("fr", "Allume la lumière de la cuisine et dans 5 minutes le chauffage"),
        ("es", "Enciende la luz de la cocina y en 5 minutos la calefacción"),
        ("zh", "打开厨房的灯，5分钟后打开暖气"),
    ],
)
def test_a_time_said_of_the_last_thing_is_of_no_earlier_one(language: str, sentence: str) -> None:
    assert bounded(language, sentence) == [("heat_pump",)]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "at 11 pm lock the front door and turn off the kitchen light"),
        ("en", "when I leave, lock the front door and turn off the kitchen light"),
        ("en", "if nobody is home lock the front door and turn off the kitchen light"),
        ("en", "tonight lock the front door and turn off the kitchen light"),
        ("en", "by 7 am lock the front door, and turn off the kitchen light"),
        ("en", "lock the front door and turn off the kitchen light by 7 am"),
        ("de", "Um 22 Uhr schließ die Haustür ab und mach das Licht in der Küche aus"),
        ("fr", "À 23 h ferme la porte et éteins la lumière de la cuisine"),
        ("es", "A las 23 cierra la puerta y apaga la luz de la cocina"),
        ("zh", "晚上11点锁门，关掉厨房的灯"),
    ],
)
def test_what_stands_before_all_bounds_all(language: str, sentence: str) -> None:
    assert bounded(language, sentence) == [("lock.front_door", "light.kitchen")]


def test_what_shares_a_verb_shares_its_time() -> None:
    both = ("light.kitchen", "light.living_room")
    said = "turn on the kitchen light and the living room light"
    assert bounded("en", f"in 5 minutes {said}") == [both]
    assert bounded("en", f"{said} from 6 to 8 pm") == [both]
    assert bounded("de", "Das Licht in der Küche und die Heizung um 22 Uhr aus") == [
        ("light.kitchen", "heat_pump")
    ]
    assert bounded("en", "heat the living room to 21 and the bedroom to 19 by 7 am") == [
        ("heat_pump", "heat_pump")
    ]


def test_what_is_said_to_be_now_has_a_time_of_its_own() -> None:
    dishes, laundry = "dishwasher", "washing_machine"
    assert bounded("en", "start the dishwasher now and the washing machine at 10 pm") == [
        (laundry,)
    ]
    assert bounded("en", "start the dishwasher and the washing machine at 10 pm") == [
        (dishes, laundry)
    ]


def test_what_is_done_every_morning_is_ordered_and_not_told() -> None:
    assert bounded("en", "every morning at 6 open the garage and turn on the heating") == [
        ("cover.garage", "heat_pump")
    ]


def test_each_has_its_own_time() -> None:
    assert bounded("en", "wash the clothes before 6 and vacuum at 8") == [
        ("washing_machine",),
        ("vacuum",),
    ]
    assert bounded("en", "dry the clothes before 9 and charge the car overnight") == [
        ("dryer",),
        ("ev_charger",),
    ]
    assert bounded("en", "at 8 turn on the kitchen light and turn it off at 9") == [
        ("light.kitchen",),
        ("light.kitchen",),
    ]


@pytest.mark.parametrize(
    ("sentence", "actions"),
    [
        ("dishes tonight, and the lights downstairs off by 10 pm", {"run", "turn_off"}),
        ("the dryer at 8 and the bedroom light off", {"run", "turn_off"}),
        ("dryer and washing machine off at 8", {"turn_off"}),
        ("the kitchen light at 8 and the bedroom light at 9 off", {"turn_off"}),
    ],
)
def test_a_machine_that_is_run_at_a_time_is_not_switched_off_with_what_comes_behind(
    sentence: str, actions: set[str]
) -> None:
    goals = translate(sentence, home=HOME).goals
    assert {goal.value["action"] for goal in goals} == actions
    assert all(g.value["action"] == "turn_off" for g in goals if g.target.startswith("light."))
