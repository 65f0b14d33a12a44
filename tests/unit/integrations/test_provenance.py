"""ProvenanceManager: the registry, and bills of materials in which tampering is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.integrations.orchestration import (
    Artifact,
    ArtifactRelationship,
    ProvenanceManager,
    TarlStackBox,
    Workflow,
)
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.attestations.ledger import Attestations
from tarl.provenance.attestations.signers import present_keys


@pytest.fixture
def provenance(tmp_path: Path) -> ProvenanceManager:
    """A workflow that uses a module that depends on a configuration, and something beside them."""
    manager = ProvenanceManager(tmp_path / "provenance")
    for name, kind in (("w", "workflow"), ("m", "module"), ("c", "config"), ("x", "binary")):
        manager.register_artifact(Artifact(name, kind, "1.0.0", f"hash of {name}", {"n": 1}))
    for a, b, relation in (("w", "m", "uses"), ("m", "c", "depends_on"), ("x", "m", "uses")):
        manager.add_relationship(ArtifactRelationship(a, b, relation))
    manager.attest("tests_passed", "w", {"test_count": 50})
    manager.attest("signed", "x", {})
    return manager


def test_a_bill_holds_all_that_is_reached_and_no_more(provenance: ProvenanceManager) -> None:
    bill = provenance.generate_sbom("w")
    assert bill["workflow"] == {
        "hash": "hash of w",
        "id": "w",
        "kind": "workflow",
        "metadata": {"n": 1},
        "version": "1.0.0",
    }
    assert [a["id"] for a in bill["artifacts"]] == ["m", "c"]
    assert bill["relationships"] == [
        {"from": "w", "metadata": {}, "to": "m", "type": "uses"},
        {"from": "m", "metadata": {}, "to": "c", "type": "depends_on"},
    ]
    assert bill["attestations"] == [
        {"artifact_id": "w", "details": {"test_count": 50}, "timestamp": 0, "type": "tests_passed"}
    ]
    assert (bill["sbom_version"], bill["generator"]) == ("1.0.0", "tarl")
    assert provenance.verify_sbom(bill) == (True, ["SBOM verification passed"])


def test_an_unknown_artifact_gives_an_error(provenance: ProvenanceManager) -> None:
    assert provenance.generate_sbom("nobody") == {"error": "Artifact nobody not found"}
    with pytest.raises(ValueError, match="not found"):
        provenance.save_sbom("nobody")


CHANGES: list[Callable[[dict[str, Any]], Any]] = [
    lambda bill: bill["workflow"].update(hash="other"),
    lambda bill: bill["artifacts"][1].update(hash="other"),
    lambda bill: bill["artifacts"][0].update(version="1.0.1"),
    lambda bill: bill["artifacts"][0].update(extra=1),
    lambda bill: bill["artifacts"][0]["metadata"].clear(),
    lambda bill: bill["artifacts"].pop(),
    lambda bill: bill["artifacts"].reverse(),
    lambda bill: bill["artifacts"].append(dict(bill["artifacts"][0], id="y")),
    lambda bill: bill["artifacts"].append(bill["artifacts"][0]),
    lambda bill: bill["relationships"].pop(),
    lambda bill: bill["relationships"][0].update(type="ignores"),
    lambda bill: bill["attestations"].clear(),
    lambda bill: bill["attestations"][0]["details"].update(test_count=51),
    lambda bill: bill["attestations"].append(dict(bill["attestations"][0], type="signed")),
    lambda bill: bill.update(generator="other"),
    lambda bill: bill.update(extra=1),
    lambda bill: bill.update(facts=bill["facts"] - 2),
    lambda bill: bill.update(facts=bill["facts"] + 1),
    lambda bill: bill.update(facts=-1),
    lambda bill: bill.update(facts="9"),
    lambda bill: bill.update(facts=True),
    lambda bill: bill.update(artifacts=None),
    lambda bill: bill.update(workflow="w"),
    lambda bill: bill["workflow"].update(id="nobody"),
    lambda bill: bill.pop("workflow"),
    lambda bill: bill.clear(),
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_found(
    provenance: ProvenanceManager, change: Callable[[dict[str, Any]], Any]
) -> None:
    bill = provenance.generate_sbom("w")
    change(bill)
    valid, issues = provenance.verify_sbom(bill)
    assert valid is False
    assert issues
    assert not any("passed" in issue for issue in issues)


def test_a_changed_digest_is_named(provenance: ProvenanceManager) -> None:
    bill = provenance.generate_sbom("w")
    bill["artifacts"][1]["hash"] = "other"
    assert provenance.verify_sbom(bill)[1] == ["the hash of artifact c is not what was registered"]


def test_an_older_bill_still_says_what_was_true(provenance: ProvenanceManager) -> None:
    bill = provenance.generate_sbom("w")
    provenance.register_artifact(Artifact("c", "config", "2.0.0", "new"))
    provenance.attest("signed", "w", {})
    assert provenance.verify_sbom(bill)[0] is True
    assert provenance.generate_sbom("w") != bill


def test_what_is_missing_is_said(provenance: ProvenanceManager) -> None:
    provenance.add_relationship(ArtifactRelationship("w", "nowhere", "uses"))
    valid, issues = provenance.verify_sbom(provenance.generate_sbom("w"))
    assert (valid, issues) == (False, ["artifact nowhere not found: w uses it"])
    valid, issues = provenance.verify_sbom(provenance.generate_sbom("c"))
    assert (valid, issues) == (False, ["No attestations"])


def test_a_circle_of_relations_ends(provenance: ProvenanceManager) -> None:
    provenance.add_relationship(ArtifactRelationship("c", "w", "requires"))
    bill = provenance.generate_sbom("w")
    assert [a["id"] for a in bill["artifacts"]] == ["m", "c"]
    assert provenance.verify_sbom(bill)[0] is True


def test_attestations_are_numbered_from_0(provenance: ProvenanceManager) -> None:
    assert provenance.attest("t", "w", {"a": 1}) == {
        "artifact_id": "w",
        "details": {"a": 1},
        "timestamp": 2,
        "type": "t",
    }


def test_recorded_once(provenance: ProvenanceManager) -> None:
    facts = provenance.generate_sbom("w")["facts"]
    provenance.register_artifact(Artifact("m", "module", "1.0.0", "hash of m", {"n": 1}))
    provenance.add_relationship(ArtifactRelationship("w", "m", "uses"))
    assert provenance.generate_sbom("w")["facts"] == facts


def test_what_is_not_json_is_refused_and_changes_nothing(provenance: ProvenanceManager) -> None:
    facts = provenance.generate_sbom("w")["facts"]
    for use in (
        lambda: provenance.register_artifact(Artifact("y", "k", "1", "h", {"a": object()})),
        lambda: provenance.attest("t", "w", {"a": float("nan")}),
        lambda: provenance.attest("t", "", {}),
    ):
        with pytest.raises(ValueError, match=r"JSON|Encoding|needs an id"):
            use()
    assert provenance.generate_sbom("w")["facts"] == facts


def test_everything_is_there_after_a_restart(provenance: ProvenanceManager, tmp_path: Path) -> None:
    later = ProvenanceManager(tmp_path / "provenance")
    assert later.artifacts == provenance.artifacts
    assert later.relationships == provenance.relationships
    assert later.attestations == provenance.attestations
    assert later.verify_sbom(provenance.generate_sbom("w"))[0] is True


def test_a_saved_bill_verifies_and_stays_in_its_directory(provenance: ProvenanceManager) -> None:
    path = provenance.save_sbom("w")
    assert path == provenance.data_dir / "sbom_w.json"
    assert provenance.verify_sbom(json.loads(path.read_text()))[0] is True
    assert provenance.save_sbom("w", "mine.json").name == "mine.json"
    for name in ("../x.json", "/tmp/x.json", ".."):
        with pytest.raises(ValueError, match="plain file name"):
            provenance.save_sbom("w", name)
    provenance.register_artifact(Artifact("../w", "workflow", "1", "h"))
    assert provenance.save_sbom("../w").parent == provenance.data_dir


class TestContent:
    """What of the registry is content stands among the journal's artifacts too."""

    CODE, DATA = (sha256(name).hexdigest() for name in (b"code", b"data"))

    @pytest.fixture
    def manager(self, tmp_path: Path) -> ProvenanceManager:
        manager = ProvenanceManager(tmp_path / "provenance")
        manager.register_artifact(Artifact("w", "workflow", "1.0.0", self.CODE))
        manager.register_artifact(Artifact("d", "dataset", "1", self.DATA))
        manager.add_relationship(ArtifactRelationship("w", "d", "uses"))
        return manager

    def found(self, manager: ProvenanceManager) -> Artifacts:
        return Artifacts(manager.ledger.store, SystemClock())

    def test_it_has_a_lineage(self, manager: ProvenanceManager) -> None:
        up = self.found(manager).up(self.CODE)
        assert (up.root.kind, up.root.name, up.root.version) == ("workflow", "w", "1.0.0")
        assert [(each.name, each.sha256) for each in up.artifacts] == [("d", self.DATA)]

    def test_what_is_attested_is_signed(self, manager: ProvenanceManager) -> None:
        manager.attest("tests_passed", "w", {"test_count": 50})
        store, operator = manager.ledger.store, Keyring().public("operator")
        keys = present_keys(store, operator, clock=SystemClock())
        said = Attestations(store, keys=keys, clock=SystemClock()).about(self.CODE)
        assert [(each.predicate_type, each.signers) for each in said] == [
            ("https://tarl.dev/attestation/tests-passed/v1", ("operator",))
        ]
        assert said[0].predicate == {"details": {"test_count": 50}, "type": "tests_passed"}
        assert len(manager.attestations) == 1

    def test_what_is_no_content_stays_a_name(self, manager: ProvenanceManager) -> None:
        manager.register_artifact(Artifact("odd", "thing", "1", sha256(b"odd").hexdigest()))
        manager.register_artifact(Artifact("twin", "workflow", "1", self.CODE))
        manager.register_artifact(Artifact("hashless", "module", "1", "abc"))
        manager.register_artifact(Artifact("a\nb", "module", "1", sha256(b"ab").hexdigest()))
        manager.add_relationship(ArtifactRelationship("d", "w", "requires"))  # a circle
        manager.add_relationship(ArtifactRelationship("w", "hashless", "likes"))
        manager.attest("Größe?", "hashless", {})
        artifacts = self.found(manager)
        assert [each.artifact.name for each in artifacts.ls().items] == ["d", "w"]
        assert len(artifacts.up(self.CODE).relations) == 1
        assert len(manager.artifacts) == 6
        assert len(manager.relationships) == 3


