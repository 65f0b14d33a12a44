"""All the blinds of a home whose Home Assistant calls them covers, by names in its own language."""

from __future__ import annotations

import pytest

from tarl.planning.household import Household, household_from
from tarl.planning.intent_translator import translate

NAMES = {
    "de": ("Wohnzimmerrollo", "Küchenjalousie", "Garagentor"),
    "fr": ("Volet du salon", "Store de la cuisine", "Porte du garage"),
    "es": ("Persiana del salón", "Cortina de la cocina", "Puerta del garaje"),
    "zh": ("客厅窗帘", "厨房百叶窗", "车库门"),
}


_SWITCHED = [{"device_id": "", "capability_type": one} for one in ("turn_on", "turn_off")]


def home(language: str) -> Household:
    able = [{"device_id": "", "capability_type": one} for one in ("open", "close")]
    covers = [
        {"id": id, "kind": "cover", "name": name, "capabilities": _of(id, able)}
        for id, name in zip(("c.a", "c.b", "c.garage"), NAMES[language], strict=True)
    ]
    lamp = {"id": "light.store", "kind": "light", "name": "Store room"}
    warm = {"id": "heat", "kind": "heat_pump", "name": "Frost"}
    devices = [*covers, lamp, {**warm, "capabilities": _of("heat", _SWITCHED)}]
    return household_from({"id": "h", "time_zone": "Europe/Berlin", "devices": devices})


def _of(id: str, able: list[dict[str, str]]) -> list[dict[str, str]]:
    return [one | {"device_id": id} for one in able]


@pytest.mark.parametrize(
    ("language", "text", "action"),
    [
        ("de", "fahr alle Rollos bei Sonnenuntergang runter", "close"),
        ("de", "schließe alle Jalousien um 22 Uhr", "close"),
        ("de", "mach alle Rollos um 7 Uhr auf", "open"),
        ("fr", "ferme tous les volets au coucher du soleil", "close"),
        ("es", "cierra todas las persianas al atardecer", "close"),
        ("zh", "日落时关上所有窗帘", "close"),
        ("zh", "早上七点把窗帘全部打开", "open"),
    ],
)
def test_all_blinds_are_all_that_are_called_so(language: str, text: str, action: str) -> None:
    found = translate(text, language=language, home=home(language))
    assert {goal.target: goal.value for goal in found.goals} == {
        "c.a": {"action": action},
        "c.b": {"action": action},
    }
    assert not found.questions


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "mach die Garage um 22 Uhr zu"),
        ("fr", "ferme le garage à 22h"),
        ("es", "cierra el garaje a las 22:00"),
        ("zh", "晚上十点关上车库门"),
    ],
)
def test_a_garage_door_is_the_cover_that_is_called_so(language: str, text: str) -> None:
    found = translate(text, language=language, home=home(language))
    assert [goal.target for goal in found.goals] == ["c.garage"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "lass den Trockner nicht laufen, wenn der Strompreis 30 Cent übersteigt"),
        ("fr", "ne lance pas le sèche-linge si le prix dépasse les 30 centimes"),
        ("es", "no pongas la secadora si el precio supera los 30 céntimos"),
        ("zh", "电价超过0.3欧元就别开烘干机"),
    ],
)
def test_what_is_forbidden_above_a_price_is_done_below_it(language: str, text: str) -> None:
    found = translate(text, language=language)
    (goal,) = found.goals
    assert (goal.target, goal.value) == ("dryer", {"action": "run"})
    (bound,) = found.constraints
    assert (bound.type, bound.operator) == ("price", "lte")
    assert bound.value == {"amount_micro": 300_000, "currency": "EUR"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "mach die Heizung aus, wenn der Strompreis 30 Cent übersteigt"),
        ("es", "apaga la calefacción si el precio supera los 30 céntimos"),
        ("zh", "电价超过0.3欧元就关掉暖气"),
    ],
)
def test_what_is_ordered_above_a_price_is_asked_about(language: str, text: str) -> None:
    found = translate(text, language=language, home=home(language))
    assert "price" in {question.slot for question in found.questions}
