"""The lineage of an artifact as a predicate: every artifact that it stands on, and every relation.

Type ``https://tarl.dev/attestation/lineage/v1``. Drawn from the journal as it was at one size of
its log: drawn again, it is the same.
"""

from __future__ import annotations

from typing import Any

from tarl.crypto.note import Checkpoint
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.attestations.statement import Subject
from tarl.provenance.slsa import resource_of_log
from tarl.values.ids import DEFAULT_TENANT
from tarl.values.plain import plain


def lineage(
    artifacts: Artifacts, sha256: str, *, log: Checkpoint, tenant: str = DEFAULT_TENANT
) -> tuple[list[Subject], dict[str, Any]]:
    """What the lineage of an artifact is about, and what it says.

    Raises:
        Missing: nothing of that digest is registered (``artifact.missing``).
        Exceeded: it is too much (``artifact.too_many``).
    """
    found = artifacts.up(sha256, log_size=log.size, tenant=tenant)
    predicate = {
        "artifacts": [plain(each) for each in (found.root, *found.artifacts)],
        "log": resource_of_log(log),
        "relations": [plain(each) for each in found.relations],
        "tenant": tenant,
    }
    return [Subject(name=found.root.name, sha256=sha256)], predicate