def test_in_a_run_it_is_recorded_once_for_all_replays(stack: TarlStackBox) -> None:
    def entrypoint(vm: Any, context: Any) -> Any:
        stack.provenance.register_artifact(Artifact("part", "module", "1", "h"))
        stack.provenance.add_relationship(ArtifactRelationship("w", "part", "uses"))
        stamp = stack.provenance.attest("seen", "part", {})["timestamp"]
        stack.provenance.save_sbom("w")
        return [stamp, stack.provenance.generate_sbom("w")["facts"], stack.get_full_status()]

    stack.create_workflow("w", entrypoint)
    result = stack.vm.execute_workflow("w")
    stack.recorder.save_recording("w", "r")
    stack.provenance.attest("later", "part", {})
    attestations = copy.deepcopy(stack.provenance.attestations)
    assert stack.recorder.replay_workflow("r") == result
    assert stack.provenance.attestations == attestations


def test_the_artifact_of_a_workflow_is_its_code(stack: TarlStackBox) -> None:
    def one(vm: Any, context: Any) -> int:
        return 1

    def two(vm: Any, context: Any) -> int:
        return 2

    stack.create_workflow("w", one)
    first = stack.provenance.artifacts["w"].content_hash
    stack.create_workflow("w", one)
    assert stack.provenance.artifacts["w"].content_hash == first
    stack.create_workflow("w", two)
    assert stack.provenance.artifacts["w"].content_hash != first
    assert isinstance(stack.vm.workflow("w"), Workflow)
