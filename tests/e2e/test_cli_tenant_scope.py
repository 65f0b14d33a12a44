"""Acting for a tenant on the command line: nothing of others is seen, touched or told from nothing.

Every command is given what acme has and what nobody has, by somebody who acts for beta; what is
printed must be the same but for the name. Then acme does it, and something else must be printed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli_process import Cli, Finished

pytestmark = pytest.mark.e2e

BETA = {"TARL_TENANT": "beta"}
ACME = {"TARL_TENANT": "acme"}
SECRET = "the recipe of acme"

FLOW = """
from tarl import Context, activity, workflow


@activity
def cook(recipe: str) -> str:
    return recipe + "!"


@workflow
async def kitchen(ctx: Context, recipe: str) -> str:
    return await ctx.call(cook, recipe)
"""


class Shop(Cli):
    """A directory with a home of its own, whatever test uses it."""

    def __call__(self, *words: str, **options: Any) -> Finished:
        own = {"TARL_HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "config")}
        return super().__call__(*words, **{**options, "environ": own | options.get("environ", {})})

    @property
    def home(self) -> Path:
        return self.directory.parent / "home"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    directory = tmp_path_factory.mktemp("shop") / "work"
    directory.mkdir()
    (directory / "kitchen.py").write_text(FLOW)
    cli = Shop(directory)
    assert cli("tenants", "create", "acme").code == 0
    assert cli("tenants", "create", "beta").code == 0
    for tenant, text in (("acme", SECRET), ("beta", "of beta")):
        words = ("run", "kitchen.py", "--id", "r", "--tenant", tenant, "--input", f'"{text}"')
        assert cli(*words).code == 0
        added = cli("queue", "add", "cook", "--id", "t", "--tenant", tenant)
        assert added.code == 0, added
    yield cli
    cli.close()


COMMANDS = [
    ["runs", "show", "acme/{}"],
    ["runs", "tail", "acme/{}"],
    ["runs", "state", "acme/{}@1"],
    ["runs", "step", "acme/{}"],
    ["runs", "ls", "--tenant", "acme"],
    ["diff", "r", "acme/{}"],
    ["replay", "acme/{}", "--code", "kitchen.py"],
    ["fork", "acme/{}@1", "--code", "kitchen.py", "--id", "mine"],
    ["resume", "acme/{}", "--code", "kitchen.py"],
    ["resolve", "acme/{}", "1", "--retry"],
    ["export", "acme/{}", "-o", "out.evidence"],
    ["verify", "acme/{}"],
    ["signal", "acme/{}", "go"],
    ["cancel", "acme/{}"],
    ["terminate", "acme/{}"],
    ["query", "acme/{}", "q"],
    ["run", "kitchen.py", "--id", "{}", "--tenant", "acme", "--input", '"x"'],
    ["tenants", "show", "acme"],
    ["quota", "show", "acme"],
    ["quota", "set", "acme", "workflows=1"],
    ["tenants", "isolation", "acme", "none"],
    ["tenants", "erase", "acme", "--yes"],
    ["principals", "create", "acme/{}"],
    ["keys", "tenant", "destroy", "acme", "--yes"],
    ["db", "check"],
    ["db", "backup", "copy.db"],
]


def without_names(done: Finished) -> tuple[int, str, str]:
    return done.code, *(text.replace("acme/nix", "acme/r") for text in (done.out, done.err))


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_a_command_says_the_same_of_what_is_hidden_and_of_what_is_not_there(
    shop: Shop, words: list[str]
) -> None:
    there = shop(*(word.format("r") for word in words), environ=BETA)
    nothing = shop(*(word.format("nix") for word in words), environ=BETA)
    assert without_names(there) == without_names(nothing)
    assert there.code in ((0,) if words[:2] == ["runs", "ls"] else (3, 4)), there
    assert SECRET not in there.out + there.err
    assert not (shop.directory / "out.evidence").exists()
    assert not list(shop.home.rglob("*acme*nix*")), "nor is a key made"


def test_lists_show_ones_own(shop: Shop) -> None:
    runs = shop("runs", "ls", "--json", environ=BETA).data["runs"]
    assert {run["tenant"] for run in runs} == {"beta"}
    tenants = shop("tenants", "ls", "--json", environ=BETA).data["tenants"]
    assert "acme" not in [each["id"] for each in tenants]
    every = shop("replay", "--all", "--code", "kitchen.py", "--json", environ=BETA).data["runs"]
    assert [row["run"] for row in every] == ["beta/r/1"]
    assert shop("runs", "show", "@last", "--json", environ=BETA).data["tenant"] == "beta"


def test_a_name_without_a_tenant_is_ones_own(shop: Shop) -> None:
    for options in ({"environ": BETA}, {}):
        flags = [] if options else ["--as-tenant", "beta"]
        shown = shop("runs", "show", "r", "--json", *flags, **options).data  # type: ignore[arg-type]
        assert (shown["run"], shown["result"]) == ("beta/r/1", "of beta!")
    made = shop("run", "kitchen.py", "--id", "new", "--input", '"x"', "--json", environ=BETA)
    assert made.code == 0
    assert shop("runs", "show", "beta/new").code == 0
    assert shop("runs", "show", "new").code == 3


def test_acme_and_the_operator_see_what_beta_does_not(shop: Shop) -> None:
    for environ in (ACME, {}):
        assert SECRET in shop("runs", "show", "acme/r", environ=environ).out
        assert shop("tenants", "show", "acme", environ=environ).code == 0


def test_what_is_no_tenant_is_refused(shop: Shop) -> None:
    for name in ("\x07", "x" * 600):
        assert shop.refused("runs", "ls", "--as-tenant", name)[0] == 2


def test_a_sealed_tenants_content_lies_nowhere_in_clear(shop: Shop) -> None:
    for file in shop.directory.glob("tarl.db*"):
        assert SECRET.encode() not in file.read_bytes()


def test_a_quota_stops_a_run_and_raising_it_lets_it_go_on(shop: Shop, tmp_path: Path) -> None:
    shutil.copytree(shop.directory.parent, tmp_path / "copy")
    copy = Shop(tmp_path / "copy" / "work")
    assert copy("quota", "set", "acme", "workflows=1").code == 0
    words = ("run", "kitchen.py", "--tenant", "acme", "--input", '"x"', "--id", "two")
    assert copy.refused(*words) == (9, "quota.exceeded")
    assert copy("runs", "show", "acme/two").code == 3
    assert copy("quota", "set", "acme", "workflows=2").code == 0
    assert copy(*words).code == 0
    assert copy("quota", "recount", "acme", "--check").code == 0
    assert copy("quota", "set", "acme", "queue_depth=1").code == 0
    added = copy.refused("queue", "add", "cook", "--tenant", "acme", "--id", "another")
    assert added == (9, "quota.exceeded")
