"""Key files: made once, guarded, and really destroyed."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from tarl.crypto import dsse
from tarl.crypto.aead import open_sealed, seal
from tarl.crypto.copies import copy_keys
from tarl.crypto.keys import CERTIFICATES, KEY_TYPE, Keyring
from tarl.errors import Conflict, Corrupt, Denied, Missing


def test_keys_are_made_once_with_modes_that_keep_others_out(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path).init()
    for purpose in ("root", "log", "operator"):
        assert os.stat(keyring.directory / f"{purpose}.key").st_mode & 0o777 == 0o600
    with pytest.raises(Conflict, match="keys already"):
        keyring.init()
    assert Keyring(tmp_path).public("root") == keyring.public("root")


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path).init()
    (keyring.directory / "log.key").chmod(0o644)
    with pytest.raises(Denied) as caught:
        keyring.signer("log")
    assert caught.value.code == "keys.permissions"


@pytest.mark.parametrize("text", ["", "{}", '{"name":"x","seed":"AA==","type":"tarl.ed25519/1"}'])
def test_a_damaged_key_is_named(tmp_path: Path, text: str) -> None:
    keyring = Keyring(tmp_path).init()
    (keyring.directory / "log.key").write_text(text)
    with pytest.raises(Corrupt) as caught:
        keyring.signer("log")
    assert caught.value.code == "keys.malformed"


def test_missing_keys_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(Missing) as caught:
        Keyring(tmp_path).signer("root")
    assert caught.value.next_step == "tarl keys init"


def test_the_root_certifies_the_other_two(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path).init()
    payloads = [
        json.loads(dsse.verify(envelope, KEY_TYPE, keyring.public("root")))
        for envelope in keyring.certificates()
    ]
    assert [p["purpose"] for p in payloads] == ["log", "operator"]


def _ensure(home: str, queue: multiprocessing.Queue) -> None:
    queue.put(Keyring(home).ensure().public("root").vkey)


def test_processes_that_make_keys_at_once_agree(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    workers = [context.Process(target=_ensure, args=(str(tmp_path), queue)) for _ in range(4)]
    for worker in workers:
        worker.start()
    seen = {queue.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join()
    assert len(seen) == 1
    assert not list(tmp_path.glob(".keys-*"))


def test_a_tenant_key_is_drawn_once_and_destroyed_for_good(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path)
    assert keyring.tenant_key("../x") is None
    keyring.make_tenant_key("../x")
    key = keyring.tenant_key("../x")
    assert key is not None
    assert len(key) == 32
    assert {p.parent for p in tmp_path.rglob("*x.key")} == {keyring.directory / "tenants"}
    with pytest.raises(Conflict):
        keyring.make_tenant_key("../x")
    keyring.destroy_tenant_key("../x")
    assert keyring.tenant_key("../x") is None
    with pytest.raises(Missing):
        keyring.destroy_tenant_key("../x")


def test_sealed_bytes_open_only_whole_and_in_their_place() -> None:
    key = b"k" * 32
    sealed = seal(key, b"secret", b"place")
    assert open_sealed(key, sealed, b"place") == b"secret"
    assert seal(key, b"secret", b"place") != sealed
    for attempt in (
        (b"x" * 32, sealed, b"place"),
        (key, sealed, b"elsewhere"),
        (key, sealed[:-1], b"place"),
        (key, b"", b"place"),
    ):
        with pytest.raises(Corrupt):
            open_sealed(*attempt)


def test_the_roots_secret_half_is_needed_by_nothing_that_has_its_word(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path).init()
    public, certificates = keyring.public("root"), keyring.certificates()
    (keyring.directory / "root.key").unlink()
    assert keyring.exists()
    assert keyring.ensure().public("root") == public
    assert keyring.certificates() == certificates
    with pytest.raises(Missing, match=r"holds other keys, but not root\.key") as caught:
        keyring.signer("root")
    assert caught.value.code == "keys.missing"
    with pytest.raises(Conflict):
        keyring.init()


def test_without_the_root_and_its_word_nothing_is_certified(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path).init()
    for name in ("root.key", CERTIFICATES):
        (keyring.directory / name).unlink()
    with pytest.raises(Missing) as caught:
        keyring.certificates()
    assert caught.value.code == "keys.certificates"


@pytest.mark.parametrize("of", ["the log's", "the root's", "the file"])
def test_the_roots_word_on_other_keys_is_refused(tmp_path: Path, of: str) -> None:
    keyring, other = Keyring(tmp_path / "a").init(), Keyring(tmp_path / "b").init()
    (keyring.directory / "root.key").unlink()
    names = {"the log's": ("log.key",), "the root's": ("root.pub",), "the file": ()}[of]
    for name in names:
        (keyring.directory / name).write_bytes((other.directory / name).read_bytes())
    if not names:
        (keyring.directory / CERTIFICATES).write_text("[{}]")
    with pytest.raises(Corrupt) as caught:
        keyring.certificates()
    assert caught.value.code == "keys.malformed"


def test_a_damaged_public_key_is_named(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path).init()
    (keyring.directory / "root.key").unlink()
    (keyring.directory / "root.pub").write_bytes(b"\xff")
    with pytest.raises(Corrupt) as caught:
        keyring.public("root")
    assert caught.value.code == "keys.malformed"


def test_keys_are_made_beside_a_witness(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path)
    keyring.init_witness()
    keyring.ensure()
    assert {path.suffix for path in keyring.directory.iterdir()} == {".key", ".pub", ".json"}
    assert keyring.certificates()
    assert not list(tmp_path.glob(".keys-*"))


def test_who_is_slower_leaves_the_keys_that_are_beside_a_witness(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path)
    keyring.init_witness()
    keyring.ensure()
    root = keyring.public("root")
    assert not keyring._make()
    assert keyring.public("root") == root


def test_another_machine_gets_all_but_the_roots_secret_half(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "a").init()
    keyring.make_tenant_key("acme")
    keyring.init_witness()
    keyring.keep_checkpoint("log", "note")
    files = copy_keys(keyring, tmp_path / "b")
    assert files == [
        "keys/certificates.json",
        "keys/log.key",
        "keys/log.pub",
        "keys/operator.key",
        "keys/operator.pub",
        "keys/redaction.key",
        "keys/root.pub",
        "keys/tenants/acme.key",
    ]
    other = Keyring(tmp_path / "b")
    for purpose in ("log", "operator"):
        assert other.signer(purpose).verifier == keyring.public(purpose)
    assert other.certificates() == keyring.certificates()
    assert other.redaction_key() == keyring.redaction_key()
    assert other.tenant_key("acme") == keyring.tenant_key("acme")
    for path in other.directory.rglob("*.key"):
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Conflict):
        copy_keys(keyring, tmp_path / "b")
    assert copy_keys(other, tmp_path / "c") == files
