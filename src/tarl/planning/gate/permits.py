"""The gate of one household and one user's consents, as planning asks it."""

from __future__ import annotations

from collections.abc import Sequence

from tarl.planning.consent.state import Consent
from tarl.planning.formulation.formulate import Ruling
from tarl.planning.gate.ruling import Decision
from tarl.planning.household import Device, Household, PlacementTarget
from tarl.planning.policy_gate import PolicyGate
from tarl.planning.task import TaskSpec


class HouseholdPermits:
    """Fills ``Permits``.

    Args:
        gate: Who decides.
        household: The home.
        consents: The user's, as they are now (``Consents.of``).
        plan_id: The plan that is made, for consents that are for one alone.
    """

    def __init__(
        self,
        gate: PolicyGate,
        household: Household,
        consents: Sequence[Consent] = (),
        *,
        plan_id: str = "",
    ) -> None:
        self._gate = gate
        self._household = household
        self._consents = tuple(consents)
        self._plan_id = plan_id

    @property
    def policy_hash(self) -> str:
        """Of the policies that it decides by."""
        return self._gate.policy_hash

    def decision(
        self,
        task: TaskSpec,
        device: Device,
        action: str,
        placement: PlacementTarget,
        *,
        now_ms: int,
    ) -> Decision:
        """What the gate says, in full."""
        return self._gate.evaluate(
            task,
            self._household,
            device,
            action,
            placement,
            self._consents,
            now_ms,
            plan_id=self._plan_id,
        )

    def ruling(
        self,
        task: TaskSpec,
        device: Device,
        action: str,
        placement: PlacementTarget,
        *,
        now_ms: int,
    ) -> Ruling:
        """What the gate says, as far as planning needs it."""
        said = self.decision(task, device, action, placement, now_ms=now_ms)
        if not said.approved:
            return Ruling(is_allowed=False, reason=said.reason)
        given = said.stands_on[0] if said.stands_on else None
        return Ruling(
            is_allowed=True,
            reason=said.reason,
            scope=said.scope or None,
            token=None if given is None else given.consent_token,
            expires_at=_until(said, now_ms) if given is None else given.expires_at,
            requires_approval=said.requires_approval,
            is_dynamic=said.is_dynamic,
        )


def _until(said: Decision, now_ms: int) -> int:
    """Until when a consent may be given that is still wanted; 0 where none is."""
    return now_ms + said.longest_ms if said.scope else 0
