"""Ed25519, HKDF, DSSE and signed notes against published vectors."""

import json
from pathlib import Path

import pytest

from tarl.crypto import dsse
from tarl.crypto.aead import hkdf_sha256
from tarl.crypto.ed25519 import SigningKey, is_sound_point, verify
from tarl.crypto.note import Signer, open_note, parse_vkey, split_note
from tarl.errors import Corrupt, Invalid

VECTORS = Path(__file__).parent / "vectors" / "ed25519"


def load(name: str) -> list[dict]:
    return json.loads((VECTORS / name).read_text())


def accepts(public: str, message: bytes, signature: str) -> bool:
    try:
        verify(bytes.fromhex(public), message, bytes.fromhex(signature))
    except Corrupt:
        return False
    return True


def test_wycheproof_ed25519() -> None:
    for case in load("wycheproof.json"):
        good = accepts(case["public"], bytes.fromhex(case["msg"]), case["sig"])
        assert good == (case["result"] == "valid"), case["id"]


def test_cctv_edge_cases_follow_the_strict_profile() -> None:
    """Whatever has a low-order component or is not canonical is refused, nothing else is."""
    odd = {
        "low_order_A",
        "low_order_R",
        "low_order_component_A",
        "low_order_component_R",
        "low_order_residue",
        "non_canonical_A",
        "non_canonical_R",
        "reencoded_k",
    }
    seen = set()
    for case in load("cctv.json"):
        flags = set(case["flags"] or ())
        seen |= flags
        good = accepts(case["key"], case["msg"].encode(), case["sig"])
        assert not (good and flags & odd), case
    assert seen & odd


def test_hkdf_sha256() -> None:
    for case in load("hkdf_sha256.json"):
        ikm, salt, info = (bytes.fromhex(case[k]) for k in ("ikm", "salt", "info"))
        if case["result"] == "valid":
            found = hkdf_sha256(ikm, info, case["size"], salt=salt)
            assert found.hex() == case["okm"]
        else:
            with pytest.raises(ValueError, match="HKDF"):
                hkdf_sha256(ikm, info, case["size"], salt=salt)


def test_dsse_pre_authentication_encoding() -> None:
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == expected


def test_dsse_envelope_round_trip_and_forgery() -> None:
    signer, other = Signer("a", SigningKey(bytes(32))), Signer("b", SigningKey(b"1" * 32))
    envelope = dsse.sign(b"{}", "application/x", signer)
    assert dsse.verify(envelope, "application/x", signer.verifier) == b"{}"
    with pytest.raises(Corrupt):
        dsse.verify(envelope, "application/x", other.verifier)
    with pytest.raises(Invalid):
        dsse.verify(envelope, "application/y", signer.verifier)
    with pytest.raises(Corrupt):
        dsse.verify({**envelope, "payload": "e30K"}, "application/x", signer.verifier)


C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def test_signed_note_keys() -> None:
    key = parse_vkey(C2SP_KEY)
    assert (key.name, key.id.hex(), key.vkey) == ("example.com/foo", "530d903a", C2SP_KEY)
    with pytest.raises(Invalid):
        parse_vkey(C2SP_KEY.replace("530d903a", "530d903b"))


def test_signed_note_example_is_read() -> None:
    note = (
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
        "ed è subito sera.\n\n"
        "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKON"
        "MrouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
    )
    text, signatures = split_note(note)
    assert text.endswith("sera.\n")
    assert [s.name for s in signatures] == ["quasimodo.example/salvatore"]
    with pytest.raises(Corrupt):
        open_note(note, parse_vkey(C2SP_KEY))


def test_points_of_low_order_are_not_sound() -> None:
    assert is_sound_point(SigningKey(bytes(32)).public)
    assert not is_sound_point(bytes(32))
    assert not is_sound_point(b"\x01" + bytes(31))
