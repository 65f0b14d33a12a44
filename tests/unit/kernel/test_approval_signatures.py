"""No vote without the right signature: forged, edited, replayed, and every path without one."""

from __future__ import annotations

import base64
import copy
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.kernel.voters import ASKED, Panel, memory, request, signer, someone

from tarl.crypto import dsse
from tarl.errors import Denied, Invalid, TarlError
from tarl.kernel.approvals import decide
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.approvals.names import ApprovalId
from tarl.kernel.approvals.request import Request
from tarl.kernel.approvals.statement import STATEMENT_TYPE, sign
from tarl.values.canonical import decode, encode

OTHER = ApprovalId("default", "other")


@pytest.fixture
def panel() -> Panel:
    made = Panel("alice", "bob", "carol")
    made.ask(request("alice", "bob"))
    return made


def refusal(panel: Panel, envelope: Any, id: ApprovalId = ASKED) -> str:
    """Why an envelope is refused as a vote; nothing is recorded."""
    before = panel.store.log_size()
    with pytest.raises((Denied, Invalid)) as caught:
        panel.approvals.vote(id, envelope, at_ms=1)
    assert panel.store.log_size() == before
    return caught.value.code


def resigned(envelope: Any, change: Callable[[dict[str, Any]], Any], name: str = "alice") -> Any:
    """The envelope with another payload, properly signed by the same person."""
    payload = decode(base64.b64decode(envelope["payload"]))
    change(payload)
    return dsse.sign(encode(payload), STATEMENT_TYPE, signer(someone(name)))


# --- forged


def test_a_vote_signed_by_somebody_else_is_refused(panel: Panel) -> None:
    forged = sign(panel.word("alice"), signer(someone("bob")))
    assert refusal(panel, forged) == "approval.signature"


def test_a_signature_under_the_right_name_by_another_key_is_refused(panel: Panel) -> None:
    forged = sign(panel.word("alice"), signer(someone("bob")))
    forged["signatures"][0]["keyid"] = signer(someone("alice")).verifier.label
    assert refusal(panel, forged) == "approval.signature"


@pytest.mark.parametrize("bit", [0, 100, 255, 256, 300, 511])
def test_a_changed_bit_of_the_signature_is_found(panel: Panel, bit: int) -> None:
    envelope = panel.signed("alice")
    sig = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    sig[bit // 8] ^= 1 << bit % 8
    envelope["signatures"][0]["sig"] = base64.b64encode(sig).decode()
    assert refusal(panel, envelope) == "approval.signature"


@pytest.mark.parametrize("sig", [b"", bytes(64), b"\xff" * 64, bytes(63)], ids=repr)
def test_a_signature_that_is_none_is_refused(panel: Panel, sig: bytes) -> None:
    envelope = panel.signed("alice")
    envelope["signatures"][0]["sig"] = base64.b64encode(sig).decode()
    assert refusal(panel, envelope) == "approval.signature"


# --- edited


def test_an_edited_payload_is_found(panel: Panel) -> None:
    envelope = panel.signed("alice", choice="reject")
    payload = decode(base64.b64decode(envelope["payload"]))
    payload["choice"] = "approve"
    envelope["payload"] = base64.b64encode(encode(payload)).decode()
    assert refusal(panel, envelope) == "approval.signature"


def test_a_statement_has_one_spelling(panel: Panel) -> None:
    good = panel.signed("alice")
    spellings = []
    for edit in (
        lambda e: e.update(extra=1),
        lambda e: e["signatures"].append(e["signatures"][0]),
        lambda e: e["signatures"].clear(),
        lambda e: e["signatures"][0].update(more=1),
        lambda e: e["signatures"][0].update(sig=e["signatures"][0]["sig"] + "\n"),
        lambda e: e["signatures"][0].update(sig=e["signatures"][0]["sig"][:-3] + "B=="),
        lambda e: e.update(payload=e["payload"] + "===="),
        lambda e: e.update(payloadType="application/json"),
        lambda e: e.pop("payloadType"),
    ):
        envelope = copy.deepcopy(good)
        edit(envelope)
        spellings.append(envelope)
    assert [refusal(panel, e) for e in spellings] == ["approval.malformed"] * len(spellings)
    assert panel.approvals.vote(ASKED, good, at_ms=1).approvals == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.update(extra=1),
        lambda p: p.pop("origin"),
        lambda p: p.update(origin="agent"),
        lambda p: p.update(origin="service"),
        lambda p: p.update(choice="maybe"),
        lambda p: p.update(type="tarl.approval-vote/2"),
        lambda p: p.pop("type"),
        lambda p: p.pop("choice"),
        lambda p: p.update(reason=None),
        lambda p: p.update(reason="x" * 70_000),
    ],
    ids=lambda _: "",
)
def test_a_statement_has_the_members_it_has(panel: Panel, change: Callable[[Any], Any]) -> None:
    assert refusal(panel, resigned(panel.signed("alice"), change)) == "approval.malformed"


def test_json_that_is_signed_in_another_spelling_is_refused(panel: Panel) -> None:
    payload = base64.b64decode(panel.signed("alice")["payload"])
    spaced = dsse.sign(payload.replace(b'":', b'": '), STATEMENT_TYPE, signer(someone("alice")))
    assert refusal(panel, spaced) == "approval.malformed"


