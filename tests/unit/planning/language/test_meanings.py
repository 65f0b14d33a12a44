"""What a stretch of words means that no pattern knows."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from tarl.errors import Corrupt
from tarl.planning.language import meanings as module
from tarl.planning.language.meanings import NONE, WEIGHTS, buckets_of, model_for, words_of

MEANT = {
    "en": {
        "keeping our spending to a minimum": "goal.minimize.cost",
        "without making a terrible racket": "goal.minimize.noise",
        "while somebody is fast asleep": "if.eq.occupancy.asleep",
        "unless somebody is fast asleep": "if.neq.occupancy.asleep",
        "to the station": NONE,
    },
    "de": {
        "mit ganz wenig Krach": "goal.minimize.noise",
        "solange keiner daheim ist": "if.eq.occupancy.away",
    },
    "fr": {"sans faire de vacarme": "goal.minimize.noise"},
    "es": {"sin armar mucho jaleo": "goal.minimize.noise"},
    "zh": {"声音越小越好": "goal.minimize.noise"},
}


@pytest.mark.parametrize(
    ("code", "text", "key"),
    [(code, text, key) for code, said in MEANT.items() for text, key in said.items()],
)
def test_what_a_stretch_means(code: str, text: str, key: str) -> None:
    model = model_for(code)

    assert model is not None
    assert model.meaning(words_of(text.casefold())).key == key


def test_a_negation_changes_what_is_known_of_every_word() -> None:
    said, denied = (buckets_of(words_of(text), "en") for text in ("anna sleeps", "no anna sleeps"))

    assert len(set(said) - set(denied)) >= 2


def test_signs_written_without_spaces_are_words_of_their_own() -> None:
    assert words_of("没人 at home") == ["没", "人", "at", "home"]


def test_a_language_without_a_model_has_none() -> None:
    assert model_for("fi") is None


def test_the_weights_are_those_that_their_origin_tells_of() -> None:
    package = files("tarl.planning.language")
    weights = package.joinpath(WEIGHTS).read_bytes()

    assert sha256(weights).hexdigest() in package.joinpath("weights/MEANINGS.md").read_text("utf-8")
    assert len(weights) < 1_000_000


@pytest.mark.parametrize("spoiled", ["text", "a language", "other features"])
def test_spoiled_weights_are_refused(
    spoiled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with np.load(str(files("tarl.planning.language").joinpath(WEIGHTS))) as stored:
        arrays = {name: stored[name] for name in stored.files}
    target = tmp_path / "meanings.npz"
    if spoiled == "text":
        target.write_text("no weights")
    else:
        if spoiled == "a language":
            del arrays["en.bias"]
        else:
            arrays["en.rows"] = arrays["en.rows"][1:]
        np.savez_compressed(target, **arrays)
    monkeypatch.setattr(module, "files", lambda _: tmp_path)
    monkeypatch.setattr(module, "WEIGHTS", target.name)
    caches = (module.model_for, module._arrays)
    for cache in caches:
        cache.cache_clear()
    try:
        with pytest.raises(Corrupt) as refused:
            model_for("en")
    finally:
        for cache in caches:
            cache.cache_clear()

    assert refused.value.code == "router.weights"
