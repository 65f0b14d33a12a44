"""What is understood alone is understood together: orders and what bounds them, in any order.

The parts are in words that the lexica know, so that what fails is the putting together: a bound
that goes to the wrong device, a verb that leaks into the next clause, a number that is taken for
an hour.
"""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from tests.goal_frames import Frame, demo_home, understood

from tarl.planning.intent_translator import translate

HOME = demo_home()
SENTENCES = 60
SHARE_MIN = 0.95
"""Of sentences that nobody has read before they were made."""

ORDERS = {
    "en": (
        "run the dishwasher",
        "charge the car to 80 percent",
        "turn off the heating",
        "warm the office to 21",
        "dim the living room light to 30 percent",
        "water the garden",
        "dry the clothes",
    ),
    "de": (
        "starte die Spülmaschine",
        "lade das Auto auf 80 Prozent",
        "schalte die Heizung aus",
        "heiz das Büro auf 21 Grad",
        "dimme das Licht im Wohnzimmer auf 30 Prozent",
        "starte den Trockner",
    ),
    "fr": (
        "lance le lave-vaisselle",
        "recharge la voiture à 80 %",
        "éteins le chauffage",
        "chauffe le bureau à 21 degrés",
        "baisse la lumière du salon à 30 %",
        "arrose le jardin",
    ),
    "es": (
        "pon el lavavajillas",
        "carga el coche al 80 %",
        "apaga la calefacción",
        "calienta el despacho a 21 grados",
        "baja la luz del salón al 30 %",
        "riega el jardín",
    ),
    "zh": (
        "开洗碗机",
        "把车充到80%",
        "关掉暖气",
        "把书房加热到21度",
        "把客厅的灯调到30%",
        "浇花园",
    ),
}
BOUNDS = {
    "en": (
        "before 7 am",
        "under 50 cents",
        "if nobody is home",
        "as quietly as possible",
        "only on our own solar",
        "without the cloud",
        "for two hours",
    ),
    "de": (
        "vor 7 Uhr",
        "für höchstens zwei Euro",
        "wenn niemand zu Hause ist",
        "so leise wie möglich",
        "nur mit eigenem Solarstrom",
        "zwei Stunden lang",
    ),
    "fr": (
        "avant 7 heures",
        "pour moins de 50 centimes",
        "si personne n'est à la maison",
        "le moins cher possible",
        "uniquement avec notre solaire",
        "pendant deux heures",
    ),
    "es": (
        "antes de las 7",
        "por menos de 50 céntimos",
        "si no hay nadie en casa",
        "lo más barato posible",
        "solo con nuestra energía solar",
        "durante dos horas",
    ),
    "zh": (
        "早上7点之前",
        "最多两欧元",
        "如果没人在家",
        "尽量安静",
        "只用自家太阳能",
        "用谷电",
    ),
}
JOINED = {
    "en": ("{0} {2}, {3}", "{2}, {0} and {1}", "{0} {2} and {1} {3}", "{0}. {1} {2}."),
    "de": ("{0} {2}, {3}", "{0} und {1} {2}", "{0} {2} und {1} {3}", "{0}. {1} {2}."),
    "fr": ("{0} {2}, {3}", "{2}, {0} et {1}", "{0} {2} et {1} {3}", "{0}. {1} {2}."),
    "es": ("{0} {2}, {3}", "{2}, {0} y {1}", "{0} {2} y {1} {3}", "{0}. {1} {2}."),
    "zh": ("{2}{0}，{3}", "{0}，{1}，{2}", "{2}{0}，{3}{1}", "{2}{0}"),
}


def _read(text: str, language: str) -> Frame:
    return understood(translate(text, language=language, home=HOME))


def _alone(language: str, order: str, bound: str) -> tuple[set[str], set[str]]:
    """What an order means, and what a bound adds to it, each said once without the other parts."""
    text = f"{bound}{order}" if language == "zh" else f"{order} {bound}"
    frame = _read(text, language)
    return set(frame.goals), set(frame.constraints)


@pytest.mark.parametrize("language", ORDERS)
def test_what_is_understood_alone_is_understood_together(language: str) -> None:
    random = Random(f"20261122.{language}")
    pairs = {pair: _alone(language, *pair) for pair in product(ORDERS[language], BOUNDS[language])}
    wrong: list[str] = []
    for _ in range(SENTENCES):
        shape = random.choice(JOINED[language])
        orders, bounds = (random.sample(said[language], 2) for said in (ORDERS, BOUNDS))
        used = [order for at, order in enumerate(orders) if f"{{{at}}}" in shape]
        bounding = [bound for at, bound in enumerate(bounds, 2) if f"{{{at}}}" in shape]
        meant = [pairs[order, bound] for order in used for bound in bounding]
        goals = set().union(*(one for one, _ in meant))
        constraints = set().union(*(one for _, one in meant))
        text = shape.format(*orders, *bounds)
        frame = _read(text, language)
        if (set(frame.goals), set(frame.constraints)) != (goals, constraints):
            wrong.append(text)
    assert len(wrong) <= (1 - SHARE_MIN) * SENTENCES, wrong
