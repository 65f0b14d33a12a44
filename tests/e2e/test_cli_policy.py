"""``tarl policy``, through the real command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.e2e.cli_process import Cli, wait_until

pytestmark = pytest.mark.e2e

BANK = """
from tarl import Context, activity, workflow


@activity(needs=["bank.pay"], resource="account/{to}")
def transfer(to: str, amount_minor: int) -> str:
    return f"{amount_minor} to {to}"


@workflow
async def bill(ctx: Context, amount_minor: int) -> str:
    return await ctx.call(transfer, "ann", amount_minor)
"""

LIMIT = """\
@id("limit")
@reason("above 100 EUR a person pays")
forbid (principal, action == Action::"bank.pay", resource)
when { context.args.amount_minor > 10000 };
"""


@pytest.fixture
def bank(cli: Cli) -> Cli:
    (cli.directory / "bank.py").write_text(BANK)
    (cli.directory / "limits.cedar").write_text(LIMIT)
    return cli


def write(cli: Cli, name: str, content: str | bytes) -> str:
    data = content if isinstance(content, bytes) else content.encode()
    (cli.directory / name).write_bytes(data)
    return name


def test_from_a_file_to_a_denied_effect_and_back(bank: Cli) -> None:
    assert bank("policy", "check", "limits.cedar", "--code", "bank.py").code == 0
    made = bank("policy", "register", "limits.cedar", "--code", "bank.py", "--json")
    assert made.data["schema"] == "tarl.policy.register/1"
    assert (made.data["policy"], made.data["version"], made.data["in_force"]) == ("limits", 1, None)
    assert bank("run", "bank.py", "--input", "20000", "--id", "a").code == 0
    assert bank("policy", "activate", "limits").code == 0
    denied = bank("run", "bank.py", "--input", "20000", "--id", "b")
    assert denied.code == 1
    assert "policy limits@1 (rule limit) forbids it: above 100 EUR a person pays" in denied.err
    assert bank("run", "bank.py", "--input", "10000", "--id", "c").code == 0
    (row,) = bank("policy", "ls", "--json").data["policies"]
    assert (row["in_force"], row["level"], row["closed"]) == (1, "required", False)
    shown = bank("policy", "show", "limits").out
    assert "@id(" in shown
    assert "activated version 1" in shown
    assert bank("policy", "show", "limits@1", "--json").data["text"] == LIMIT
    assert bank("policy", "deactivate", "limits").code == 0
    assert bank("run", "bank.py", "--input", "20000", "--id", "d").code == 0
    assert bank("db", "check", "--deep").code == 0


SLOW = """
import asyncio

from tarl import Context, activity, workflow


@activity(needs=["disk.write"])
async def write(number: int) -> int:
    await asyncio.sleep(0.2)
    return number


@workflow
async def writing(ctx: Context) -> int:
    for number in range(200):
        await ctx.call(write, number)
    return 200
