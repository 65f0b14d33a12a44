"""Keys, checkpoints, witnesses, evidence: what a stranger can check."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from tests.e2e.cli_process import Cli, Finished
from tests.warm.process import run as run_forked

pytestmark = pytest.mark.e2e


@pytest.fixture
def proved(cli: Cli) -> Cli:
    assert cli("run", "flow.py:squares", "--id", "a", "--input", '{"steps": 2}').code == 0
    return cli


def tarl_verify(cli: Cli, *words: str) -> Finished:
    done = run_forked(
        [sys.executable, "-P", "-m", "tarl_verify", *words],
        cwd=cli.directory,
        capture_output=True,
        text=True,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def test_keys_are_made_once(cli: Cli, tarl_home: Path) -> None:
    done = cli("keys", "init", "--json")
    assert done.data["schema"] == "tarl.keys.init/1"
    for purpose in ("root", "log", "operator"):
        key = tarl_home / "keys" / f"{purpose}.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert cli("keys", "show", purpose).out == key.with_suffix(".pub").read_text()
    assert cli("keys", "show").out.strip() == done.data["root"]
    assert cli.refused("keys", "init") == (2, "keys.exist")
    (tarl_home / "keys" / "root.key").chmod(0o644)
    assert cli.refused("keys", "show") == (4, "keys.permissions")


def test_a_machine_without_the_root_key_runs_exports_and_verifies(
    proved: Cli, tarl_home: Path
) -> None:
    assert proved("agents", "create", "bot").code == 0
    copied = proved("keys", "copy", "other", "--json").data
    assert copied["schema"] == "tarl.keys.copy/1"
    agent = [file for file in copied["files"] if file.startswith("principals/default/bot/")]
    assert len(agent) == 1
    assert "keys/root.key" not in copied["files"]
    assert proved.refused("keys", "copy", "other") == (2, "keys.exist")

    there = {"TARL_HOME": str(proved.directory / "other")}
    assert proved("run", "one.py", "--id", "b", environ=there).code == 0
    assert proved("export", "b", "-o", "b.evidence", environ=there).code == 0
    assert proved("verify", "b.evidence", environ=there).code == 0
    assert proved("verify", "b", environ=there).code == 0
    root = proved("keys", "show").out
    assert proved("keys", "show", environ=there).out == root
    assert tarl_verify(proved, "b.evidence", "--root", root.strip()).code == 0
    uses = [key["use"] for key in proved("keys", "ls", "--json", environ=there).data["keys"]]
    assert uses == ["log", "operator", "counts"]
    assert keys_found(proved, there) == ("ok", f"{proved.directory}/other/keys")

    certificates = proved.directory / "other" / "keys" / "certificates.json"
    certificates.unlink()
    assert keys_found(proved, there)[0] == "warning"
    assert proved.refused("export", "b", "-o", "c.evidence", environ=there) == (
        3,
        "keys.certificates",
    )
    assert proved("run", "one.py", "--id", "c", environ=there).code == 0
    (certificates.parent / "log.key").unlink()
    assert keys_found(proved, there)[0] == "problem"
    assert proved.refused("run", "one.py", "--id", "d", environ=there) == (3, "keys.missing")


def keys_found(cli: Cli, environ: dict[str, str]) -> tuple[str, str]:
    checks = cli("doctor", "--json", environ=environ).data["checks"]
    (found,) = [check for check in checks if check["check"] == "keys"]
    return found["status"], found["found"].partition(";")[0]


def test_a_tenants_key_is_made_and_destroyed(cli: Cli) -> None:
    sealed = {"TARL_SEALED": "true"}
    words = ("run", "one.py", "--id", "a", "--tenant", "acme")
    assert cli.refused(*words, environ=sealed) == (3, "keys.tenant_missing")
    assert cli("keys", "tenant", "make", "acme").code == 0
    assert cli.refused("keys", "tenant", "make", "acme") == (2, "keys.exist")
    assert cli(*words, environ=sealed).code == 0
    assert cli("runs", "show", "acme/a", "--json").data["result"] == {"number": 42}
    assert b'"number"' not in (cli.directory / "tarl.db").read_bytes()

    assert cli.refused("keys", "tenant", "destroy", "acme") == (2, "usage")
    assert cli("keys", "tenant", "destroy", "acme", "--yes").code == 0
    assert cli.refused("keys", "tenant", "destroy", "acme", "--yes") == (3, "keys.tenant_missing")
    shown = cli("runs", "show", "acme/a", "--json").data
    assert (shown["status"], shown["result"], shown["erased"]) == ("completed", None, 4)


def test_evidence_is_accepted_by_the_separate_program_and_by_tarl(proved: Cli) -> None:
    done = proved("export", "a", "-o", "a.evidence", "--json")
    root = done.data["root"]
    assert done.data["size_bytes"] == (proved.directory / "a.evidence").stat().st_size
    other = tarl_verify(proved, "a.evidence", "--root", root)
    assert other.code == 0
    assert "freshness: not proved" in other.out
    own = proved("verify", "a.evidence", "--root", root)
    assert (own.code, own.out) == (0, other.out)
    assert proved("verify", "a", "--json").data["verified"] is True


def test_any_changed_byte_is_found(proved: Cli) -> None:
    proved("export", "a", "-o", "a.evidence")
    data = (proved.directory / "a.evidence").read_bytes()
    place = data.index(b"result") + 10
    changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    (proved.directory / "b.evidence").write_bytes(changed)
    done = proved("verify", "b.evidence")
    assert done.code == 6
    assert done.out.startswith("FAILED line ")
    found = proved("verify", "b.evidence", "--json")
    assert (found.code, found.data["verified"]) == (6, False)
    stranger = {"TARL_HOME": str(proved.directory / "stranger")}
    proved("keys", "init", environ=stranger)
    assert proved("verify", "a.evidence", environ=stranger).code == 6


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("verify", "none.evidence"), (3, "input.missing")),
        (("verify", "nobody"), (3, "run.missing")),
        (("verify", "flow.py", "--root", "x"), (2, "evidence.key")),
        (("export", "a"), (2, "usage")),
        (("export", "nobody", "-o", "x"), (3, "run.missing")),
        (("export", "a@2", "-o", "x"), (2, "id.unexpected_event")),
        (("export", "a", "-o", "none/x"), (4, "output.unwritable")),
        (("export", "a", "-o", "."), (4, "output.unwritable")),
        (("export", "a", "-o", "x", "--checkpoint", "none"), (3, "input.missing")),
        (("export", "a", "-o", "x", "--checkpoint", "flow.py"), (2, "note.malformed")),
        (("export", "a", "-o", "x", "--cosignature", "y"), (2, "usage")),
        (("checkpoint", "--since", "99"), (2, "log.shorter")),
        (("witness", "cosign", "none", "--log", "x"), (3, "input.missing")),
        (("witness", "cosign", "flow.py", "--log", "x"), (2, "key.malformed")),
    ],
)
def test_proofs_that_cannot_be_made(
    proved: Cli, words: tuple[str, ...], expected: tuple[int, str]
) -> None:
    assert proved.refused(*words) == expected
    assert not (proved.directory / "x").exists()


def test_a_witness_cosigns_a_log_that_only_grows(proved: Cli) -> None:
    witness = {"TARL_HOME": str(proved.directory / "witness")}
    directory = proved.directory
    key = proved("witness", "init", environ=witness).out.strip()
    assert proved.refused("witness", "init", environ=witness) == (2, "keys.exist")
    (directory / "log.pub").write_text(proved("keys", "show", "log").out)

    def cosign(note: str, target: str) -> tuple[str, ...]:
        return ("witness", "cosign", note, "--log", "log.pub", "-o", target)

    size = proved("checkpoint", "-o", "first", "--json").data["size"]
    assert proved(*cosign("first", "first.cosignature"), environ=witness).code == 0
    words = ("--checkpoint", "first", "--cosignature", "first.cosignature")
    assert proved("export", "a", "-o", "a.evidence", *words).code == 0
    done = proved("verify", "a.evidence", "--witness", key, "--checkpoint", "first")
    assert done.code == 0
    assert "freshness: witness" in done.out

    proved("run", "one.py", "--id", "more")
    proved("checkpoint", "-o", "second")
    assert proved.refused(*cosign("second", "x"), environ=witness) == (2, "witness.proof")
    proved("checkpoint", "-o", "second", "--since", str(size))
    assert proved(*cosign("second", "x"), environ=witness).code == 0
    assert proved.refused(*cosign("first", "x"), environ=witness) == (6, "witness.older")
    assert proved("export", "more", "-o", "y", "--checkpoint", "first").code == 0
    assert proved("verify", "y", "--checkpoint", "first").code == 0
    assert proved.refused("export", "more", "-o", "y", *words) == (
        3,
        "evidence.not_covered",
    )


def test_a_witness_does_not_cosign_a_log_with_another_past(proved: Cli) -> None:
    witness = {"TARL_HOME": str(proved.directory / "witness")}
    proved("witness", "init", environ=witness)
    (proved.directory / "log.pub").write_text(proved("keys", "show", "log").out)
    proved("checkpoint", "-o", "first")
    assert proved("witness", "cosign", "first", "--log", "log.pub", environ=witness).code == 0
    proved("run", "one.py", "--id", "more")
    proved("checkpoint", "-o", "second", "--since", "3")
    text = (proved.directory / "second").read_text().replace("old 3\n", "old 7\n")
    (proved.directory / "forged").write_text(text)
    refusal = proved.refused("witness", "cosign", "forged", "--log", "log.pub", environ=witness)
    assert refusal == (6, "log.consistency")


def test_an_older_copy_of_the_journal_is_refused(proved: Cli) -> None:
    path = proved.directory / "tarl.db"
    proved("db", "backup", "old.db")
    proved("run", "one.py", "--id", "more")
    for name in ("tarl.db-wal", "tarl.db-shm"):
        (proved.directory / name).unlink(missing_ok=True)
    path.write_bytes((proved.directory / "old.db").read_bytes())
    assert proved.refused("run", "one.py", "--id", "next") == (6, "journal.older")
