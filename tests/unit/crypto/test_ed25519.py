"""The strict profile, where no published vector looks: points with a component of low order."""

from hashlib import sha512

import pytest
from nacl import bindings

from tarl.crypto import ed25519
from tarl.crypto.ed25519 import GROUP_ORDER, TOGETHER_MIN, SigningKey, Verifying, verify
from tarl.errors import Corrupt

ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")


def scalar(seed: bytes) -> bytes:
    return bindings.crypto_core_ed25519_scalar_reduce(sha512(seed).digest())


def point(factor: bytes) -> bytes:
    return bindings.crypto_scalarmult_ed25519_base_noclamp(factor)


def signature(message: bytes, *, r_component: bytes | None, a_component: bytes | None = None):
    """A signature by the equation, with a component of low order added to R or to A."""
    secret, nonce = scalar(b"secret"), scalar(b"nonce")
    public, r = point(secret), point(nonce)
    if r_component:
        r = bindings.crypto_core_ed25519_add(r, r_component)
    if a_component:
        public = bindings.crypto_core_ed25519_add(public, a_component)
    h = int.from_bytes(sha512(r + public + message).digest(), "little")
    s = (int.from_bytes(nonce, "little") + h * int.from_bytes(secret, "little")) % GROUP_ORDER
    return public, r + s.to_bytes(32, "little")


@pytest.mark.parametrize("cofactored", [False, True])
def test_an_r_outside_the_group_is_refused(
    monkeypatch: pytest.MonkeyPatch, cofactored: bool
) -> None:
    monkeypatch.setattr(ed25519, "_multiplies_by_cofactor", lambda: cofactored)
    for n in range(16):
        message = b"%d" % n
        verify(*_in_order(message, signature(message, r_component=None)))
        with pytest.raises(Corrupt):
            verify(*_in_order(message, signature(message, r_component=ORDER_8)))
        with pytest.raises(Corrupt):
            verify(*_in_order(message, signature(message, r_component=None, a_component=ORDER_8)))


def test_this_libsodium_compares_r_bytewise() -> None:
    """If this fails, signatures still verify as strictly, and cost twice as much."""
    assert not ed25519._multiplies_by_cofactor()


def test_a_remembered_key_still_needs_a_good_signature() -> None:
    key = SigningKey(bytes(32))
    good = key.sign(b"one")
    verify(key.public, b"one", good)
    for message, public in ((b"two", key.public), (b"one", SigningKey(b"1" * 32).public)):
        with pytest.raises(Corrupt):
            verify(public, message, good)
    for odd in (b"", key.public[:31], key.public + b"\0"):
        with pytest.raises(Corrupt):
            verify(odd, b"one", good)


def _in_order(message: bytes, made: tuple[bytes, bytes]) -> tuple[bytes, bytes, bytes]:
    return made[0], message, made[1]


@pytest.mark.parametrize("count", [0, 1, TOGETHER_MIN - 1, TOGETHER_MIN, 25])
def test_of_many_signatures_each_must_be_good(count: int) -> None:
    key = SigningKey(bytes(range(32)))
    jobs = [(key.public, m, key.sign(m)) for m in (b"%d" % n for n in range(count))]
    verifying = Verifying()
    verifying.verify(jobs)
    for place in range(count):
        public, message, signature = jobs[place]
        spoiled = [*jobs[:place], (public, message + b"!", signature), *jobs[place + 1 :]]
        with pytest.raises(Corrupt):
            verifying.verify(spoiled)
