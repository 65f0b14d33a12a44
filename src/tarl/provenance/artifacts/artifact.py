"""Artifacts and relations, their kinds and types, checked as they come in.

An artifact is its content: the SHA-256 of that names it, and everything else only describes it. A
relation says how one came to stand on another; ``STANDS_ON_ITS_TARGET`` says which way that is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Exceeded, Invalid
from tarl.provenance.attestations.statement import is_sha256
from tarl.values.canonical import decode, encode
from tarl.values.ids import check_name

KINDS = (
    "binary",
    "config",
    "dataset",
    "decision",
    "evaluation",
    "model",
    "module",
    "package",
    "plan",
    "prompt",
    "report",
    "run",
    "snapshot",
    "workflow",
)

STANDS_ON_ITS_TARGET: Mapping[str, bool] = {
    "contains": True,
    "decided": False,
    "depends_on": True,
    "derived_from": True,
    "described_by": False,
    "evaluated_on": True,
    "evaluates": True,
    "produces": False,
    "prompted_by": True,
    "requires": True,
    "trained_on": True,
    "uses": True,
}
"""The types of relations. Where it is true, what the relation comes from stands on what it goes to
(a model on the dataset that it was trained on); where not, the other way round (what a run produces
stands on the run, a description on what it describes, a run on what was decided about it).
"""

TYPES = tuple(STANDS_ON_ITS_TARGET)

FACTS_BYTES_MAX = 64 * 1024
"""Of one artifact or relation: what is larger is an artifact of its own."""

TEXT_CHARS_MAX = 512

_PURL = re.compile(r"pkg:[a-z][a-z0-9.+-]*/[!-~]+")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*(;[ -~]*)?")


class Artifact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some content: its digest, and what it is.

    Attributes:
        sha256: The SHA-256 of the content, which names it.
        kind: One of ``KINDS``.
        version: As its maker counts; may be empty.
        purl: The package URL (purl-spec), where it has one.
        media_type: How the content is to be read.
        facts: What else is known, as JSON.
    """

    sha256: str
    kind: str
    name: str
    version: str = ""
    purl: str | None = None
    media_type: str | None = None
    facts: dict[str, Any] = {}


class Relation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one artifact relates to another: ``source`` ``type`` ``target``, by digest."""

    source: str
    target: str
    type: str
    facts: dict[str, Any] = {}

    @property
    def edge(self) -> Edge:
        """Which of the two stands on which."""
        if STANDS_ON_ITS_TARGET[self.type]:
            return Edge(self.source, self.target)
        return Edge(self.target, self.source)


class Edge(NamedTuple):
    """``product`` stands on ``origin``: without that it were not, or not what it is."""

    product: str
    origin: str


def checked_artifact(artifact: Artifact) -> Artifact:
    """The artifact as it is recorded.

    Raises:
        Invalid: no digest (``artifact.digest``), no such kind (``artifact.kind``), a name that
            cannot be one (``id.*``), a version, package URL or media type that is none
            (``artifact.malformed``), facts that are no JSON (``value.*``).
        Exceeded: its facts are too large (``artifact.oversized``).
    """
    check_digest(artifact.sha256)
    if artifact.kind not in KINDS:
        raise Invalid(
            f"no kind of artifact is called {str(artifact.kind)[:80]!r}",
            code="artifact.kind",
            next_step=f"say one of {', '.join(KINDS)}",
        )
    check_name(artifact.name, "artifact's name")
    if artifact.version:
        check_name(artifact.version, "artifact's version")
    for what, text, form in (
        ("package URL", artifact.purl, _PURL),
        ("media type", artifact.media_type, _MEDIA_TYPE),
    ):
        if text is not None and (len(text) > TEXT_CHARS_MAX or not form.fullmatch(text)):
            raise Invalid(
                f"{text[:80]!r} is no {what}",
                code="artifact.malformed",
                next_step="write it as pkg:pypi/name@1.0, or as text/plain",
            )
    return msgspec.structs.replace(artifact, facts=_facts(artifact.facts))


def checked_relation(relation: Relation) -> Relation:
    """The relation as it is recorded.

    Raises:
        Invalid: not of two digests (``artifact.digest``), no such type (``artifact.relation``),
            facts that are no JSON (``value.*``).
        Exceeded: its facts are too large (``artifact.oversized``).
    """
    check_digest(relation.source)
    check_digest(relation.target)
    if relation.type not in STANDS_ON_ITS_TARGET:
        raise Invalid(
            f"no type of relation is called {str(relation.type)[:80]!r}",
            code="artifact.relation",
            next_step=f"say one of {', '.join(TYPES)}",
        )
    return msgspec.structs.replace(relation, facts=_facts(relation.facts))


def check_digest(sha256: object) -> str:
    """The digest, if it is one.

    Raises:
        Invalid: not 64 hexadecimal digits in lower case (``artifact.digest``).
    """
    if not is_sha256(sha256):
        raise Invalid(
            f"{str(sha256)[:80]!r} is no SHA-256 of 64 hexadecimal digits in lower case",
            code="artifact.digest",
            next_step="take it of the content, for instance with sha256sum",
        )
    return sha256


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that nobody else holds, as it will be read back."""
    data = encode(dict(facts))
    if len(data) > FACTS_BYTES_MAX:
        raise Exceeded(
            f"the facts have {len(data)} bytes; the limit is {FACTS_BYTES_MAX}",
            code="artifact.oversized",
            next_step="register what is large as an artifact of its own",
            size_bytes=len(data),
            size_bytes_max=FACTS_BYTES_MAX,
        )
    copied: dict[str, Any] = decode(data)
    return copied
