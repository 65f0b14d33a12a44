"""What is assessed: a journal, a workflow, an agent or an artifact; which streams tell about it.

It is written ``journal``, ``workflow:NAME``, ``agent:ID`` or ``artifact:SHA256``. Statements are
about digests (``contents``): what was said about other code says nothing about this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import NamedTuple, get_args

import msgspec

from tarl.errors import Invalid, Missing
from tarl.governance.compliance.controls import Kind
from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.kernel.events import CODE_CHANGED, DECODERS, RUN_STARTED
from tarl.provenance.artifacts.artifact import check_digest
from tarl.provenance.artifacts.events import artifact_stream
from tarl.provenance.artifacts.state import ARTIFACT
from tarl.provenance.attestations.events import statement_stream
from tarl.trust.events import agent_stream
from tarl.values.digest import length_prefixed
from tarl.values.ids import DEFAULT_TENANT, RunId, check_name, encode_segment, tenant_of
from tarl.work.streams import stream_of

KINDS: tuple[Kind, ...] = get_args(Kind)


class Component(msgspec.Struct, frozen=True):
    """Something that is assessed; ``name`` is empty for a journal."""

    kind: Kind
    name: str = ""
    tenant: str = DEFAULT_TENANT

    @property
    def ref(self) -> str:
        """How it is written."""
        return self.kind if self.kind == "journal" else f"{self.kind}:{self.name}"

    @property
    def stream(self) -> str:
        """Where it is recorded what is declared of it, and which requirements it is mapped to."""
        return stream_of("component", self.tenant, self.ref)

    @property
    def name_digest(self) -> str:
        """A digest of what it is called, for statements about what has no content."""
        parts = (self.tenant, self.kind, self.name)
        return sha256(
            length_prefixed(b"tarl.component/1", *(p.encode() for p in parts))
        ).hexdigest()


class Told(NamedTuple):
    """A stream that tells about a component, and which of its events do."""

    stream: str
    only: Callable[[Event], bool] | None = None


def parse(text: str, *, tenant: str = DEFAULT_TENANT) -> Component:
    """The component that a text names.

    Raises:
        Invalid: it names none (``compliance.component_form``), or an artifact by no digest
            (``artifact.digest``).
    """
    kind, _, name = text.partition(":")
    if kind not in KINDS or (kind == "journal") == bool(name):
        raise Invalid(
            f"{text[:120]!r} names no component",
            code="compliance.component_form",
            next_step="write journal, workflow:NAME, agent:ID or artifact:SHA256",
        )
    if kind == "artifact":
        check_digest(name)
    elif name:
        check_name(name, f"{kind}'s name")
    return Component(kind, name, tenant)


def require_known(store: Store, component: Component) -> None:
    """Refuse a component of which the journal knows nothing.

    Raises:
        Missing: nothing was recorded of it (``compliance.component``).
    """
    if component.kind == "journal" or store.head(component.stream) is not None:
        return
    where = {"tenant": component.tenant, "workflow": component.name}
    if component.kind == "workflow" and next(store.scan("run", where, limit=1), None) is not None:
        return
    if next(told(store, component), None) is None:
        raise Missing(
            f"the journal knows nothing of {component.ref[:120]}",
            code="compliance.component",
            next_step="check how it is written, run or register it, or map it to requirements",
            component=component.ref[:120],
        )


def contents(store: Store, component: Component) -> tuple[str, ...]:
    """The digests of a component's content as it is now, the one to sign first: an artifact's own;
    of a workflow, that of its newest registered artifact, and of the code that its newest run
    carries out.
    """
    if component.kind == "artifact":
        return (component.name,)
    if component.kind != "workflow":
        return ()
    where = {"tenant": component.tenant, "kind": "workflow", "name": component.name}
    registered = store.scan(ARTIFACT.name, where, order_by="number", descending=True, limit=1)
    where = {"tenant": component.tenant, "workflow": component.name}
    newest = store.scan("run", where, order_by="started_at_ms", descending=True, limit=1)
    codes = (code_of(store, RunId(r["tenant"], r["workflow_id"], r["n"])) for r in newest)
    found = (*(row["sha256"] for row in registered), *(code for code in codes if code))
    return tuple(dict.fromkeys(found))


def code_of(store: Store, run: RunId) -> str | None:
    """The digest of the code that a run carries out, as it recorded it last; None where nobody can
    say any more.
    """
    code: str | None = None
    for event in store.read(run.stream):
        if event.kind in (RUN_STARTED, CODE_CHANGED):
            code = None if event.body is None else DECODERS[event.kind](event.body).code
    return code


def subjects(store: Store, component: Component) -> tuple[str, ...]:
    """The digests that assessments of a component may be about, the one to sign first: its content,
    and its name, for what holds whatever its content is.
    """
    return (*contents(store, component), component.name_digest)


def told(store: Store, component: Component) -> Iterator[Told]:
    """The streams that tell about a component, each once."""
    match component.kind:
        case "journal":
            names = (s for s in store.streams() if tenant_of(s) == component.tenant)
            yield from map(Told, names)
        case "workflow":
            where = {"tenant": component.tenant, "workflow": component.name}
            runs = [RunId(r["tenant"], r["workflow_id"], r["n"]) for r in store.scan("run", where)]
            yield from _of_runs(store, component, runs)
        case "agent":
            stream = agent_stream(component.tenant, component.name)
            if store.head(stream) is not None:
                yield Told(stream)
            rows = store.scan("run", {"tenant": component.tenant})
            every = (RunId(row["tenant"], row["workflow_id"], row["n"]) for row in rows)
            own = [run for run in every if _agent_of(store, run) == component.name]
            yield from _of_runs(store, component, own)
        case "artifact":
            for name in (
                artifact_stream(component.tenant, component.name),
                statement_stream(component.tenant, component.name),
            ):
                if store.head(name) is not None:
                    yield Told(name)


def _of_runs(store: Store, component: Component, runs: list[RunId]) -> Iterator[Told]:
    """The streams of runs, of what people were asked because of them, and what was noted."""
    names = {run.stream for run in runs}
    yield from map(Told, sorted(names))
    for row in store.scan("approval", {"tenant": component.tenant}):
        if row["run"] in names:
            yield Told(stream_of("approval", component.tenant, row["id"]))
    notes = f"policy_note/{encode_segment(component.tenant)}"
    if runs and store.head(notes) is not None:
        refs = {run.ref for run in runs}
        yield Told(notes, only=lambda event: _noted_run(event) in refs)


def _noted_run(event: Event) -> str | None:
    return msgspec.json.decode(event.body)["run"] if event.body is not None else None


def _agent_of(store: Store, run: RunId) -> str | None:
    """For whom a run acts; None where it acts for nobody, or nobody can say any more."""
    first = next(store.read(run.stream, until=1), None)
    if first is None or first.kind != RUN_STARTED or first.body is None:
        return None
    agent: str | None = DECODERS[RUN_STARTED](first.body).agent
    return agent
