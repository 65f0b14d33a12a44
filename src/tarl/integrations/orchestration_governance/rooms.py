"""What the classes of this face share: whose word theirs is, and the rooms of signed statements."""

from __future__ import annotations

from tarl.crypto.keys import Keyring
from tarl.crypto.note import Signer
from tarl.engines.embedded.people import People
from tarl.integrations.orchestration_extended.place import Place
from tarl.journal.store import Store
from tarl.kernel.approvals.names import PrincipalId
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.attestations.ledger import Attestations
from tarl.provenance.attestations.signers import present_keys
from tarl.provenance.attestations.statement import OPERATOR
from tarl.values.ids import DEFAULT_TENANT

BY = "orchestration"
"""Who changed something, as the rooms record it, where the caller names nobody."""


def artifacts_of(place: Place, store: Store) -> Artifacts:
    """The artifacts of a journal."""
    return Artifacts(store, place.clock)


def attestations_of(place: Place, store: Store) -> Attestations:
    """The signed statements of a journal; the operator's count as its principals' do."""
    operator = Keyring().ensure().public("operator")
    keys = present_keys(store, operator, clock=place.clock)
    return Attestations(store, keys=keys, clock=place.clock)


def signer_of(place: Place, store: Store, name: str) -> Signer:
    """The key of the operator, or of a person, who is registered with a key of this machine if
    nobody is of that name.

    Raises:
        Missing: the person's key is not kept here (``keys.missing``).
    """
    keyring = Keyring().ensure()
    if name == OPERATOR:
        return keyring.signer("operator")
    people = People(store, keyring)
    principal = people.ensure_human(PrincipalId(DEFAULT_TENANT, name), at_ms=place.now_ms())
    return people.keys.signer(principal.key)
