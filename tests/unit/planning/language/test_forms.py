"""Orders in other forms than the bare one: verbs in every person and mood, pronouns that cling to
them, particles that stand apart, places that share a thing, refusals on a condition."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home, understood

from tarl.planning.intent_translator import translate
from tarl.planning.language.french import verbs as french
from tarl.planning.language.german import verbs as german
from tarl.planning.language.line import bared, read
from tarl.planning.language.spanish import verbs as spanish

HOME = demo_home()

ALIKE = {
    "de": [
        ("schalte die Heizung aus", "schalte bitte die Heizung ab"),
        ("starte die Spülmaschine", "kannst du bitte die Spülmaschine anwerfen"),
        ("lade das Auto, wenn niemand zu Hause ist", "wenn keiner mehr da ist, lade das Auto"),
        (
            "staubsauge nicht, während Anna schläft",
            "solange Anna noch schläft, bitte nicht staubsaugen",
        ),
        ("öffne die Rollläden um 8 Uhr", "fahr um 8 Uhr die Rollläden hoch"),
        (
            "Licht in der Küche an, Licht im Wohnzimmer an",
            "Licht in der Küche und im Wohnzimmer einschalten",
        ),
    ],
    "fr": [
        ("recharge la voiture", "j'aimerais que tu recharges la voiture"),
        ("lance le lave-vaisselle", "n'oublie pas de lancer le lave-vaisselle"),
        ("lance la lessive s'il pleut", "ne lance la lessive que s'il pleut"),
        ("ouvre les volets à 8 heures", "remonte les volets à 8 heures"),
    ],
    "es": [
        ("cierra el garaje", "ciérrame el garaje"),
        ("apaga la calefacción", "que se apague la calefacción"),
        ("carga el coche si hace sol", "no cargues el coche más que si hace sol"),
        ("abre las persianas a las 8", "sube las persianas a las 8"),
        ("no aspires mientras Mika duerma", "mientras Mika duerma, nada de aspiradora"),
    ],
    "zh": [
        ("九点半洗碗", "九点二刻洗碗"),
        ("把车充到80%", "把车充到八成"),
        ("打开厨房的灯，打开客厅的灯", "打开厨房和客厅的灯"),
    ],
}


@pytest.mark.parametrize(
    ("language", "plain", "other"),
    [(code, *pair) for code, pairs in ALIKE.items() for pair in pairs],
)
def test_another_form_of_words_means_the_same(language: str, plain: str, other: str) -> None:
    frames = [understood(translate(text, language=language, home=HOME)) for text in (plain, other)]

    assert frames[0].goals
    assert frames[0] == frames[1]


def test_regular_verbs_have_the_forms_of_orders_wishes_and_suppositions() -> None:
    assert {"carga", "cargues", "cargara", "cargado"} <= set(spanish.forms("cargar"))
    assert {"enciende", "encienda", "encender"} <= set(spanish.forms("encender:enciend"))
    assert {"lances", "lançant", "lançait", "lancé"} <= set(french.forms("lancer"))
    assert {"chargeais", "remplisse"} <= {*french.forms("charger"), *french.forms("remplir")}
    assert {"abzuschalten", "abgeschaltet", "abschaltet"} <= set(german.forms("ab|schalten"))
    assert {"lädt", "geladen"} <= set(german.forms("laden"))
    assert "geentladet" not in german.forms("entladen")


@pytest.mark.parametrize(
    ("word", "bare"),
    [
        ("ciérramela", "cierra"),
        ("apagarlo", "apagar"),
        ("hazme", "haz"),
        ("calentándola", "calentando"),
        ("acostarme", None),
        ("céntimos", None),
        ("carga", None),
    ],
)
def test_pronouns_that_cling_to_a_spanish_order(word: str, bare: str | None) -> None:
    assert spanish.without_clitics(word) == bare


def test_what_is_left_out_of_a_word_belongs_to_its_end() -> None:
    line = bared(read("pues ciérralo ya"), spanish.without_clitics)

    assert line.text == "pues cierra ya"
    assert line.said(5, 11) == (5, 13)
    assert line.said(12, 14) == (14, 16)
