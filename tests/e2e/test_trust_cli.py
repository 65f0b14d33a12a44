"""Authority from the command line: given, handed on, used, taken away, shown and proved."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli_process import COMMAND, Cli, Finished, wait_until

import tarl_verify
from tarl.interfaces.cli.main import main

pytestmark = pytest.mark.e2e

MAIL = """
import time
from pathlib import Path

from tarl import Context, activity, workflow
from tarl.errors import Denied

HERE = Path(__file__).parent


@activity(needs={"mail.send"}, resource="mailbox/{to}", spends={"EUR": "fee"})
def send(to: str, fee: int = 0) -> str:
    with (HERE / "sent.txt").open("a") as file:
        file.write(f"{to}\\n")
    return f"sent to {to}"


@activity(needs={"mail.read"}, resource="mailbox/{of}", access="read")
def read(of: str) -> str:
    return f"mail of {of}"


@workflow(capabilities={"mail.send"})
async def letters(ctx: Context, to: list[str]) -> list[str]:
    done = []
    for name in to:
        try:
            done.append(await ctx.call(send, name, 5))
        except Denied:
            done.append(f"not to {name}")
    return done


@workflow(capabilities={"mail.send"})
async def slowly(ctx: Context, to: list[str]) -> list[str]:
    done = []
    for name in to:
        done.append(await ctx.call(send, name, 1))
        await ctx.wait_for_signal("go")
    return done


@workflow(capabilities={"mail.read"})
async def look(ctx: Context, of: str) -> str:
    return await ctx.call(read, of)
"""


class Office:
    """The command line in a directory with a journal, an authority and two agents."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        (cli.directory / "mail.py").write_text(MAIL)

    def given(self, *words: str) -> Any:
        """What came before: the same command in this process, for speed; the JSON it prints."""
        printed = io.StringIO()
        with contextlib.chdir(self.cli.directory), contextlib.redirect_stdout(printed):
            assert main([*words, "--json"]) == 0, printed.getvalue()
        return json.loads(printed.getvalue())

    def do(self, *words: str, **options: Any) -> Finished:
        """Run a command that must do what it is asked for."""
        done = self.cli(*words, **options)
        assert done.code == 0, done
        return done

    def data(self, *words: str, **options: Any) -> Any:
        """The JSON that a command prints."""
        return self.do(*words, "--json", **options).data

    def sent(self) -> list[str]:
        """To whom mail was sent, in order."""
        file = self.cli.directory / "sent.txt"
        return file.read_text().split() if file.exists() else []

    def verdict(self, *words: str) -> tuple[int, str, list[str]]:
        """What ``tarl verify`` answers: exit code, verdict and codes."""
        done = self.cli("verify", *words, "--json")
        return done.code, done.data["verdict"], [r["code"] for r in done.data["reasons"]]


@pytest.fixture
def office(cli: Cli, tarl_home: Path) -> Office:
    """The authority ``ops``; ``planner``, established; ``writer``, who holds nothing yet."""
    made = Office(cli)
    made.given("principals", "create", "ops", "--kind", "service")
    made.given("principals", "create", "ann")
    made.given("authority", "establish", "ops", "--action", "*", "--title", "Operations")
    for agent in ("planner", "writer"):
        made.given("agents", "create", agent)
    granted = ["--action", "mail.*", "--resource", "mailbox/*", "--budget", "EUR=12"]
    made.given(
        "agents", "establish", "planner", "--authority", "ops", "--depth", "2", *granted,
        "--human", "ann", "--role", "planner",
    )  # fmt: skip
    return made


def hand_on(office: Office, *words: str) -> Any:
    """Let the planner delegate to the writer."""
    granted = ["--action", "mail.send", "--resource", "mailbox/bob", *words]
    return office.given("delegate", "planner", "writer", *granted)


# --- giving and using


