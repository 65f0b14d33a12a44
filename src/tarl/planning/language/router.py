"""Whether a text asks something of a home: learned from what real people said, with its weights.

1. Equal texts get equal answers: the weights are part of the package, and learn nothing more.
2. ``confidence`` is calibrated: of answers given with 0.9, about nine in ten are right, on texts
   like those of ``weights/ORIGIN.md``.
3. Where there was nothing to learn from (all languages but English) the answer is ``none`` with
   confidence 0: not known, which is not the same as no.

The light model is linear over ``features``; the model ``minilm`` adds a sentence's meaning, by how
near that is to known ones (Boser, Guyon and Vapnik 1992). Both end in a logistic curve over the
distance from the boundary (Platt 1999).
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from importlib.resources import files
from io import BytesIO
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Literal, cast

from tarl.errors import Corrupt, Invalid, Unavailable
from tarl.planning.language.features import BUCKETS, counts_of
from tarl.planning.language.translation import Routed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

RouterModel = Literal["light", "minilm"]
MODELS: tuple[RouterModel, ...] = ("light", "minilm")
WEIGHTS = "weights/router.npz"
CHANCE_MIN = 0.5
CHARS_MAX = 2_000

ARRAYS = frozenset(
    {"idf", "light", "light_bias", "light_curve", "labels", "label", "label_bias", "label_scale"}
)
MINILM_ARRAYS = frozenset(
    {
        *("minilm", "minilm_bias", "minilm_curve", "minilm_label"),
        *("minilm_known", "minilm_scale", "minilm_reach"),
    }
)


class Router:
    """The learned weights, and what they say of a text.

    ``idf`` and ``light`` have a number for each bucket of words, then for each of letters;
    ``label`` has such a row for each of ``labels``; ``minilm_known`` are vectors of known texts, in
    127ths of the largest number, and ``minilm`` has a number for each of them and one for the light
    model's margin.
    """

    def __init__(self, arrays: dict[str, Array], labels: tuple[str, ...]) -> None:
        self._arrays = arrays
        self._labels = labels

    def route(self, text: str, model: RouterModel) -> Routed:
        """What the model takes a text for."""
        import numpy as np

        said = text[:CHARS_MAX]
        places, values = self._features(said)
        margin = self._margin(places, values)
        scores = (self._arrays["label"][:, places] @ values) * self._arrays["label_scale"]
        scores = scores + self._arrays["label_bias"]
        curve = "light_curve"
        if model == "minilm":
            margin, meant = self._by_meaning(said, margin)
            scores, curve = scores + meant, "minilm_curve"
        slope, start = (float(number) for number in self._arrays[curve])
        chance = _logistic(slope * margin + start)
        if chance < CHANCE_MIN:
            return Routed(route="none", intent=None, confidence=1.0 - chance)
        label = self._labels[int(np.argmax(scores))]
        return Routed(route="command", intent=label, confidence=chance)

    def margin(self, text: str) -> float:
        """How far the light model places a text from its boundary; positive is a home's."""
        return self._margin(*self._features(text[:CHARS_MAX]))

    def _margin(self, places: NDArray[np.int64], values: Array) -> float:
        light, bias = self._arrays["light"], self._arrays["light_bias"]
        return float(values @ light[places] + bias[0])

    def _by_meaning(self, text: str, margin: float) -> tuple[float, Array]:
        from tarl.planning.language.minilm import minilm

        vector = minilm().vector(text)
        weights = self._arrays["minilm"]
        meant = float(self._nearness(vector) @ weights[:-1]) + margin * float(weights[-1])
        return meant + float(self._arrays["minilm_bias"][0]), self._arrays["minilm_label"] @ vector

    def _nearness(self, vector: Array) -> Array:
        """How near a vector is to each of the known ones, from 0 to 1: e^-reach*d^2."""
        import numpy as np

        known, scale = self._known, self._arrays["minilm_scale"][0]
        squares = float(vector @ vector) + self._lengths - 2 * scale * (known @ vector)
        return cast("Array", np.exp(-self._arrays["minilm_reach"][0] * squares))

    @cached_property
    def _known(self) -> Array:
        return self._arrays["minilm_known"].astype("float32")

    @cached_property
    def _lengths(self) -> Array:
        scale = self._arrays["minilm_scale"][0]
        return cast("Array", (self._known**2).sum(axis=1) * scale**2)

    def _features(self, text: str) -> tuple[NDArray[np.int64], Array]:
        """The places of a text's features, and their values."""
        import numpy as np

        idf = self._arrays["idf"]
        places: list[int] = []
        values: list[float] = []
        for offset, counts in zip((0, BUCKETS), counts_of(text), strict=True):
            known = [
                (bucket + offset, (1.0 + log(count)) * float(idf[bucket + offset]))
                for bucket, count in counts.items()
                if idf[bucket + offset]
            ]
            length = sqrt(sum(value * value for _, value in known))
            places.extend(place for place, _ in known)
            values.extend(value / length for _, value in known)
        return np.asarray(places, dtype=np.int64), np.asarray(values, dtype=np.float32)


def route(text: str, *, language: str, model: str | None = None) -> Routed:
    """What a text is taken for; ``model`` is one of ``MODELS``, the light one when left out.

    Raises:
        Invalid: ``router.model``.
        Unavailable: ``extra.missing``.
        Corrupt: ``router.weights``.
    """
    chosen = _model(model)
    if language.casefold().replace("_", "-").partition("-")[0] != "en":
        return Routed(route="none", intent=None, confidence=0.0)
    return router().route(text, chosen)


@lru_cache(maxsize=1)
def router() -> Router:
    """The router with the weights of the package, read once.

    Raises:
        Unavailable: ``extra.missing``.
        Corrupt: ``router.weights``.
    """
    try:
        import numpy as np
    except ImportError as error:
        raise Unavailable(
            f"the router needs numpy: {error}",
            code="extra.missing",
            next_step="pip install 'tarl[planning]'",
        ) from error
    try:
        packed = files("tarl.planning.language").joinpath(WEIGHTS).read_bytes()
        with np.load(BytesIO(packed), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError) as error:
        raise _spoiled(str(error)) from error
    if missing := (ARRAYS | MINILM_ARRAYS) - set(arrays):
        raise _spoiled(f"{', '.join(sorted(missing))} not in it")
    if arrays["light"].shape != (2 * BUCKETS,):
        raise _spoiled("made for other features")
    labels = tuple(str(label) for label in arrays.pop("labels"))
    kept = {name: _readable(array) for name, array in arrays.items()}
    return Router(kept, labels)


def _readable(array: NDArray[np.generic]) -> Array:
    """Small integers stay small; all else is computed with in 32 bits."""
    import numpy as np

    return cast("Array", array if array.dtype == np.int8 else array.astype(np.float32))


def _logistic(margin: float) -> float:
    """1 / (1 + e^-x), for margins of any size."""
    return 1.0 / (1.0 + exp(-max(-60.0, min(60.0, margin))))


def _model(model: str | None) -> RouterModel:
    for known in MODELS:
        if model == known or (model is None and known == "light"):
            return known
    raise Invalid(
        f"the router has no model {model!r}",
        code="router.model",
        next_step=f"use one of {', '.join(MODELS)}",
        model=model,
    )


def _spoiled(why: str) -> Corrupt:
    return Corrupt(
        f"the router's weights cannot be read: {why}",
        code="router.weights",
        next_step="install the package again",
    )
