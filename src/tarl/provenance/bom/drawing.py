"""Bills drawn from the journal.

1. A bill lists what its subject stands on, directly or not; what the subject produced, what
   describes and what evaluates it; and what those stand on.
2. A bill says of the journal what stood there at one point of the log: drawn again up to that
   point, it is the same, whatever was recorded since.
3. A run's bill tells how it went, too, up to the event whose digest names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from tarl.errors import Missing
from tarl.journal.event import ChainCheck, Event
from tarl.journal.projection import Record
from tarl.journal.store import Store
from tarl.kernel.history import verified
from tarl.kernel.shelves import RecordedValues
from tarl.provenance.artifacts.artifact import STANDS_ON_ITS_TARGET, Artifact, check_digest
from tarl.provenance.artifacts.artifact import Relation as Related
from tarl.provenance.artifacts.events import (
    ARTIFACT_REGISTERED,
    ARTIFACT_RELATED,
    artifact_stream,
    read_registered,
    read_related,
)
from tarl.provenance.artifacts.state import RELATION
from tarl.provenance.bom.cards import data_card, metrics_of, model_card
from tarl.provenance.bom.formulation import formulation_of
from tarl.provenance.bom.graph import (
    Basis,
    Bill,
    Component,
    Facts,
    Relation,
    bill,
    fact_texts,
)
from tarl.values.ids import DEFAULT_TENANT, encode_segment

PRODUCES = ("produces", "described_by", "evaluates")
"""What stands on the subject and belongs to its bill; other relations lead to users of it."""

TURNED = tuple(type for type, stands in STANDS_ON_ITS_TARGET.items() if not stands)
"""Relations that are recorded with the origin."""

ASKED_SINGLY_MAX = 500
"""From so many artifacts on, one look at all such relations costs less than one for each."""

REGISTRIES = {
    "cargo": "crates.io",
    "gem": "RubyGems",
    "golang": "Go modules",
    "huggingface": "Hugging Face",
    "maven": "Maven Central",
    "npm": "npm",
    "nuget": "NuGet",
    "pypi": "PyPI",
}
"""Who distributes what a package URL names, where nobody says otherwise."""


class _Known(NamedTuple):
    """An artifact as it was registered."""

    artifact: Artifact
    by: str
    at_ms: int
    log_index: int


class _Join(NamedTuple):
    """A relation as it was recorded, and which of its ends stands on which."""

    relation: Related
    product: str
    origin: str
    at_ms: int
    log_index: int


def of_artifact(
    store: Store, sha256: str, *, tenant: str = DEFAULT_TENANT, until: int | None = None
) -> Bill:
    """The bill of a registered artifact; a run is one once it is registered.

    Args:
        store: The journal.
        sha256: The artifact's digest.
        tenant: Whose it is.
        until: The last place of the log that counts; all of it when left out.

    Raises:
        Missing: it is not registered there (``artifact.missing``), or is erased
            (``journal.erased``).
        Invalid: a fact is not as a card has it (``bill.card``).
        Exceeded: it is too much for one bill (``bill.too_large``).
    """
    with store.at_one_moment():
        read = _Read(store, tenant, until)
        read.gather(check_digest(sha256))
        known, joins = read.reached(sha256)
        history = _history(store, known[sha256].artifact, tenant)
        formulation = formulation_of(
            history, shelf=RecordedValues(store, tenant), runtime=_runtime(known.values())
        )
    times = [each.at_ms for each in known.values()] + [each.at_ms for each in joins]
    places = [each.log_index for each in known.values()] + [each.log_index for each in joins]
    at_ms = max([*times, *(event.recorded_at_ms for event in history)])
    log_index = max([*places, *(event.log_index for event in history)])
    return bill(
        subject=ref_of(sha256),
        author=f"tarl journal {store.origin}",
        at_ms=at_ms,
        components=[_component(each) for each in known.values()],
        relations=[_relation(each.relation) for each in joins],
        formulation=formulation,
        basis=Basis(journal=store.origin, tenant=tenant, subject=sha256, log_index=log_index),
        completeness="complete" if _has_environment(known.values()) else "incomplete",
    )


def drawn_again(store: Store) -> Callable[[Basis], Bill]:
    """Draws the bill that a document says it was drawn from.

    The function raises what ``of_artifact`` raises, and ``bill.other_journal`` (Missing) for one of
    another journal.
    """

    def draw(basis: Basis) -> Bill:
        if basis.journal != store.origin:
            raise Missing(
                f"it was drawn from the journal {basis.journal}; this one is {store.origin}",
                code="bill.other_journal",
                next_step="name that journal: --db FILE",
                journal=basis.journal,
            )
        return of_artifact(store, basis.subject, tenant=basis.tenant, until=basis.log_index)

    return draw


def ref_of(sha256: str) -> str:
    """The ref of an artifact in a bill."""
    return f"sha256:{sha256}"


class _Turned:
    """The origins of artifacts by relations that come from them: what was decided about something,
    what produced it, what it describes. They lie in the origin's stream.

    They are asked for one by one, and all at once when many are asked for.
    """

    def __init__(self, store: Store, tenant: str) -> None:
        self._store = store
        self._tenant = tenant
        self._asked = 0
        self._all: dict[str, list[str]] | None = None

    def origins(self, product: str) -> Sequence[str]:
        """What the product stands on by such relations."""
        self._asked += 1
        if self._asked == ASKED_SINGLY_MAX:
            self._all = {}
            for row in self._rows():
                self._all.setdefault(row["product"], []).append(row["origin"])
        if self._all is not None:
            return self._all.get(product, ())
        return [row["origin"] for row in self._rows(product=product)]

    def _rows(self, **where: str) -> Iterator[Record]:
        for type in TURNED:
            yield from self._store.scan(
                RELATION.name, {"tenant": self._tenant, "type": type, **where}
            )


class _Read:
    """Artifacts and relations as their streams tell them, up to a place of the log."""

    def __init__(self, store: Store, tenant: str, until: int | None) -> None:
        self._store = store
        self._tenant = tenant
        self._until = until
        self._known: dict[str, _Known] = {}
        self._joins: list[_Join] = []
        self._turned = _Turned(store, tenant)

    def gather(self, root: str) -> None:
        """Read all that may belong to the bill of ``root``."""
        met, waiting = {root}, [root, *self._produced(root)]
        met.update(waiting)
        while waiting:
            here = waiting.pop()
            for origin in (*self._take(here), *self._turned.origins(here)):
                if origin not in met:
                    met.add(origin)
                    waiting.append(origin)

    def reached(self, root: str) -> tuple[dict[str, _Known], list[_Join]]:
        """What belongs to the bill of ``root``: of what was read, what can be reached.

        Raises:
            Missing: the root is not registered so early (``artifact.missing``).
        """
        if root not in self._known:
            raise Missing(
                f"no artifact {root} is registered",
                code="artifact.missing",
                next_step="tarl artifacts ls; tarl artifacts register FILE --kind KIND",
                artifact=root,
            )
        origins: dict[str, list[str]] = {}
        waiting = [root]
        for join in self._joins:
            origins.setdefault(join.product, []).append(join.origin)
            if join.origin == root and join.relation.type in PRODUCES:
                waiting.append(join.product)
        found: dict[str, _Known] = {}
        while waiting:
            here = waiting.pop()
            if here not in found:
                found[here] = self._known[here]
                waiting += origins.get(here, ())
        return found, [join for join in self._joins if join.product in found]

    def _produced(self, root: str) -> set[str]:
        """What stands on the root and belongs to its bill."""
        return {
            row["product"]
            for type in PRODUCES
            for row in self._store.scan(
                RELATION.name, {"tenant": self._tenant, "origin": root, "type": type}
            )
        }

    def _take(self, sha256: str) -> list[str]:
        """Read an artifact's stream; the origins that it names."""
        stream, origins = artifact_stream(self._tenant, sha256), list[str]()
        recorded = list(self._store.read(stream))
        ChainCheck(stream).check_all(recorded)
        for event in recorded:
            if self._until is not None and event.log_index > self._until:
                break
            at = (event.recorded_at_ms, event.log_index)
            if event.kind == ARTIFACT_REGISTERED:
                said = read_registered(_body(event))
                self._known[sha256] = _Known(said.artifact, said.by, *at)
            elif event.kind == ARTIFACT_RELATED:
                relation = read_related(_body(event)).relation
                join = _Join(relation, *relation.edge, *at)
                self._joins.append(join)
                if join.product == sha256:
                    origins.append(join.origin)
        return origins


