"""What of the registry is content: handed on to the artifacts and attestations of the journal.

The registry knows names, which may come to stand for other content, and takes any word for a kind
or a relation. The journal's artifacts are content, named by its SHA-256 and described once. So

1. an artifact is registered there when its ``content_hash`` is a SHA-256 that is not described
   yet, its kind one that exists there, and its id and version can be a name and a version;
2. a relation is recorded there between what both names stand for, if it is of a type that exists
   there and closes no circle;
3. what is attested of such content is signed by the operator, as an in-toto statement.

What is no such thing stays in the registry alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.errors import Conflict
from tarl.integrations.orchestration.ledger import Ledger
from tarl.provenance.artifacts.artifact import KINDS, TYPES
from tarl.provenance.artifacts.artifact import Artifact as Content
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.attestations.ledger import Attestations
from tarl.provenance.attestations.predicates import own
from tarl.provenance.attestations.signers import present_keys
from tarl.provenance.attestations.statement import Subject, is_sha256, make

if TYPE_CHECKING:
    from tarl.integrations.orchestration.provenance import Artifact

BY = "orchestration"
"""Who registered it, as the journal's artifacts say."""


class Contents:
    """The content behind a registry's names.

    Args:
        ledger: The registry's journal.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def register(self, artifact: Artifact) -> None:
        """Hand on what a name stands for, if it is content."""
        content = _content(artifact)
        if content is None:
            return
        with self._ledger.held() as store:
            artifacts = Artifacts(store, SystemClock())
            if artifacts.find(content.sha256) is None:
                artifacts.register(content, by=BY)

    def relate(self, source: Artifact | None, target: Artifact | None, type: str) -> None:
        """Hand on how what two names stand for relates, if both are content."""
        if source is None or target is None or type not in TYPES:
            return
        with self._ledger.held() as store:
            artifacts = Artifacts(store, SystemClock())
            ends = source.content_hash, target.content_hash
            if any(not is_sha256(end) or artifacts.find(end) is None for end in ends):
                return
            try:
                artifacts.relate(*ends, type, by=BY)
            except Conflict as error:
                if error.code != "artifact.cycle":  # circles are the registry's alone
                    raise

    def attest(self, artifact: Artifact | None, type: str, details: Mapping[str, Any]) -> None:
        """Sign what is attested of what a name stands for, if that is content."""
        if artifact is None or not is_sha256(artifact.content_hash):
            return
        subject = Subject(name=artifact.artifact_id[:512], sha256=artifact.content_hash)
        operator = Keyring().ensure().signer("operator")
        predicate = {"details": dict(details), "type": type}
        envelope = make([subject], own(_slug(type)), predicate, signers=[operator])
        with self._ledger.held() as store:
            clock = SystemClock()
            keys = present_keys(store, operator.verifier, clock=clock)
            Attestations(store, keys=keys, clock=clock).record(envelope)


def _content(artifact: Artifact) -> Content | None:
    described = artifact.artifact_id, artifact.version
    if not is_sha256(artifact.content_hash) or artifact.kind not in KINDS:
        return None
    if not all(isinstance(t, str) and t.isprintable() and len(t) <= 512 for t in described):
        return None
    return Content(
        sha256=artifact.content_hash,
        kind=artifact.kind,
        name=artifact.artifact_id,
        version=artifact.version,
    )


def _slug(type: str) -> str:
    """The word that a type of attestation is named by: ``tests_passed`` as ``tests-passed``."""
    found = re.sub(r"[^a-z0-9]+", "-", type.lower()).strip("-")[:60].strip("-")
    return found if found[:1].isalpha() else f"x-{found}".rstrip("-")
