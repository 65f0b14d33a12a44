"""A bill as SPDX: what 3.0.1 and 2.3 have in common."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal

from tarl.provenance.bom.graph import Bill, Component, Relation
from tarl.provenance.bom.licences import is_expression, own_id
from tarl.values.canonical import encode
from tarl.values.instants import to_datetime
from tarl.values.plain import plain

Spec = Literal["3.0.1", "2.3"]


def write(bill: Bill, *, spec: Spec = "3.0.1") -> bytes:
    """The document; the same bill gives the same bytes.

    Raises:
        Invalid: a text has a lone surrogate (``value.lone_surrogate``).
    """
    from tarl.provenance.bom import spdx2, spdx3

    return spdx3.write(bill) if spec == "3.0.1" else spdx2.write(bill)


@lru_cache(maxsize=1024)
def seconds(ms: int) -> str:
    """The instant as SPDX has it, without fractions."""
    return to_datetime(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=16_384)
def short(text: str) -> str:
    """A text as a part of an id: the beginning of its digest."""
    return sha256(text.encode()).hexdigest()[:32]


def licence_expression(text: str) -> str:
    """The licence as an expression; one without an id is named by its text."""
    return text if is_expression(text) else own_id(text)


def component_comment(component: Component) -> str:
    """What SPDX has no place for, as canonical JSON."""
    said: dict[str, Any] = {"kind": component.kind, "ref": component.ref}
    card = component.model or component.data
    if card is not None:
        said["card"] = plain(card)
    if component.metrics:
        said["metrics"] = plain(component.metrics)
    if component.facts:
        said["facts"] = dict(component.facts)
    if component.media_type:
        said["media_type"] = component.media_type
    return encode(said).decode()


def relation_comment(relation: Relation) -> str:
    """The relation as the journal has it, for SPDX has fewer types."""
    if not relation.facts:
        return relation.type
    return f"{relation.type} {encode(dict(relation.facts)).decode()}"


def basis_comment(bill: Bill) -> str:
    """What the bill was drawn from, as canonical JSON."""
    return "" if bill.basis is None else encode(plain(bill.basis)).decode()
