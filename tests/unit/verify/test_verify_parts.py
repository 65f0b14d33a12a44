"""The verifier's small functions against published vectors and against definitions."""

from __future__ import annotations

import base64
from array import array
from hashlib import sha512

import evidence_builder as build
import pytest
from nacl.bindings import crypto_core_ed25519_add, crypto_scalarmult_ed25519_base_noclamp
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

import tarl_verify

# C2SP signed-note, section "Example" (CC BY 4.0).
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
MESSAGE = b"This is an example message.\n"
SIGNATURE = base64.b64decode(
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
)

# C2SP tlog-cosignature: a checkpoint with a cosignature; its keys are not given.
CHECKPOINT = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa \
Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 \
jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIf\
Z+qnA==
"""

# Leaves and roots of the trees of 1 to 8 leaves in the tests of Certificate Transparency.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
LEAVES += ["606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
NEUTRAL = bytes([1]) + bytes(31)
NEUTRAL_NONCANONICAL = (2**255 - 19 + 1).to_bytes(32, "little")


def test_the_published_key_verifies_the_published_note() -> None:
    key = tarl_verify.parse_vkey(VKEY, 1)

    assert key.label == "example.com/foo+530d903a"
    assert key.id == SIGNATURE[:4]
    assert tarl_verify.keys.is_signed(key.public, MESSAGE, SIGNATURE[4:])
    assert not tarl_verify.keys.is_signed(key.public, MESSAGE[:-1], SIGNATURE[4:])


def test_the_published_checkpoint_is_read() -> None:
    found = tarl_verify.parse_checkpoint(CHECKPOINT)

    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.root.hex().startswith("0ac5186a")
    assert [name for name, _, _ in found.signatures] == [
        "example.com/behind-the-sofa",
        "witness.example.com/w1",
    ]
    assert [len(data) for _, _, data in found.signatures] == [64, 72]
    assert int.from_bytes(found.signatures[1][2][:8], "big") == 1679315147


@pytest.mark.parametrize("place", range(64))
def test_every_byte_of_a_signature_counts(place: int) -> None:
    signature = bytearray(build.LOG.sign(b"message"))
    assert tarl_verify.keys.is_signed(build.LOG.public, b"message", bytes(signature))
    signature[place] ^= 0x10

    assert not tarl_verify.keys.is_signed(build.LOG.public, b"message", bytes(signature))


def test_points_that_let_one_signature_mean_many_things_are_refused() -> None:
    # With a public key of low order, R neutral and S zero verify for every eighth message or all.
    for public in (NEUTRAL, NEUTRAL_NONCANONICAL, ORDER_8, bytes(32)):
        assert not tarl_verify.keys.is_sound_point(public)
        for point in (NEUTRAL, NEUTRAL_NONCANONICAL, build.LOG.public):
            for n in range(16):
                assert not tarl_verify.keys.is_signed(public, b"%d" % n, point + bytes(32))


def test_points_on_which_verifiers_disagree_are_refused() -> None:
    # A public key with a part of low order, by someone who knows the rest. One message in eight
    # verifies without the cofactor, every message with it; libsodium's releases differ.
    secret, nonce = 7 * 2**200 + 5, 3 * 2**200 + 1
    mixed = crypto_core_ed25519_add(point_of(secret), ORDER_8)
    accepted = 0
    for n in range(64):
        message = b"%d" % n
        challenge = sha512(point_of(nonce) + mixed + message).digest()
        s = (nonce + int.from_bytes(challenge, "little") * secret) % tarl_verify.keys.GROUP_ORDER
        signature = point_of(nonce) + s.to_bytes(32, "little")
        accepted += libsodium_accepts(mixed, message, signature)

        assert not tarl_verify.keys.is_signed(mixed, message, signature)

    assert accepted > 0
    assert tarl_verify.keys.is_sound_point(point_of(secret))


def point_of(scalar: int) -> bytes:
    """The scalar times the base point."""
    return crypto_scalarmult_ed25519_base_noclamp(scalar.to_bytes(32, "little"))


def libsodium_accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(public).verify(message, signature)
    except BadSignatureError:
        return False
    return True


def test_what_is_not_a_point_is_refused() -> None:
    assert not any(
        tarl_verify.keys.is_sound_point(bytes([n]) + bytes(30) + b"\xff")
        for n in range(0xF0, 0x100)
    )
    assert not tarl_verify.keys.is_signed(build.LOG.public, b"", b"")


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots_are_rebuilt(size: int) -> None:
    hashes = [build.sha256(b"\0" + bytes.fromhex(leaf)) for leaf in LEAVES[:size]]

    root = tarl_verify.log.root_with(range(size), bytearray(b"".join(hashes)), size, iter(()))

    assert root.hex() == ROOTS[size - 1]


def test_every_choice_of_leaves_in_small_trees_leads_to_the_root() -> None:
    for size in range(1, 9):
        hashes = [build.sha256(b"%d" % n) for n in range(size)]
        for choice in range(1, 2**size):
            wanted = [n for n in range(size) if choice >> n & 1]
            proof = build.batch_proof(hashes, set(wanted))
            leaves = bytearray(b"".join(hashes[n] for n in wanted))

            rest = iter(proof)
            root = tarl_verify.log.root_with(array("Q", wanted), leaves, size, rest)

            assert root == build.tree(hashes)
            assert next(rest, None) is None


def test_every_pair_of_sizes_is_consistent() -> None:
    hashes = [build.sha256(b"%d" % n) for n in range(20)]
    for new in range(2, 21):
        for old in range(1, new):
            before, after = build.tree(hashes[:old]), build.tree(hashes[:new])
            proof = iter(build.subproof(old, hashes[:new], True))

            assert tarl_verify.log.roots_before_and_after(old, new, before, proof) == (
                before,
                after,
            )
            assert next(proof, None) is None
