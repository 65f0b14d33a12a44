"""What a record of each kind may say, whoever signed it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from tarl.crypto.note import NOTE_TYPE, VerifierKey, parse_vkey
from tarl.errors import Invalid, TarlError
from tarl.trust.records import (
    DELEGATION_DEPTH_MAX,
    GRANTS_MAX,
    KEYS_MAX,
    RECORDS,
    RESULTS,
    ROLES_MAX,
    TEXT_CHARS_MAX,
    Attestation,
    Audit,
    Authority,
    Delegation,
    Effects,
    Genesis,
    HumanOrigin,
    Permitting,
    Record,
    Revocation,
    Suspension,
)
from tarl.values.canonical import INTEGER_MAX
from tarl.values.ids import check_name

KEYS_REMEMBERED_MAX = 16_384

_HEX = re.compile("[0-9a-f]*")


def check(record: Any) -> None:
    """Refuse a record that says what no record of its kind may say.

    Raises:
        Invalid: ``trust.malformed``, ``trust.times``, ``trust.oversized``, ``trust.key_type``.
    """
    _check_name(record.tenant, "tenant")
    _check_ms(record.issued_at_ms, "issued_at_ms")
    _check_hex(record.nonce, 32, "nonce")
    for name, check_member in _MEMBERS[type(record)]:
        value = getattr(record, name)
        if value is not None:
            check_member(value, name)
    if isinstance(record, Permitting) and len(record.grants) > GRANTS_MAX:
        raise refused("trust.oversized", f"it has more than {GRANTS_MAX} grants")
    if hasattr(record, "not_before_ms"):
        _check_times(record)
    _CHECKS.get(type(record), _nothing_more)(record)


def _check_authority(record: Authority) -> None:
    _check_name(record.authority, "authority")
    _check_text(record.name, "name")
    if not 1 <= record.threshold <= len(record.keys) <= KEYS_MAX:
        raise refused("trust.malformed", f"the threshold is not 1 to {KEYS_MAX} of its keys")
    names = [key_of(vkey).name for vkey in record.keys]
    if len(set(names)) < len(names):
        raise refused("trust.malformed", "two of its keys are of one principal")


def _check_genesis(record: Genesis) -> None:
    _check_hex(record.authority, 64, "authority")
    key_of(record.key)


def _check_attestation(record: Attestation) -> None:
    _check_hex(record.authority, 64, "authority")
    _check_depth(record.depth_left)
    if len(record.roles) > ROLES_MAX:
        raise refused("trust.malformed", f"it has more than {ROLES_MAX} roles")
    for role in record.roles:
        _check_name(role, "role")
    if record.expires_at_ms is None:
        raise refused("trust.times", "an attestation expires")


def _check_delegation(record: Delegation) -> None:
    key_of(record.delegatee_key)
    _check_depth(record.depth_left)
    if record.expires_at_ms is None:
        raise refused("trust.times", "a delegation expires")


def _check_revocation(record: Revocation) -> None:
    target = record.target
    if not target.noun:
        raise refused("trust.malformed", "it is not of exactly one thing")
    if target.noun == "record":
        _check_hex(target.name, 64, "record")
    else:
        _check_name(target.name, target.noun)


def _check_suspension(record: Suspension) -> None:
    if record.until_ms is not None:
        _check_ms(record.until_ms, "until_ms")


def _check_effects(record: Effects) -> None:
    if not 1 <= record.count <= INTEGER_MAX:
        raise refused("trust.malformed", "it signs for nothing")


def _check_audit(record: Audit) -> None:
    if record.result not in RESULTS:
        raise refused("trust.malformed", f"no result is called {record.result[:40]!r}")


def _digest(text: str, what: str) -> None:
    _check_hex(text, 64, what)


def _nothing_more(record: Any) -> None:
    return


_CHECKS: Mapping[type[Record], Callable[[Any], None]] = {
    Authority: _check_authority,
    Genesis: _check_genesis,
    Attestation: _check_attestation,
    Delegation: _check_delegation,
    Revocation: _check_revocation,
    Suspension: _check_suspension,
    Effects: _check_effects,
    Audit: _check_audit,
}


def _check_times(record: Any) -> None:
    _check_ms(record.not_before_ms, "not_before_ms")
    if record.expires_at_ms is None:
        return
    _check_ms(record.expires_at_ms, "expires_at_ms")
    if record.expires_at_ms <= record.not_before_ms:
        raise refused("trust.times", "it expires before it begins")


def _check_origin(origin: HumanOrigin, what: str) -> None:
    _check_name(origin.human, "human")
    _check_ms(origin.authenticated_at_ms, "authenticated_at_ms")
    for text in (origin.name, origin.provider, origin.session):
        if len(text) > TEXT_CHARS_MAX:
            raise refused("trust.oversized", "a text of the human origin is too long")


def _check_depth(depth_left: int) -> None:
    if not 0 <= depth_left <= DELEGATION_DEPTH_MAX:
        raise refused("trust.malformed", f"depth_left is not 0 to {DELEGATION_DEPTH_MAX}")


def _check_name(name: str, what: str) -> None:
    try:
        check_name(name, what)
    except TarlError as error:
        raise refused("trust.malformed", error.message) from None


def _check_text(text: str, what: str) -> None:
    if not text or len(text) > TEXT_CHARS_MAX:
        raise refused("trust.malformed", f"{what} has not 1 to {TEXT_CHARS_MAX} characters")


def _check_ms(ms: int, what: str) -> None:
    if not 0 <= ms <= INTEGER_MAX:
        raise refused("trust.times", f"{what} is no instant")


def _check_hex(text: str, chars: int, what: str) -> None:
    if len(text) != chars or _HEX.fullmatch(text) is None:
        raise refused("trust.malformed", f"{what} is not {chars} hexadecimal digits")


_BY_NAME: Mapping[str, Callable[[Any, str], None]] = {
    **dict.fromkeys(("agent", "delegator", "delegatee", "issuer"), _check_name),
    **dict.fromkeys(("parent", "genesis", "reasoning", "chain", "context", "root"), _digest),
    **dict.fromkeys(("reason", "task", "audience", "action", "resource"), _check_text),
    "human_origin": _check_origin,
}
_MEMBERS = {
    record: [(name, _BY_NAME[name]) for name in record.__struct_fields__ if name in _BY_NAME]
    for record in RECORDS.values()
}
"""What is checked in each kind by the name of the member."""


@lru_cache(maxsize=KEYS_REMEMBERED_MAX)
def key_of(vkey: str) -> VerifierKey:
    """The key of a record's member.

    Raises:
        Invalid: not an Ed25519 key in the one spelling that there is (``trust.key_type``).
    """
    try:
        key = parse_vkey(vkey)
    except TarlError as error:
        raise refused("trust.key_type", error.message) from None
    if key.type != NOTE_TYPE or key.vkey != vkey:
        raise refused("trust.key_type", "it is not of the type that signs records")
    return key


def refused(code: str, why: str) -> Invalid:
    """The refusal of bytes that are no record."""
    return Invalid(f"not a trust record: {why}", code=code)
