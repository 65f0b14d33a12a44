"""What a stretch of words means that no pattern knows: learned from phrases, with its weights.

1. Equal words get equal answers: the weights are part of the package, and learn nothing more.
2. A stretch that is about nothing in particular means ``none``; so does one that is hardly like
   any phrase it was learned from.

The features are words, pairs and letters, each also with the sign of the stretch (whether it holds
an odd number of negations, whether it holds an ``only``): a linear model over words alone cannot
tell ``if somebody sleeps`` from ``if nobody sleeps``. ``tools/train_meanings.py`` makes the
weights: a row of small whole numbers for each bucket that says something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from tarl.errors import Corrupt, Unavailable
from tarl.planning.language.line import is_ideograph

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = "weights/meanings.npz"
BUCKETS = 1 << 15
"""Some 40,000 features of a language differ; those that share a bucket are rarely in one phrase."""
NONE = "none"
LETTER_GRAMS = (3, 4, 5)
WORDS_MAX = 16
"""A longer stretch is a story, not a phrase."""

_WORD = re.compile(r"[\ue000-\ue07f]|[^\W_]+(?:'[^\W_]+)?|'[^\W_]+|[%€$£]")
_NEGATIONS: dict[str, re.Pattern[str]] = {
    "en": re.compile(r"unless|except|not|never|nobody|noone|none|no|without|avoid|.*n't|cannot"),
    "de": re.compile(
        r"außer|nicht|nie|niemals|niemand\w*|kein\w*|ohne|sei|vermeide\w*|außerhalb|weder"
    ),
    "fr": re.compile(r"sauf|pas|jamais|personne|aucun\w*|sans|moins|évit\w+|hors|hormis|rien"),
    "es": re.compile(r"salvo|no|nunca|nadie|ningun\w*|ningún|sin|menos|evit\w+|excepto|fuera|nada"),
    "zh": re.compile(r"除|不|没|别|无|避|勿|未"),
}
_ONLY: dict[str, re.Pattern[str]] = {
    "en": re.compile(r"only|exclusively|purely|solely|just|nothing|alone|entirely|strictly|all"),
    "de": re.compile(r"nur|ausschließlich|rein|allein|nichts|bloß|lediglich|komplett"),
    "fr": re.compile(r"seul\w*|uniquement|exclusivement|rien|que|juste|entièrement"),
    "es": re.compile(r"s[oó]lo|únicamente|exclusivamente|nada|solamente|enteramente|puramente"),
    "zh": re.compile(r"只|仅|光|全|完"),
}


class Meaning(NamedTuple):
    """What a stretch means: the key of a phrase, and how far it is from meaning nothing."""

    key: str
    margin: float


class Model(NamedTuple):
    """The weights of a language: a row of ``weights`` for each bucket that ``rows`` names."""

    code: str
    keys: tuple[str, ...]
    rows: NDArray[np.int32]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]

    def meaning(self, words: Sequence[str]) -> Meaning:
        """What these words mean."""
        import numpy as np

        buckets = buckets_of(words, self.code)
        rows = self.rows[np.asarray(buckets, dtype=np.int64)]
        # The first row is the one of what was never seen.
        sums = self.weights[rows].sum(axis=0, dtype=np.int32)
        scores = sums * self.scale / len(buckets) ** 0.5 + self.bias
        nothing = float(scores[self.keys.index(NONE)])
        best = int(np.argmax(scores))
        return Meaning(self.keys[best], float(scores[best]) - max(nothing, 0.0))


def words_of(text: str) -> list[str]:
    """The words of a stretch; a sign of its own where none are written apart."""
    words: list[str] = []
    for word in _WORD.findall(text):
        words.extend(word if is_ideograph(word[0]) else (word,))
    return words


def buckets_of(words: Sequence[str], code: str) -> list[int]:
    """The buckets of a stretch's features, each once."""
    said = list(words[:WORDS_MAX])
    odd = sum(bool(_NEGATIONS[code].fullmatch(word)) for word in said) % 2
    only = any(_ONLY[code].fullmatch(word) for word in said)
    features = set(_features(said, f"{odd}{int(only)}"))
    return [crc32(feature.encode("utf-8", "surrogatepass")) % BUCKETS for feature in features]


def _features(said: Sequence[str], sign: str) -> Iterator[str]:
    yield f"={sign}"
    bounded = ["^", *said, "$"]
    for word in said:
        yield f"w{word}"
        yield f"{sign}{word}"
        spaced = f" {word} "
        for size in LETTER_GRAMS if len(word) > 3 else ():
            for start in range(len(spaced) - size + 1):
                yield f"c{spaced[start : start + size]}"
    for first, second in pairwise(bounded):
        yield f"b{first} {second}"
    for reach in (2, 3):
        for first, second in zip(bounded, bounded[reach:], strict=False):
            yield f"s{first} {second}"


@lru_cache(maxsize=8)
def model_for(code: str) -> Model | None:
    """The model of a language; None where there is none.

    Raises:
        Unavailable: ``extra.missing``.
        Corrupt: ``router.weights``.
    """
    if code not in _NEGATIONS:
        return None
    arrays = _arrays()
    try:
        keys = tuple(str(key) for key in arrays[f"{code}.keys"])
        kept, weights = arrays[f"{code}.rows"], arrays[f"{code}.weights"]
        scale, bias = arrays[f"{code}.scale"], arrays[f"{code}.bias"]
    except KeyError as error:
        raise _spoiled(f"{error} not in it") from error
    if weights.shape != (len(kept) + 1, len(keys)):
        raise _spoiled("made for other features")
    return Model(code, keys, _places(kept), weights, scale, bias)


def _places(kept: NDArray[Any]) -> NDArray[np.int32]:
    import numpy as np

    rows = np.zeros(BUCKETS, dtype=np.int32)
    rows[kept] = np.arange(1, len(kept) + 1)
    return rows


@lru_cache(maxsize=1)
def _arrays() -> dict[str, NDArray[Any]]:
    try:
        import numpy as np
    except ImportError as error:
        raise Unavailable(
            f"what sentences mean is read with numpy: {error}",
            code="extra.missing",
            next_step="pip install 'tarl[planning]'",
        ) from error
    try:
        packed = files("tarl.planning.language").joinpath(WEIGHTS).read_bytes()
        with np.load(BytesIO(packed), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError) as error:
        raise _spoiled(str(error)) from error


def _spoiled(why: str) -> Corrupt:
    return Corrupt(
        f"the weights of meanings cannot be read: {why}",
        code="router.weights",
        next_step="install the package again",
    )
