"""Sentences that were once read as the opposite of what they say, or as more: what is no longer so,
the door that opens a garage, what a balance is struck between, what a condition is about."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate
from tarl.planning.language.translation import Translation

HOME = demo_home()


def said(text: str, language: str = "en") -> Translation:
    return translate(text, language=language, home=HOME, area=None)


def actions(translation: Translation) -> list[tuple[str, str]]:
    return [(goal.target, goal.value["action"]) for goal in translation.goals if goal.value]


def conditions(translation: Translation) -> list[tuple[str, Any]]:
    return [
        (one.operator, msgspec.to_builtins(one.value))
        for one in translation.constraints
        if one.type == "condition"
    ]


def device(id: str, state: str) -> dict[str, str]:
    return {"subject": "device", "state": state, "device": id}


RAIN = {"subject": "weather", "state": "raining"}
HIGH = {"subject": "price", "state": "high"}
OPEN = device("cover.garage", "open")


@pytest.mark.parametrize(
    ("language", "text", "condition"),
    [
        ("en", "fan off once it's no longer hot", {"subject": "weather", "state": "hot"}),
        ("en", "charge the battery when prices are no longer high", HIGH),
        ("en", "once it stops raining, water the garden", RAIN),
        ("fr", "Charge la batterie quand l'électricité n'est plus chère", HIGH),
        ("es", "Riega el jardín el martes por la mañana, salvo si llueve", RAIN),
        ("en", "don't discharge the battery before sunset, not while prices are high either", HIGH),
        (
            "de",
            "Lade das Auto nicht vor 22 Uhr und auch nicht, solange der Strom teuer ist",
            HIGH,
        ),
        (
            "zh",
            "今天下午扫地，有人睡觉的话就不要",
            {"subject": "occupancy", "state": "asleep"},
        ),
    ],
)
def test_what_is_so_no_longer_or_not_then_either_is_negated(
    language: str, text: str, condition: dict[str, str]
) -> None:
    assert conditions(said(text, language)) == [("neq", condition)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "lock the door at 22:45, and if the garage is open shut it"),
        ("en", "if at eleven at night the garage is open, shut it"),
        ("de", "Falls die Garage um Mitternacht noch offen ist, mach sie zu"),
        ("de", "Sperr um 23 Uhr die Haustür ab und wenn die Garage offen ist mach sie zu"),
        ("fr", "Si à minuit le garage est toujours ouvert, ferme-le"),
        ("es", "Si a medianoche el garaje sigue abierto, ciérralo"),
        ("zh", "晚上十一点锁门，车库门要是开着就关上"),
    ],
)
def test_what_is_open_then_is_what_is_shut(language: str, text: str) -> None:
    read = said(text, language)
    assert ("cover.garage", "close") in actions(read)
    assert conditions(read) == [("eq", OPEN)]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("the garage is standing open again, shut the door please", ("cover.garage", "close")),
        ("About the garage: open the door at 7:15", ("cover.garage", "open")),
        ("no open garage after dark: close the door at sunset", ("cover.garage", "close")),
        ("the front door is unlocked, so lock the door", ("lock.front_door", "lock")),
    ],
)
def test_the_door_is_the_one_of_what_was_named_before(text: str, action: tuple[str, str]) -> None:
    assert actions(said(text)) == [action]


def test_a_garage_that_is_moved_itself_has_no_second_door() -> None:
    read = said("Close the garage at nine and close the door at ten")
    assert actions(read) == [("cover.garage", "close"), ("lock.front_door", "lock")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "find a good balance between saving money and staying comfortable"),
        ("en", "strike a balance between saving the climate and staying cosy"),
        ("en", "find a good balance between saving the planet and being comfy"),
        ("fr", "Trouve un bon équilibre entre faire des économies et rester au chaud"),
        ("es", "Busca un equilibrio entre ahorrar dinero y estar cómodos"),
    ],
)
def test_the_two_aims_of_a_balance_are_none_of_their_own(language: str, text: str) -> None:
    goals = said(text, language).goals
    assert [(goal.type, goal.target) for goal in goals] == [("optimize", "balanced")]


def test_what_is_asked_beside_a_balance_is_still_asked() -> None:
    read = said("Find a balance between cost and comfort, and charge the car by six")
    assert [goal.target for goal in read.goals] == ["balanced", "ev_charger"]


@pytest.mark.parametrize(
    "text",
    [
        "Once the car is full, go on and charge the battery",
        "When the car is full, just go ahead and charge the battery",
        "once the car is full, move on and charge the battery",
    ],
)
def test_going_on_is_no_order_to_what_is_done(text: str) -> None:
    assert actions(said(text)) == [("battery", "charge")]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("¿Qué pasaría si apagamos la calefacción cuando estemos de vacaciones?", "turn_off"),
        ("¿Y si apagáramos la calefacción cuando no hay nadie en casa?", "turn_off"),
        ("¿Y si encendiéramos la calefacción a las cinco?", "turn_on"),
    ],
)
def test_spanish_supposes_off_as_off(text: str, action: str) -> None:
    read = said(text, "es")
    assert actions(read) == [("heat_pump", action)]
    assert read.is_hypothetical


@pytest.mark.parametrize(
    ("language", "text", "window"),
    [
        ("en", "charge the car between one and six at night", ("01:00", "06:00")),
        ("en", "dryer between ten and one at night", ("22:00", "01:00")),
        ("es", "Carga el coche entre la una y las seis de la madrugada", ("01:00", "06:00")),
        ("fr", "Charge la voiture entre une heure et cinq heures du matin", ("01:00", "05:00")),
    ],
)
def test_small_hours_are_those_of_the_morning(
    language: str, text: str, window: tuple[str, str]
) -> None:
    (one,) = said(text, language).constraints
    value = msgspec.to_builtins(one.value)
    assert (value["from"]["clock"], value["to"]["clock"]) == window


@pytest.mark.parametrize(
    ("language", "text", "clock"),
    [
        ("en", "heat the bedroom at ten... eleven, I mean", "11:00"),
        ("de", "Spülmaschine um acht starten... um neun, meine ich", "09:00"),
        ("es", "Pon el lavavajillas a las ocho... a las nueve, quiero decir", "09:00"),
    ],
)
def test_i_mean_may_stand_behind_what_it_puts_in(language: str, text: str, clock: str) -> None:
    (one,) = said(text, language).constraints
    assert msgspec.to_builtins(one.value) == {"clock": clock}
