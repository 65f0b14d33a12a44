"""What an artifact's facts say of a model, a data set or an evaluation.

The names follow what CycloneDX 1.6 (modelCard, data) and SPDX 3.0.1 (AI, Dataset) both ask for; a
fact of another name stays a fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec

from tarl.errors import Invalid

Texts = tuple[str, ...]
Approach = Literal[
    "supervised", "unsupervised", "reinforcement-learning", "semi-supervised", "self-supervised"
]
DataForm = Literal[
    "audio",
    "categorical",
    "graph",
    "image",
    "numeric",
    "other",
    "sensor",
    "structured",
    "syntactic",
    "text",
    "timeseries",
    "timestamp",
    "video",
    "noAssertion",
]


class Metric(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A figure that was measured, as text: digits are not to change on their way."""

    name: str
    value: str
    slice: str = ""
    lower: str = ""
    upper: str = ""


class ModelCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a model.

    Attributes:
        task: What it does (``text-generation``).
        architecture: Such as ``Gemma 3``; ``family`` is wider (``transformer``).
        inputs: The forms of what it is given; ``outputs`` of what it answers.
        risks: Ethical ones.
        personal_data: Whether personal data went into it.
    """

    task: str = ""
    architecture: str = ""
    family: str = ""
    approach: Approach | None = None
    training: str = ""
    inputs: Texts = ()
    outputs: Texts = ()
    users: Texts = ()
    use_cases: Texts = ()
    limitations: Texts = ()
    tradeoffs: Texts = ()
    risks: Texts = ()
    metrics: tuple[Metric, ...] = ()
    personal_data: bool | None = None


class DataCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a data set.

    Attributes:
        form: Of its data.
        classification: How confidential it is, in the owner's words.
        sensitive: Kinds of sensitive data in it.
        rows: How many entries it has.
    """

    form: DataForm = "noAssertion"
    classification: str = ""
    sensitive: Texts = ()
    owners: Texts = ()
    stewards: Texts = ()
    custodians: Texts = ()
    collection: str = ""
    preprocessing: Texts = ()
    anonymisation: Texts = ()
    known_bias: Texts = ()
    intended_use: str = ""
    noise: str = ""
    rows: int | None = None
    personal_data: bool | None = None


class _Measured(msgspec.Struct, frozen=True, kw_only=True):
    metrics: tuple[Metric, ...] = ()


Card = TypeVar("Card", ModelCard, DataCard, _Measured)


def model_card(facts: Mapping[str, Any]) -> tuple[ModelCard, dict[str, Any]]:
    """The card that a model's facts give, and the facts that it does not take.

    Raises:
        Invalid: a fact of the card's has another type (``bill.card``).
    """
    return _read(facts, ModelCard, "model")


def data_card(facts: Mapping[str, Any]) -> tuple[DataCard, dict[str, Any]]:
    """The card that a data set's facts give, and the facts that it does not take.

    Raises:
        Invalid: a fact of the card's has another type (``bill.card``).
    """
    return _read(facts, DataCard, "data set")


def metrics_of(facts: Mapping[str, Any]) -> tuple[tuple[Metric, ...], dict[str, Any]]:
    """What an evaluation measured, and its other facts.

    Raises:
        Invalid: ``metrics`` is no list of names and values (``bill.card``).
    """
    read, rest = _read(facts, _Measured, "evaluation")
    return read.metrics, rest


def _read(facts: Mapping[str, Any], kind: type[Card], what: str) -> tuple[Card, dict[str, Any]]:
    names = {field.name for field in msgspec.structs.fields(kind)}
    taken = {name: value for name, value in facts.items() if name in names}
    try:
        card = msgspec.convert(taken, kind)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"a fact of the {what} is not as its card has it: {error}",
            code="bill.card",
            next_step="give it the type that the how-to about bills of materials shows",
        ) from None
    return card, {name: value for name, value in facts.items() if name not in names}
