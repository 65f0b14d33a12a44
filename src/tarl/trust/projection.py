"""The tables of trust: where each record is, whose it is, what it hangs on; and the generation.

They are looked things up in and never believed: a record is read from its event and verified, and a
table that lost a row denies. The generation of a tenant counts whatever may have taken authority
away: revocations, suspensions, changes of posture, and keys that were rotated or revoked.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

import msgspec

from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.kernel.approvals import principals
from tarl.trust import events

RECORDS = Table(
    name="trust_record",
    columns={
        "tenant": "TEXT",
        "digest": "TEXT",
        "kind": "TEXT",
        "agent": "TEXT",
        "stream": "TEXT",
        "seq": "INTEGER",
        "parent": "TEXT",
        "authority": "TEXT",
        "expires_at_ms": "INTEGER",
        "nonce": "TEXT",
        "human": "TEXT",
    },
    key=("tenant", "digest"),
    indexes=(
        ("tenant", "agent", "kind", "expires_at_ms"),
        ("tenant", "parent"),
        ("tenant", "nonce"),
        ("tenant", "human"),
    ),
)
"""``agent`` is whom the record is about, an authority's id for an authority; ``parent`` the digest
of the record above, ``authority`` that of the authority that an agent's records name.
"""

GENERATIONS = Table(
    name="trust_generation",
    columns={"tenant": "TEXT", "generation": "INTEGER"},
    key=("tenant",),
)

_KEYS_CHANGED = frozenset({principals.KEY_ROTATED, principals.REVOKED})
_LINKED = frozenset({*events.PERMITTING, events.AUDIT})


def _apply(tables: Tables, fact: Fact) -> None:
    noun, tenant, _ = events.parts_of(fact.stream)
    if fact.kind in _KEYS_CHANGED and noun == "principal":
        _advance(tables, tenant)
    elif fact.kind in events.STANDING and noun == "revocations":
        _advance(tables, tenant)
        _put(tables, tenant, fact)
    elif fact.kind in _LINKED and noun in ("agent", "authority"):
        _put(tables, tenant, fact)


def _advance(tables: Tables, tenant: str) -> None:
    record = tables.get("trust_generation", tenant)
    generation = 1 if record is None else record["generation"] + 1
    tables.put("trust_generation", {"tenant": tenant, "generation": generation})


def _put(tables: Tables, tenant: str, fact: Fact) -> None:
    try:
        payload = base64.b64decode(msgspec.json.decode(fact.body or b"{}")["envelope"]["payload"])
        said = msgspec.json.decode(payload)
        kind = str(said["type"]).removeprefix("tarl.").partition("/")[0]
    except (KeyError, TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        return  # erased, or written past the rules: what is not in the table permits nothing
    origin = said.get("human_origin")
    expires = said.get("expires_at_ms")
    tables.put(
        "trust_record",
        {
            "tenant": tenant,
            "digest": sha256(payload).hexdigest(),
            "kind": _text(kind),
            "agent": _subject(kind, said),
            "stream": fact.stream,
            "seq": fact.seq,
            "parent": _parent(kind, said),
            "authority": None if kind == "authority" else _text(said.get("authority")),
            "expires_at_ms": expires if type(expires) is int and abs(expires) < 2**63 else None,
            "nonce": _text(said.get("nonce")),
            "human": _text(origin.get("human")) if isinstance(origin, dict) else None,
        },
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _subject(kind: str, said: Any) -> str | None:
    name = {"authority": "authority", "delegation": "delegatee"}.get(kind, "agent")
    return _text(said.get(name))


def _parent(kind: str, said: Any) -> str | None:
    name = {"genesis": "authority", "attestation": "genesis"}.get(kind, "parent")
    return _text(said.get(name))


TRUST_PROJECTION = Projection(
    name="trust",
    tables=(RECORDS, GENERATIONS),
    kinds=frozenset({*_LINKED, *events.STANDING, *_KEYS_CHANGED}),
    apply=_apply,
)
