"""Which requirements components are held to, and whether evidence meets them.

1. A requirement is met by evidence in the journal or by somebody's signed word, else it is not: a
   component of which nothing is known is not compliant.
2. What is attested names who attested it, expires, and is about the component's content where it
   has any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Unpack

from tarl.crypto.keys import Keyring
from tarl.errors import Conflict
from tarl.governance.compliance import catalog
from tarl.governance.compliance.assess import Assessment, Result
from tarl.governance.compliance.catalog import FRAMEWORK_ALIASES, SHORT_NAMES, Requirement
from tarl.governance.compliance.checks import DAY_MS
from tarl.governance.compliance.controls import controls_by_requirement
from tarl.governance.compliance.facts import Value
from tarl.governance.compliance.ledger import Compliance
from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.place import Place, Where
from tarl.integrations.orchestration_extended.refusals import (
    BadValue,
    NotPermitted,
    UnknownName,
    translated,
)
from tarl.integrations.orchestration_governance.components import Components, Named
from tarl.integrations.orchestration_governance.rooms import BY, attestations_of, signer_of
from tarl.provenance.attestations.statement import OPERATOR, Subject
from tarl.values.instants import isoformat_ms

__all__ = [
    "ComplianceFramework",
    "ComplianceManager",
    "ComplianceMapping",
    "ComplianceRequirement",
    "NotPermitted",
    "UnknownName",
]

COMPLIANT, NON_COMPLIANT = "compliant", "non_compliant"


class ComplianceFramework(Enum):
    """The frameworks that the seed names; ``catalog.FRAMEWORKS`` has more."""

    EU_AI_ACT = "eu_ai_act"
    NIST_AI_RMF = "nist_ai_rmf"
    SLSA = "slsa"
    SOC2 = "soc2"
    ISO_27001 = "iso_27001"
    GDPR = "gdpr"


@dataclass
class ComplianceRequirement:
    """A requirement of a framework.

    Attributes:
        requirement_id: As it was asked for.
        control_id: Its official citation.
        description: Its title, and its text where that may be given away.
        risk_level: Of SLSA the build level; empty otherwise: risk is a component's.
        verification_method: ``journal``, ``journal and attestation``, or ``attestation``.
    """

    requirement_id: str
    framework: str
    control_id: str
    description: str
    risk_level: str = ""
    verification_method: str = ""


@dataclass
class ComplianceMapping:
    """What a component is held to.

    Attributes:
        requirements: By their references, ``framework:id``.
        status: ``compliant`` or ``non_compliant``, at the moment when it was read.
        evidence: What each met requirement rests on.
    """

    component_id: str
    component_type: str
    requirements: list[str]
    status: str
    evidence: dict[str, Any] = field(default_factory=dict)


class ComplianceManager:
    """Components held to requirements.

    Args:
        data_dir: Where its journal lies, ``tarl.db``.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path | None = "data/tarl_compliance",
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)
        self._components = Components(self.place)

    # --- requirements

    @property
    def requirements(self) -> dict[str, ComplianceRequirement]:
        """The requirements that have short names; `tarl compliance catalogs` lists all."""
        return {name: self.get_requirement(name) for name in SHORT_NAMES}

    def get_requirement(self, requirement_id: str) -> ComplianceRequirement:
        """A requirement by ``framework:id`` or a short name.

        Raises:
            UnknownName: there is none.
        """
        with translated():
            found = catalog.requirement(requirement_id)
        bearing = {how for _, how in controls_by_requirement().get(found.ref, ())}
        method = "journal and attestation" if bearing else "attestation"
        return ComplianceRequirement(
            requirement_id=requirement_id,
            framework=_word(found.framework),
            control_id=found.citation,
            description=". ".join(text for text in (found.title, found.text) if text),
            risk_level=f"build level {found.level}" if found.level else "",
            verification_method="journal" if "whole" in bearing else method,
        )

    # --- mapping and evidence

    def map_component(
        self, component_id: str, component_type: str, requirement_ids: Sequence[str]
    ) -> ComplianceMapping:
        """Hold a component to requirements, beside those that it is held to already.

        Args:
            component_id: Names it.
            component_type: ``workflow`` or ``agent``, as the journal knows them; any other type is
                that of an artifact.
            requirement_ids: ``framework:id``, or short names.

        Raises:
            UnknownName: there is no such requirement.
            BadValue: none is given, or a name cannot be one.
        """
        if isinstance(requirement_ids, str) or not list(requirement_ids):
            raise BadValue("requirement_ids are one requirement or more", code="compliance.mapped")
        with translated():
            wanted = dict.fromkeys(catalog.requirement(id).ref for id in requirement_ids)
            named = self._components.name(component_id, component_type)
        with self._room() as room:
            held = room.standing(named.component).requirements
            new = [ref for ref in wanted if ref not in held]
            try:
                if new:
                    room.map(named.component, new, by=BY)
            except Conflict as error:
                if error.code != "compliance.mapped":  # somebody was faster
                    raise
        return self.get_mapping(component_id)

    def unmap_component(self, component_id: str, requirement_ids: Sequence[str]) -> None:
        """Hold a component to requirements no longer.

        Raises:
            UnknownName: no such component or requirement, or it is not mapped.
        """
        with self._room() as room:
            room.unmap(self._components.get(component_id).component, requirement_ids, by=BY)

    def add_evidence(
        self,
        component_id: str,
        requirement_id: str,
        statement: str,
        *,
        status: str = "met",
        attested_by: str = OPERATOR,
        evidence: Sequence[tuple[str, str]] = (),
        lasts_days: int = 365,
    ) -> str:
        """Sign and record what somebody found about a requirement; the attestation's id.

        Args:
            component_id: Of what.
            requirement_id: Which requirement.
            statement: Why.
            status: ``met``, ``unmet`` or ``not_applicable``.
            attested_by: Whose word it is: the operator's, or a person's, who signs with their key
                of this machine.
            evidence: What was looked at: names with the SHA-256 of their content.
            lasts_days: How long it counts.

        Raises:
            UnknownName: no such component or requirement, or the person's key is not here.
            BadValue: no such status, no statement, or evidence without a digest.
            NotPermitted: the word of that person does not count for it.
        """
        details: dict[str, Any] = {
            "component": component_id,
            "requirement": requirement_id,
            "statement": statement,
            "status": status,
            "attested_by": attested_by,
            "evidence": [[name, digest] for name, digest in evidence],
            "lasts_days": lasts_days,
        }
        id: str = once("add_evidence", details, lambda: self._attested(**details))
        return id

    def declare_fact(
        self, component_id: str, name: str, value: Value | str, *, by: str, reason: str = ""
    ) -> None:
        """Declare what no journal shows of a component; see ``tarl compliance facts``.

        Raises:
            UnknownName: no such component.
            BadValue: no such fact or value.
        """
        with self._room() as room:
            component = self._components.get(component_id).component
            room.declare(component, name, value, by=by, reason=reason)

    # --- asking

    def verify_compliance(self, component_id: str) -> dict[str, Any]:
        """Whether evidence meets all that a component is held to, requirement by requirement."""
        found: dict[str, Any] = once(
            "verify_compliance", {"component": component_id}, lambda: self._verified(component_id)
        )
        return found

    def enforce_no_run_without_attestations(self, component_id: str) -> tuple[bool, str]:
        """Whether a component may run, and why: only if every requirement is met."""
        verified = self.verify_compliance(component_id)
        if verified["status"] == "unknown":
            return False, verified["reason"]
        open_ = [each for each in verified["requirements"] if each["status"] != COMPLIANT]
        if not open_:
            count = len(verified["requirements"])
            return True, f"All {count} requirements of {component_id} are satisfied"
        listed = "; ".join(f"{each['requirement']}: {each['why']}" for each in open_)
        none = "" if any(each["evidence"] for each in verified["requirements"]) else _NONE
        return False, f"Component {component_id} is not compliant: {none}{listed}"

    def generate_compliance_report(self, framework: ComplianceFramework | str) -> dict[str, Any]:
        """How the components stand that are held to requirements of a framework, by these alone.

        Raises:
            UnknownName: there is no such framework.
        """
        with translated():
            name = catalog.framework(_value(framework))
        components = []
        for named in self._components.all():
            results = [r for r in self._results(named) if r.requirement.framework == name]
            if results:
                status = _status(results)
                listed = {"component_id": named.id, "type": named.type, "status": status}
                components.append(listed)
        compliant = sum(each["status"] == COMPLIANT for each in components)
        return {
            "framework": _word(name),
            "total_components": len(components),
            "compliant": compliant,
            "non_compliant": len(components) - compliant,
            "compliance_rate": compliant / len(components) if components else 0.0,
            "components": components,
        }

    def get_mapping(self, component_id: str) -> ComplianceMapping:
        """What a component is held to, and how it stands.

        Raises:
            UnknownName: it is not mapped.
        """
        named = self._components.get(component_id)
        results = self._results(named)
        return ComplianceMapping(
            component_id=named.id,
            component_type=named.type,
            requirements=[each.requirement.ref for each in results],
            status=_status(results),
            evidence={each.requirement.ref: _refs(each) for each in results if each.evidence},
        )

    # --- as a whole

    def get_metrics(self) -> dict[str, int]:
        """Mapped components by how they stand, and the requirements that they are held to."""
        every = [self._results(named) for named in self._components.all()]
        mapped = [results for results in every if results]
        compliant = sum(_status(results) == COMPLIANT for results in mapped)
        return {
            "mappings": len(mapped),
            "requirements": sum(map(len, mapped)),
            COMPLIANT: compliant,
            NON_COMPLIANT: len(mapped) - compliant,
        }

    def get_status(self) -> dict[str, int]:
        """How many components are mapped, and how many frameworks there are."""
        with self._room() as room:
            standings = [room.standing(each.component) for each in self._components.all()]
        mapped = sum(bool(each.requirements) for each in standings)
        return {"mappings": mapped, "frameworks": len(catalog.FRAMEWORKS)}

    # --- inside

    @contextmanager
    def _room(self) -> Iterator[Compliance]:
        with self.place.store() as store:
            attestations = attestations_of(self.place, store)
            key = Keyring().public("log")
            yield Compliance(store, attestations, clock=self.place.clock, log_key=key)

    def _attested(
        self,
        *,
        component: str,
        requirement: str,
        statement: str,
        status: str,
        attested_by: str,
        evidence: list[list[str]],
        lasts_days: int,
    ) -> str:
        with self._room() as room:
            said = room.attest(
                self._components.get(component).component,
                requirement,
                status,
                statement,
                signer=signer_of(self.place, room.store, attested_by),
                evidence=[Subject(name=name, sha256=digest) for name, digest in evidence],
                expires_ms=lasts_days * DAY_MS,
            )
            return said.id

    def _assessed(self, named: Named) -> Assessment | None:
        with self._room() as room:
            refs = room.standing(named.component).requirements
            if not refs:
                return None
            wanted = [catalog.requirement(ref) for ref in refs]
            return room.assess(named.component, requirements=wanted)

    def _results(self, named: Named) -> tuple[Result, ...]:
        found = self._assessed(named)
        return () if found is None else found.results

    def _verified(self, component_id: str) -> dict[str, Any]:
        named = self._components.find(component_id)
        found = None if named is None else self._assessed(named)
        if found is None:
            reason = f"Component {component_id} is not mapped to any requirement"
            return {"component_id": component_id, "status": "unknown", "reason": reason}
        verified_at = isoformat_ms(found.census.at_ms)
        return {
            "component_id": component_id,
            "status": _status(found.results),
            "requirements": [_listed(each, verified_at) for each in found.results],
        }


_NONE = "No attestations. "


def _status(results: Sequence[Result]) -> str:
    """Compliant where all is met that applies."""
    met = bool(results) and all(each.status in ("met", "not_applicable") for each in results)
    return COMPLIANT if met else NON_COMPLIANT


def _listed(result: Result, verified_at: str) -> dict[str, Any]:
    about: Requirement = result.requirement
    return {
        "requirement": about.ref,
        "framework": _word(about.framework),
        "status": _status([result]),
        "finding": result.status,
        "why": result.why,
        "evidence": _refs(result),
        "missing": list(result.missing),
        "verified_at": verified_at,
    }


def _refs(result: Result) -> list[str]:
    """Where in the journal the evidence stands."""
    return [ref for each in result.evidence for ref in each.refs]


def _word(name: str) -> str:
    """How the seed writes a framework."""
    return next((word for word, own in FRAMEWORK_ALIASES.items() if own == name), name)


def _value(framework: ComplianceFramework | str) -> str:
    return str(framework.value if isinstance(framework, ComplianceFramework) else framework)
