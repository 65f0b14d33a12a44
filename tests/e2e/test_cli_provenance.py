"""Artifacts, lineage and signed statements on the command line."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from tests.e2e.cli_process import Cli

pytestmark = pytest.mark.e2e

FLOW = """
from tarl import Context, activity, workflow


@activity()
async def provenance_loads(sha256: str) -> str:
    return sha256[:4]


@workflow
async def provenance_trains(ctx: Context, sha256: str) -> str:
    return await ctx.call(provenance_loads, sha256)
"""
DATA = b"2025-05-07,4.2\n"
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def trained(cli: Cli) -> Cli:
    (cli.directory / "train.py").write_text(FLOW)
    (cli.directory / "prices.csv").write_bytes(DATA)
    for words in (
        ("artifacts", "register", "prices.csv", "--kind", "dataset", "--version", "1"),
        ("run", "train.py", "--input", f'"{DIGEST}"', "--id", "t"),
    ):
        done = cli(*words)
        assert done.code == 0, done.err
    return cli


def test_a_runs_provenance_is_signed_and_verified(trained: Cli) -> None:
    lineage = trained("lineage", "t", "--json").data
    assert lineage["root"]["name"] == "run/default/t/1"
    found = {each["sha256"]: each["kind"] for each in lineage["artifacts"]}
    assert found[DIGEST] == "dataset"
    assert {"module", "package", "workflow"} <= set(found.values())

    told = trained("lineage", "t", "--as", "openlineage").out
    started, ended = (json.loads(line) for line in told.splitlines())
    assert (started["eventType"], ended["eventType"]) == ("START", "COMPLETE")
    assert [each["name"] for each in started["inputs"]] == [DIGEST]

    signed = trained("attest", "t", "-o", "t.json", "--json").data
    assert signed["signers"] == ["operator"]
    done = trained("verify", "t.json")
    assert (done.code, "it says what the journal says" in done.out) == (0, True)
    assert trained("verify", "t.json", "--key", signed["keys"][0]).code == 0

    path = trained.directory / "t.json"
    envelope = json.loads(path.read_text())
    payload = base64.b64decode(envelope["payload"]).replace(b'"completed":1', b'"completed":2')
    path.write_text(json.dumps({**envelope, "payload": base64.b64encode(payload).decode()}))
    assert trained.refused("verify", "t.json") == (6, "signature.invalid")
    relate = ("artifacts", "relate", "prices.csv")
    assert trained.refused(*relate, "uses", "a" * 64) == (3, "artifact.missing")
    assert trained.refused(*relate, "uses", "prices.csv") == (2, "artifact.cycle")
    assert trained.refused("lineage", "gone") == (3, "lineage.missing")


def test_a_tampered_file_is_named(trained: Cli) -> None:
    trained("principals", "create", "alice")
    words = ("--file", "prices.csv", "--type", "review", "--predicate", '{"verdict":"good"}')
    done = trained("attest", *words, "--as", "alice", "--expires", "1d", "-o", "review.json")
    assert done.code == 0, done.err
    assert "one file is what was signed" in trained("verify", "review.json").out

    (trained.directory / "prices.csv").write_bytes(DATA + b"x")
    done = trained("verify", "review.json", "--json")
    assert done.code == 6
    assert [each["code"] for each in done.data["findings"]] == ["verify.subject_changed"]
    elsewhere = trained("verify", "review.json", "--files", "home", "--json")
    assert [each["code"] for each in elsewhere.data["findings"]] == ["verify.subject_missing"]

    trained("principals", "revoke", "alice", "--reason", "left")
    done = trained("verify", "review.json", "--max-age", "1d", "--json")
    assert done.data["signers"] == ["alice"]  # it was recorded while the key counted
    assert trained.refused("attest", "prices.csv", "--type", "review", "--as", "alice") == (
        4,
        "attestation.revoked_key",
    )
    listed = trained("attestations", "ls", "--by", "alice", "--json").data["attestations"]
    assert [each["subjects"][0]["sha256"] for each in listed] == [DIGEST]
