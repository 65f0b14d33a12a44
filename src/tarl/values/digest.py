"""Hashes over fields that cannot be shifted into one another."""

from __future__ import annotations

import hashlib


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4), 32 bytes."""
    return hashlib.sha256(data).digest()


def length_prefixed(*fields: bytes) -> bytes:
    """Each field after its length in 8 big-endian bytes: other fields always give other bytes."""
    return b"".join([len(field).to_bytes(8, "big") + field for field in fields])
