"""Signatures, envelopes, notes, sealing and the files that keep keys.

ed25519.py     strict Ed25519 signatures
dsse.py        envelopes around signed payloads
note.py        C2SP signed notes, checkpoints and cosignatures
aead.py        sealing with a key, and deriving keys
keys.py        key files: the only place that draws secrets
principals.py  key files of people, agents and services
"""
