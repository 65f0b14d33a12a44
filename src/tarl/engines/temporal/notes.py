"""Why a schedule is paused, as Temporal keeps it: sealed for sealed tenants."""

from __future__ import annotations

from base64 import b64decode, b64encode

from tarl.journal.codec import Stored
from tarl.journal.store import Store

_NO_NOTE = "paused by tarl"
"""Temporal takes no pause without a note."""

_SEALED = "tarl-sealed:"
_PLACE = "temporal/note"
"""What a sealed note is bound to, in place of a stream."""


def kept_note(store: Store, tenant: str, note: str) -> str:
    """A note as Temporal keeps it."""
    if not note:
        return _NO_NOTE
    codec = store.codec.of(tenant)
    if not codec.seals:
        return note
    sealed = codec.store_body(tenant, _PLACE, 0, note.encode())
    return _SEALED + b64encode(sealed.data).decode()


def told_note(store: Store, tenant: str, kept: str | None) -> str:
    """What a note says; empty where there is none, or the key that sealed it is gone."""
    if kept is None or kept == _NO_NOTE:
        return ""
    if not kept.startswith(_SEALED):
        return kept
    stored = Stored(b64decode(kept.removeprefix(_SEALED)), b"")
    opened = store.codec.open_body(tenant, _PLACE, 0, stored)
    return "" if opened is None else opened.decode()