def _body(event: Event) -> bytes:
    if event.body is None:
        raise Missing(
            f"the content of {event.stream} is erased: its key was destroyed",
            code="journal.erased",
            stream=event.stream,
        )
    return event.body


# --- components and relations


def _component(known: _Known) -> Component:
    artifact = known.artifact
    facts, members = dict(artifact.facts), dict[str, Any]()
    if artifact.kind == "model":
        members["model"], facts = model_card(facts)
    elif artifact.kind == "dataset":
        members["data"], facts = data_card(facts)
    elif artifact.kind == "evaluation":
        members["metrics"], facts = metrics_of(facts)
    for name in ("description", "licence"):
        if isinstance(facts.get(name), str):
            members[name] = facts.pop(name)
    supplier = facts.pop("supplier", None)
    if not isinstance(supplier, str) or not supplier.strip():
        supplier = _distributor(artifact.purl) or known.by
    return Component(
        ref=ref_of(artifact.sha256),
        kind=artifact.kind,
        name=artifact.name,
        version=artifact.version or artifact.sha256[:12],
        supplier=supplier,
        sha256=artifact.sha256,
        purl=artifact.purl,
        media_type=artifact.media_type,
        at_ms=known.at_ms,
        facts=fact_texts(facts),
        **members,
    )


