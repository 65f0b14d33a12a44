"""The organisation as the authority that lets agents be."""

from __future__ import annotations

from tarl.integrations.trust.operations import Capabilities, Constraints, TrustOperations
from tarl.integrations.trust.values import Authority


async def create_enterprise_authority(
    name: str = "Enterprise",
    authority_id: str = "enterprise",
    capabilities: Capabilities = ("*",),
    constraints: Constraints = None,
    *,
    trust_ops: TrustOperations | None = None,
) -> Authority:
    """The organisation as an authority: a service with a key here, vouched for by the operator.

    Made once; whoever calls it again gets the one that there is.

    Raises:
        TrustError: it cannot be one.
    """
    operations = trust_ops or TrustOperations.current()
    return await operations.create_authority(
        authority_id, name=name, capabilities=capabilities, constraints=constraints
    )
