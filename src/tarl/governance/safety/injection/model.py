"""What was learned: three linear heads over hashed numbers, and trees over the evidence.

The file is one zlib stream: a line of JSON, then one signed byte for each weight of each head.
Heads: ``whole`` judges a text as one; ``attack`` and ``order`` judge a piece: is it an attack, is
it an order or a question to an assistant rather than a sentence of a document. Most of the evidence
is weighed by one sum, whose signs are fixed for what may only speak for an attack; trees, which by
themselves hold too fast to the sources they saw, add to it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from math import exp, sqrt
from typing import Any, Final, NamedTuple

from tarl.errors import Corrupt
from tarl.governance.safety.injection.evidence import NAMES
from tarl.governance.safety.injection.features import HASHED, intents_size

FILE: Final = "weights/injection.bin"
HEADS: Final = ("whole", "attack", "order")
UNPACKED_MAX: Final = 8_000_000
SPREAD_MAX: Final = 4.0
"""How many deviations from its mean a number counts at most."""


class Head(NamedTuple):
    """One linear judgement."""

    weights: memoryview
    scale: float
    bias: float

    def score(
        self, hashed: Iterable[int], intents: Iterable[int], *, size: int, beside: float
    ) -> float:
        """The weighed sum; hashed numbers share one vector of length one."""
        weights = self.weights
        sum_hashed = 0
        for at in hashed:
            sum_hashed += weights[at]
        sum_intents = 0
        for at in intents:
            sum_intents += weights[HASHED + at]
        return self.bias + self.scale * (sum_hashed / sqrt(max(size, 1)) + beside * sum_intents)


class Model(NamedTuple):
    """All that is learned, with the digest of its file."""

    heads: dict[str, Head]
    trees: tuple[tuple[tuple[int, float, int, int], ...], ...]
    linear: tuple[tuple[int, float, float, float], ...]
    """Place, mean, deviation and weight of the numbers that are summed."""
    start: float
    beside: float
    slope: float
    offset: float
    thresholds: dict[str, float]
    digest: str

    def raw(self, numbers: Sequence[float]) -> float:
        """The weighed sum of the numbers and the trees, in log-odds."""
        total = self.start
        for at, mean, deviation, weight in self.linear:
            spread = (numbers[at] - mean) / deviation
            total += weight * max(-SPREAD_MAX, min(SPREAD_MAX, spread))
        for tree in self.trees:
            node = tree[0]
            while node[0] >= 0:
                node = tree[node[2] if numbers[node[0]] <= node[1] else node[3]]
            total += node[1]
        return total

    def probability(self, raw: float) -> float:
        """The raw score between 0 and 1, by the curve fixed on sources left out."""
        return 1.0 / (1.0 + exp(-max(-40.0, min(40.0, self.slope * raw + self.offset))))


@cache
def model() -> Model:
    """The shipped model, read once.

    Raises:
        Corrupt: The file does not belong to this code (``injection.weights_corrupt``).
    """
    packed = files(__package__).joinpath(FILE).read_bytes()
    return unpack(packed)


def unpack(packed: bytes) -> Model:
    """The model of a file's bytes.

    Raises:
        Corrupt: The bytes are not such a file, or of another shape than this code's.
    """
    size = HASHED + intents_size()
    try:
        plain = zlib.decompressobj().decompress(packed, UNPACKED_MAX)
        line, _, body = plain.partition(b"\n")
        head: dict[str, Any] = json.loads(line)
        if head["names"] != list(NAMES) or head["size"] != size or len(body) != len(HEADS) * size:
            raise _corrupt("are of another shape than the code that reads them")
        view = memoryview(body).cast("b")
        heads = {
            name: Head(view[at * size : (at + 1) * size], *head["heads"][name])
            for at, name in enumerate(HEADS)
        }
        return Model(
            heads=heads,
            trees=tuple(tuple((n[0], n[1], n[2], n[3]) for n in tree) for tree in head["trees"]),
            linear=tuple((NAMES.index(n), m, d, w) for n, m, d, w in head["linear"]),
            start=head["start"],
            beside=head["beside"],
            slope=head["slope"],
            offset=head["offset"],
            thresholds=head["thresholds"],
            digest=sha256(packed).hexdigest(),
        )
    except (zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
        raise _corrupt("cannot be read") from error


def _corrupt(how: str) -> Corrupt:
    return Corrupt(
        f"The weights of the injection detector {how}.",
        code="injection.weights_corrupt",
        next_step="Install tarl again, or train anew with tools/train_injection.py.",
    )
