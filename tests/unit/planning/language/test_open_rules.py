"""Rules that leave something open are asked about, and never turned round."""

from __future__ import annotations

from time import process_time

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate
from tarl.planning.language.grammar import grammar_for
from tarl.planning.language.unordered import unasked_in

HOME = demo_home()
OPEN = {
    ("en", "heating off above 40 cents"): "price",
    ("en", "turn off the heating when the price is above 40 cents"): "price",
    ("en", "charge the car above 30 cents"): "price",
    ("en", "run the dryer when power costs more than 20 cents"): "price",
    ("en", "turn on the heating below 18 degrees"): "temperature",
    ("en", "keep the heating off above 20 degrees"): "temperature",
    ("en", "close the garage if it is"): "condition",
    ("de", "Heizung aus über 40 Cent"): "price",
    ("de", "schalte die Heizung aus, wenn der Strom über 40 Cent kostet"): "price",
    ("de", "schließ das Garagentor, wenn es das ist"): "condition",
    ("fr", "chauffage éteint au-dessus de 40 centimes"): "price",
    ("fr", "éteins le chauffage quand l'électricité coûte plus de 40 centimes"): "price",
    ("fr", "ferme le garage s'il l'est"): "condition",
    ("es", "calefacción apagada por encima de 40 céntimos"): "price",
    ("es", "apaga la calefacción cuando la luz cueste más de 40 céntimos"): "price",
    ("es", "cierra el garaje si lo está"): "condition",
    ("zh", "电价超过四毛就关暖气"): "price",
}
"""What each is asked; an order with the opposite rule, or with none, was made of them once."""
BELOW = {
    ("en", "turn off the heating when power is under 10 cents"): 100_000,
    ("fr", "éteins le chauffage quand le prix est sous 10 centimes"): 100_000,
    ("es", "apaga la calefacción cuando el precio esté por debajo de 10 céntimos"): 100_000,
}
"""Off below a price is off below it."""
INSTEAD = {
    ("en", "run the dishwasher instead of the washing machine"): ["dishwasher"],
    ("en", "instead of the dryer run the dishwasher"): ["dishwasher"],
    ("en", "the dryer has finished, run the dishwasher"): ["dishwasher"],
    ("en", "when Anna has locked the door turn off the kitchen light"): ["light.kitchen"],
    ("de", "lass die Spülmaschine statt der Waschmaschine laufen"): ["dishwasher"],
    ("fr", "lance le lave-vaisselle au lieu du lave-linge"): ["dishwasher"],
    ("es", "carga la batería en vez del coche"): ["battery"],
}
"""Nothing but what is ordered moves, whatever else is named."""
REPLACED = {
    ("en", "open the garage, no wait, close it"): "close",
    ("en", "open the garage at six, no wait, close it at seven"): "close",
    ("en", "open the garage, sorry, close the garage"): "close",
    ("en", "lock the door, no, unlock it"): "unlock",
    ("en", "don't open the garage or unlock the door"): None,
    ("zh", "打开车库门，不对，关上车库门"): "close",
}
"""The order that is given in the place of another one is the only one."""


@pytest.mark.parametrize(("said", "slot"), OPEN.items())
def test_a_rule_that_leaves_something_open_is_asked_about(said: tuple[str, str], slot: str) -> None:
    language, text = said
    translation = translate(text, language=language, home=HOME)
    assert slot in [question.slot for question in translation.questions]
    assert not [one for one in translation.constraints if one.type in ("price", "cost", slot)]


@pytest.mark.parametrize(("said", "amount"), BELOW.items())
def test_what_is_off_below_a_price_is_not_on_below_it(said: tuple[str, str], amount: int) -> None:
    language, text = said
    translation = translate(text, language=language, home=HOME)
    assert [one.value["action"] for one in translation.goals] == ["turn_off"]
    assert [one.value["amount_micro"] for one in translation.constraints] == [amount]


@pytest.mark.parametrize(("said", "moved"), INSTEAD.items())
def test_only_what_is_ordered_moves(said: tuple[str, str], moved: list[str]) -> None:
    language, text = said
    assert [one.target for one in translate(text, language=language, home=HOME).goals] == moved


@pytest.mark.parametrize(("said", "action"), REPLACED.items())
def test_an_order_takes_back_the_one_that_it_replaces(
    said: tuple[str, str], action: str | None
) -> None:
    language, text = said
    goals = translate(text, language=language, home=HOME).goals
    assert [one.value["action"] for one in goals] == ([] if action is None else [action])


def test_an_order_beside_a_report_is_the_only_one() -> None:
    said = translate("I already locked the front door, close the garage", home=HOME)
    assert [one.target for one in said.goals] == ["cover.garage"]


def test_a_question_of_how_to_do_it_best_is_planned() -> None:
    said = translate("Should I charge the car tonight to pay as little as possible?", home=HOME)
    assert {one.target for one in said.goals} == {"ev_charger", "cost"}


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize("word", ["no, ", "nein, ", "non, ", "the a "])
def test_a_long_text_is_looked_through_in_no_time(language: str, word: str) -> None:
    grammar = grammar_for(language)
    assert grammar is not None
    start = process_time()
    unasked_in((word * 700)[:2000], grammar.lexicon.unordered)
    assert process_time() - start < 2.0
