"""What is recorded of compliance. Kinds are frozen.

``component/<tenant>/<component>`` holds what is mapped and declared; ``demand/<tenant>/<id>`` a
demand, and ``assessors/<tenant>`` whose word counts, both of which are the operator's to change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tarl.governance.compliance.facts import Value
from tarl.values.ids import encode_segment
from tarl.work.streams import stream_of

MAPPED = "compliance.mapped/1"
UNMAPPED = "compliance.unmapped/1"
DECLARED = "compliance.declared/1"
DEMANDED = "compliance.demanded/1"
DEMAND_LIFTED = "compliance.demand_lifted/1"
ASSESSORS_NAMED = "compliance.assessors_named/1"


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """Requirements that a component is to be held to."""

    requirements: tuple[str, ...]
    by: str


class Unmapped(msgspec.Struct, frozen=True, kw_only=True):
    """Requirements that it is no longer held to."""

    requirements: tuple[str, ...]
    by: str


class DeclaredFact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody answers a question about a component (``facts.FACTS``)."""

    name: str
    value: Value
    by: str
    reason: str = ""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """An attestation that is demanded.

    Attributes:
        predicate_type: Of which type.
        signers: Whose signature counts.
        threshold: How many of them must have signed such statements.
        max_age_ms: How long after it was recorded it counts; 0 for as long as it says itself.
    """

    predicate_type: str
    signers: tuple[str, ...]
    threshold: int = 1
    max_age_ms: int = 0


class Demanded(msgspec.Struct, frozen=True, kw_only=True):
    """An edition of a demand: which workflows take no effect without which attestations.

    Attributes:
        version: From 1; the newest edition decides.
        workflows: Names, or patterns with ``*``.
        needs: All of them are needed.
        environments: Where it decides; everywhere when empty.
    """

    version: int
    workflows: tuple[str, ...]
    needs: tuple[Need, ...]
    by: str
    environments: tuple[str, ...] = ()
    reason: str = ""


class DemandLifted(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is demanded by it any more."""

    version: int
    by: str
    reason: str = ""


class AssessorsNamed(msgspec.Struct, frozen=True, kw_only=True):
    """Whose assessments count from here on; those of all people when empty."""

    assessors: tuple[str, ...]
    by: str


BODIES: dict[str, type[msgspec.Struct]] = {
    MAPPED: Mapped,
    UNMAPPED: Unmapped,
    DECLARED: DeclaredFact,
    DEMANDED: Demanded,
    DEMAND_LIFTED: DemandLifted,
    ASSESSORS_NAMED: AssessorsNamed,
}
KIND_OF: dict[type, str] = {body: kind for kind, body in BODIES.items()}
DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}


def demand_stream(tenant: str, id: str) -> str:
    """The stream of a demand."""
    return stream_of("demand", tenant, id)


def assessors_stream(tenant: str) -> str:
    """The stream of whose assessments count."""
    return f"assessors/{encode_segment(tenant)}"
