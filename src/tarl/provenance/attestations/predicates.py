"""The types of predicates that tarl writes or reads, and when what is said by one expires.

Types of others are their own: in-toto statements may have any. In a type of tarl's own, the member
``expiresOn`` (RFC 3339) says from when on it counts no more; in any other type it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tarl.errors import Invalid
from tarl.values.instants import from_datetime

SLSA_PROVENANCE = "https://slsa.dev/provenance/v1"
VERIFICATION_SUMMARY = "https://slsa.dev/verification_summary/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
CYCLONEDX = "https://cyclonedx.org/bom"
SPDX = "https://spdx.dev/Document"
LINEAGE = "https://tarl.dev/attestation/lineage/v1"
RUN = "https://tarl.dev/attestation/run/v1"

_OWN = re.compile(r"https://tarl\.dev/attestation/[a-z][a-z0-9-]{0,63}/v[1-9][0-9]{0,3}")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")

SHORT: Mapping[str, str] = {
    "slsa-provenance": SLSA_PROVENANCE,
    "verification-summary": VERIFICATION_SUMMARY,
    "test-result": TEST_RESULT,
    "cyclonedx": CYCLONEDX,
    "spdx": SPDX,
}
"""Short names of others' types, for people."""


def own(name: str) -> str:
    """The type of tarl's own with this name: ``approval``, ``review``, ``compliance-assessment``.

    Raises:
        Invalid: not lower-case letters, digits and hyphens (``attestation.predicate``).
    """
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"{name[:80]!r} names no type of predicate",
            code="attestation.predicate",
            next_step="write lower-case letters, digits and hyphens, such as review, or a URI",
        )
    return f"https://tarl.dev/attestation/{name}/v1"


def type_of(text: str) -> str:
    """The type that a person wrote: a URI, a short name, or the name of one of tarl's own.

    Raises:
        Invalid: none of them (``attestation.predicate``).
    """
    return text if ":" in text else SHORT.get(text) or own(text)


def is_own(predicate_type: str) -> bool:
    """Whether it is one of tarl's own, which may say when it expires."""
    return _OWN.fullmatch(predicate_type) is not None


def expires_at_ms(predicate_type: str, predicate: Mapping[str, Any]) -> int | None:
    """From when on a statement counts no more; None if it does not say.

    Raises:
        Invalid: it says so in no instant of RFC 3339 (``attestation.expiry``).
    """
    said = predicate.get("expiresOn") if is_own(predicate_type) else None
    if said is None:
        return None
    try:
        return from_datetime(datetime.fromisoformat(said))
    except (TypeError, ValueError):
        raise Invalid(
            f"expiresOn is no instant: {str(said)[:80]!r}",
            code="attestation.expiry",
            next_step="write it as 2026-11-21T07:00:00Z",
        ) from None
