"""Training the router: the same data give the same weights, and the weights work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tools.train_router import NONE, OTHER, SOURCES, corpus, label_of, light, small

from tarl.planning.language.router import Router

THINGS = ("lamp", "light", "bulb", "lantern", "chandelier", "spotlight")
SONGS = ("jazz", "rock", "blues", "opera", "samba", "techno")


def _data(place: Path) -> Path:
    rows = {
        "slurp": [(f"switch on the {thing}", "iot_hue_lighton") for thing in THINGS]
        + [(f"play some {song}", "play_music") for song in SONGS],
        "nlu_home": [(f"make the {thing} darker", "iot_hue_lightdim") for thing in THINGS]
        + [(f"i like {song} a lot", "music_likeness") for song in SONGS]
        + [("dim everything", "iot_hue_lightdim")],
        "clinc": [("is the oven on", "smart_home"), ("what is opera", "definition")],
        "ha_intents": [("open the blinds", "HassTurnOn"), ("what time is it", "HassGetTime")],
    }
    for name in SOURCES:
        path = place / name / "dev" / "en.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text(
            "".join(
                json.dumps(
                    {
                        "text": text,
                        "intent": intent,
                        "in_slurp_eval": text == "dim everything",
                    }
                )
                + "\n"
                for text, intent in rows[name]
            )
        )
    return place


def test_what_the_evaluation_holds_is_never_learned(tmp_path: Path) -> None:
    said = corpus(_data(tmp_path))

    assert "dim everything" not in said.texts
    assert said.measured == 4 * len(THINGS)
    assert "what time is it" not in said.texts
    assert set(corpus(tmp_path, without="slurp").texts) < set(said.texts)


def test_labels_are_those_of_a_home_or_none() -> None:
    assert [
        label_of(intent) for intent in ("iot_coffee", "smart_home", "HassTurnOn", "qa_stock")
    ] == [
        "iot_coffee",
        OTHER,
        OTHER,
        NONE,
    ]


def test_the_same_data_give_the_same_weights_and_they_work(tmp_path: Path) -> None:
    said = corpus(_data(tmp_path))

    once, again = (light(said)[0] for _ in range(2))
    labels = tuple(str(label) for label in once["labels"])
    learned = Router({k: v for k, v in small(once).items() if k != "labels"}, labels)

    assert all(np.array_equal(once[name], again[name]) for name in once)
    assert learned.margin("switch on the night lamp") > learned.margin("play some old jazz")
    assert learned.route("make the lamp darker", "light").intent == "iot_hue_lightdim"
    assert learned.route("play some old jazz", "light").route == "none"