def test_an_agent_does_what_it_was_let_and_nothing_else(office: Office) -> None:
    grant = hand_on(office, "--task", "t1", "--constraint", "args.fee<=5")["grant"]
    names = json.dumps(["bob", "eve", "bob"])
    done = office.data(
        "run", "mail.py:letters", "--input", names, "--id", "r", "--agent", "writer",
        "--task", "t1",
    )  # fmt: skip

    assert done["result"] == ["sent to bob", "not to eve", "sent to bob"]
    assert office.sent() == ["bob", "bob"]
    shown = office.data("runs", "show", "r")
    assert (shown["agent"], shown["task"]) == ("writer", "t1")
    assert [step["status"] for step in shown["steps"]] == ["completed", "denied", "completed"]
    assert shown["steps"][1]["reasons"][0]["code"] == "policy.no_grant"
    permits = shown["permits"]
    assert [(p["step"], p["grant"], p["resource"]) for p in permits] == [
        (1, grant, "mailbox/bob"),
        (3, grant, "mailbox/bob"),
    ]
    assert {p["outcome"] for p in permits} == {"step.completed/1"}
    assert office.data("runs", "ls")["runs"][0]["agent"] == "writer"
    plain = office.do("runs", "show", "r").out
    assert "PERMITTED" in plain
    assert "mailbox/bob" in plain
    assert "agent writer" in office.do("runs", "tail", "r").out

    budgets = office.data("trust", "budgets", "writer")["budgets"]
    assert [(b["holder"], b["spent"], b["left"]) for b in budgets] == [
        ("planner", 10, 2),
        ("writer", 10, 2),
    ]
    deeds = office.do("trust", "audit", "writer", "--json").lines
    assert [deed["what"] for deed in deeds] == ["permit", "outcome"] * 2


def test_a_budget_is_shared_with_who_handed_it_on(office: Office) -> None:
    hand_on(office)
    names = json.dumps(["bob"] * 3)
    done = office.data("run", "mail.py:letters", "--input", names, "--agent", "writer")
    assert done["result"] == ["sent to bob", "sent to bob", "not to bob"]
    done = office.data("run", "mail.py:letters", "--input", '["zoe"]', "--agent", "planner")
    assert done["result"] == ["not to zoe"]
    assert office.sent() == ["bob", "bob"]


def test_without_an_agent_nobody_is_asked(office: Office) -> None:
    assert office.data("run", "mail.py:letters", "--input", '["eve"]')["result"] == ["sent to eve"]
    assert office.data("runs", "ls")["runs"][0]["agent"] is None


def test_revoking_in_the_middle_of_a_run_stops_its_next_effect(office: Office) -> None:
    hand_on(office)
    words = ["run", "mail.py:slowly", "--input", '["bob", "bob"]', "--id", "s", "--agent", "writer"]
    process = office.cli.start(*words)
    wait_until(lambda: office.sent() == ["bob"])

    seen = office.data("revoke", "agent:planner", "--dry-run")["stops"]
    assert seen["agents"] == ["planner", "writer"]
    assert [run["run"] for run in seen["runs"]] == ["s/1"]
    told = office.do("revoke", "planner", "--reason", "laptop stolen", "--yes")
    assert "open runs: s/1 (for writer)" in told.err
    office.do("signal", "s", "go", "--payload", "null")
    _, err = process.communicate(timeout=60)

    assert process.returncode == 1, err
    assert office.sent() == ["bob"]
    assert office.data("runs", "show", "s")["steps"][-1]["reasons"][0]["code"] == "trust.revoked"
    chains = office.data("trust", "show", "writer")["chains"]
    assert [chain["counts"] for chain in chains] == [False]
    assert "the agent planner is revoked" in office.do("trust", "show", "writer").out
    statuses = {a["agent"]: a["status"] for a in office.data("agents", "ls")["agents"]}
    assert statuses == {"planner": "revoked", "writer": "without grants"}


