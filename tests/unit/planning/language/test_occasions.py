"""An occasion that nobody knows is asked about; what looks like one is not."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate
from tarl.planning.language.translation import Translation

HOME = demo_home()


def said(sentence: str, *, language: str = "en") -> Translation:
    return translate(sentence, home=HOME, language=language)


def lost(sentence: str, *, language: str = "en") -> str:
    """The text of the question about when something is, or what has to be so; empty for none."""
    asked = said(sentence, language=language).questions
    return " ".join(one.text for one in asked if one.slot in ("time", "condition"))


@pytest.mark.parametrize(
    ("language", "sentence", "words"),
    [
        ("en", "start the vacuum before the rain starts", "before the rain"),
        ("en", "turn on the lights at choir practice", "at choir practice"),
        ("en", "turn on the kitchen light during the power cut drill", "during the power"),
        ("en", "run the washing machine by the end of the match", "by the end of the match"),
        ("en", "charge the car between the two trips", "between the two trips"),
        ("en", "run the dishwasher no later than the news", "no later than the news"),
        ("en", "vacuum the kitchen before dinner and the hall after dinner", "before dinner"),
        ("de", "starte den Saugroboter, bevor der Regen anfängt", "bevor der Regen"),
        ("de", "mach das Licht in der Küche zur Chorprobe an", "zur Chorprobe"),
        ("de", "sauge nach der Lieferung", "nach der Lieferung"),
        ("de", "lade die Batterie, bis das Gewitter kommt", "bis das Gewitter"),
        ("de", "starte den Trockner zwischen Frühstück und Mittagessen", "zwischen Frühstück"),
        ("fr", "démarre l'aspirateur avant que la pluie commence", "avant que la pluie"),
        ("fr", "passe l'aspirateur après la livraison", "après la livraison"),
        ("fr", "passe l'aspirateur une fois le plombier parti", "une fois le plombier"),
        ("en", "run the washing machine before the football match", "before the football"),
        ("fr", "charge la batterie jusqu'à ce que l'orage arrive", "jusqu'à ce que l'orage"),
        ("fr", "tamise la lumière du salon à 30 % pendant le film", "pendant le film"),
        ("es", "arranca la aspiradora antes de que empiece la lluvia", "antes de que empiece"),
        ("es", "enciende la luz de la cocina en el ensayo del coro", "en el ensayo"),
        ("es", "pon la lavadora antes del partido de fútbol", "antes del partido"),
        ("es", "carga el coche tras la reunión", "tras la reunión"),
        ("zh", "合唱排练时打开厨房的灯", "合唱排练时"),
        ("zh", "快递到了之后扫地", "快递到了之后"),
        ("zh", "搬家车到的时候打开车库", "的时候"),
        ("zh", "足球比赛前开洗衣机", "足球比赛前"),
        ("zh", "给电池充电直到暴风雨来", "直到暴风雨"),
        ("zh", "早饭和午饭之间开烘干机", "之间"),
    ],
)
def test_an_occasion_that_nobody_knows_is_asked_about(
    language: str, sentence: str, words: str
) -> None:
    assert words in lost(sentence, language=language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh", "下雨之前启动扫地机器人"),
        ("zh", "客人来之前把卧室加热到21度"),
        ("zh", "电影结束后关掉客厅的灯"),
        ("en", "charge the battery until the storm arrives"),
        ("en", "start the dryer before the guests from Berlin show up"),
        ("es", "carga la batería hasta que llegue la tormenta"),
        ("es", "baja la calefacción a 18 hasta que llegue mi tren"),
    ],
)
def test_what_comes_then_is_no_condition_and_nobodys_coming_home(
    language: str, sentence: str
) -> None:
    assert "was not understood" in lost(sentence, language=language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "dim the living room light to 30 % during the movie"),
        ("de", "dimme das Wohnzimmerlicht während des Films auf 30 Prozent"),
        ("es", "apaga la luz del salón después de la película"),
        ("en", "start the dishwasher after supper"),
        ("de", "starte die Spülmaschine nach dem Mittagessen"),
        ("fr", "lance le lave-vaisselle après le déjeuner"),
        ("es", "pon el lavavajillas después de la comida"),
        ("zh", "午饭后开洗碗机"),
    ],
)
def test_a_meal_or_a_film_says_when(language: str, sentence: str) -> None:
    assert lost(sentence, language=language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "After dinner at 20:00 put the dishes on"),
        ("en", "After charging the car, charge the battery"),
        ("en", "would it kill you to run the dishwasher before breakfast, say by 7?"),
        ("en", "Vacuum the office at 10, I'll be at the dentist's, worse luck"),
        ("en", "Could the dryer run from 10 am to 1 pm, between feeds?"),
        ("en", "Between you and me, I'd love the bedroom at 17"),
        ("en", "could you get the dishes going at some point after nine this evening?"),
        ("en", "lock it at 10, after all it's late"),
        ("en", "heat the nursery to 20 before the baby wakes"),
        ("de", "Alle Lichter aus, ich falle gleich um vor Müdigkeit"),
        (
            "de",
            "Nach dem Abendessen bitte abwaschen, aber erst wenn der Strom wieder billiger wird",
        ),
        ("de", "Nutze so viel eigenen Solarstrom wie möglich zum Laden des Autos"),
        ("fr", "charge la voiture avec 3 kW au maximum jusqu'à 6 heures"),
        ("es", "pon el lavavajillas antes de las 10"),
        ("zh", "六点前给车充电,说错了,七点前"),
    ],
)
def test_what_is_understood_or_binds_nothing_is_not(language: str, sentence: str) -> None:
    assert not lost(sentence, language=language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "charge the car for free before 10"),
        ("en", "run the dryer free of charge after midnight"),
        ("en", "charge the car for two hours after midnight at no cost"),
        ("en", "charge the car without paying anything by Friday"),
        ("de", "lade das Auto kostenlos vor 10 Uhr"),
        ("fr", "charge la voiture gratuitement avant 10 heures"),
        ("es", "carga el coche gratis antes de las 10"),
        ("zh", "10点前免费给车充电"),
    ],
)
def test_for_free_is_a_limit_of_nothing(language: str, sentence: str) -> None:
    rules = said(sentence, language=language).constraints
    (cost,) = [one for one in rules if one.type == "cost"]
    assert (cost.operator, cost.value) == ("lte", {"amount_micro": 0})
    assert len(rules) > 1  # Nor is the time lost beside it, nor turned round by "no".
    assert {one.type for one in rules} <= {"cost", "deadline", "earliest", "duration"}


def test_no_cost_negates_nothing() -> None:
    rules = said("charge the car for two hours after midnight at no cost").constraints
    assert [(one.type, one.operator) for one in rules] == [
        ("duration", "eq"),
        ("earliest", "gte"),
        ("cost", "lte"),
    ]


@pytest.mark.parametrize(
    ("language", "sentence", "bounds"),
    [
        (
            "en",
            "run the dishwasher before 10 and charge the car with 20 kWh",
            {20_000: ("ev_charger",)},
        ),
        (
            "en",
            "charge the car with 10 kWh and the battery with 3 kWh",
            {10_000: ("ev_charger",), 3_000: ("battery",)},
        ),
        (
            "de",
            "lade das Auto mit 10 kWh und die Batterie mit 3 kWh",
            {10_000: ("ev_charger",), 3_000: ("battery",)},
        ),
        (
            "fr",
            "charge la voiture avec 10 kWh et la batterie avec 3 kWh",
            {10_000: ("ev_charger",), 3_000: ("battery",)},
        ),
        (
            "es",
            "pon el lavavajillas antes de las 10 y carga el coche con 20 kWh",
            {20_000: ("ev_charger",)},
        ),
        ("zh", "给车充10度电，给电池充3度电", {10_000: ("ev_charger",), 3_000: ("battery",)}),
        ("en", "charge the car with 20 kWh before 7", {20_000: ()}),
        ("en", "do the dishes and the laundry using at most 5 kWh", {5_000: ()}),
    ],
)
def test_an_amount_of_energy_is_of_what_is_charged_with_it(
    language: str, sentence: str, bounds: dict[int, tuple[str, ...]]
) -> None:
    frame = said(sentence, language=language)
    targets = {goal.id: goal.target for goal in frame.goals}
    found = {
        one.value: tuple(targets[id] for id in one.goals)
        for one in frame.constraints
        if one.type == "energy"
    }
    assert found == bounds
    assert not frame.questions


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "run everything except the dryer before 9"),
        ("en", "run everything but the dryer"),
        ("en", "charge everything except the car"),
        ("zh", "除了烘干机全部打开"),
    ],
)
def test_what_is_left_out_is_not_done_in_the_place_of_the_rest(
    language: str, sentence: str
) -> None:
    asked = said(sentence, language=language).questions
    assert any(one.slot.endswith("device") for one in asked)


def test_the_time_of_the_rest_is_not_turned_round() -> None:
    rules = said("run everything except the dryer before 9").constraints
    assert [(one.type, one.operator) for one in rules] == [("exclude", "neq"), ("deadline", "lte")]
