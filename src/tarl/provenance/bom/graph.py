"""A bill of materials as values, before any format.

1. Every component has one ref, and every relation joins two components of the bill.
2. Nothing stands on itself, however many relations lie between.
3. Components lie by ref, relations by their ends and type: equal bills are equal values.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

import msgspec

from tarl.errors import Exceeded, Invalid
from tarl.provenance.artifacts.artifact import KINDS, STANDS_ON_ITS_TARGET
from tarl.provenance.attestations.statement import is_sha256
from tarl.provenance.bom.cards import DataCard, Metric, ModelCard
from tarl.provenance.bom.purls import generic_purl, is_purl
from tarl.values.canonical import encode
from tarl.values.plain import plain

DeclarationStatus = Literal["met", "unmet", "unknown", "not_applicable"]
Completeness = Literal["complete", "incomplete", "unknown"]

OWN_REFS = "tarl:"
"""What the refs begin with that the formats give to a document's other parts."""

TEXT_CHARS_MAX = 1_024
"""Of a ref, a name, a version or a supplier: CycloneDX has no longer versions."""

COMPONENTS_MAX = 100_000
RELATIONS_MAX = 1_000_000
"""A bill is held in memory; what is larger is several bills."""

Facts = tuple[tuple[str, str], ...]
"""Further names and texts, by name."""


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a bill lists.

    Attributes:
        ref: Its name within the bill; an artifact's is ``sha256:<digest>``.
        kind: One of the kinds of artifacts.
        supplier: Who distributes it, or registered it.
        sha256: Of its content, in hex.
        purl: Its package URL.
        licence: An SPDX expression, or the licence's name.
        at_ms: When the journal learnt of it.
        metrics: What an evaluation measured.
    """

    ref: str
    kind: str
    name: str
    version: str
    supplier: str
    sha256: str | None = None
    purl: str | None = None
    licence: str | None = None
    media_type: str | None = None
    description: str = ""
    at_ms: int = 0
    facts: Facts = ()
    model: ModelCard | None = None
    data: DataCard | None = None
    metrics: tuple[Metric, ...] = ()

    @property
    def package_url(self) -> str:
        """Its own, or a generic one that names it with its digest."""
        return self.purl or generic_purl(self.name, self.version, self.sha256)


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """What one component is to another one, by refs; the types are those of artifacts."""

    source: str
    target: str
    type: str
    facts: Facts = ()

    @property
    def edge(self) -> tuple[str, str]:
        """Which of the two stands on which: the product, then its origin."""
        if STANDS_ON_ITS_TARGET[self.type]:
            return self.source, self.target
        return self.target, self.source


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """What went into a task or came out of it, by the digest of its canonical JSON."""

    name: str
    sha256: str
    size_bytes: int | None = None


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a task: the event's number and kind."""

    seq: int
    kind: str
    at_ms: int


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a run as it went."""

    uid: str
    name: str
    status: str
    began_ms: int
    ended_ms: int | None = None
    inputs: tuple[Passed, ...] = ()
    outputs: tuple[Passed, ...] = ()
    moments: tuple[Moment, ...] = ()
    facts: Facts = ()


class Formulation(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow as it ran; ``runtime`` says on what."""

    uid: str
    name: str
    status: str
    began_ms: int
    ended_ms: int | None = None
    inputs: tuple[Passed, ...] = ()
    outputs: tuple[Passed, ...] = ()
    tasks: tuple[Task, ...] = ()
    runtime: Facts = ()
    facts: Facts = ()


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """What is claimed of a bill's subject about one requirement of a framework.

    Attributes:
        requirement_id: The requirement, as its framework numbers it.
        claim: The claim, one sentence.
        evidence: Ids of the evidence: attestations, events.
        status: How it stands; ``unknown`` counts as nothing.
        framework: Whose requirement it is.
        title: The requirement's title.
        reasoning: Why it stands so.
    """

    requirement_id: str
    claim: str
    evidence: tuple[str, ...]
    status: DeclarationStatus
    framework: str = "tarl"
    title: str = ""
    reasoning: str = ""


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What a bill was drawn from: enough to draw it again.

    Attributes:
        journal: The journal's origin.
        tenant: Whose artifacts.
        subject: The SHA-256 of the artifact.
        log_index: The newest place of the log that the bill tells anything of.
    """

    journal: str
    tenant: str
    subject: str
    log_index: int


class Bill(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A bill of materials; ``bill`` makes one that keeps the invariants.

    Attributes:
        subject: The ref of what it is the bill of.
        at_ms: The time of the newest fact in it.
        author: Who says so.
        assessor: Who made the declarations.
    """

    subject: str
    author: str
    at_ms: int
    components: tuple[Component, ...]
    relations: tuple[Relation, ...] = ()
    formulation: Formulation | None = None
    basis: Basis | None = None
    completeness: Completeness = "unknown"
    declarations: tuple[Declaration, ...] = ()
    assessor: str = ""

    @cached_property
    def by_ref(self) -> dict[str, Component]:
        """The components by ref."""
        return {component.ref: component for component in self.components}

    @cached_property
    def measured(self) -> dict[str, list[Metric]]:
        """By ref: what the bill's evaluations measured of a model, under their names."""
        found: dict[str, list[Metric]] = {}
        for relation in self.relations:
            if relation.type == "evaluates":
                evaluation = self.by_ref[relation.source]
                found.setdefault(relation.target, []).extend(
                    msgspec.structs.replace(metric, slice=metric.slice or evaluation.name)
                    for metric in evaluation.metrics
                )
        return found

    @property
    def root(self) -> Component:
        """What it is the bill of."""
        return self.by_ref[self.subject]

    def declaring(self, declarations: Iterable[Declaration], *, assessor: str) -> Bill:
        """The same bill with what is declared of its subject.

        Raises:
            Invalid: a requirement is declared twice, or nobody declares (``bill.declaration``).
        """
        ordered = sorted(declarations, key=lambda each: (each.framework, each.requirement_id))
        named = [(each.framework, each.requirement_id) for each in ordered]
        if not assessor or len(set(named)) < len(named):
            raise Invalid(
                "a declaration names its assessor, and each requirement once",
                code="bill.declaration",
                next_step="give assessor=, and one declaration for a requirement",
            )
        return msgspec.structs.replace(self, declarations=tuple(ordered), assessor=assessor)