"""


def test_what_is_put_in_force_stops_a_run_of_another_process_at_its_next_effect(cli: Cli) -> None:
    write(cli, "slow.py", SLOW)
    write(cli, "freeze.cedar", 'forbid (principal, action in Action::"disk.*", resource);')
    assert cli("policy", "register", "freeze.cedar").code == 0
    process = cli.start("run", "slow.py", "--id", "slow")
    wait_until(lambda: "step.completed/1" in cli("runs", "tail", "slow").out)
    assert cli("policy", "activate", "freeze").code == 0
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, (out, err)
    assert b"policy freeze@1 (rule rule1) forbids it" in err
    assert 0 < cli("runs", "tail", "slow").out.count("step.completed/1") < 200


def test_who_acts_for_a_tenant_is_bound_by_its_policies(bank: Cli) -> None:
    words = ("--tenant", "acme", "--code", "bank.py", "--activate")
    assert bank("policy", "register", "limits.cedar", *words).code == 0
    run = ("run", "bank.py", "--input", "20000")
    denied = bank(*run, "--as-tenant", "acme")
    assert denied.code == 1
    assert "policy limits@1 (rule limit) forbids it" in denied.err
    assert bank(*run).code == 0
    assert bank("policy", "show", "limits", "--as-tenant", "acme").code == 0
    assert bank.refused("policy", "show", "limits", "--as-tenant", "zeta", "--tenant", "acme")


CLERKS = """\
@id("clerks")
forbid (principal, action == Action::"bank.pay", resource)
unless { principal.roles.contains("clerk") && resource in Resource::"account" };
"""


def test_agents_under_a_policy_and_the_proof_of_it(bank: Cli) -> None:
    def do(*words: str) -> None:
        done = bank(*words)
        assert done.code == 0, done

    do("principals", "create", "ops", "--kind", "service")
    do("authority", "establish", "ops", "--action", "*")
    for agent, role in (("amy", "clerk"), ("bob", "guest")):
        do("agents", "create", agent)
        granted = ("--authority", "ops", "--action", "bank.*", "--role", role)
        do("agents", "establish", agent, *granted)
    write(bank, "clerks.cedar", CLERKS)
    do("policy", "register", "clerks.cedar", "--activate")
    do("policy", "register", "limits.cedar", "--code", "bank.py", "--level", "audit", "--activate")
    run = ("run", "bank.py", "--input", "20000", "--id")
    do(*run, "paid", "--agent", "amy")
    denied = bank(*run, "stopped", "--agent", "bob")
    assert denied.code == 1
    assert "policy clerks@1 (rule clerks) forbids it" in denied.err
    assert bank("policy", "simulate", "clerks", "--code", "bank.py", "--strict").code == 0
    for id in ("paid", "stopped"):
        do("export", id, "-o", f"{id}.evidence")
        do("verify", f"{id}.evidence")
    lines = (bank.directory / "paid.evidence").read_text()
    assert '"policy.audited"' in lines
    assert '"policy.allowed"' in lines
    assert lines.count("policy.registered/2") == 2


def test_a_warning_lets_the_run_go_on(bank: Cli) -> None:
    words = ("--level", "warning", "--activate", "--code", "bank.py")
    assert bank("policy", "register", "limits.cedar", *words).code == 0
    assert bank("run", "bank.py", "--input", "20000", "--id", "a").code == 0
    (note,) = bank("policy", "notes", "--json").data["notes"]
    assert (note["run"], note["step"], note["reasons"][0]["code"]) == ("a/1", 1, "policy.warning")
    assert "(rule limit) forbids it" in bank("policy", "notes", "--policy", "limits").out
    assert bank("policy", "notes", "--policy", "other", "--json").data["notes"] == []


def test_what_would_change_in_recorded_runs(bank: Cli) -> None:
    for id, amount in (("small", "5"), ("large", "20000")):
        assert bank("run", "bank.py", "--input", amount, "--id", id).code == 0
    words = ("policy", "simulate", "limits.cedar", "--code", "bank.py")
    report = bank(*words, "--json").data
    assert (report["runs"], report["decisions"], report["changed"]) == (2, 2, 1)
    (change,) = report["changes"]
    assert (change["run"], change["step"], change["change"]) == ("large/1", 1, "allow->deny")
    assert change["reasons"][0]["facts"]["rule"] == "limit"
    assert bank(*words, "--strict").code == 7
    assert "1 of 2 decisions of 2 runs would change" in bank(*words).out
    assert bank(*words, "--strict", "--run", "small").code == 0
    assert bank(*words, "--strict", "--last", "1").code == 7
    bank("policy", "register", "limits.cedar", "--code", "bank.py", "--activate")
    assert bank("run", "bank.py", "--input", "15000", "--id", "stopped").code == 1
    write(bank, "milder.cedar", LIMIT.replace("10000", "16000"))
    milder = ("policy", "simulate", "milder.cedar", "--id", "limits", "--code", "bank.py", "--json")
    changes = {c["run"]: c["change"] for c in bank(*milder).data["changes"]}
    assert changes == {"large/1": "allow->deny", "stopped/1": "deny->allow"}
    differs = bank("policy", "diff", "limits", "milder.cedar", "--code", "bank.py").out
    assert "-when { context.args.amount_minor > 10000 };" in differs
    assert "stopped/1 step 1: deny->allow" in differs
    assert "1 of 3 decisions of 3 runs differ" in differs
    without = bank("policy", "simulate", "limits", "--json").data
    assert without["skipped"] == {"the activity transfer is not loaded": 3}


def test_cases(bank: Cli) -> None:
    effect = {"action": "bank.pay", "agent": "bob", "args": {"to": "ann", "amount_minor": 10001}}
    cases = [
        {"name": "large", "effect": effect, "expect": "deny", "rule": "limit"},
        {"name": "look", "effect": {"action": "bank.look"}, "expect": "allow"},
    ]
    write(bank, "cases.json", json.dumps(cases))
    words = ("policy", "test", "limits.cedar", "cases.json", "--code", "bank.py")
    assert bank(*words).code == 0
    cases[0]["expect"] = "allow"
    write(bank, "cases.json", json.dumps(cases))
    failed = bank(*words)
    assert failed.code == 2
    assert "large: expected allow, got deny" in failed.out
    assert bank(*words, "--json").data["failed"] == 1
    write(bank, "milder.cedar", LIMIT.replace("10000", "16000"))
    words = ("limits.cedar", "milder.cedar", "--cases", "cases.json", "--code", "bank.py")
    assert bank("policy", "diff", *words, "--json").data["changed"][0]["change"] == "deny->allow"


def test_the_vocabulary_of_a_file(bank: Cli) -> None:
    printed = bank("policy", "schema", "--code", "bank.py").out
    actions = json.loads(printed)["actions"]
    assert actions == {"bank.pay": {"args": {"amount_minor": "Long", "to": "String"}}}
    write(bank, "vocabulary.json", printed)
    words = ("--schema", "vocabulary.json")
    assert bank("policy", "check", "limits.cedar", *words).code == 0
    assert 'action "bank.pay"' in bank("policy", "schema", "--cedar", *words).out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LIMIT.replace("bank.pay", "bank.pai"), "policy.unknown_action"),
        (LIMIT.replace("amount_minor", "amont_minor"), "policy.unknown_attribute"),
        (LIMIT.replace("10000", '"much"'), "policy.ill_typed"),
        (LIMIT.replace("principal,", "principal is User,"), "policy.unknown_type"),
        (LIMIT.replace("when", "wen"), "policy.syntax"),
        (LIMIT.replace("principal,", "principal == ?principal,"), "policy.template"),
        ("package tarl\ndefault allow := false\n", "policy.syntax"),
        (b"\xff\xfe" + LIMIT.encode("utf-16-le"), "policy.encoding"),
        (b"// \x00", "policy.encoding"),
        (" " * 300_000, "policy.too_large"),
        ("forbid (principal, action, resource) when { " + "(" * 50_000, "policy.too_deep"),
        ("", "policy.empty"),
    ],
    ids=["action", "argument", "type", "entity", "word", "slot", "rego", "utf16", "nul", "large",
         "deep", "empty"],
)  # fmt: skip
def test_bad_texts(bank: Cli, text: str | bytes, code: str) -> None:
    write(bank, "bad.cedar", text)
    exit_code = 9 if code in ("policy.too_large", "policy.too_deep") else 2
    words = ("bad.cedar", "--code", "bank.py")
    assert bank.refused("policy", "register", *words) == (exit_code, code)
    checked = bank("policy", "check", *words, "--json")
    assert checked.code == exit_code
    assert code in checked.out
    assert not (bank.directory / "tarl.db").exists()


REFUSED = [
    (("register", "limits.cedar", "--level", "strict"), (2, "policy.enforcement_level")),
    (("register", "limits.cedar", "--language", "rego"), (2, "policy.language")),
    (("check", "limits.cedar", "--language", "rego"), (2, "policy.language")),
    (("register", "limits.cedar", "--id", "a@1"), (2, "policy.id")),
    (("register", "limits.cedar", "--id", ""), (2, "id.empty")),
    (("register", "none.cedar"), (3, "input.missing")),
    (("register", "."), (4, "input.unreadable")),
    (("register", "limits.cedar", "--code", "none.py"), (3, "code.missing")),
    (("register", "limits.cedar", "--schema", "none.json"), (3, "input.missing")),
    (("register", "limits.cedar", "--schema", "bad.json"), (2, "policy.vocabulary")),
    (("register", "limits.cedar", "--schema", "limits.cedar"), (2, "json.malformed")),
    (("show", "other"), (3, "policy.missing")),
    (("show", "limits@7"), (3, "policy.version")),
    (("show", "limits@x"), (2, "policy.semver")),
    (("activate", "other"), (3, "policy.missing")),
    (("activate", "limits", "--version", "7"), (3, "policy.version")),
    (("activate", "limits", "--version", "0"), (3, "policy.version")),
    (("deactivate", "other"), (3, "policy.missing")),
    (("activate", "limits", "--tenant", "acme"), (3, "policy.missing")),
    (("activate", "limits", "--as-tenant", "default"), (4, "tenant.operator")),
    (("simulate", "other"), (3, "policy.missing")),
    (("simulate", "limits", "--run", "nobody"), (3, "run.missing")),
    (("test", "limits", "none.json"), (3, "input.missing")),
    (("test", "limits", "bad.json"), (2, "policy.cases")),
    (("diff", "limits", "limits@9"), (3, "policy.version")),
]


def test_what_cannot_be_is_refused(bank: Cli) -> None:
    write(bank, "bad.json", '{"not": "this"}')
    bank("policy", "register", "limits.cedar", "--code", "bank.py")
    for words, refusal in REFUSED:
        has_code = "--code" in words or words[0] not in ("register", "check")
        code = () if has_code else ("--code", "bank.py")
        assert bank.refused("policy", *words, *code) == refusal, words
    assert len(bank("policy", "ls", "--json").data["policies"]) == 1


def test_without_a_journal_nothing_is_found(cli: Cli, tmp_path: Path) -> None:
    assert cli.refused("policy", "ls") == (3, "journal.missing")
    assert cli.refused("policy", "activate", "a") == (3, "journal.missing")
