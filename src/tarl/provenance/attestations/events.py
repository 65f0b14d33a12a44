"""What is recorded of attestations, in the stream ``statement/<tenant>/<sha256 of its first
subject>``. Kinds are frozen.

The noun is not ``attestation``: events of that name are what authorities say about agents.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.values.ids import encode_segment

STATEMENT_RECORDED = "statement.recorded/1"


class StatementRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's signed statement: its envelope, with the signatures that verified then.

    Recorded again when somebody else has signed the same payload: with their signatures.
    """

    envelope: dict[str, Any]


read_body = msgspec.json.Decoder(StatementRecorded).decode


def statement_stream(tenant: str, sha256: str) -> str:
    """The name of the stream of what is said about something."""
    return f"statement/{encode_segment(tenant)}/{sha256}"
