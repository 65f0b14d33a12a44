"""What the agent says of itself: its skills are workflows, its word is the operator's.

The signature is a JWS (RFC 7515, EdDSA) over the card's canonical JSON (RFC 8785) without its
signatures and its empty members, as the specification of A2A 1.0 has it; ``kid`` is the operator's
verifier key, which ``tarl keys show`` prints.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from a2a.types import (
    AgentCapabilities,
    AgentCard,
    AgentCardSignature,
    AgentInterface,
    AgentSkill,
    HTTPAuthSecurityScheme,
    SecurityRequirement,
    SecurityScheme,
    StringList,
)

from tarl import __version__
from tarl.agents.adapters.a2a_wire import canonical
from tarl.crypto.note import Signer
from tarl.kernel.definition import Workflow
from tarl.values.canonical import encode

SCHEME = "bearer"
MEDIA_TYPES = ("text/plain", "application/json")


def card_of(
    workflows: Iterable[Workflow[..., Any]], *, url: str, name: str, description: str
) -> AgentCard:
    """The card of an agent whose skills are workflows."""
    card = AgentCard(
        name=name,
        description=description,
        version=__version__,
        supported_interfaces=[
            AgentInterface(url=url, protocol_binding="JSONRPC", protocol_version="1.0")
        ],
        capabilities=AgentCapabilities(streaming=True, push_notifications=False),
        default_input_modes=MEDIA_TYPES,
        default_output_modes=MEDIA_TYPES,
        skills=[_skill(workflow) for workflow in workflows],
        security_requirements=[SecurityRequirement(schemes={SCHEME: StringList()})],
    )
    card.security_schemes[SCHEME].CopyFrom(
        SecurityScheme(http_auth_security_scheme=HTTPAuthSecurityScheme(scheme="bearer"))
    )
    return card


def _skill(workflow: Workflow[..., Any]) -> AgentSkill:
    said = (workflow.fn.__doc__ or workflow.name).strip()
    return AgentSkill(
        id=workflow.name,
        name=workflow.name,
        description=said,
        tags=["workflow"],
        input_modes=MEDIA_TYPES,
        output_modes=MEDIA_TYPES,
    )


def signed(card: AgentCard, signer: Signer) -> AgentCard:
    """The card with the operator's signature."""
    header = {"alg": "EdDSA", "kid": signer.verifier.vkey, "typ": "JOSE"}
    protected = _b64url(encode(header))
    token = f"{protected}.{_b64url(canonical(card))}"
    signature = _b64url(signer.key.sign(token.encode()))
    card.signatures.append(AgentCardSignature(protected=protected, signature=signature))
    return card


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
