"""Demands: editions in the journal, and the court that asks for them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.governance.compliance.compliance_parts import CODE, DAY_MS, SLSA, Office, memory

from tarl.errors import Invalid, Missing
from tarl.governance.compliance.court import ComplianceCourt
from tarl.governance.compliance.events import Need
from tarl.kernel.commands import Command
from tarl.kernel.definition import activity, workflow
from tarl.kernel.effect import Effect
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Deny, Verdict

REVIEW = "https://tarl.dev/attestation/review/v1"


@activity
async def pay(amount: int) -> int:
    return amount


@workflow(name="loans")
async def loans(ctx: Any) -> int:
    return 1


@workflow(name="other")
async def other(ctx: Any) -> int:
    return 2


HERE = {"python": "3.11"}


class Gateway(Office):
    """An office with its court."""

    def __init__(self, **options: Any) -> None:
        super().__init__(memory())
        self.builder = self.register("builder", "service")
        self.court = ComplianceCourt(
            self.store, self.attestations, clock=self.clock, here=lambda: HERE, **options
        )

    def demand(self, *signers: str, **options: Any) -> None:
        need = Need(
            predicate_type=options.pop("predicate", SLSA),
            signers=signers or ("builder",),
            threshold=options.pop("threshold", 1),
            max_age_ms=options.pop("max_age_ms", 0),
        )
        workflows = options.pop("workflows", ["loans"])
        self.demands.require(options.pop("id", "d1"), workflows, [need], by="ops", **options)

    def ask(self, code: Any = loans, run: str = "r1") -> Verdict:
        command = Command("step.scheduled/1", b"{}", 1, pay, args_json=b"[1]", kwargs_json=b"{}")
        return self.court.decide(Effect(RunId("default", run, 1), 1, pay, command, workflow=code))

    def signs(self, *signers: Any, about: str = "", **predicate: Any) -> None:
        said = {"buildDefinition": {}, **predicate}
        self.attest(SLSA, said, *(signers or (self.builder,)), about=about or loans.code_digest)


class TestTheCourt:
    def test_nothing_demanded_is_allowed(self) -> None:
        assert Gateway().ask() == Allow()

    def test_what_is_demanded_and_missing_is_denied_with_how_to_get_it(self) -> None:
        gate = Gateway()
        gate.demand()
        verdict = gate.ask()
        assert isinstance(verdict, Deny)
        (reason,) = verdict.reasons
        assert reason.code == "compliance.demanded"
        assert reason.facts["demand"] == "d1"
        assert reason.facts["subjects"][0] == loans.code_digest
        assert "there is none" in reason.text
        assert loans.code_digest in reason.facts["next_step"]

    def test_what_is_there_is_allowed_at_once(self) -> None:
        gate = Gateway()
        gate.demand()
        assert isinstance(gate.ask(), Deny)
        gate.signs()
        assert gate.ask() == Allow()

    def test_the_artifact_of_this_code_in_this_environment_will_do(self) -> None:
        from hashlib import sha256

        from tarl.values.canonical import encode

        gate = Gateway()
        gate.demand()
        manifest = {"code": loans.code_digest, "environment": HERE, "workflow": "loans"}
        gate.signs(about=sha256(encode({**manifest, "environment": {}})).hexdigest())
        assert isinstance(gate.ask(), Deny)
        gate.signs(about=sha256(encode(manifest)).hexdigest())
        assert gate.ask() == Allow()

    def test_a_statement_about_other_code_does_not_count(self) -> None:
        gate = Gateway()
        gate.demand()
        gate.signs(about=CODE)
        gate.signs(about=other.code_digest)
        assert isinstance(gate.ask(), Deny)

    def test_a_statement_by_others_does_not_count(self) -> None:
        gate = Gateway()
        gate.demand()
        gate.signs(gate.register("mallory"))
        verdict = gate.ask()
        assert isinstance(verdict, Deny)
        assert "is signed by mallory" in verdict.reasons[0].text

    def test_a_statement_of_another_type_does_not_count(self) -> None:
        gate = Gateway()
        gate.demand()
        gate.attest(REVIEW, {}, gate.builder, about=loans.code_digest)
        assert isinstance(gate.ask(), Deny)

    def test_a_signer_who_is_revoked_does_not_count_any_more(self) -> None:
        gate = Gateway()
        gate.demand()
        gate.signs()
        assert gate.ask() == Allow()
        gate.revoke("builder")
        assert isinstance(gate.ask(), Deny)

    def test_what_is_too_old_does_not_count_any_more(self) -> None:
        gate = Gateway()
        gate.demand(max_age_ms=DAY_MS)
        gate.signs()
        gate.clock.at_ms += DAY_MS - 1
        assert gate.ask() == Allow()
        gate.clock.at_ms += 1
        verdict = gate.ask()
        assert isinstance(verdict, Deny)
        assert "too old" in verdict.reasons[0].text

    def test_what_expires_does_not_count_any_more(self) -> None:
        gate = Gateway()
        gate.demand(predicate="review")
        gate.attest(REVIEW, {"expiresOn": gate.in_days(1)}, gate.builder, about=loans.code_digest)
        assert gate.ask() == Allow()
        gate.clock.at_ms += DAY_MS
        assert isinstance(gate.ask(), Deny)

    def test_a_threshold_counts_people_not_statements(self) -> None:
        gate = Gateway()
        ben = gate.register("ben")
        gate.demand("builder", "ben", threshold=2)
        gate.signs()
        gate.signs(again=1)
        assert isinstance(gate.ask(), Deny)
        gate.signs(ben)
        assert gate.ask() == Allow()

    def test_all_that_is_demanded_is_needed(self) -> None:
        gate = Gateway()
        gate.demand(id="d1")
        gate.demand(id="d2", predicate="review", workflows=["*"])
        gate.signs()
        verdict = gate.ask()
        assert isinstance(verdict, Deny)
        assert [reason.facts["demand"] for reason in verdict.reasons] == ["d2"]
        gate.attest(REVIEW, {}, gate.builder, about=loans.code_digest)
        assert gate.ask() == Allow()

    @pytest.mark.parametrize(
        ("pattern", "denied"), [("loans", True), ("loa*", True), ("*", True), ("loan", False)]
    )
    def test_workflows_are_named_or_matched(self, pattern: str, denied: bool) -> None:
        gate = Gateway()
        gate.demand(workflows=[pattern])
        assert isinstance(gate.ask(), Deny) is denied

    def test_others_take_effect_as_before(self) -> None:
        gate = Gateway()
        gate.demand()
        assert gate.ask(other) == Allow()

    def test_a_task_of_which_nobody_knows_the_code_is_denied_where_a_demand_names_it(self) -> None:
        gate = Gateway()
        gate.demand()
        assert gate.ask(None) == Allow()
        gate.demand(workflows=["*"])
        verdict = gate.ask(None)
        assert isinstance(verdict, Deny)
        assert verdict.reasons[0].code == "compliance.no_digest"

    def test_the_code_that_a_run_recorded_counts_where_this_process_has_none(self) -> None:
        gate = Gateway()
        gate.demand()
        gate.run("r1", code=CODE)
        gate.signs(about=CODE)
        assert gate.ask(None) == Allow()
        gate.write("run/default/r2/1", *_changed())
        assert isinstance(gate.ask(None, run="r2"), Deny)

    def test_a_demand_decides_in_its_environments(self) -> None:
        gate = Gateway(environment="dev")
        gate.demand(environments=["prod", "stage"])
        assert gate.ask() == Allow()
        gate.demand(environments=["dev"])
        assert isinstance(gate.ask(), Deny)

    def test_nobody_says_where_it_runs_means_everywhere(self) -> None:
        gate = Gateway()
        gate.demand(environments=["prod"])
        assert isinstance(gate.ask(), Deny)

    def test_a_demand_that_is_lifted_asks_for_nothing(self) -> None:
        gate = Gateway()
        gate.demand()
        assert isinstance(gate.ask(), Deny)
        gate.demands.lift("d1", by="ops")
        assert gate.ask() == Allow()


def _changed() -> list[Any]:
    body = {"code": CODE, "seed": "00", "workflow": "loans", "input": None}
    return [("run.started/1", body), ("run.code_changed/1", {"code": "f" * 64})]


class TestTheLedger:
    def test_the_newest_edition_is_the_one_in_force(self) -> None:
        gate = Gateway()
        gate.demand()
        gate.demand(workflows=["other"])
        (found,) = gate.demands.in_force()
        assert (found.said.version, found.said.workflows, found.said.by) == (2, ("other",), "ops")
        gate.demands.lift("d1", by="ops")
        gate.demand()
        assert gate.demands.get("d1").said.version == 3

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"workflows": []}, "compliance.demand_form"),
            ({"workflows": ["a[b"]}, "compliance.demand_form"),
            ({"workflows": ["a\nb"]}, "compliance.demand_form"),
            ({"threshold": 2}, "compliance.demand_form"),
            ({"threshold": 0}, "compliance.demand_form"),
            ({"max_age_ms": -1}, "compliance.demand_form"),
            ({"environments": ["test"]}, "environment.unknown"),
            ({"predicate": "<b>"}, "attestation.predicate"),
        ],
    )
    def test_a_demand_that_is_none_is_refused(self, changes: dict[str, Any], code: str) -> None:
        gate = Gateway()
        with pytest.raises(Invalid) as caught:
            gate.demand(**changes)
        assert caught.value.code == code
        assert gate.demands.in_force() == []

    def test_a_signer_whom_nobody_knows_is_refused(self) -> None:
        gate = Gateway()
        with pytest.raises(Missing) as caught:
            gate.demand("nobody")
        assert caught.value.code == "principal.missing"

    def test_what_is_not_in_force_cannot_be_lifted(self) -> None:
        with pytest.raises(Missing) as caught:
            Gateway().demands.lift("d9", by="ops")
        assert caught.value.code == "compliance.demand"
