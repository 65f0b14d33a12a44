"""A run as artifacts and relations, drawn from the journal; nothing is recorded here.

1. A run is named by the digest of its last event; a run that goes on has another name later.
2. What an artifact is described by follows from its content, so that drawing twice says the same.
3. A relation is drawn only where events of the run say so. The model behind a name and the
   environment are not among them: a model is found by its name, and the environment is the one
   where it was drawn; both relations say so in their facts.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Exceeded
from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.kernel.approvals import events as approval_events
from tarl.kernel.approvals.names import ApprovalId
from tarl.kernel.approvals.statement import Vote, claimed
from tarl.kernel.history import started, verified
from tarl.provenance.artifacts.artifact import FACTS_BYTES_MAX, Artifact, Relation
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.lineage.environment import Distribution, Environment
from tarl.provenance.lineage.story import Story, story_of
from tarl.values.canonical import encode
from tarl.values.ids import RunId, encode_segment
from tarl.values.plain import plain

RUNS_MAX = 1_000
"""Of one drawing: a run with its children, and theirs."""

PLAN_MADE = "plan.made/1"

_HERE = {"known": "where it was drawn"}
_BY_NAME = {"known": "by name"}


class Drawing(NamedTuple):
    """A run with all that it stands on: artifacts by digest, relations, and how it went."""

    root: Artifact
    artifacts: dict[str, Artifact]
    relations: tuple[Relation, ...]
    story: Story


class Drawer:
    """Draws runs of one journal.

    Args:
        store: The journal.
        registered: Its artifacts: content that a run mentions is found there.
        environment: Where the code runs; left out of the drawing when it is not known.
    """

    def __init__(
        self, store: Store, *, registered: Artifacts, environment: Environment | None = None
    ) -> None:
        self._store = store
        self._registered = registered
        self._environment = environment
        self._artifacts: dict[str, Artifact] = {}
        self._relations: dict[tuple[str, str, str], Relation] = {}
        self._runs: dict[str, Story] = {}
        self._waiting: deque[Story] = deque()
        self._below: set[str] = set()

    def draw(self, run: RunId, recorded: Iterable[Event] | None = None) -> Drawing:
        """A run with all that it stands on.

        Args:
            run: Which run.
            recorded: Its events, if not all of them are meant.

        Raises:
            Missing: there is no such run (``run.missing``).
            ChainBrokenError: its history is damaged.
            Exceeded: it has too many children (``lineage.too_many``).
        """
        story = story_of(self._store, run, recorded)
        root = self._begin(story)
        while self._waiting:
            self._fill(self._waiting.popleft())
        return Drawing(root, self._artifacts, tuple(self._relations.values()), story)

    # --- the run

    def _begin(self, story: Story) -> Artifact:
        """A run that will be drawn with all that it stands on."""
        if len(self._runs) >= RUNS_MAX:
            raise Exceeded(
                f"more than {RUNS_MAX} runs stand behind this one",
                code="lineage.too_many",
                next_step="ask for the lineage of one of its children",
            )
        self._runs[story.run.stream] = story
        self._waiting.append(story)
        if self._registered.find(story.head, tenant=self._tenant) is not None:
            came = self._registered.down(story.head, tenant=self._tenant)
            self._below |= {each.sha256 for each in came.artifacts}
        return self._history(story)

    def _history(self, story: Story) -> Artifact:
        """A run's history as far as it was read."""
        assert story.last is not None
        facts: dict[str, Any] = {"events": story.last.seq, "status": story.status}
        if story.started is not None:
            facts["workflow"] = story.started.workflow
        return self._artifact(story.head, "run", story.run.stream, facts=facts)

    def _fill(self, story: Story) -> None:
        root = self._artifacts[story.head]
        self._code(story, root)
        self._asked(story, root)
        self._plan(story, root)
        self._votes(story, root)
        self._kin(story, root)
        self._mentioned(story, root)

    def _code(self, story: Story, root: Artifact) -> None:
        """The code that ran, as the run recorded it, and with what is installed here."""
        for digest in dict.fromkeys(story.code):
            code = self._artifact(digest, "module", f"code {digest[:12]}")
            self._relate(root, code, "uses")
            if self._environment is not None and story.started is not None:
                self._workflow(story.started.workflow, code, self._environment, root)

    def _workflow(self, name: str, code: Artifact, here: Environment, root: Artifact) -> None:
        manifest = {"code": code.sha256, "environment": plain(here), "workflow": name}
        data = encode(manifest)
        facts: dict[str, Any] = {"manifest": manifest}
        if len(data) + 100 > FACTS_BYTES_MAX:
            facts = {"code": code.sha256, "distributions": len(here.distributions)}
        workflow = self._artifact(sha256(data).hexdigest(), "workflow", name, facts=facts)
        self._relate(root, workflow, "uses", _HERE)
        self._relate(workflow, code, "contains")
        for each in here.distributions:
            if each.record is not None:
                self._relate(workflow, self._package(each, each.record), "depends_on")

    def _package(self, each: Distribution, record: str) -> Artifact:
        return self._artifact(record, "package", each.name, version=each.version, purl=each.purl)

    # --- what it asked

    def _asked(self, story: Story, root: Artifact) -> None:
        """Models by their names, and what they were asked."""
        for call in story.calls:
            model = self._model(call.model)
            self._relate(root, model, "uses", _BY_NAME)
            facts = {"model": call.model}
            name = f"prompt {call.prompt[:12]}"
            prompt = self._artifact(call.prompt, "prompt", name, facts=facts)
            self._relate(root, prompt, "prompted_by")

    def _model(self, name: str) -> Artifact:
        """The newest registered model of a name, with what that stands on; else its name alone."""
        page = self._registered.ls(kind="model", name=name, limit=1, tenant=self._tenant)
        for found in page.items:
            return self._known(found.artifact)
        data = encode({"kind": "model", "name": name})
        facts = {"content": "unknown: the digest is of the name"}
        return self._artifact(sha256(data).hexdigest(), "model", name, facts=facts)

    def _plan(self, story: Story, root: Artifact) -> None:
        """The version of a plan that was carried out, with the snapshot that it was made by."""
        if story.plan is None:
            return
        stream = f"plan/{encode_segment(self._tenant)}/{encode_segment(story.plan.plan_id)}"
        for event in self._store.read(stream):
            if event.kind != PLAN_MADE or event.body is None:
                continue
            made = _read_made(event.body)
            if made.version != story.plan.version:
                continue
            name, version = story.plan.plan_id, str(made.version)
            plan = self._artifact(made.digest, "plan", name, version=version)
            self._relate(root, plan, "derived_from")
            if made.context is not None:
                name = f"context {made.context[:12]}"
                self._relate(plan, self._artifact(made.context, "snapshot", name), "derived_from")

    def _votes(self, story: Story, root: Artifact) -> None:
        """What people decided, each as the digest of what they signed."""
        where = {"run": story.run.stream}
        asked = [row["id"] for row in self._store.scan("approval", where, order_by="id")]
        for approval in dict.fromkeys([*story.approvals, *asked]):
            for envelope in self._signed(ApprovalId(self._tenant, approval)):
                vote = claimed(envelope)
                if not isinstance(vote, Vote):
                    continue
                payload = base64.b64decode(envelope["payload"])
                facts = {"approval": approval, "by": vote.principal, "choice": vote.choice}
                name = f"{vote.principal}: {vote.choice}"
                decision = self._artifact(
                    sha256(payload).hexdigest(), "decision", name, facts=facts
                )
                self._relate(decision, root, "decided")

    def _signed(self, approval: ApprovalId) -> Iterator[dict[str, Any]]:
        for event in verified(approval.stream, self._store.read(approval.stream)):
            if event.kind == approval_events.VOTED and event.body is not None:
                yield approval_events.DECODERS[event.kind](event.body).envelope

    # --- other runs

    def _kin(self, story: Story, root: Artifact) -> None:
        """Its children, what it continues, and what it was forked from: of the latter two their
        history alone, which may go back for years.
        """
        for id in story.children:
            for child in self._children(story.run, id):
                known = self._runs.get(child.stream)
                of_child = self._history(known) if known else self._begin(self._told(child))
                self._relate(root, of_child, "contains")
        begun = story.started
        if begun is None:
            return
        if begun.continues is not None:
            before = self._told(RunId.from_stream(f"run/{begun.continues}"))
            self._relate(root, self._history(before), "derived_from")
        if begun.fork_of is not None and begun.fork_at is not None:
            self._fork(root, begun.fork_of, begun.fork_at)

    def _told(self, run: RunId) -> Story:
        return story_of(self._store, run)

    def _children(self, parent: RunId, id: str) -> list[RunId]:
        """The runs that are this child: the one that was begun, and what went on as it."""
        name, found = parent.stream.removeprefix("run/"), dict[str, RunId]()
        where = {"tenant": parent.tenant, "workflow_id": id}
        for row in self._store.scan("run", where, order_by="n"):
            run = RunId(row["tenant"], row["workflow_id"], row["n"])
            begun = started(self._store, run)
            if begun.parent == name or begun.continues in found:
                found[run.stream.removeprefix("run/")] = run
        return list(found.values())

    def _fork(self, root: Artifact, ref: str, at: int) -> None:
        """The beginning of the run that this one was forked from: a history of its own digest."""
        tenant, id, n = _parts(ref, self._tenant)
        origin = RunId(tenant, id, n)
        if self._store.head(origin.stream) is not None and origin.tenant == self._tenant:
            history = list(self._store.read(origin.stream, until=at))
            shared = story_of(self._store, origin, history)
            self._relate(root, self._history(shared), "derived_from")

    # --- registered content

    def _mentioned(self, story: Story, root: Artifact) -> None:
        """Registered content whose digest the run was given, unless it came of these runs."""
        for digest in sorted(story.mentioned - self._below - {root.sha256}):
            found = self._registered.find(digest, tenant=self._tenant)
            if found is not None:
                self._relate(root, self._known(found), "uses")

    def _known(self, artifact: Artifact) -> Artifact:
        """A registered artifact, with what it stands on."""
        if artifact.sha256 not in self._artifacts:
            up = self._registered.up(artifact.sha256, tenant=self._tenant)
            for each in (artifact, *up.artifacts):
                self._artifacts.setdefault(each.sha256, each)
            for relation in up.relations:
                key = relation.source, relation.target, relation.type
                self._relations.setdefault(key, relation)
        return self._artifacts[artifact.sha256]

    # --- the drawing

    @property
    def _tenant(self) -> str:
        return next(iter(self._runs.values())).run.tenant

    def _artifact(self, sha256: str, kind: str, name: str, **options: Any) -> Artifact:
        artifact = Artifact(sha256=sha256, kind=kind, name=name, **options)
        return self._artifacts.setdefault(sha256, artifact)

    def _relate(
        self, source: Artifact, target: Artifact, type: str, facts: dict[str, Any] | None = None
    ) -> None:
        relation = Relation(
            source=source.sha256, target=target.sha256, type=type, facts=facts or {}
        )
        self._relations.setdefault((source.sha256, target.sha256, type), relation)


class _Made(msgspec.Struct, frozen=True):
    version: int
    digest: str
    context: str | None = None


_read_made = msgspec.json.Decoder(_Made).decode


def _parts(ref: str, tenant: str) -> tuple[str, str, int]:
    """Tenant, id and number of a run as another run's events name it: ``[tenant/]id/n``."""
    run = RunId.from_stream(
        f"run/{ref}" if ref.count("/") == 2 else f"run/{encode_segment(tenant)}/{ref}"
    )
    return run.tenant, run.workflow_id, run.n
