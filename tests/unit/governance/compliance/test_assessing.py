"""From evidence to a status: met only by what bears on the requirement, unmet by what contradicts,
unknown otherwise.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.governance.compliance.compliance_parts import (
    ANSWERED,
    CODE,
    DAY_MS,
    JOURNAL,
    LOANS,
    LOG,
    SLSA,
    TESTED,
    Office,
    memory,
)
from tests.unit.kernel.voters import signer, someone

from tarl.crypto import dsse
from tarl.crypto.note import Checkpoint as Stated
from tarl.crypto.note import Signer, sign_note
from tarl.errors import Conflict, Denied, Invalid, Missing
from tarl.governance.compliance.assess import totals
from tarl.governance.compliance.component import parse
from tarl.governance.compliance.gaps import gaps
from tarl.governance.severity import Severity
from tarl.governance.violations.ledger import Violations
from tarl.journal.log import Log
from tarl.journal.merkle import fold, hash_of_leaf
from tarl.journal.store import Checkpoint
from tarl.provenance.attestations.statement import Subject
from tarl.trust.signed import payload_type
from tarl.values.canonical import encode

LOGGED, PERIOD, ACCESS = "eu-ai-act:Art. 12(1)", "eu-ai-act:Art. 12(3)(a)", "nist-800-53:AC-3"
RISKS = "eu-ai-act:Art. 9(1)"
KEPT, TWO, REPUDIATED = "eu-ai-act:Art. 26(6)", "eu-ai-act:Art. 12(3)(d)", "nist-800-53:AU-10"
PROVENANCE, TESTING = "slsa:SLSA-BUILD-L1/provenance-exists", "eu-ai-act:Art. 9(6)"


class TestRecords:
    def test_a_run_with_an_answer_shows_that_there_are_records(self) -> None:
        office = Office()
        office.run()
        found = office.result(LOGGED)
        assert found.status == "met"
        assert [each.refs for each in found.evidence] == [
            ("run/default/r1/1@1",),
            ("run/default/r1/1@3",),
            ("run/default/r1/1@4",),
        ]

    def test_a_run_without_any_effect_shows_nothing_of_the_kind(self) -> None:
        office = Office()
        office.run(steps=())
        found = office.result(LOGGED)
        assert found.status == "unknown"
        assert found.missing == ("an effect that a run asked for, with its answer",)

    def test_what_is_old_does_not_count(self) -> None:
        office = Office()
        office.run()
        office.clock.at_ms += 90 * DAY_MS
        assert office.status(LOGGED) == "met"
        office.clock.at_ms += 1
        assert office.status(LOGGED) == "unknown"

    def test_other_workflows_say_nothing_about_this_one(self) -> None:
        office = Office()
        office.run("r1", workflow="other")
        office.run("r2", steps=())
        assert office.status(LOGGED) == "unknown"
        assert office.status(LOGGED, parse("workflow:other")) == "met"
        assert office.status(LOGGED, JOURNAL) == "met"

    def test_other_tenants_say_nothing_about_this_one(self) -> None:
        office = Office()
        office.run()
        assert office.status(LOGGED, parse("journal", tenant="acme")) == "unknown"

    def test_an_open_run_has_no_period(self) -> None:
        office = Office()
        office.run(ended=False)
        assert office.status(PERIOD) == "unknown"
        office.run("r2")
        assert office.status(PERIOD) == "met"

    def test_a_broken_chain_contradicts(self) -> None:
        store = memory()
        office = Office(store)
        office.run()
        assert office.status(LOGGED) == "met"
        place = store._streams["run/default/r1/1"][1]
        forged = b'{"activity":"other","args":[],"step":1}'
        store._log[place] = store._log[place]._replace(body=forged)
        found = office.result(LOGGED)
        assert found.status == "unmet"
        assert "run/default/r1/1@2" in found.against[0].refs

    def test_records_that_reach_back_six_months_are_kept(self) -> None:
        office = Office()
        office.run()
        office.clock.at_ms += 183 * DAY_MS
        assert office.status(KEPT) == "unknown"
        office.clock.at_ms += 1
        assert office.status(KEPT) == "met"

    @pytest.mark.parametrize(("signed", "status"), [("log", "met"), ("other", "unmet")])
    def test_the_log_is_intact_as_far_as_a_signed_checkpoint_says(
        self, signed: str, status: str
    ) -> None:
        office = Office()
        office.run()
        assert office.status("nist-800-53:AU-9(3)", JOURNAL) == "unknown"
        size = office.store.log_size()
        root = Log(office.store).root(size) if signed == "log" else bytes(32)
        text = Stated(office.store.origin, size, root).text
        note = sign_note(text, LOG)
        checkpoint = Checkpoint(size, note, office.clock.now_ms(), published=True)
        office.store.keep_checkpoint(checkpoint, [])
        assert office.status("nist-800-53:AU-9(3)", JOURNAL) == status


class TestAccess:
    def test_a_refused_step_with_a_result_contradicts(self) -> None:
        office = Office()
        refused = ("step.denied/1", {"reasons": [], "step": 1})
        office.run(steps=(ANSWERED[0], refused))
        assert office.status(ACCESS) == "unknown"
        office.run("r2", steps=(ANSWERED[0], refused, ANSWERED[1]))
        found = office.result(ACCESS)
        assert found.status == "unmet"
        assert found.against[0].refs == ("run/default/r2/1@4",)

    def test_a_step_that_a_person_let_be_tried_again_may_have_a_result(self) -> None:
        office = Office()
        again = ("step.retry_allowed/1", {"step": 1})
        refused = ("step.denied/1", {"reasons": [], "step": 1})
        office.run(steps=(ANSWERED[0], refused, again, ANSWERED[1]))
        assert office.status(ACCESS) == "unknown"

    def test_a_refusal_that_a_level_let_pass_contradicts(self) -> None:
        office = Office()
        office.run()
        note = {"run": "r1/1", "step": 1, "activity": "score", "actions": [], "reasons": []}
        office.write("policy_note/default", ("policy.noted/1", {**note, "run": "other/1"}))
        assert office.status(ACCESS) == "unknown"
        office.write("policy_note/default", ("policy.noted/1", note))
        assert office.status(ACCESS) == "unmet"
        assert office.status(ACCESS, JOURNAL) == "unmet"

    def test_an_effect_of_an_agent_without_a_permit_contradicts(self) -> None:
        office = Office()
        office.run(agent="bot")
        found = office.result(REPUDIATED)
        assert found.status == "unmet"
        assert "bot, who signed no permit" in found.why

    @pytest.mark.parametrize(
        ("by", "run", "root", "status"),
        [
            ("bot", "default/r1/1", "", "met"),
            ("other", "default/r1/1", "", "unmet"),
            ("bot", "default/r2/1", "", "unmet"),
            ("bot", "default/r1/1", "0" * 64, "unmet"),
        ],
    )
    def test_a_permit_counts_by_the_agents_signature_over_it(
        self, by: str, run: str, root: str, status: str
    ) -> None:
        office = Office()
        office.register("bot", "agent")
        office.run(agent="bot")
        leaf = {"permit": {"run": run, "step": 1}}
        root = root or fold([hash_of_leaf(encode(leaf))]).hex()
        payload = encode({"agent": "bot", "root": root, "tenant": "default"})
        key = Signer(someone("bot").stream, signer(someone(by)).key)
        envelope = dsse.sign(payload, payload_type("effects"), key)
        if by != "bot":  # claims the agent's key
            envelope["signatures"][0]["keyid"] = signer(someone("bot")).verifier.label
        body = {"envelope": envelope, "leaves": [leaf]}
        office.write("agent/default/bot", ("effects.signed/1", body))
        assert office.status(REPUDIATED) == status

    def test_another_agents_permit_is_none(self) -> None:
        office = Office()
        office.register("bot", "agent")
        office.register("mallory", "agent")
        office.run(agent="bot")
        leaf = {"permit": {"run": "default/r1/1", "step": 1}}
        root = fold([hash_of_leaf(encode(leaf))]).hex()
        payload = encode({"agent": "mallory", "root": root, "tenant": "default"})
        envelope = dsse.sign(payload, payload_type("effects"), signer(someone("mallory")))
        body = {"envelope": envelope, "leaves": [leaf]}
        office.write("agent/default/mallory", ("effects.signed/1", body))
        assert office.status(REPUDIATED, JOURNAL) == "unmet"

    def test_work_for_nobody_needs_no_permit(self) -> None:
        office = Office()
        office.run()
        assert office.status(REPUDIATED) == "unknown"


class TestPeople:
    def test_votes_of_two_show_that_two_decided(self) -> None:
        office = Office()
        office.run()
        office.approval("a1", "anna", "ben", needed=2)
        assert office.status(TWO) == "met"

    @pytest.mark.parametrize("voters", [("anna",), ("anna", "anna"), ()])
    def test_an_approval_that_is_missing_contradicts(self, voters: tuple[str, ...]) -> None:
        office = Office()
        office.run()
        office.approval("a1", *voters, needed=2)
        found = office.result(TWO)
        assert found.status == "unmet"
        assert "of 2 votes" in found.why

    def test_what_people_decided_elsewhere_says_nothing_about_this(self) -> None:
        office = Office()
        office.run("r1", workflow="other")
        office.run("r2")
        office.approval("a1", "anna", "ben", needed=2)
        assert office.status(TWO) == "unknown"
        assert office.status(TWO, parse("workflow:other")) == "met"

    def test_a_request_that_one_may_decide_says_nothing_about_two(self) -> None:
        office = Office()
        office.run()
        office.approval("a1", "anna", needed=1)
        assert office.status(TWO) == "unknown"
        part = office.result("eu-ai-act:Art. 14(1)")
        assert part.status == "unknown"
        assert part.evidence
        assert "a part" in part.why

    def test_a_rejection_needs_no_votes_to_approve(self) -> None:
        office = Office()
        office.run()
        office.approval("a1", needed=2, status="rejected")
        assert office.status(TWO) == "met"

    def test_a_critical_violation_that_is_open_contradicts(self) -> None:
        office = Office()
        assert office.status("nist-800-53:IR-4", JOURNAL) == "unknown"
        known = Violations(office.store, clock=office.clock)
        broken = known.record("p", severity=Severity.CRITICAL, description="x", by="ops")
        assert office.status("nist-800-53:IR-4", JOURNAL) == "unmet"
        known.resolve(broken.id, by="ops", resolution="mended")
        found = office.result("nist-800-53:IR-4", JOURNAL)
        assert found.status == "unknown"
        assert [each.counted for each in found.evidence] == [1]


class TestStatements:
    def test_a_statement_about_this_code_counts(self) -> None:
        office = Office()
        office.run()
        builder = office.register("builder", "service")
        assert office.status(PROVENANCE) == "unknown"
        office.attest(SLSA, {"buildDefinition": {}}, builder)
        assert office.status(PROVENANCE) == "met"

    def test_the_word_of_agents_alone_is_no_evidence(self) -> None:
        office = Office()
        office.run()
        bot, builder = office.register("bot", "agent"), office.register("builder", "service")
        office.attest(SLSA, {"buildDefinition": {}}, bot)
        found = office.result(PROVENANCE)
        assert (found.status, "bot, whose word" in found.why) == ("unmet", True)
        office.attest(SLSA, {"buildDefinition": {}}, bot, builder)
        assert office.status(PROVENANCE) == "met"

    def test_a_statement_about_other_code_does_not(self) -> None:
        office = Office()
        office.run()
        builder = office.register("builder", "service")
        office.attest(SLSA, {"buildDefinition": {}}, builder)
        office.clock.at_ms += 1
        office.run("r2", code="f" * 64)
        assert office.status(PROVENANCE) == "unknown"

    def test_a_statement_by_somebody_who_was_revoked_contradicts(self) -> None:
        office = Office()
        office.run()
        builder = office.register("builder", "service")
        office.attest(SLSA, {"buildDefinition": {}}, builder)
        office.revoke("builder")
        found = office.result(PROVENANCE)
        assert found.status == "unmet"
        assert "builder, whose word does not count" in found.why

    def test_a_test_that_failed_contradicts_until_one_passes(self) -> None:
        office = Office()
        office.run()
        ci = office.register("ci", "service")
        office.attest(TESTED, {"result": "FAILED"}, ci)
        assert office.status(TESTING) == "unmet"
        office.attest(TESTED, {"result": "PASSED"}, ci)
        assert office.status(TESTING) == "unknown"
        assert office.result(TESTING).evidence
        office.attest(TESTED, {"result": "FAILED", "again": True}, ci)
        assert office.status(TESTING) == "unmet"

    def test_an_approval_counts_until_it_expires_or_is_taken_back(self) -> None:
        office = Office()
        office.run()
        anna = office.register("anna")
        kind = "https://tarl.dev/attestation/approval/v1"
        office.attest(kind, {"decision": "approve", "expiresOn": office.in_days(9)}, anna)
        found = office.result("soc2:CC8.1")
        assert any(each.what.startswith("a signed approval") for each in found.evidence)
        office.clock.at_ms += 9 * DAY_MS
        assert "it has expired" in office.result("soc2:CC8.1").why
        office.attest(kind, {"decision": "approve"}, anna)
        assert office.status("soc2:CC8.1") == "unknown"
        office.attest(kind, {"decision": "reject"}, anna)
        assert office.status("soc2:CC8.1") == "unmet"

    def test_a_test_that_is_too_old_contradicts(self) -> None:
        office = Office()
        office.run()
        office.attest(TESTED, {"result": "PASSED"}, office.register("ci", "service"))
        office.clock.at_ms += 181 * DAY_MS
        found = office.result(TESTING)
        assert found.status == "unmet"
        assert "too old" in found.why


class TestAssessors:
    def test_what_a_person_attests_counts(self) -> None:
        office = Office()
        office.run()
        anna = office.register("anna")
        assert office.status(RISKS) == "unknown"
        said = office.says(RISKS, "met", anna)
        found = office.result(RISKS)
        assert found.status == "met"
        assert found.why == "anna attested: looked at it"
        assert found.evidence[0].refs == (f"attestation:{said.id}",)

    def test_the_newest_word_counts(self) -> None:
        office = Office()
        office.run()
        anna, ben = office.register("anna"), office.register("ben")
        office.says(RISKS, "met", anna)
        office.says(RISKS, "unmet", ben)
        assert office.status(RISKS) == "unmet"
        office.clock.at_ms += 1
        office.says(RISKS, "met", anna)
        assert office.status(RISKS) == "met"

    def test_what_expired_counts_against(self) -> None:
        office = Office()
        office.run()
        office.compliance.attest(
            LOANS, RISKS, "met", "fine", signer=office.register("anna"), expires_ms=10 * DAY_MS
        )
        office.clock.at_ms += 10 * DAY_MS - 1
        assert office.status(RISKS) == "met"
        office.clock.at_ms += 1
        found = office.result(RISKS)
        assert (found.status, "expired" in found.why) == ("unmet", True)

    def test_what_expired_does_not_outweigh_what_the_journal_shows(self) -> None:
        office = Office()
        office.run()
        office.compliance.attest(
            LOANS, LOGGED, "met", "fine", signer=office.register("anna"), expires_ms=10 * DAY_MS
        )
        office.clock.at_ms += 11 * DAY_MS
        assert office.status(LOGGED) == "met"
        office.says(LOGGED, "unmet", office.register("ben"))
        assert office.status(LOGGED) == "unmet"

    def test_what_is_signed_by_the_wrong_key_counts_against(self) -> None:
        office = Office()
        office.run()
        anna = office.register("anna")
        office.register("ben")
        office.says(RISKS, "met", anna)
        office.compliance.name_assessors(["ben"], by="ops")
        found = office.result(RISKS)
        assert (found.status, "anna" in found.why) == ("unmet", True)
        office.compliance.name_assessors([], by="ops")
        assert office.status(RISKS) == "met"

    @pytest.mark.parametrize("kind", ["agent", "service"])
    def test_programs_do_not_assess_unless_they_are_named(self, kind: Any) -> None:
        office = Office()
        office.run()
        bot = office.register("bot", kind)
        with pytest.raises(Denied) as caught:
            office.says(RISKS, "met", bot)
        assert caught.value.code == "compliance.not_assessor"
        office.compliance.name_assessors(["bot"], by="ops")
        office.says(RISKS, "met", bot)
        assert office.status(RISKS) == "met"

    def test_an_agent_never_assesses_itself(self) -> None:
        office = Office()
        bot = office.register("bot", "agent")
        office.compliance.name_assessors(["bot"], by="ops")
        what = parse("agent:bot")
        office.compliance.map(what, [RISKS], by="ops")
        with pytest.raises(Denied):
            office.says(RISKS, "met", bot, what=what)

    def test_a_word_about_other_code_says_nothing(self) -> None:
        office = Office()
        office.run()
        anna = office.register("anna")
        office.says(RISKS, "met", anna)
        office.clock.at_ms += 1
        office.run("r2", code="f" * 64)
        assert office.status(RISKS) == "unknown"

    def test_a_word_about_whatever_code_says_it_on(self) -> None:
        office = Office()
        office.run()
        anna = office.register("anna")
        office.compliance.attest(LOANS, RISKS, "met", "trained", signer=anna, whatever_content=True)
        office.clock.at_ms += 1
        office.run("r2", code="f" * 64)
        assert office.status(RISKS) == "met"

    def test_a_word_about_another_component_says_nothing(self) -> None:
        office = Office()
        office.run()
        anna = office.register("anna")
        signed = office.says(RISKS, "met", anna)
        moved = {**signed.predicate, "component": "workflow:other", "requirement": PERIOD}
        office.attest(signed.predicate_type, moved, anna)
        office.attest(signed.predicate_type, {**moved, "component": LOANS.ref}, anna)
        assert office.status(RISKS) == "met"
        assert office.result("eu-ai-act:Art. 9(2)").status == "unknown"
        assert office.status(PERIOD) == "met"

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": "compliant"},
            {"status": "unknown"},
            {"requirement": "eu-ai-act:Art. 900"},
            {"requirement": "eu-ai-act:Art. 9"},
            {"component": "journal"},
            {"evidence": [{"name": "x", "sha256": "no"}]},
            {"evidence": 7},
        ],
    )
    def test_a_statement_that_says_nothing_sensible_counts_for_nothing(
        self, changes: dict[str, Any]
    ) -> None:
        office = Office()
        office.run()
        anna = office.register("anna")
        fine = {
            "requirement": RISKS,
            "component": LOANS.ref,
            "status": "met",
            "statement": "x",
            "evidence": [],
            "expiresOn": office.in_days(9),
        }
        kind = "https://tarl.dev/attestation/compliance-assessment/v1"
        office.attest(kind, {**fine, **changes}, anna)
        assert office.status(RISKS) == "unknown"
        office.attest(kind, fine, anna)
        assert office.status(RISKS) == "met"

    def test_a_statement_without_an_end_counts_for_nothing(self) -> None:
        office = Office()
        office.run()
        anna = office.register("anna")
        said = {"requirement": RISKS, "component": LOANS.ref, "status": "met", "statement": "x"}
        office.attest("https://tarl.dev/attestation/compliance-assessment/v1", said, anna)
        assert office.status(RISKS) == "unknown"

    def test_a_word_does_not_outweigh_what_contradicts(self) -> None:
        office = Office()
        office.run(agent="bot")
        office.says(REPUDIATED, "met", office.register("anna"))
        assert office.status(REPUDIATED) == "unmet"
        office.says(REPUDIATED, "not_applicable", office.register("ben"))
        assert office.status(REPUDIATED) == "unmet"

    def test_somebody_may_attest_that_it_does_not_apply(self) -> None:
        office = Office()
        office.run()
        office.says(RISKS, "not_applicable", office.register("anna"))
        found = office.result(RISKS)
        assert (found.status, found.declared_by) == ("not_applicable", ("anna",))

    @pytest.mark.parametrize(
        ("ref", "status", "changes", "code"),
        [
            (RISKS, "compliant", {}, "compliance.status"),
            (RISKS, "unknown", {}, "compliance.status"),
            ("eu-ai-act:Art. 9", "met", {}, "compliance.not_assessable"),
            ("eu-ai-act:Annex III(1)", "met", {}, "compliance.not_assessable"),
            (RISKS, "met", {"statement": " "}, "compliance.statement"),
            (RISKS, "met", {"statement": "x" * 9_000}, "compliance.statement"),
            (RISKS, "met", {"expires_ms": 0}, "compliance.lasts"),
            (RISKS, "met", {"expires_ms": 5_000 * DAY_MS}, "compliance.lasts"),
            (
                RISKS,
                "met",
                {"evidence": [Subject(name="x", sha256="abc")]},
                "artifact.digest",
            ),
        ],
    )
    def test_what_nobody_can_attest_is_refused(
        self, ref: str, status: str, changes: dict[str, Any], code: str
    ) -> None:
        office = Office()
        office.run()
        said = {"statement": "fine", **changes}
        with pytest.raises(Invalid) as caught:
            office.compliance.attest(
                LOANS, ref, status, said.pop("statement"), signer=office.register("anna"), **said
            )
        assert caught.value.code == code

    def test_an_assessor_whom_nobody_knows_is_refused(self) -> None:
        with pytest.raises(Missing) as caught:
            Office().compliance.name_assessors(["nobody"], by="ops")
        assert caught.value.code == "principal.missing"


class TestComponents:
    @pytest.mark.parametrize(
        "text", ["", "loans", "workflow:", "journal:x", "robot:x", "agent", "artifact:"]
    )
    def test_what_names_no_component_is_refused(self, text: str) -> None:
        with pytest.raises(Invalid):
            parse(text)

    def test_an_artifact_is_named_by_its_digest(self) -> None:
        with pytest.raises(Invalid) as caught:
            parse("artifact:abc")
        assert caught.value.code == "artifact.digest"

    @pytest.mark.parametrize("text", ["workflow:nobody", "agent:nobody", f"artifact:{CODE}"])
    def test_an_unknown_component_is_refused(self, text: str) -> None:
        office = Office()
        office.run()
        with pytest.raises(Missing) as caught:
            office.compliance.assess(parse(text))
        assert caught.value.code == "compliance.component"

    def test_a_component_is_known_once_anything_is_mapped_to_it(self) -> None:
        office = Office()
        what = parse("workflow:new")
        office.compliance.map(what, [RISKS, "slsa_l3_1"], by="anna")
        assert office.compliance.components() == ["workflow:new"]
        assert office.compliance.standing(what).requirements[0] == RISKS
        assert office.status(RISKS, what) == "unknown"

    @pytest.mark.parametrize("refs", [[RISKS], ["eu_ai_act_1"], [PERIOD, PERIOD], []])
    def test_a_duplicate_mapping_is_refused(self, refs: list[str]) -> None:
        office = Office()
        office.compliance.map(LOANS, [RISKS], by="anna")
        with pytest.raises(Conflict) as caught:
            office.compliance.map(LOANS, refs, by="anna")
        assert caught.value.code == "compliance.mapped"
        assert office.compliance.standing(LOANS).requirements == (RISKS,)

    def test_what_is_mapped_can_be_unmapped_and_mapped_again(self) -> None:
        office = Office()
        office.compliance.map(LOANS, [RISKS], by="anna")
        office.compliance.unmap(LOANS, [RISKS], by="anna")
        with pytest.raises(Missing) as caught:
            office.compliance.unmap(LOANS, [RISKS], by="anna")
        assert caught.value.code == "compliance.not_mapped"
        assert office.compliance.map(LOANS, [RISKS], by="anna").requirements == (RISKS,)

    def test_an_unknown_requirement_is_not_mapped(self) -> None:
        with pytest.raises(Missing):
            Office().compliance.map(LOANS, ["hipaa:1"], by="anna")

    def test_an_agent_is_told_about_by_its_runs(self) -> None:
        office = Office()
        office.run("r1", agent="bot")
        office.run("r2", agent="other")
        found = office.assess(parse("agent:bot"))
        assert (found.census.streams, found.census.events) == (1, 4)


class TestTheWhole:
    def test_every_entry_has_a_result_and_the_counts_add_up(self) -> None:
        office = Office()
        office.run()
        found = office.assess()
        counted = totals(found.results)
        assert counted.entries == len(found.results) == 2_585
        parts = (counted.met, counted.unmet, counted.unknown, counted.not_applicable)
        assert sum(parts) == counted.assessable == 1_350
        assert all(
            each.status == "unknown" for each in found.results if not each.requirement.is_assessable
        )

    def test_the_same_journal_and_instant_give_the_same_assessment(self) -> None:
        office = Office()
        office.run()
        assert office.assess() == office.assess()

    def test_gaps_say_what_would_close_them(self) -> None:
        office = Office()
        office.run(agent="bot")
        found = gaps(office.assess())
        assert found[0].result.status == "unmet"
        assert any(way.startswith("look at run/") for way in found[0].ways)
        by_ref = {gap.result.requirement.ref: gap.ways for gap in found}
        assert by_ref[PROVENANCE][0].startswith("record a signed SLSA provenance")
        assert "tarl compliance attest" in by_ref[RISKS][-1]
        assert any("assess journal" in way for way in by_ref["nist-800-53:AU-9(3)"])
        assert LOGGED not in by_ref

    def test_closing_a_gap_closes_it(self) -> None:
        office = Office()
        office.run(steps=())
        before = next(g for g in gaps(office.assess()) if g.result.requirement.ref == LOGGED)
        assert "an effect that a run asked for" in before.ways[0]
        office.run("r2")
        assert office.status(LOGGED) == "met"

    def test_nothing_that_is_declared_makes_anything_met(self) -> None:
        office = Office()
        office.run(steps=())
        for name, word in (("annex_iii_areas", "4"), ("prohibited_practices", "none")):
            office.compliance.declare(LOANS, name, word, by="anna")
        assert totals(office.assess().results).met == 1  # the run's period
