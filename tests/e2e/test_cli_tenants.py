"""``tarl tenants`` and ``tarl quota``: the whole life of a tenant, and every bad input."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from tests.e2e.cli_process import Cli

pytestmark = pytest.mark.e2e


def usage_of(cli: Cli, tenant: str) -> dict[str, Any]:
    data: dict[str, Any] = cli("quota", "show", tenant, "--json").data["usage"]
    return data


def test_a_tenants_life(cli: Cli) -> None:
    made = cli(
        *("tenants", "create", "acme", "--name", "Acme Ltd", "--quota", "workflows=3"),
        *("--quota", "queue_depth=0", "--metadata", '{"plan":"small"}', "--json"),
    )
    assert made.code == 0, made
    tenant = made.data["tenant"]
    assert (tenant["id"], tenant["name"], tenant["isolation"]) == ("acme", "Acme Ltd", "strict")
    assert (tenant["sealed"], tenant["status"]) == (True, "active")
    assert tenant["quotas"]["workflows"] == 3
    assert tenant["quotas"]["queue_depth"] == 0
    assert tenant["quotas"]["storage_bytes"] is None
    assert tenant["metadata"] == {"plan": "small"}

    listed = cli("tenants", "ls", "--json").data["tenants"]
    assert [each["id"] for each in listed] == ["default", "acme"]

    done = cli("quota", "set", "acme", "workflows=none", "rate_per_minute=7", "--json")
    assert done.data["quotas"]["workflows"] is None
    assert done.data["quotas"]["rate_per_minute"] == 7
    done = cli("tenants", "isolation", "acme", "shared", "--json")
    assert (done.data["tenant"]["isolation"], done.data["tenant"]["sealed"]) == ("shared", False)

    erased = cli("tenants", "erase", "acme", "--yes", "--by", "ann", "--json")
    assert erased.data["tenant"]["status"] == "erased"
    assert erased.data["key_destroyed"] is True
    shown = cli("tenants", "show", "acme", "--json").data
    assert shown["tenant"]["has_key"] is False
    assert [each["event"] for each in shown["history"]] == [
        "TenantCreated",
        "TenantQuotaSet",
        "TenantIsolationSet",
        "TenantClosed",
        "TenantErased",
    ]
    assert shown["history"][3]["body"] == {"by": "ann"}
    assert cli.refused("quota", "set", "acme", "workflows=1") == (2, "tenant.erased")
    assert cli.refused("tenants", "create", "acme") == (2, "tenant.erased")
    assert cli("db", "check", "--deep").code == 0


def test_it_is_said_for_people_as_well(cli: Cli) -> None:
    made = cli("tenants", "create", "acme", "--quota", "workflows=3")
    assert (made.code, made.out) == (0, "")
    assert "registered acme: strict, sealed" in made.err
    listed = cli("tenants", "ls").out
    assert "acme" in listed
    assert "workflows=3" in listed
    shown = cli("tenants", "show", "acme").out
    assert "isolation   strict" in shown
    assert "key         yes" in shown
    assert "workflows=2" in cli("quota", "set", "acme", "workflows=2").err
    assert "as much as it likes" in cli("quota", "set", "acme", "workflows=none").err
    table = cli("quota", "usage").out
    assert "rate_per_minute" in table
    assert "default" in table
    assert "they agree" in cli("quota", "recount", "acme").err


def test_runs_that_were_there_before_are_counted(cli: Cli) -> None:
    for id in ("a", "b"):
        assert cli("run", "one.py", "--id", id, "--tenant", "acme").code == 0
    made = cli("tenants", "create", "acme", "--json")
    assert made.data["clear"] == 2
    usage = usage_of(cli, "acme")
    assert (usage["workflows"], usage["concurrent_executions"]) == (2, 0)
    assert usage["storage_bytes"] > 100
    assert cli.refused("tenants", "erase", "acme", "--yes") == (2, "tenant.clear")
    erased = cli("tenants", "erase", "acme", "--yes", "--leave-clear", "--json").data
    assert erased["clear"] == ["run/acme/a/1", "run/acme/b/1"]


def test_counters_that_lie_are_found_and_mended(cli: Cli) -> None:
    cli("tenants", "create", "acme")
    with sqlite3.connect(cli.directory / "tarl.db") as file:
        file.execute("UPDATE tenant_usage SET workflows = 99")
    file.close()
    checked = cli("quota", "recount", "acme", "--check", "--json")
    assert (checked.code, checked.data["differ"]) == (6, ["workflows"])
    assert usage_of(cli, "acme")["workflows"] == 99
    mended = cli("quota", "recount", "acme", "--json")
    assert (mended.code, mended.data["facts"]["workflows"]) == (0, 0)
    assert cli("quota", "recount", "acme", "--check").code == 0


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (["quota", "set", "acme", "workflows"], 2, "quota.words"),
        (["quota", "set", "acme", "workflows=1", "workflows=2"], 2, "quota.words"),
        (["quota", "set", "acme", "=1"], 2, "quota.resource"),
        (["quota", "set", "acme", "cpus=1"], 2, "quota.resource"),
        (["quota", "set", "acme", "workflows="], 2, "quota.amount"),
        (["quota", "set", "acme", "workflows=-1"], 2, "quota.amount"),
        (["quota", "set", "acme", "workflows=1.5"], 2, "quota.amount"),
        (["quota", "set", "acme", "workflows=1e3"], 2, "quota.amount"),
        (["quota", "set", "acme", "workflows=nan"], 2, "quota.amount"),
        (["quota", "set", "acme", "workflows=true"], 2, "quota.amount"),
        (["quota", "set", "acme", "workflows=٣"], 2, "quota.amount"),
        (["quota", "set", "acme", "workflows=" + "9" * 5_000], 2, "quota.amount"),
        (["quota", "set", "acme", "workflows=9007199254740992"], 2, "quota.amount"),
        (["quota", "set", "acme"], 2, "usage"),
        (["quota", "set", "nobody", "workflows=1"], 3, "tenant.missing"),
        (["quota", "show", "nobody"], 3, "tenant.missing"),
        (["quota", "recount", "nobody"], 3, "tenant.missing"),
        (["quota", "recount", "default"], 3, "tenant.missing"),
        (["tenants", "show", "nobody"], 3, "tenant.missing"),
        (["tenants", "show", ""], 2, "id.empty"),
        (["tenants", "create", "acme"], 2, "tenant.exists"),
        (["tenants", "create", "default"], 2, "tenant.exists"),
        (["tenants", "create", ""], 2, "id.empty"),
        (["tenants", "create", "a\x07b"], 2, "id.characters"),
        (["tenants", "create", "x" * 600], 2, "id.too_long"),
        (["tenants", "create", "b", "--isolation", "weak"], 2, "usage"),
        (["tenants", "create", "b", "--metadata", "[1]"], 2, "tenant.metadata"),
        (["tenants", "create", "b", "--metadata", "{"], 2, "json.malformed"),
        (["tenants", "create", "b", "--metadata", "@none.json"], 3, "input.missing"),
        (["tenants", "isolation", "nobody", "none"], 3, "tenant.missing"),
        (["tenants", "erase", "nobody", "--yes"], 3, "tenant.missing"),
        (["tenants", "erase", "default", "--yes"], 2, "tenant.default"),
        (["tenants", "erase", "acme"], 2, "usage"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_bad_input_changes_nothing(known: Cli, words: list[str], exit_code: int, code: str) -> None:
    assert known.refused(*words) == (exit_code, code)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A journal with one tenant, which no test here changes."""
    directory = tmp_path_factory.mktemp("known")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TARL_HOME", str(directory / "home"))
        cli = Cli(directory)
        assert cli("tenants", "create", "acme", "--quota", "workflows=5").code == 0
    yield cli
    tenants = {each["id"]: each for each in cli("tenants", "ls", "--json").data["tenants"]}
    assert set(tenants) == {"default", "acme"}
    assert (tenants["acme"]["status"], tenants["acme"]["quotas"]["workflows"]) == ("active", 5)
    assert not tenants["default"]["registered"]
    cli.close()


def test_without_a_journal_only_a_tenant_can_make_one(cli: Cli) -> None:
    for words in (["tenants", "ls"], ["quota", "usage"], ["quota", "set", "a", "workflows=1"]):
        assert cli.refused(*words) == (3, "journal.missing")
    assert cli("tenants", "create", "acme", "-q").code == 0
    assert cli("tenants", "ls").code == 0
