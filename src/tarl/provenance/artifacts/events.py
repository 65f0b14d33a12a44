"""What is recorded of artifacts, in the stream ``artifact/<tenant>/<sha256>``. Kinds are frozen.

The first editions of these kinds named artifacts by an id that their maker chose; journals of that
time are read by the face that wrote them.
"""

from __future__ import annotations

import msgspec

from tarl.provenance.artifacts.artifact import Artifact, Relation
from tarl.values.ids import encode_segment

ARTIFACT_REGISTERED = "artifact.registered/2"
ARTIFACT_RELATED = "artifact.related/2"


class ArtifactRegistered(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody said what some content is."""

    artifact: Artifact
    by: str


class ArtifactRelated(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody said how it relates to another."""

    relation: Relation
    by: str


read_registered = msgspec.json.Decoder(ArtifactRegistered).decode
read_related = msgspec.json.Decoder(ArtifactRelated).decode


def artifact_stream(tenant: str, sha256: str) -> str:
    """The name of an artifact's stream."""
    return f"artifact/{encode_segment(tenant)}/{sha256}"
