"""Which rows count how much, and which fold they belong to, for ``train_injection``.

A fold holds whole sources, and whole families of made texts: what is judged was learned from by
nothing of its own kind.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

SEED = 7
FOLDS = {
    "neuralchemy": 0, "bipia_train": 1, "spikee": 2, "deepset": 3, "jailbreakv": 4, "dolly": 4,
    "inthewild": 5, "pi_and_benign500": 5,
}  # fmt: skip
FOLD_COUNT = 6
REAL = 2.5
"""How much more a text that somebody collected counts for the heads than one that was made."""


def fold_of(group: str) -> int:
    """The fold that a source or a family belongs to."""
    return FOLDS.get(group, zlib.crc32(group.encode()) % FOLD_COUNT)


def family_of(group: str) -> str:
    """The source of a group: lines of one list are of one source."""
    return group.rstrip("0123456789").rstrip(".") if group.startswith("grammar.") else group


def balance(groups: Sequence[str], labels: np.ndarray, real: float = REAL) -> np.ndarray:
    """Weights that keep large sources from ruling: each counts as the root of its size."""
    pairs = [(family_of(g), y) for g, y in zip(groups, labels.tolist(), strict=True)]
    sizes = Counter(pairs)
    weights = np.array([(real if p[0] in FOLDS else 1.0) * sizes[p] ** -0.5 for p in pairs])
    for label in (0, 1):
        weights[labels == label] /= weights[labels == label].sum()
    return weights * len(labels) / 2