def bill(
    *,
    subject: str,
    author: str,
    at_ms: int,
    components: Iterable[Component],
    relations: Iterable[Relation] = (),
    formulation: Formulation | None = None,
    basis: Basis | None = None,
    completeness: Completeness = "unknown",
) -> Bill:
    """A bill, ordered and checked.

    Raises:
        Invalid: a ref that is there twice or not at all (``bill.ref``), relations in a circle
            (``bill.cycle``), a text that a component must have is empty, or a digest is none
            (``bill.component``).
        Exceeded: more components or relations than a bill may have (``bill.too_large``).
    """
    listed = tuple(sorted(components, key=lambda each: each.ref))
    joined = tuple(sorted(set(relations), key=lambda r: (r.source, r.target, r.type, r.facts)))
    _check_sizes(listed, joined)
    known = {component.ref for component in listed}
    if len(known) < len(listed):
        refs = [component.ref for component in listed]
        raise _dangling(next(r for i, r in enumerate(refs) if r in refs[:i]), "is there twice")
    for component in listed:
        _check_component(component)
    for ref in (subject, *(end for r in joined for end in (r.source, r.target))):
        if ref not in known:
            raise _dangling(ref, "is not among the components")
    for relation in joined:
        if relation.type not in STANDS_ON_ITS_TARGET:
            raise _dangling(relation.type, "is no type of relation")
    check_acyclic(relation.edge for relation in joined)
    return Bill(
        subject=subject,
        author=author,
        at_ms=at_ms,
        components=listed,
        relations=joined,
        formulation=formulation,
        basis=basis,
        completeness=completeness,
    )


def check_acyclic(edges: Iterable[tuple[str, str]]) -> None:
    """Refuse edges, each a product and its origin, in which something stands on itself.

    Raises:
        Invalid: with the circle (``bill.cycle``).
    """
    origins: dict[str, list[str]] = {}
    needed: dict[str, int] = {}
    for product, origin in edges:
        origins.setdefault(product, []).append(origin)
        needed[origin] = needed.get(origin, 0) + 1
    free = [product for product in origins if product not in needed]
    while free:
        for origin in origins.pop(free.pop(), ()):
            needed[origin] -= 1
            if not needed[origin]:
                free.append(origin)
    if origins:  # each of what is left is needed by something that is left
        path = _circle(origins)
        raise Invalid(
            f"something would stand on itself: {' -> '.join(path)}",
            code="bill.cycle",
            next_step="leave one of these relations out",
            path=path,
        )


def _circle(origins: dict[str, list[str]]) -> list[str]:
    """A circle among what stands on what: its first and last are the same."""
    products: dict[str, str] = {}
    for product in sorted(origins):
        for origin in origins[product]:
            products[origin] = product
    here = min(origins)
    seen: dict[str, int] = {}
    path: list[str] = []
    while here not in seen:
        seen[here] = len(path)
        path.append(here)
        here = products[here]
    return [here, *reversed(path[seen[here] :])]


def fact_texts(facts: object) -> Facts:
    """JSON members as names and texts: a text as it is, anything else as canonical JSON."""
    if not facts:
        return ()
    members = plain(facts)
    return tuple(
        (name, value if isinstance(value, str) else encode(value).decode())
        for name, value in sorted(members.items())
    )


def _check_sizes(components: tuple[Component, ...], relations: tuple[Relation, ...]) -> None:
    if len(components) > COMPONENTS_MAX or len(relations) > RELATIONS_MAX:
        raise Exceeded(
            f"{len(components)} components and {len(relations)} relations are more than one bill"
            f" may have ({COMPONENTS_MAX} and {RELATIONS_MAX})",
            code="bill.too_large",
            next_step="draw bills of the parts",
        )


def _check_component(component: Component) -> None:
    texts = (component.ref, component.name, component.version, component.supplier)
    fits = all(text.strip() and len(text) <= TEXT_CHARS_MAX for text in texts)
    fits = fits and component.kind in KINDS and not component.ref.startswith(OWN_REFS)
    fits = fits and (component.sha256 is None or is_sha256(component.sha256))
    if not fits or not (component.purl is None or is_purl(component.purl)):
        raise Invalid(
            f"component {component.ref[:80]!r} lacks its name, version or supplier, or has a kind,"
            " a digest or a package URL that is none",
            code="bill.component",
            next_step="give what is missing",
            ref=component.ref,
        )


def _dangling(ref: str, why: str) -> Invalid:
    return Invalid(
        f"{ref!r} {why}",
        code="bill.ref",
        next_step="list each component once, and relate listed ones",
        ref=ref,
    )
