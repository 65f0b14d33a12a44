"""``tarl promote``, through the real command line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.e2e.cli_process import Cli
from tests.unit.governance.promotion.promotion_parts import RELEASE

from tarl.engines.embedded.clock import SystemClock
from tarl.storage import open_store

pytestmark = pytest.mark.e2e


@pytest.fixture
def yard(cli: Cli) -> Cli:
    """A journal with people, and a build that ci has tested."""
    from tarl.crypto.keys import Keyring
    from tarl.engines.embedded.people import People
    from tarl.kernel.approvals.names import PrincipalId
    from tarl.provenance.attestations.ledger import Attestations
    from tarl.provenance.attestations.signers import present_keys
    from tarl.provenance.attestations.statement import Subject, make

    (cli.directory / "pipeline.toml").write_text(RELEASE)
    (cli.directory / "app.tar").write_text("1.0")
    keyring, clock = Keyring().ensure(), SystemClock()
    store = open_store(cli.directory / "tarl.db", keyring=keyring)
    people = People(store, keyring)
    for name, kind in (("ci", "service"), ("ann", "human"), ("ben", "human")):
        people.create(PrincipalId("default", name), kind=kind, at_ms=clock.now_ms())  # type: ignore[arg-type]
    ci = people.keys.signer(people.principals.get(PrincipalId("default", "ci")).key)
    said: list[tuple[str, dict[str, Any]]] = [
        ("https://tarl.dev/attestation/authorship/v1", {"authors": ["dan"]}),
        ("https://in-toto.io/attestation/test-result/v0.1", {"result": "PASSED"}),
    ]
    attestations = Attestations(store, keys=present_keys(store, clock=clock), clock=clock)
    for kind, predicate in said:
        subject = Subject(name="app.tar", sha256=DIGEST)
        attestations.record(make([subject], kind, predicate, signers=[ci]))
    store.close()
    return cli


DIGEST = "d0ff5974b6aa52cf562bea5921840c032a860a91a3512f7fe8f768f6bbe005f6"
"""Of ``1.0``."""

PIPELINE = ("--pipeline", "pipeline.toml")
STAGE = ("promote", "app.tar", "--from", "dev", "--to", "stage", *PIPELINE)
PROD = ("promote", "request", f"sha256:{DIGEST}", "--from", "stage", "--to", "prod", *PIPELINE)


def test_from_dev_to_prod_and_back(yard: Cli) -> None:
    passed = yard(*STAGE, "--json")
    assert passed.code == 0, passed
    assert (passed.data["outcome"], passed.data["by"]) == ("PASSED", "ci")
    assert [g["gate"] for g in passed.data["gates"]] == ["is not revoked", "tests"]
    waits = yard(*PROD)
    assert waits.code == 12, waits
    assert "approvals: 0 of 2 needed" in waits.out
    for name in ("ann", "ben"):
        assert yard("promote", "approve", "app.tar", "--in", "prod", "--as", name).code == 0
    assert yard(*PROD, "-o", "prod.json").code == 0
    rejected = yard("promote", "approve", "app.tar", "--in", "prod", "--as", "ben", "--reject")
    assert rejected.code == 0
    failed = yard(*PROD, "-o", "failed.json")
    assert failed.code == 11
    assert "FAILED: " in failed.out
    key = json.loads(yard("principals", "show", "ci", "--json").out)["keys"][-1]
    checks = ("--key", key, "--artifact", "app.tar", "--in", "prod")
    alone = yard("promote", "verify", "prod.json", *checks, *PIPELINE, "--json")
    assert (alone.code, alone.data["outcome"]) == (0, "PASSED")
    assert len(alone.data["not_proved"]) == 1
    beside = yard("promote", "verify", "prod.json", *checks, "--against", "failed.json")
    assert (beside.code, beside.out.splitlines()[0]) == (11, "FAILED")
    (yard.directory / "app.tar").write_text("1.0.1")
    changed = yard("promote", "verify", "prod.json", *checks)
    assert (changed.code, changed.out.splitlines()[0]) == (6, "NOT PROVED")
    assert yard("db", "check", "--deep").code == 0


def test_what_stands_is_shown_taken_back_and_lifted(yard: Cli) -> None:
    assert yard(*STAGE).code == 0
    words = ("app.tar", "--in", "stage", "--reason", "a hole", "--as")
    assert yard.refused("promote", "revoke", *words, "ci") == (4, "promotion.revoker")
    revoked = yard("promote", "revoke", *words, "ann", "--json")
    assert revoked.code == 0, revoked
    (place, _) = yard("promote", "status", "app.tar", "--json").data["places"]
    assert (place["environment"], place["place"], place["reason"]) == ("stage", "revoked", "a hole")
    assert yard(*STAGE).code == 11
    assert yard("promote", "reinstate", *words, "ben").code == 0
    assert yard(*STAGE).code == 0
    listed = yard("promote", "status", "--outcome", "PASSED", "--json").data["promotions"]
    assert [(row["subject"], row["environment"]) for row in listed] == [(DIGEST, "stage")]
    assert yard("promote", "export", "app.tar", "--in", "stage", "-o", "x.json").code == 0
    assert json.loads((yard.directory / "x.json").read_text())["signatures"]


def test_a_decision_goes_through_a_pipe_as_it_would_into_a_file(yard: Cli) -> None:
    assert yard.refused(*STAGE, "-o", "-", "--json") == (2, "output.shared")
    assert not yard("promote", "status", "--json").data["promotions"]
    passed = yard(*STAGE, "-o", "-")
    assert passed.code == 0, passed
    assert json.loads(passed.out)["signatures"]
    assert "PASSED: app.tar from dev to stage" in passed.err
    assert "tests PASSED" in passed.err
    key = json.loads(yard("principals", "show", "ci", "--json").out)["keys"][-1]
    checks = ("--key", key, "--artifact", "app.tar", "--in", "stage")
    proved = yard("promote", "verify", "-", *checks, input=passed.out)
    assert (proved.code, proved.out.splitlines()[0]) == (0, "PASSED"), proved

    waits = yard(*PROD, "-o", "-")
    assert (waits.code, waits.out) == (12, "")
    assert "INCONCLUSIVE" in waits.err
    for out in ("-", "x.json"):
        exported = yard("promote", "export", "app.tar", "--in", "stage", "-o", out)
        assert exported.code == 0, exported
        if out == "-":
            assert exported.out == passed.out
            assert "stage: standard output" in exported.err
    assert (yard.directory / "x.json").read_text() == passed.out
    words = ("app.tar", "--in", "stage", "--reason", "a hole", "--as", "ann")
    assert yard.refused("promote", "revoke", *words, "-o", "-", "--json") == (2, "output.shared")
    revoked = yard("promote", "revoke", *words, "-o", "-")
    assert json.loads(revoked.out)["payload"]
    assert "revoked in stage: a hole" in revoked.err
    assert not (yard.directory / "-").exists()


def test_what_cannot_be_done_is_refused(yard: Cli) -> None:
    for words, refusal in (
        (("app.tar", "--from", "dev", "--to", "prod", *PIPELINE), (4, "promotion.step")),
        (("nothing.tar", "--from", "dev", "--to", "stage", *PIPELINE), (2, "promotion.subject")),
        (("export", "app.tar", "--in", "prod", "-o", "x"), (3, "promotion.missing")),
        (("init", "pipeline.toml"), (2, "output.exists")),
    ):
        assert yard.refused("promote", *words) == refusal


def test_a_gate_is_a_function_of_a_file(yard: Cli) -> None:
    file = yard.directory / "pipeline.toml"
    file.write_text(RELEASE + '[[gate]]\nname = "smoke"\nfunction = "smoke"\n')
    absent = yard(*STAGE)
    assert (absent.code, "no gate function is registered" in absent.out) == (12, True)
    (yard.directory / "gates.py").write_text(GATES)
    assert yard(*STAGE, "--code", "gates.py").code == 0


GATES = """
from tarl.governance.promotion.functions import Question, promotion_gate


@promotion_gate("smoke")
def smoke(question: Question) -> bool:
    return question.target == "stage"
"""
