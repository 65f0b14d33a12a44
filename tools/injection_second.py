"""The second stage of the injection detector: what the evidence of a text comes to.

A sum whose weights may not be negative where a number can only speak for an attack, and small
trees with the same rule that count less. On sources left out the sum alone finds as much as both,
and a tenth more attacks than trees alone; the trees add where a document hides an order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from injection_folds import FOLD_COUNT, FOLDS, SEED, balance
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from tarl.governance.safety.injection.evidence import NAMES
from tarl.governance.safety.injection.model import SPREAD_MAX

TREES = {
    "max_iter": 200, "max_depth": 4, "learning_rate": 0.06, "l2_regularization": 5.0,
    "min_samples_leaf": 60, "random_state": SEED, "early_stopping": False,
}  # fmt: skip
TREES_SHARE = 0.4
SUM_STRENGTH = 0.03
DEVIATION_MIN = 1e-6
RISING = {
    "whole", "a.max", "a.second", "a.mean", "a.first", "a.last", "i.contrast", "i.strongest",
    "joint", "hidden", "lookalikes", "styled", "spread", "decoded", "concepts",
}  # fmt: skip
NOT_RISING = ("learn", "edit", "harm", "fiction")
REAL_WORST = 0.005
MADE_WORST = 0.02
"""Made documents are of kinds that are hard on purpose: laws, logs, talk about attacks."""


class Stacked(NamedTuple):
    """The evidence of all rows, each by heads that did not see its fold."""

    numbers: np.ndarray
    labels: np.ndarray
    groups: list[str]
    folds: np.ndarray


class Sum(NamedTuple):
    """The weighed sum: for each number its mean, deviation and weight; what it starts from."""

    means: np.ndarray
    deviations: np.ndarray
    weights: np.ndarray
    start: float

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """The log-odds of rows."""
        spread = (numbers - self.means) / self.deviations
        return np.asarray(np.clip(spread, -SPREAD_MAX, SPREAD_MAX) @ self.weights + self.start)


def rising(name: str) -> int:
    """1 where more of it may only raise the score."""
    kind, _, last = name.partition(".")
    signs = kind in ("pair", "has", "top") and not last.endswith(NOT_RISING)
    return int(name in RISING or signs)


def trees(stack: Stacked, keep: np.ndarray) -> HistGradientBoostingClassifier:
    """The trees, learned from some of the rows."""
    weights = balance(stack.groups, stack.labels)
    learner = HistGradientBoostingClassifier(
        monotonic_cst=[rising(name) for name in NAMES], **TREES
    )
    return learner.fit(stack.numbers[keep], stack.labels[keep], weights[keep])


def weighed(stack: Stacked, keep: np.ndarray) -> Sum:
    """The sum, learned from some of the rows; each source counts alike, collected or made."""
    kept = stack.numbers[keep]
    means, deviations = kept.mean(0), kept.std(0) + DEVIATION_MIN
    numbers = np.clip((kept - means) / deviations, -SPREAD_MAX, SPREAD_MAX)
    groups = [group for group, one in zip(stack.groups, keep, strict=True) if one]
    share = SUM_STRENGTH * balance(groups, stack.labels[keep], real=1.0)
    signs = 2.0 * stack.labels[keep] - 1.0

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        margin = signs * (numbers @ point[:-1] + point[-1])
        value = share @ np.logaddexp(0, -margin) + 0.5 * point[:-1] @ point[:-1]
        pull = -share * signs / (1 + np.exp(np.clip(margin, -50, 50)))
        return float(value), np.append(numbers.T @ pull + point[:-1], pull.sum())

    bounds = [(0.0, None) if rising(name) else (None, None) for name in NAMES] + [(None, None)]
    start = np.zeros(len(NAMES) + 1)
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200}
    )
    return Sum(means, deviations, found.x[:-1], float(found.x[-1]))


def left_out(stack: Stacked) -> np.ndarray:
    """The score of every row by a second stage that did not see its fold."""
    raw = np.zeros(len(stack.labels))
    for fold in range(FOLD_COUNT):
        out = stack.folds == fold
        numbers = stack.numbers[out]
        raw[out] = weighed(stack, ~out).of(numbers)
        raw[out] += TREES_SHARE * trees(stack, ~out).decision_function(numbers)
    return raw


def threshold(raw: np.ndarray, groups: Sequence[str], harmless: np.ndarray) -> float:
    """The score that few harmless rows pass when their source or family is left out."""
    real = np.isin(np.array(groups), list(FOLDS))
    return max(
        float(np.quantile(raw[harmless & real], 1 - REAL_WORST)),
        float(np.quantile(raw[harmless & ~real], 1 - MADE_WORST)),
    )


def curve(raw: np.ndarray, labels: np.ndarray, groups: Sequence[str]) -> tuple[float, float]:
    """Platt's slope and offset on scores of sources left out."""
    learner = LogisticRegression(C=1e3)
    learner.fit(raw[:, None], labels, balance(groups, labels))
    return float(learner.coef_[0, 0]), float(learner.intercept_[0])


def told_to_file(total: Sum, second: HistGradientBoostingClassifier) -> dict[str, Any]:
    """Both as the weights' file has them; the trees' share is in their leaves."""
    rows = zip(NAMES, total.means, total.deviations, total.weights, strict=True)
    return {
        "linear": [
            [name, round(float(mean), 6), round(float(deviation), 7), round(float(weight), 6)]
            for name, mean, deviation, weight in rows
            if abs(weight) > DEVIATION_MIN
        ],
        "start": total.start + TREES_SHARE * float(second._baseline_prediction.ravel()[0]),
        "trees": [_nodes(one[0].nodes) for one in second._predictors],
    }


def _nodes(tree: Any) -> list[list[float]]:
    """A tree as rows: feature, threshold, left, right; a leaf has feature -1 and its value."""
    return [
        [-1, round(TREES_SHARE * float(n["value"]), 6), 0, 0]
        if n["is_leaf"]
        else [
            int(n["feature_idx"]),
            round(float(n["num_threshold"]), 6),
            int(n["left"]),
            int(n["right"]),
        ]
        for n in tree
    ]