def _distributor(purl: str | None) -> str | None:
    if purl is None:
        return None
    return REGISTRIES.get(purl.removeprefix("pkg:").partition("/")[0])


def _relation(related: Related) -> Relation:
    return Relation(
        source=ref_of(related.source),
        target=ref_of(related.target),
        type=related.type,
        facts=fact_texts(related.facts),
    )


# --- runs


def _history(store: Store, artifact: Artifact, tenant: str) -> list[Event]:
    """The events of the run that an artifact stands for, up to the one that it has its name of;
    none where it stands for no run of this journal.
    """
    events = artifact.facts.get("events")
    if artifact.kind != "run" or not isinstance(events, int):
        return []
    stream = artifact.name
    if not stream.startswith(f"run/{encode_segment(tenant)}/") or store.head(stream) is None:
        return []
    history = list(verified(stream, store.read(stream, until=events)))
    return history if history[-1].digest.hex() == artifact.sha256 else []


def _runtime(known: Iterable[_Known]) -> Facts:
    """What the workflow was said to run on."""
    for each in known:
        environment = _environment(each.artifact)
        if environment is not None:
            named = f"{environment.get('implementation')} {environment.get('python')}"
            rest = {k: v for k, v in environment.items() if isinstance(v, str)}
            return fact_texts({"name": named, **rest})
    return ()


def _environment(artifact: Artifact) -> dict[str, Any] | None:
    manifest = artifact.facts.get("manifest")
    if artifact.kind != "workflow" or not isinstance(manifest, dict):
        return None
    environment = manifest.get("environment")
    return environment if isinstance(environment, dict) else None


def _has_environment(known: Iterable[_Known]) -> bool:
    """Whether what was installed is among what is known."""
    return any(each.artifact.kind == "workflow" for each in known)
