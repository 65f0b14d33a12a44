"""Effects on a loan alone: offline, too, no other record permits them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import tests.unit.verify.evidence_builder as build
import tests.unit.verify.trust_builder as trust
from tests.unit.verify.trust_builder import Journal, delegated

import tarl_verify
from tarl_verify import command

ROOT = tarl_verify.parse_vkey(build.ROOT.vkey, 1)


def code(data: bytes) -> str:
    """The code of what is wrong with a file, without its first word."""
    try:
        tarl_verify.Evidence(io.BytesIO(data), ROOT).check()
    except tarl_verify.Failure as found:
        json.dumps(command.refusal(found))  # it can be told
        return found.code.removeprefix("evidence.")
    return "accepted"


def test_what_acts_on_one_record_has_no_permit_by_another() -> None:
    def acts_on(lent: str | None) -> Callable[[Journal, str], None]:
        def act(journal: Journal, given: str) -> None:
            intent = journal.scheduled(1, agent="clerk", task="invoices", lent=lent or given)
            done = journal.completed(1)
            permit = trust.permitted(intent, given, at=intent.at)
            journal.effects("clerk", [permit, trust.resulted(done, permit)])

        return act

    assert code(delegated(acts_on(None)).draft().data()) == "accepted"
    assert code(delegated(acts_on("00" * 32)).draft().data()) == "permit"
