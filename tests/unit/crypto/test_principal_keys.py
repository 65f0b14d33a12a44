"""Key files of principals: guarded, sealed with a passphrase if told to, found by public key."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tarl.crypto.keys import Keyring
from tarl.crypto.note import VerifierKey
from tarl.crypto.principals import PrincipalKeys
from tarl.errors import Corrupt, Denied, Invalid, Missing

ALICE = "principal/default/alice"


def file_of(keys: PrincipalKeys) -> Path:
    (path,) = keys.directory.glob("*/*/*.key")
    return path


def test_a_key_is_kept_where_nobody_else_reads_it(tmp_path: Path) -> None:
    keys = PrincipalKeys(tmp_path)
    made = keys.create(ALICE)
    path = file_of(keys)
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.stat(path.parent).st_mode & 0o777 == 0o700
    assert path.is_relative_to(tmp_path / "principals" / "default" / "alice")
    again = PrincipalKeys(tmp_path).signer(made.verifier)
    assert again.key.sign(b"x") == made.key.sign(b"x")
    assert keys.has(made.verifier)
    assert list(keys.names()) == [ALICE]


def test_principals_keys_leave_room_for_the_operators(tmp_path: Path) -> None:
    PrincipalKeys(tmp_path).create(ALICE)
    assert Keyring(tmp_path).init().exists()


def test_an_older_key_stays_where_it_is(tmp_path: Path) -> None:
    keys = PrincipalKeys(tmp_path)
    first, second = keys.create(ALICE), keys.create(ALICE)
    assert first.verifier != second.verifier
    for made in (first, second):
        assert keys.signer(made.verifier).verifier == made.verifier


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    keys = PrincipalKeys(tmp_path)
    made = keys.create(ALICE)
    file_of(keys).chmod(0o640)
    with pytest.raises(Denied) as caught:
        keys.signer(made.verifier)
    assert caught.value.code == "keys.permissions"
    assert list(keys.names()) == []


def test_a_key_that_is_not_here_is_missing(tmp_path: Path) -> None:
    keys = PrincipalKeys(tmp_path)
    made = PrincipalKeys(tmp_path / "elsewhere").create(ALICE)
    assert not keys.has(made.verifier)
    with pytest.raises(Missing) as caught:
        keys.signer(made.verifier)
    assert caught.value.code == "keys.missing"


@pytest.mark.parametrize(
    "content",
    ["", "{}", '{"name":"x","seed":"AA==","type":"tarl.ed25519/1"}', "\xff"],
    ids=["empty", "no members", "short", "no text"],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    keys = PrincipalKeys(tmp_path)
    made = keys.create(ALICE)
    file_of(keys).write_text(content, encoding="latin-1")
    with pytest.raises(Corrupt) as caught:
        keys.signer(made.verifier)
    assert caught.value.code == "keys.malformed"
    assert not keys.needs_passphrase(made.verifier)


def test_a_file_with_another_key_is_no_key_of_this_one(tmp_path: Path) -> None:
    keys = PrincipalKeys(tmp_path)
    made = keys.create(ALICE)
    path = file_of(keys)
    other = PrincipalKeys(tmp_path / "other")
    other.create(ALICE)
    path.write_bytes(file_of(other).read_bytes())
    with pytest.raises(Corrupt):
        keys.signer(made.verifier)


def test_a_passphrase_seals_the_seed(tmp_path: Path) -> None:
    keys = PrincipalKeys(tmp_path)
    made = keys.create(ALICE, passphrase="correct horse")
    assert keys.needs_passphrase(made.verifier)
    assert keys.signer(made.verifier, passphrase="correct horse").verifier == made.verifier
    for wrong in (None, "", "correct horses"):
        with pytest.raises(Denied) as caught:
            keys.signer(made.verifier, passphrase=wrong)
        assert caught.value.code == "keys.passphrase"
    with pytest.raises(Invalid):
        keys.create(ALICE, passphrase="")


@pytest.mark.parametrize(
    ("member", "value"),
    [("passes", 10**9), ("memory_bytes", 10**15), ("memory_bytes", 1), ("salt", "AAAA")],
)
def test_a_file_does_not_say_what_its_passphrase_costs_without_bounds(
    tmp_path: Path, member: str, value: object
) -> None:
    keys = PrincipalKeys(tmp_path)
    made = keys.create(ALICE, passphrase="correct horse")
    path = file_of(keys)
    path.write_text(json.dumps({**json.loads(path.read_text()), member: value}))
    with pytest.raises(Corrupt):
        keys.signer(made.verifier, passphrase="correct horse")


@pytest.mark.parametrize(
    "name",
    [
        "alice",
        "principal/alice",
        "principal/../alice",
        "principal/a/b/c",
        "principal//x",
        "principal/a/..",
        "principal/a/b c",
        "principal/a/b+c",
        "principal/a/b\0",
    ],
)
def test_a_name_stays_below_the_home(tmp_path: Path, name: str) -> None:
    keys = PrincipalKeys(tmp_path)
    with pytest.raises(Invalid) as caught:
        keys.create(name)
    assert caught.value.code == "keys.name"
    assert not keys.directory.exists()
    with pytest.raises(Invalid):
        keys.has(VerifierKey(name, 1, bytes(32)))


def test_a_long_name_has_a_file_too(tmp_path: Path) -> None:
    keys = PrincipalKeys(tmp_path)
    name = "principal/default/" + "%C3%A4" * 200
    made = keys.create(name)
    assert keys.signer(made.verifier).name == name
    assert list(keys.names()) == [name]
