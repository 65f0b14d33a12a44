"""Compliance in a journal: what components are mapped to and what is declared of them, and their
assessment.

1. Each change names who made it.
2. A requirement is mapped to a component once.
3. Whose assessments count is the operator's to say; as long as nobody has said it, those of people
   and of the operator do, and not those of agents and services.
4. What an agent says about itself never counts, and the word of agents alone is no evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from tarl.crypto.note import Signer, VerifierKey
from tarl.errors import Conflict, Denied, Exceeded, Missing
from tarl.governance.compliance import census, events
from tarl.governance.compliance.assess import Assessment, Opinions, judge
from tarl.governance.compliance.assessments import ASSESSMENT, YEAR_MS, predicate, read
from tarl.governance.compliance.catalog import FRAMEWORKS, Requirement, catalog, requirement
from tarl.governance.compliance.component import (
    Component,
    contents,
    require_known,
    subjects,
)
from tarl.governance.compliance.controls import Clause, controls
from tarl.governance.compliance.evaluate import Signed, shown, wants_of
from tarl.governance.compliance.events import (
    AssessorsNamed,
    DeclaredFact,
    Mapped,
    Unmapped,
)
from tarl.governance.compliance.facts import Value, value_of
from tarl.governance.compliance.risk import classify
from tarl.governance.compliance.state import Standing, evolve
from tarl.journal.event import Row
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.provenance.attestations.ledger import Attestation, Attestations
from tarl.provenance.attestations.statement import OPERATOR, Subject, make, name_of
from tarl.trust.keyholders import Keyholders
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name, encode_segment
from tarl.values.instants import Clock
from tarl.values.plain import plain
from tarl.work.streams import continued, key_of

MAPPED_MAX = 4_096
"""Requirements of a component: more than all catalogs have."""

ASSESSORS_MAX = 1_000
REASON_CHARS_MAX = 1_000
TRIES_MAX = 100


class Compliance:
    """The compliance of one journal.

    Args:
        store: The journal, with the projections of all rooms.
        attestations: Its signed statements.
        clock: When now is.
        log_key: Verifies signed checkpoints; without it nobody can say that the log is intact.
    """

    def __init__(
        self,
        store: Store,
        attestations: Attestations,
        *,
        clock: Clock,
        log_key: VerifierKey | None = None,
    ) -> None:
        self.store = store
        self.attestations = attestations
        self.clock = clock
        self._log_key = log_key

    # --- mapping and declaring

    def standing(self, component: Component) -> Standing:
        """What a component is mapped to, and what is declared of it."""
        return evolve(self.store.read(component.stream))

    def components(self, *, tenant: str = DEFAULT_TENANT) -> list[str]:
        """The components that anything is mapped to or declared of, as they are written."""
        return sorted(
            key_of(s)[1] for s in self.store.streams(f"component/{encode_segment(tenant)}/")
        )

    def map(self, component: Component, refs: Sequence[str], *, by: str) -> Standing:
        """Hold a component to requirements.

        Raises:
            Missing: a requirement that no catalog has (``compliance.requirement``).
            Conflict: one is named twice, or mapped already (``compliance.mapped``).
            Exceeded: too many (``compliance.too_many``).
        """
        named = tuple(requirement(ref).ref for ref in refs)

        def decide(standing: Standing) -> Mapped:
            whole = (*standing.requirements, *named)
            twice = next((ref for n, ref in enumerate(whole) if ref in whole[:n]), None)
            if twice is not None or not named:
                raise Conflict(
                    f"{component.ref} is mapped to {twice or 'nothing new'}",
                    code="compliance.mapped",
                    next_step="leave it out: tarl compliance map --list shows what is mapped",
                    component=component.ref,
                )
            if len(whole) > MAPPED_MAX:
                raise Exceeded(
                    f"a component is held to at most {MAPPED_MAX} requirements",
                    code="compliance.too_many",
                    next_step="unmap some",
                )
            return Mapped(requirements=named, by=check_name(by, "name"))

        return self._change(component, decide)

    def unmap(self, component: Component, refs: Sequence[str], *, by: str) -> Standing:
        """Hold a component to requirements no longer.

        Raises:
            Missing: no such requirement, or it is not mapped (``compliance.not_mapped``).
        """
        named = tuple(requirement(ref).ref for ref in refs)

        def decide(standing: Standing) -> Unmapped:
            for ref in named:
                if ref not in standing.requirements:
                    raise Missing(
                        f"{component.ref} is not mapped to {ref}",
                        code="compliance.not_mapped",
                        next_step="tarl compliance map --list shows what is",
                    )
            return Unmapped(requirements=named, by=check_name(by, "name"))

        return self._change(component, decide)

    def declare(
        self, component: Component, name: str, value: Value | str, *, by: str, reason: str = ""
    ) -> Standing:
        """Declare a fact of a component; the newest answer counts.

        Raises:
            Invalid: no such fact (``compliance.fact``) or value (``compliance.fact_value``).
        """
        body = DeclaredFact(
            name=name,
            value=value_of(name, value),
            by=check_name(by, "name"),
            reason=reason[:REASON_CHARS_MAX],
        )
        return self._change(component, lambda standing: body)

    # --- assessors

    def assessors(self, *, tenant: str = DEFAULT_TENANT) -> tuple[str, ...]:
        """Whose assessments count; those of all people when empty."""
        stream = events.assessors_stream(tenant)
        head = self.store.head(stream)
        if head is None:
            return ()
        event = next(self.store.read(stream, after=head.seq - 1))
        if event.body is None:
            raise Missing(
                f"the content of {stream} is erased", code="journal.erased", stream=stream
            )
        named: AssessorsNamed = events.DECODERS[event.kind](event.body)
        return named.assessors

    def name_assessors(
        self, assessors: Iterable[str], *, by: str, tenant: str = DEFAULT_TENANT
    ) -> None:
        """Say whose assessments count from now on.

        Raises:
            Missing: nobody is registered under a name (``principal.missing``).
            Exceeded: too many (``compliance.too_many``).
        """
        named = tuple(sorted(set(assessors)))
        holders = Keyholders(self.store, tenant)
        for name in named:
            if name != OPERATOR:
                holders.get(name)
        if len(named) > ASSESSORS_MAX:
            raise Exceeded(
                f"at most {ASSESSORS_MAX} assessors",
                code="compliance.too_many",
                next_step="name fewer",
            )
        body = AssessorsNamed(assessors=named, by=check_name(by, "name"))
        stream = events.assessors_stream(tenant)
        self._append(lambda: (continued(self.store, stream, tenant=tenant), body))

    # --- assessing

    def attest(
        self,
        component: Component,
        ref: str,
        status: str,
        statement: str,
        *,
        signer: Signer,
        evidence: Sequence[Subject] = (),
        expires_ms: int = YEAR_MS,
        whatever_content: bool = False,
    ) -> Attestation:
        """Sign and record what somebody found about a requirement.

        Args:
            component: Of what.
            ref: Which requirement.
            status: ``met``, ``unmet`` or ``not_applicable``.
            statement: Why.
            signer: Whose word it is.
            evidence: What was looked at, by digest.
            expires_ms: How long it counts.
            whatever_content: Whether it holds for other code than today's too: it is then about the
                component's name.

        Raises:
            Missing, Invalid, Exceeded: see ``assessments.predicate``.
            Denied: the word of the signer does not count for it (``compliance.not_assessor``).
        """
        about = requirement(ref)
        require_known(self.store, component)
        name = name_of(signer.verifier)
        if not self._counts(component, self.assessors(tenant=component.tenant))(name):
            raise Denied(
                f"the word of {name} does not count for {component.ref}",
                code="compliance.not_assessor",
                next_step="tarl compliance assessors shows whose does",
                signer=name,
            )
        said = predicate(
            about,
            component,
            status,
            statement,
            evidence=evidence,
            now_ms=self.clock.now_ms(),
            expires_ms=expires_ms,
        )
        digest = component.name_digest
        if not whatever_content:
            digest = subjects(self.store, component)[0]
        subject = Subject(name=component.ref, sha256=digest)
        envelope = make([subject], ASSESSMENT, said, signers=[signer])
        return self.attestations.record(envelope, tenant=component.tenant)

    def assess(
        self,
        component: Component,
        *,
        frameworks: Sequence[str] = FRAMEWORKS,
        requirements: Sequence[Requirement] | None = None,
    ) -> Assessment:
        """Assess a component, as the journal is now.

        Args:
            component: What.
            frameworks: All requirements of these.
            requirements: These requirements instead.

        Raises:
            Missing: no such framework (``compliance.framework``), or a component of which nothing
                is known (``compliance.component``).
        """
        if requirements is None:
            requirements = [each for name in frameworks for each in catalog(name).requirements]
        require_known(self.store, component)
        at_ms, every = self.clock.now_ms(), controls()
        with self.store.at_one_moment():
            counted = census.take(
                self.store,
                component,
                wants_of(every, at_ms=at_ms),
                at_ms=at_ms,
                log_key=self._log_key,
            )
            tables = {c: self._rows(component, c) for e in every for c in e.clauses if c.table}
            facts = self.standing(component).facts
            assessors = self.assessors(tenant=component.tenant)
            signed = self._signed(component)
            opinions = self._opinions(component, assessors, at_ms)
        found = tuple(shown(each, counted, signed, tables) for each in every)
        risk = classify(facts)
        return Assessment(
            census=counted,
            facts=facts,
            risk=risk,
            assessors=assessors,
            shown=found,
            results=judge(requirements, found, opinions, facts, risk),
        )

    # --- inside

    def _signed(self, component: Component) -> Signed:
        """What is said about its content."""
        found = self._about(component, contents(self.store, component))
        live, holders = self._live(component), Keyholders(self.store, component.tenant)

        def counts(name: str) -> bool:
            holder = None if name == OPERATOR else holders.find(name)
            return live(name) and (holder is None or holder.kind != "agent")

        return Signed(found, lambda each: any(counts(name) for name in each.signers))

    def _opinions(self, component: Component, assessors: Sequence[str], at_ms: int) -> Opinions:
        """What was attested of requirements, and why some of it does not count."""
        faults: dict[str, str] = {}
        assessed = []
        counts = self._counts(component, assessors)
        for each in self._about(component, subjects(self.store, component)):
            said = read(each, component)
            if said is None:
                continue
            assessed.append(said)
            if not each.is_live(at_ms):
                faults[each.id] = "it has expired"
            elif not any(counts(name) for name in each.signers):
                faults[each.id] = f"the word of {', '.join(each.signers)} does not count for it"
        return Opinions.of(assessed, faults)

    def _about(self, component: Component, digests: Iterable[str]) -> list[Attestation]:
        found = {
            each.id: each
            for digest in digests
            for each in self.attestations.about(digest, tenant=component.tenant)
        }
        return sorted(found.values(), key=lambda each: each.number)

    def _live(self, component: Component) -> Callable[[str], bool]:
        holders = Keyholders(self.store, component.tenant)

        def live(name: str) -> bool:
            if name == OPERATOR:
                return True
            holder = holders.find(name)
            return holder is not None and holder.is_live

        return live

    def _counts(self, component: Component, assessors: Sequence[str]) -> Callable[[str], bool]:
        """Whose assessments of a component count."""
        holders, live = Keyholders(self.store, component.tenant), self._live(component)

        def counts(name: str) -> bool:
            if not live(name) or (component.kind == "agent" and name == component.name):
                return False
            if assessors:
                return name in assessors
            holder = None if name == OPERATOR else holders.find(name)
            return holder is None or holder.kind == "human"

        return counts

    def _rows(self, component: Component, clause: Clause) -> int:
        """How many records of a tenant's table a clause is about; of a whole journal alone."""
        if component.kind != "journal":
            return 0
        where: list[dict[str, Any]] = [{"tenant": component.tenant}]
        for name, values in clause.where.items():
            where = [{**each, name: value} for each in where for value in values]
        return sum(self.store.count(clause.table, each) for each in where)

    def _change(
        self, component: Component, decide: Callable[[Standing], msgspec.Struct]
    ) -> Standing:
        check_name(component.tenant, "tenant")

        def decided() -> tuple[StreamWriter, msgspec.Struct]:
            writer = continued(self.store, component.stream, tenant=component.tenant)
            history = self.store.read(component.stream, until=writer.seq)
            return writer, decide(evolve(history))

        self._append(decided)
        return self.standing(component)

    def _append(self, decided: Callable[[], tuple[StreamWriter, msgspec.Struct]]) -> None:
        for _ in range(TRIES_MAX):
            writer, body = decided()
            row: Row = writer.append(
                events.KIND_OF[type(body)], encode(plain(body)), at_ms=self.clock.now_ms()
            )
            try:
                self.store.commit(Batch([row]))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                return
        raise Conflict("the stream never stood still", code="journal.position")
