"""What agents did and hold, in the forms that others read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.e2e.cli_process import Cli

from tarl.crypto.note import parse_vkey
from tarl.provenance import credential

pytestmark = pytest.mark.e2e

FLOW = """
from tarl import Context, activity, workflow


@activity(needs=["mail.send"], resource="mailbox/{to}")
async def sends(to: str) -> str:
    return f"to {to}"


@workflow
async def exported_mails(ctx: Context, to: str) -> str:
    return await ctx.call(sends, to)
"""


@pytest.fixture
def settled(cli: Cli) -> Cli:
    (cli.directory / "mails.py").write_text(FLOW)
    for words in (
        ("principals", "create", "acme", "--kind", "service"),
        ("authority", "establish", "acme", "--action", "*"),
        ("agents", "create", "clerk"),
        ("agents", "establish", "clerk", "--authority", "acme", "--action", "mail.*"),
        ("run", "mails.py:exported_mails", "--input", '"alice"', "--id", "m", "--agent", "clerk"),
    ):
        done = cli(*words)
        assert done.code == 0, done.err
    return cli


def test_an_agents_run_is_proved_up_to_the_root(settled: Cli) -> None:
    root = settled("export", "m", "-o", "m.evidence", "--json").data["root"]

    done = settled("verify", "m.evidence", "--root", root)

    assert done.code == 0
    assert "authority: clerk: attestation " in done.out
    assert "permits: 1," in done.out


def test_what_an_agent_holds_is_a_credential_and_a_token(settled: Cli) -> None:
    biscuit = pytest.importorskip(
        "biscuit_auth", reason="biscuit-python has no wheel for this Python"
    )
    done = settled("trust", "export", "clerk", "-o", "clerk.json", "--json")
    key = parse_vkey(done.data["key"])
    found = json.loads((settled.directory / "clerk.json").read_text())
    assert credential.check(found) == key.public
    assert found["credentialSubject"]["agent"] == "clerk"

    done = settled("trust", "export", "clerk", "--as", "biscuit", "-o", "clerk.biscuit")
    assert done.code == 0
    text = (settled.directory / "clerk.biscuit").read_text().strip()
    root = biscuit.PublicKey.from_bytes(key.public, biscuit.Algorithm.Ed25519)
    assert biscuit.Biscuit.from_base64(text, root).block_count() == 2


def test_what_does_not_hold_is_not_exported(settled: Cli) -> None:
    assert settled.refused("trust", "export", "nobody", "-o", "x") == (3, "principal.missing")
    words = ("trust", "export", "clerk", "--grant", "00", "-o", "x")
    assert settled.refused(*words) == (3, "trust.no_grant")
    settled("trust", "suspend", "clerk", "--reason", "holiday")
    assert settled.refused("trust", "export", "clerk", "-o", "x") == (4, "trust.void")
    assert not Path(settled.directory / "x").exists()