def test_evidence_of_an_agents_run_is_accepted_and_a_forged_grant_is_not(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_on(office)
    office.do("run", "mail.py:letters", "--input", '["bob"]', "--id", "e", "--agent", "writer")
    root = office.data("export", "e", "-o", "e.evidence")["root"]
    file = office.cli.directory / "e.evidence"

    assert tarl_verify.main([str(file), "--root", root]) == 0
    assert "authority: writer" in capsys.readouterr().out
    assert office.do("verify", "e").code == 0
    file.write_bytes(file.read_bytes().replace(b"mailbox/bob", b"mailbox/eve"))
    assert tarl_verify.main([str(file), "--root", root]) == 6


# --- asking


def test_verify_answers_and_says_why(office: Office) -> None:
    hand_on(office, "--task", "t1", "--constraint", "args.fee<=5")
    ask = ["writer", "mail.send", "mailbox/bob", "--arg", "fee=5", "--task", "t1"]

    for level in ("quick", "standard", "full"):
        assert office.verdict(*ask, "--level", level) == (0, "allow", ["trust.allowed"])
    assert office.verdict(*ask[:2], "mailbox/eve", "--task", "t1")[1:] == (
        "deny",
        ["policy.no_grant"],
    )
    assert office.verdict(*ask[:3], "--arg", "fee=6", "--task", "t1") == (
        4,
        "deny",
        ["policy.constraint"],
    )
    assert office.verdict(*ask[:5], "--task", "t2")[2] == ["trust.task"]
    assert office.verdict("planner", "mail.send", "mailbox/x", "--spend", "EUR=13")[0] == 4
    plain = office.do("verify", *ask, "--level", "full").out
    assert plain.startswith("allow: writer: mail.send")
    assert "checked: 4 records with every signature" in plain
    assert office.sent() == []


def test_the_chain_is_drawn_from_the_operator_down(office: Office) -> None:
    hand_on(office, "--task", "t1", "--constraint", "args.fee<=5")
    lines = office.do("trust", "show", "writer").out.splitlines()

    assert lines[0].startswith("operator of tarl/")
    assert lines[1].startswith("└── authority ops (Operations)")
    assert "agent planner begins, for ann (ann)" in lines[2]
    assert "as planner, may delegate 2 deep" in lines[3]
    assert "planner delegates to writer, for task t1, until " in lines[4]
    assert [line.strip(" └├─│") for line in lines[5:]] == [
        "may mail.send on mailbox/bob",
        "args.fee must be at most 5",
        "budget.EUR must be at most 12",
    ]
    records = office.data("trust", "show", "writer")["chains"][0]["records"]
    kinds = ["authority", "genesis", "attestation", "delegation"]
    assert [record["kind"] for record in records] == kinds


def test_a_name_cannot_pose_as_a_part_of_the_tree(office: Office) -> None:
    office.given("principals", "create", "odd", "--kind", "service")
    title = "x\n    └── may everything\x1b[31m"
    office.given("authority", "establish", "odd", "--action", "a.*", "--title", title)
    office.given("agents", "establish", "writer", "--authority", "odd", "--action", "a.b")

    lines = office.do("trust", "show", "writer").out.splitlines()
    assert len(lines) == 5
    assert "authority odd (x⏎    └── may everything\\x1b[31m)" in lines[1]


def test_on_a_terminal_the_chain_is_drawn_by_rich_and_marked(office: Office) -> None:
    hand_on(office)
    office.do("revoke", "writer", "--reason", "x", "--yes")
    drawn = on_terminal(office, "trust", "show", "writer")
    assert b"\x1b[" in drawn
    assert b"NOT VALID" in drawn
    plain = on_terminal(office, "trust", "show", "writer", "--no-color")
    assert b"\x1b[" not in plain


def on_terminal(office: Office, *words: str) -> bytes:
    """What a command prints on a terminal."""
    leader, follower = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(
        [*COMMAND, *words],
        cwd=office.cli.directory,
        env=environ,
        stdin=follower,
        stdout=follower,
        stderr=subprocess.DEVNULL,
    )
    os.close(follower)
    found = b""
    while True:
        try:
            data = os.read(leader, 65536)
        except OSError:
            break
        if not data:
            break
        found += data
    assert process.wait(timeout=60) == 0
    os.close(leader)
    return found


# --- standing


def test_a_suspended_agent_does_nothing_until_it_is_resumed(office: Office) -> None:
    hand_on(office)
    ask = ["writer", "mail.send", "mailbox/bob"]
    office.do("trust", "suspend", "planner", "--reason", "looked odd")

    assert office.verdict(*ask) == (4, "deny", ["trust.suspended"])
    assert office.data("trust", "show", "planner")["suspended"]
    assert office.cli.refused("trust", "resume", "planner", "--reason", "x", "--as", "writer") == (
        4,
        "trust.signature",
    )
    office.do("trust", "resume", "planner", "--reason", "was nothing", "--as", "ops")
    assert office.verdict(*ask)[0] == 0


def test_what_a_posture_holds_waits_for_a_person(office: Office) -> None:
    office.do("trust", "posture", "planner", "tool", "--reason", "new model")
    assert office.data("trust", "posture", "planner")["posture"] == "tool"
    assert office.verdict("planner", "mail.send", "mailbox/x") == (5, "hold", ["trust.posture"])
    assert office.verdict("planner", "mail.read", "mailbox/x", "--read")[0] == 0

    words = ["run", "mail.py:letters", "--input", '["bob"]', "--id", "p", "--agent", "planner"]
    process = office.cli.start(*words)
    wait_until(lambda: office.cli("approvals", "ls", "--json").out.count('"pending"') == 1)
    assert office.sent() == []
    asked = office.data("approvals", "ls")["approvals"][0]["approval"]
    office.do("approve", asked, "--as", "ann")
    out, _ = process.communicate(timeout=60)
    assert json.loads(out) == ["sent to bob"]

    assert office.cli.refused(
        "trust", "posture", "planner", "delegating", "--reason", "x", "--as", "ops"
    ) == (4, "posture.transition")
    evidence = json.dumps({"observations": 20, "succeeded": 20, "hours": 2})
    step = ["trust", "posture", "planner", "supervised", "--reason", "went well"]
    assert office.cli.refused(*step) == (4, "posture.actor")
    assert office.cli.refused(*step, "--as", "ops") == (4, "posture.evidence")
    office.do(*step, "--as", "ops", "--evidence", evidence)


def test_one_grant_can_be_revoked_alone(office: Office) -> None:
    first = hand_on(office)["grant"]
    second = hand_on(office, "--task", "t2")["grant"]
    office.do("revoke", first[:10], "--reason", "not needed", "--yes", "--as", "planner")

    counts = {c["grant"]: c["counts"] for c in office.data("trust", "show", "writer")["chains"]}
    assert counts == {first: False, second: True}
    assert office.cli.refused("revoke", first, "--reason", "again", "--yes") == (2, "trust.exists")


def test_a_stolen_key_is_replaced_and_what_it_signed_before_stands(office: Office) -> None:
    hand_on(office)
    office.do("keys", "rotate", "planner", "--lost", "laptop stolen")

    labels = {key["label"]: key["use"] for key in office.data("keys", "ls")["keys"]}
    uses = [use for label, use in labels.items() if "/planner+" in label]
    assert sorted(uses) == ["counts", "replaced"]
    assert office.verdict("writer", "mail.send", "mailbox/bob")[0] == 0
    hand_on(office, "--task", "t2")
    done = office.data("run", "mail.py:letters", "--input", '["zoe"]', "--agent", "planner")
    assert done["result"] == ["sent to zoe"]


def test_what_has_expired_counts_no_more(office: Office) -> None:
    office.do(
        "delegate", "planner", "writer", "--action", "mail.send", "--resource", "mailbox/bob",
        "--expires", "1s",
    )  # fmt: skip
    time.sleep(1.1)
    assert office.verdict("writer", "mail.send", "mailbox/bob")[:2] == (4, "deny")
    assert office.data("trust", "show", "writer")["chains"] == []
    assert "holds nothing that has not expired" in office.do("trust", "show", "writer").err
    done = office.data("run", "mail.py:letters", "--input", '["bob"]', "--agent", "writer")
    assert (done["result"], office.sent()) == (["not to bob"], [])


# --- several people


def test_two_of_three_people_let_an_agent_be(office: Office, tmp_path: Path) -> None:
    home = Path(os.environ["TARL_HOME"])
    homes = {}
    for name in ("bob", "cyd"):
        office.do("principals", "create", name)
        homes[name] = {"TARL_HOME": str(tmp_path / name)}
        keys = tmp_path / name / "principals" / "default"
        keys.mkdir(parents=True)
        (home / "principals" / "default" / name).rename(keys / name)
    members = ["--member", "ann", "--member", "bob", "--member", "cyd", "--threshold", "2"]
    treasury = ["authority", "establish", "ops", "--action", "pay.*", *members]

    assert office.cli.refused(*treasury) == (3, "keys.missing")
    office.do(*treasury, "--propose", "a.json")
    assert office.cli.refused("trust", "record", "a.json") == (4, "trust.signature")
    unasked = office.cli("trust", "sign", "a.json", environ=homes["bob"])
    assert (unasked.code, "say --yes" in unasked.err) == (2, True)
    office.do("trust", "sign", "a.json", "--yes", environ=homes["bob"])
    office.do("trust", "record", "a.json")
    assert office.data("authority", "show", "ops")["members"] == ["ann", "bob", "cyd"]

    office.do("agents", "create", "payer")
    for words in (
        ["agents", "establish", "payer", "--authority", "ops", "--action", "pay.out"],
        ["agents", "attest", "payer", "--action", "pay.out"],
    ):
        office.do(*words, "--propose", "r.json")
        office.do("trust", "sign", "r.json", "--yes", environ=homes["cyd"])
        office.do("trust", "record", "r.json")
        office.do("trust", "record", "r.json")  # once, however often
    assert office.verdict("payer", "pay.out")[0] == 0

    file = office.cli.directory / "r.json"
    envelope = json.loads(file.read_text())
    envelope["signatures"] = envelope["signatures"][:1]
    file.write_text(json.dumps(envelope))
    assert office.cli.refused("trust", "record", "r.json")[1] == "trust.exists"


# --- what is refused

UNKNOWN = "trust.missing"
REFUSED: dict[str, tuple[list[str], int, str]] = {
    "unknown agent": (["trust", "show", "nobody"], 3, "principal.missing"),
    "no agent": (["agents", "show", "ann"], 2, "trust.not_agent"),
    "unknown authority": (["authority", "show", "nobody"], 3, "trust.no_authority"),
    "an authority that is nobody": (
        ["authority", "establish", "nobody", "--action", "*"],
        3,
        "principal.missing",
    ),
    "an agent begins twice": (
        ["agents", "establish", "planner", "--authority", "ops", "--action", "a"],
        2,
        "trust.exists",
    ),
    "not established": (["agents", "attest", "writer", "--action", "a"], 3, "trust.no_agent"),
    "wider in action": (
        ["delegate", "planner", "writer", "--action", "pay.out"],
        4,
        "trust.widened",
    ),
    "wider in resource": (
        ["delegate", "planner", "writer", "--action", "mail.send", "--resource", "*"],
        4,
        "trust.widened",
    ),
    "longer": (
        [
            "delegate",
            "planner",
            "writer",
            "--action",
            "mail.send",
            "--resource",
            "mailbox/*",
            "--expires",
            "9d",
        ],
        4,
        "trust.widened",
    ),
    "deeper": (
        ["delegate", "planner", "writer", "--all", "--depth", "2"],
        4,
        "trust.depth_left",
    ),
    "to itself": (
        ["delegate", "planner", "planner", "--action", "mail.send", "--resource", "mailbox/*"],
        4,
        "trust.cycle",
    ),
    "holds nothing": (["delegate", "writer", "planner", "--action", "a"], 4, "trust.no_grant"),
    "another tenant": (["delegate", "planner", "acme/writer", "--all"], 4, "trust.tenant"),
    "unknown constraint": (
        ["delegate", "planner", "writer", "--all", "--constraint", "kindly"],
        2,
        "constraint.unknown",
    ),
    "unknown dimension": (
        ["delegate", "planner", "writer", "--all", "--constraint", "mood=good"],
        2,
        "constraint.dimension",
    ),
    "malformed pattern": (
        ["delegate", "planner", "writer", "--action", "mail.*.x"],
        2,
        "capability.pattern",
    ),
    "malformed resource": (
        ["delegate", "planner", "writer", "--action", "a", "--resource", "a//b"],
        2,
        "capability.resource",
    ),
    "a float": (
        ["delegate", "planner", "writer", "--all", "--constraint", "args.fee<=1.5"],
        2,
        "constraint.malformed",
    ),
    "a budget that is none": (
        ["delegate", "planner", "writer", "--all", "--budget", "EUR=much"],
        2,
        "trust.option",
    ),
    "grants of no form": (
        ["delegate", "planner", "writer", "--grants", '{"actions": []}'],
        2,
        "grant.malformed",
    ),
    "a file that is not there": (
        ["delegate", "planner", "writer", "--grants", "@none.json"],
        3,
        "input.missing",
    ),
    "nothing granted": (["delegate", "planner", "writer"], 2, "usage"),
    "no reason": (["revoke", "planner", "--yes"], 2, "usage"),
    "nobody to ask": (["revoke", "planner", "--reason", "x"], 2, "usage"),
    "unknown target": (["revoke", "nobody", "--reason", "x", "--yes"], 3, UNKNOWN),
    "unknown noun": (["revoke", "robot:planner", "--reason", "x", "--yes"], 2, "trust.option"),
    "unknown record": (["revoke", "record:abc", "--reason", "x", "--yes"], 3, UNKNOWN),
    "a stranger revokes": (
        ["revoke", "planner", "--reason", "x", "--yes", "--as", "writer"],
        4,
        "trust.signature",
    ),
    "unknown posture": (["trust", "posture", "planner", "wild", "--reason", "x"], 2, "usage"),
    "not suspended": (["trust", "resume", "planner", "--reason", "x"], 2, "trust.not_suspended"),
    "no record in the file": (["trust", "sign", "mail.py", "--yes"], 2, "trust.envelope"),
    "no file": (["trust", "record", "none.json"], 3, "input.missing"),
    "a task without its agent": (["run", "mail.py:letters", "--task", "t"], 2, "usage"),
    "a run for nobody": (
        ["run", "mail.py:letters", "--input", "[]", "--agent", "nobody"],
        3,
        "principal.missing",
    ),
    "a run for a human": (
        ["run", "mail.py:letters", "--input", "[]", "--agent", "ann"],
        2,
        "trust.not_agent",
    ),
    "options of evidence": (["verify", "planner", "a", "--root", "k"], 2, "usage"),
    "options of agents": (["verify", "planner", "--task", "t"], 2, "usage"),
    "an argument twice": (
        ["verify", "planner", "a", "--arg", "x=1", "--arg", "x=2"],
        2,
        "trust.option",
    ),
    "verifying a stranger": (["verify", "nobody", "a"], 3, "principal.missing"),
    "a tenant's caller as the operator": (
        ["revoke", "planner", "--reason", "x", "--yes", "--as-tenant", "default"],
        4,
        "tenant.operator",
    ),
    "another tenant's agent": (
        ["trust", "show", "default/planner", "--as-tenant", "acme"],
        3,
        "principal.missing",
    ),
}


def test_what_cannot_be_is_refused_and_changes_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = office.data("trust", "show", "planner")
    monkeypatch.chdir(office.cli.directory)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    found = {}
    for what, (words, *_) in REFUSED.items():
        code = main([*words, "--json"])
        error = json.loads(capsys.readouterr().out)["error"]
        assert error["exit"] == code
        found[what] = code, error["code"]

    assert found == {what: (code, name) for what, (_, code, name) in REFUSED.items()}
    assert office.data("trust", "show", "planner") == before
    assert office.data("trust", "show", "writer")["chains"] == []


def test_without_a_journal_there_is_nothing_to_show(cli: Cli, tarl_home: Path) -> None:
    for words in (
        ["trust", "show", "a"],
        ["agents", "ls"],
        ["authority", "ls"],
        ["verify", "a", "b"],
    ):
        assert cli.refused(*words) == (3, "journal.missing")


def test_a_sealed_key_signs_with_its_passphrase_only(office: Office) -> None:
    office.do("principals", "create", "eva", "--passphrase", input="correct horse\n")
    establish = ["authority", "establish", "eva", "--action", "look.*"]

    assert office.cli.refused(*establish, input="wrong\n") == (4, "keys.passphrase")
    assert office.cli.refused(*establish) == (4, "keys.passphrase")
    office.do(*establish, input="correct horse\n")


def test_where_the_agents_key_is_not_nothing_is_done(office: Office) -> None:
    hand_on(office)
    keys = Path(os.environ["TARL_HOME"]) / "principals" / "default" / "writer"
    keys.rename(keys.with_name("elsewhere"))

    done = office.data("run", "mail.py:letters", "--input", '["bob"]', "--agent", "writer")
    assert done["result"] == ["not to bob"]
    again = ["delegate", "writer", "planner", "--action", "mail.send", "--resource", "mailbox/bob"]
    assert office.cli.refused(*again)[0] in (3, 4)
    assert office.sent() == []


def test_a_refusal_is_told_with_the_next_step(office: Office) -> None:
    assert "of an agent ask: tarl verify planner ACTION" in office.cli("verify", "planner").err
    done = office.cli("delegate", "planner", "writer", "--all", "--constraint", "kindly")
    assert (done.code, done.out) == (2, "")
    assert "code: constraint.unknown" in done.err
    assert "try: one of blackboard_write_only, read_only, text_output_only" in done.err
