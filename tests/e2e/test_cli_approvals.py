"""People are asked, look, vote and hand on, from the command line."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from nacl.signing import VerifyKey
from tests.e2e.cli_process import Cli, wait_until

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.people import People
from tarl.journal.store import Batch
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.request import Escalation, Request
from tarl.storage import open_store

pytestmark = pytest.mark.e2e

NOW_MS = 1_700_000_000_000
"""Before this test runs, so that what is due is due."""

ASK = """
from tarl import Context, workflow


@workflow
async def deploy(ctx: Context, version: str) -> dict:
    answer = await ctx.approval(
        f"Deploy {version}", approvers=["alice", "bob"], needed=1, context={"version": version}
    )
    return {"status": answer.status, "by": [vote["principal"] for vote in answer.votes]}
"""


@pytest.fixture
def desk(cli: Cli, tarl_home: Path) -> Desk:
    """Alice and Bob, both needed for ``deploy``; Carol; and a robot."""
    desk = Desk(cli, Keyring(tarl_home).ensure())
    with desk.people() as people:
        for name in ("alice", "bob", "carol"):
            people.ensure_human(PrincipalId("default", name), at_ms=NOW_MS)
        people.create(PrincipalId("default", "robot"), kind="agent", at_ms=NOW_MS)
    desk.ask("deploy", "alice", "bob", context={"version": "1.2.3"})
    return desk


class Desk:
    """The command line in a directory with a journal, and that journal from inside."""

    def __init__(self, cli: Cli, keyring: Keyring) -> None:
        self.cli = cli
        self.keyring = keyring

    @contextmanager
    def people(self) -> Iterator[People]:
        path = self.cli.directory / "tarl.db"
        with closing(open_store(path, keyring=self.keyring)) as store:
            yield People(store, self.keyring)

    def ask(self, id: str, *approvers: str, **options: Any) -> None:
        """Ask from inside, which takes no process."""
        options.setdefault("needed", len(approvers))
        asked = Request(description="Deploy it", approvers=approvers, **options)
        with self.people() as people:
            people.approvals.request(ApprovalId.parse(id), asked, at_ms=NOW_MS)

    def check(self, id: str = "deploy") -> tuple[int, str]:
        done = self.cli("approvals", "check", id)
        return done.code, done.out.strip()


def test_people_approve_and_a_script_learns_it(desk: Desk) -> None:
    assert desk.check() == (5, "pending")
    done = desk.cli("approve", "deploy", "--as", "alice", "--reason", "tests pass")
    assert (done.code, done.out) == (0, "deploy: pending, 1 of 2 approvals\n")
    assert "may vote: bob" in done.err
    done = desk.cli("approve", "deploy", "--as", "bob", "--json")
    assert done.data["schema"] == "tarl.approve/1"
    assert (done.data["status"], done.data["approvals"]) == ("approved", 2)
    assert desk.check() == (0, "approved")


def test_a_rejection_is_a_no_and_stays_one(desk: Desk) -> None:
    done = desk.cli("reject", "deploy", "--as", "bob", "--reason", "not on a Friday", "--json")
    assert done.data["schema"] == "tarl.reject/1"
    assert done.data["status"] == "rejected"
    assert desk.cli.refused("approve", "deploy", "--as", "alice") == (2, "approval.decided")
    assert desk.check() == (4, "rejected")


def test_what_is_refused_says_why_by_code_and_exit(desk: Desk) -> None:
    refused = desk.cli.refused
    desk.ask("other", "robot", "alice", needed=1)
    assert refused("approve", "nope", "--as", "alice") == (3, "approval.missing")
    assert refused("approvals", "show", "nope") == (3, "approval.missing")
    assert refused("approve", "deploy", "--as", "carol") == (4, "approval.stranger")
    assert refused("approve", "deploy", "--as", "ghost") == (3, "principal.missing")
    assert refused("approve", "other", "--as", "robot") == (4, "approval.not_human")
    assert refused("approve", "deploy") == (2, "approval.as")
    another = ("--as", "alice", "--digest", "beef")
    assert refused("approve", "deploy", *another) == (4, "approval.another")


def test_nobody_signs_for_somebody_whose_key_is_elsewhere(desk: Desk, tmp_path: Path) -> None:
    elsewhere = {"TARL_HOME": str(tmp_path / "elsewhere")}
    words = ("approve", "deploy", "--as", "alice")
    assert desk.cli.refused(*words, environ=elsewhere) == (3, "keys.missing")
    assert desk.check() == (5, "pending")


def test_a_script_asks(desk: Desk) -> None:
    words = ("approvals", "request", "Buy it", "--id")
    options = ("--approver", "alice", "--approver", "bob", "--approver", "robot")
    done = desk.cli(
        *words, "big", *options, "--needed", "2", "--expires-s", "7200",
        "--escalate", "3600:carol,ghost", "--workflow-id", "wf_001", "--subject", "a" * 64,
        "--rejection", "unreachable", "--context", '{"price": 12}', "--reason-required",
    )  # fmt: skip
    assert done.code == 0, done
    assert "cannot vote as things are: robot (agent), ghost (not registered)" in done.err
    assert desk.cli.refused(*words, "big", "--approver", "bob") == (2, "approval.exists")
    assert desk.cli.refused(*words, "z", *options, "--needed", "4") == (2, "approval.request")
    soon = ("--escalate", "soon:bob")
    assert desk.cli.refused(*words, "z", *options, *soon) == (2, "approval.request")
    assert desk.cli("approve", "big", "--as", "alice", "--reason", "cheap").code == 0

    data = desk.cli("approvals", "show", "big", "--json").data
    assert data["schema"] == "tarl.approvals.show/1"
    assert (data["verified"], data["may_vote"]) == (True, ["bob", "robot"])
    assert data["principals"] == {
        "alice": "human",
        "bob": "human",
        "robot": "agent",
        "carol": "human",
        "ghost": "not registered",
    }
    assert data["request"] == {
        "approvers": ["alice", "bob", "robot"],
        "context": {"price": 12},
        "description": "Buy it",
        "escalations": [{"after_ms": 3_600_000, "to": ["carol", "ghost"]}],
        "expires_after_ms": 7_200_000,
        "needed": 2,
        "reason_required": True,
        "rejection": "unreachable",
        "run": None,
        "step": None,
        "subject": "a" * 64,
        "workflow_id": "wf_001",
    }
    assert data["expires_at_ms"] - data["requested_at_ms"] == 7_200_000
    assert data["escalates_at_ms"] - data["requested_at_ms"] == 3_600_000
    assert [(h["what"], h["who"], h["detail"]) for h in data["history"]] == [
        ("requested", "", ""),
        ("approved", "alice", "cheap"),
    ]
    text = desk.cli("approvals", "show", "big").out
    for part in ("Buy it", "wf_001", "1 of 2 needed", "bob, robot [agent]", "carol, ghost at"):
        assert part in text
    assert data["digest"] in text


def test_a_vote_is_handed_on(desk: Desk) -> None:
    words = ("approvals", "delegate", "deploy")
    assert desk.cli.refused(*words, "alice", "--as", "bob") == (2, "approval.delegation_named")
    done = desk.cli(*words, "carol", "--as", "bob", "--reason", "on holiday")
    assert done.code == 0, done
    assert desk.cli.refused("approve", "deploy", "--as", "bob") == (4, "approval.delegated")
    assert "carol (for bob)" in desk.cli("approvals", "show", "deploy").out
    assert desk.cli("approve", "deploy", "--as", "carol").code == 0
    assert desk.cli("approve", "deploy", "--json").data["status"] == "approved", "as alice"
    shown = desk.cli("approvals", "show", "deploy").out
    assert "delegated to carol" in shown
    assert "3 verified" in shown


def test_a_stranger_checks_the_signatures_with_other_programs(desk: Desk) -> None:
    """By RFC 8785, RFC 8032 and the DSSE protocol alone, from what the commands print."""
    desk.cli("approve", "deploy", "--as", "alice", "--reason", "tests pass")
    shown = desk.cli("approvals", "show", "deploy", "--json").data
    (key,) = desk.cli("principals", "show", "alice", "--json").data["keys"]
    envelope = shown["history"][1]["envelope"]

    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    public = base64.b64decode(key.split("+", 2)[2])[1:]
    VerifyKey(public).verify(signed, base64.b64decode(envelope["signatures"][0]["sig"]))

    fields = (b"tarl.approval/1", b"default", b"deploy", rfc8785.dumps(shown["request"]))
    asked = b"".join(len(field).to_bytes(8, "big") + field for field in fields)
    said = json.loads(payload)
    assert said["digest"] == sha256(asked).hexdigest() == shown["digest"]
    assert (said["choice"], said["principal"], said["origin"]) == ("approve", "alice", "human")


def test_time_is_up_and_others_are_asked(desk: Desk) -> None:
    desk.ask("brief", "alice", expires_after_ms=1)
    assert desk.check("brief") == (4, "expired")
    assert desk.cli.refused("approve", "brief", "--as", "alice") == (2, "approval.expired")
    desk.ask("urgent", "alice", escalations=(Escalation(after_ms=1, to=("carol",)),))
    done = desk.cli("approve", "urgent", "--as", "carol", "--json")
    assert done.data["status"] == "approved"


def test_a_question_is_taken_back(desk: Desk) -> None:
    done = desk.cli("approvals", "withdraw", "deploy", "--reason", "another plan", "--json")
    assert (done.data["status"], done.data["reason"]) == ("withdrawn", "another plan")
    assert desk.check() == (4, "withdrawn")


def test_requests_are_listed_the_pending_ones_first(desk: Desk) -> None:
    for n in range(3):
        desk.ask(f"r{n}", "alice")
    desk.ask("acme/x", "zoe")
    with desk.people() as people:
        alice = PrincipalId("default", "alice")
        people.vote(ApprovalId("default", "r1"), alice, "approve", at_ms=NOW_MS)

    def listed(*words: str) -> set[str]:
        data = desk.cli("approvals", "ls", *words, "--json").data
        return {entry["approval"] for entry in data["approvals"]}

    assert listed("--status", "approved") == {"r1"}
    assert listed("--for", "bob") == {"deploy"}
    assert listed("--tenant", "acme") == {"acme/x"}
    lines = desk.cli("approvals", "ls").out.splitlines()
    assert lines[0].split()[:3] == ["APPROVAL", "STATUS", "VOTES"]
    assert {line.split()[1] for line in lines[1:-1]} == {"pending"}
    assert lines[-1].split()[:3] == ["r1", "approved", "1/1"]
    assert any("alice, bob" in line and "0/2" in line for line in lines)


def test_a_decision_without_signatures_is_found(desk: Desk) -> None:
    with desk.people() as people:
        _, writer = people.approvals.read(ApprovalId("default", "deploy"))
    with closing(open_store(desk.cli.directory / "tarl.db", keyring=desk.keyring)) as store:
        forged = writer.append("approval.decided/1", b'{"status":"approved"}', at_ms=NOW_MS)
        store.commit(Batch([forged]))
    assert desk.cli.refused("approvals", "show", "deploy") == (6, "approval.unproved")
    assert desk.cli.refused("approvals", "check", "deploy") == (6, "approval.unproved")
    assert "(approval.unproved)" in desk.cli("approvals", "ls").out


# --- a run that waits


def test_a_run_waits_for_people(desk: Desk) -> None:
    (desk.cli.directory / "ask.py").write_text(ASK)
    run = desk.cli.start("run", "ask.py", "--id", "d", "--input", '"1.2.3"', "--json")

    def waiting() -> list[dict[str, Any]]:
        found = desk.cli("approvals", "ls", "--for", "bob", "--json").data["approvals"]
        return [entry for entry in found if entry["run"] == "d/1"]

    wait_until(lambda: bool(waiting()))
    (entry,) = waiting()
    assert entry["request"]["context"] == {"version": "1.2.3"}
    done = desk.cli("approve", entry["approval"], "--as", "bob", "--reason", "go")
    assert done.code == 0, done
    out, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    result = json.loads(out.decode().splitlines()[-1])["result"]
    assert result == {"status": "approved", "by": ["bob"]}


# --- principals


def test_principals_are_made_listed_and_shown(cli: Cli, tarl_home: Path) -> None:
    done = cli("principals", "create", "alice", "--json")
    assert done.data["schema"] == "tarl.principals.create/1"
    (key,) = (tarl_home / "principals" / "default" / "alice").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert cli.refused("principals", "create", "alice") == (2, "principal.exists")
    assert cli("principals", "create", "acme/svc", "--kind", "service").code == 0
    listed = cli("principals", "ls", "--json").data["principals"]
    assert [(p["principal"], p["kind"], p["status"]) for p in listed] == [
        ("acme/svc", "service", "active"),
        ("alice", "human", "active"),
    ]
    assert done.data["keys"][0] in cli("principals", "show", "alice").out
    assert cli.refused("principals", "show", "bob") == (3, "principal.missing")


def test_a_key_is_rotated_and_a_principal_revoked(desk: Desk) -> None:
    cli = desk.cli
    assert cli("approve", "deploy", "--as", "alice").code == 0
    assert len(cli("principals", "rotate", "bob", "--json").data["keys"]) == 2
    assert cli("principals", "revoke", "alice", "--reason", "left").code == 0
    assert cli("approve", "deploy", "--as", "bob", "--json").data["status"] == "approved"
    desk.ask("next", "alice")
    assert cli.refused("approve", "next", "--as", "alice") == (4, "approval.revoked")
    assert cli.refused("principals", "rotate", "alice") == (2, "principal.revoked")
    assert "alice [revoked]" in cli("approvals", "show", "next").out
    assert cli("db", "check", "--deep").code == 0


def test_a_lost_key_is_replaced(desk: Desk, tarl_home: Path) -> None:
    (key,) = (tarl_home / "principals" / "default" / "alice").iterdir()
    key.chmod(0o644)
    assert desk.cli.refused("approve", "deploy", "--as", "alice") == (4, "keys.permissions")
    key.unlink()
    assert desk.cli.refused("principals", "rotate", "alice") == (3, "keys.missing")
    assert desk.cli("principals", "rotate", "alice", "--lost", "disk died").code == 0
    assert desk.cli("approve", "deploy", "--as", "alice").code == 0


def test_a_passphrase_guards_a_key(desk: Desk) -> None:
    made = desk.cli("principals", "create", "zoe", "--passphrase", input="correct horse\n")
    assert made.code == 0, made
    desk.ask("secret", "zoe")
    assert desk.cli.refused("approve", "secret", input="wrong\n") == (4, "keys.passphrase")
    assert desk.cli.refused("approve", "secret") == (4, "keys.passphrase")
    assert desk.cli("approve", "secret", input="correct horse\n").code == 0