# --- replayed


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("approval", "other"),
        ("digest", "0" * 64),
        ("journal", "tarl/another"),
        ("tenant", "acme"),
    ],
)
def test_a_vote_says_what_it_is_about(panel: Panel, member: str, value: str) -> None:
    changed = panel.signed("alice", **{member: value})
    assert refusal(panel, changed) == "approval.another"


def test_a_vote_does_not_count_for_another_request(panel: Panel) -> None:
    panel.ask(request("alice", "bob"), OTHER)
    assert refusal(panel, panel.signed("alice", OTHER)) == "approval.another"
    panel.approvals.vote(OTHER, panel.signed("alice", OTHER), at_ms=1)
    assert panel.approvals.get(ASKED).approvals == 0


def test_a_vote_does_not_count_in_another_journal_with_the_same_request(panel: Panel) -> None:
    store = memory()
    store.origin = "tarl/second"
    second = Panel("alice", "bob", store=store)
    second.ask(request("alice", "bob"))
    assert refusal(second, panel.signed("alice")) == "approval.another"


def test_a_vote_counts_for_what_was_shown(panel: Panel) -> None:
    """The digest covers every member of the request."""
    shown = request("alice", "bob", context={"version": "1"})
    variants: list[Request] = [
        shown,
        request("alice", "bob", context={"version": "2"}),
        request("bob", "alice", context={"version": "1"}),
        request("alice", "bob", context={"version": "1"}, needed=1),
        request("alice", "bob", context={"version": "1"}, subject="a" * 64),
        request("alice", "bob", context={"version": "1"}, rejection="unreachable"),
        request("alice", "bob", context={"version": "1"}, expires_after_ms=5),
        request("alice", "bob", context={"version": "1"}, reason_required=True),
        request("alice", "bob", context={"version": "1"}, workflow_id="w"),
    ]
    digests = [panel.ask(v, ApprovalId("default", f"v{n}")).digest for n, v in enumerate(variants)]
    again = [Panel().ask(v).digest for v in variants]
    assert len(set(digests)) == len(variants) == len(set(again))


def test_a_vote_that_was_cast_is_not_cast_again(panel: Panel) -> None:
    envelope = panel.signed("alice")
    panel.approvals.vote(ASKED, envelope, at_ms=1)
    with pytest.raises(TarlError) as caught:
        panel.approvals.vote(ASKED, envelope, at_ms=1)
    assert caught.value.code == "approval.voted"


def test_a_delegation_is_no_vote_and_a_vote_no_delegation(panel: Panel) -> None:
    assert refusal(panel, panel.signed("alice", to="carol")) == "approval.malformed"
    with pytest.raises(Invalid) as caught:
        panel.approvals.delegate(ASKED, panel.signed("alice"), at_ms=1)
    assert caught.value.code == "approval.malformed"


def test_a_forged_delegation_is_refused(panel: Panel) -> None:
    forged = sign(panel.word("alice", to="carol"), signer(someone("carol")))
    with pytest.raises(Denied) as caught:
        panel.approvals.delegate(ASKED, forged, at_ms=1)
    assert caught.value.code == "approval.signature"


# --- no path takes a vote that is not signed

UNSIGNED: list[Any] = [
    None,
    True,
    "approve",
    b"approve",
    {},
    {"choice": "approve", "principal": "alice"},
    {"payload": "", "payloadType": STATEMENT_TYPE, "signatures": []},
    [],
]


@pytest.mark.parametrize("envelope", UNSIGNED, ids=repr)
def test_nothing_unsigned_is_a_vote_or_a_delegation(panel: Panel, envelope: Any) -> None:
    for act in (panel.approvals.vote, panel.approvals.delegate):
        with pytest.raises(Invalid) as caught:
            act(ASKED, envelope, at_ms=1)
        assert caught.value.code == "approval.malformed"
    assert panel.kinds == ["approval.requested"]


def test_no_other_method_changes_what_is_approved(panel: Panel) -> None:
    """Whatever a protocol could call: each public method, with whatever it takes by itself."""
    taking_signatures = {"vote", "delegate"}
    arguments = {
        "id": ASKED,
        "request": request("alice", "bob"),
        "reason": "approve",
        "at_ms": 5,
        "now_ms": 5,
        "run": None,
    }
    called = set()
    for name, method in inspect.getmembers(Approvals, inspect.isfunction):
        if name.startswith("_") or name in taking_signatures | {"of_run", "withdraw"}:
            continue
        wanted = [p for p in inspect.signature(method).parameters.values() if p.name != "self"]
        given = {p.name: arguments[p.name] for p in wanted if p.default is inspect.Parameter.empty}
        result = getattr(panel.approvals, name)(**given)
        if inspect.isgenerator(result):
            list(result)
        called.add(name)
    assert called >= {"advance", "due", "get", "records", "request"}
    assert panel.kinds == ["approval.requested"]
    assert panel.approvals.withdraw(ASKED, "approve", at_ms=5).status == "withdrawn"


def test_every_decision_that_can_approve_takes_an_envelope() -> None:
    """Of the pure part: whatever may end in an approval verifies a signature itself."""
    public = {
        name: inspect.signature(function).parameters
        for name, function in inspect.getmembers(decide, inspect.isfunction)
        if function.__module__ == decide.__name__ and not name.startswith("_")
    }
    signed = {name for name, parameters in public.items() if "envelope" in parameters}
    assert signed == {"vote", "delegate"}
    assert set(public) - signed == {"request", "tick", "withdraw"}
