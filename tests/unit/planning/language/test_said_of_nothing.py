"""What is said of something that no plan holds, or of places and devices that nobody named: asked
about, never left out."""

from __future__ import annotations

import pytest

from tarl.planning.household import Household, household_from
from tarl.planning.intent_translator import translate


def _device(id: str, kind: str, name: str, *able: str, **fields: object) -> dict[str, object]:
    capabilities = [{"device_id": id, "capability_type": one} for one in able]
    return {"id": id, "kind": kind, "name": name, "capabilities": capabilities, **fields}


@pytest.fixture(scope="module")
def home() -> Household:
    switched = ("turn_on", "turn_off")
    return household_from(
        {
            "id": "flat",
            "time_zone": "Europe/Berlin",
            "areas": [{"id": "bedroom", "name": "Bedroom"}, {"id": "den", "name": "Den"}],
            "devices": [
                _device("bed", "light", "Bed Light", *switched, area="bedroom"),
                _device("desk", "light", "Desk Light", *switched, area="den"),
                _device("mist", "humidifier", "Mist", *switched),
                _device("fan", "fan", "Ceiling Fan", *switched),
                _device("pump", "heat_pump", "Heat Pump", *switched, "set_temperature"),
            ],
        }
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "turn off the mist when humidity reaches 50%"),
        ("en", "run the mist while the humidity is below 40 percent"),
        ("en", "turn on the ceiling fan when the temperature is above 25"),
        ("de", "schalte Mist aus, wenn die Luftfeuchtigkeit über 50 % steigt"),
        ("fr", "éteins Mist quand l'humidité dépasse 50 %"),
        ("es", "apaga Mist cuando la humedad supere el 50 %"),
    ],
)
def test_a_condition_on_what_is_measured_is_asked_about(
    home: Household, language: str, text: str
) -> None:
    found = translate(text, language=language, home=home)
    assert {question.slot.rpartition(".")[2] for question in found.questions} & {
        "condition",
        "value",
    }


def test_a_bound_of_the_warmth_itself_is_none(home: Household) -> None:
    text = "run the heat pump until the temperature reaches 21 degrees"
    slots = {question.slot for question in translate(text, home=home).questions}
    assert "c1.value" not in slots


@pytest.mark.parametrize(
    "text", ["turn on the lights upstairs at 8pm", "turn off the lights here at 8pm"]
)
def test_a_place_that_the_home_does_not_have_is_asked_about_once(
    home: Household, text: str
) -> None:
    asked = [question.slot for question in translate(text, home=home).questions]
    assert asked == ["g1.area"]


@pytest.mark.parametrize("text", ["flash the lights", "blink the lights at 8pm"])
def test_what_nobody_knows_to_do_with_lights_is_asked_about_once(
    home: Household, text: str
) -> None:
    found = translate(text, home=home)
    assert [question.slot for question in found.questions] == ["g1.action"]


def test_here_is_where_somebody_speaks(home: Household) -> None:
    found = translate("turn off the lights here at 8pm", home=home, area="den")
    assert [goal.target for goal in found.goals] == ["desk"]
    assert not found.questions


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "turn everything off when I leave"),
        ("en", "shut down all the devices at midnight"),
        ("de", "mach alles aus"),
        ("fr", "éteins tous les appareils à minuit"),
        ("es", "apaga todo a medianoche"),
        ("zh", "把所有电器都关掉"),
    ],
)
def test_which_devices_everything_is_has_to_be_said(
    home: Household, language: str, text: str
) -> None:
    found = translate(text, language=language, home=home)
    assert found.route == "goal"
    assert "device" in {question.slot.rpartition(".")[2] for question in found.questions}
