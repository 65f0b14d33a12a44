"""What the documents say beyond their schemas: the same graph in each, nothing dangling, sealed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from tests.unit.provenance.bom.bills import DECLARATIONS, bills, digest, model_bill, ref

from tarl.provenance.artifacts.artifact import KINDS, TYPES
from tarl.provenance.bom import cyclonedx, spdx2, spdx3
from tarl.provenance.bom.graph import Bill
from tarl.provenance.bom.reading import read
from tarl.provenance.bom.seal import NAMESPACE, UUID_ZEROS
from tarl.provenance.bom.verifying import FORMATS
from tarl.values.canonical import encode

ALL = sorted(FORMATS)
ROOT = Path(__file__).parents[4]


def tree_of(bill: Bill, form: str) -> Any:
    return json.loads(FORMATS[form](bill))


@given(bill=bills())
@settings(max_examples=50)
def test_every_format_tells_the_same_graph(bill: Bill) -> None:
    wanted = {(each.source, each.target, each.type) for each in bill.relations}
    for form in ALL:
        document = read(tree_of(bill, form))
        assert document.problems() == []
        named: dict[str, str] = {
            "cyclonedx": {each.ref: each.ref for each in bill.components},
            "spdx-3.0.1": {spdx3.package_id(each.ref): each.ref for each in bill.components},
            "spdx-2.3": {spdx2.package_id(each.ref): each.ref for each in bill.components},
        }["cyclonedx" if form.startswith("cyclonedx") else form]
        assert set(document.names) == set(named)
        joined = {(named[each.source], named[each.target], each.type) for each in document.joined}
        assert joined == wanted


@given(bill=bills())
@settings(max_examples=25)
def test_the_same_bill_gives_the_same_bytes(bill: Bill) -> None:
    for form in ALL:
        data = FORMATS[form](bill)
        assert FORMATS[form](bill) == data
        assert data.endswith(b"}\n")
        assert msgspec.json.format(data, indent=-1) == encode(json.loads(data))
        document = read(json.loads(data))
        assert document.is_sealed
        assert document.sealed_as not in (UUID_ZEROS, NAMESPACE + "0" * 64)


SCRIPT = """
import hashlib
from tests.unit.provenance.bom.bills import DECLARATIONS, model_bill
from tarl.provenance.bom.verifying import FORMATS
bill = model_bill().declaring(DECLARATIONS, assessor="Ann")
for form in sorted(FORMATS):
    print(hashlib.sha256(FORMATS[form](bill)).hexdigest())
"""


def test_another_hash_seed_gives_the_same_bytes() -> None:
    bill = model_bill().declaring(DECLARATIONS, assessor="Ann")
    wanted = [hashlib.sha256(FORMATS[form](bill)).hexdigest() for form in ALL]
    seed = "1" if os.environ.get("PYTHONHASHSEED") == "2" else "2"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == wanted


class TestCycloneDx:
    def test_a_model_has_its_card_its_data_and_what_was_measured(self) -> None:
        tree = tree_of(model_bill(), "cyclonedx-1.6")
        model = tree["metadata"]["component"]
        assert model["type"] == "machine-learning-model"
        card = model["modelCard"]
        assert card["modelParameters"]["datasets"] == [{"ref": ref("mail")}]
        assert card["modelParameters"]["approach"] == {"type": "supervised"}
        assert card["considerations"]["technicalLimitations"] == ["English only"]
        metrics = card["quantitativeAnalysis"]["performanceMetrics"]
        assert {(each["type"], each["value"], each.get("slice")) for each in metrics} == {
            ("accuracy", "0.91", None),
            ("f1", "0.88", "evaluation 3"),
            ("recall", "0.7", "short"),
        }
        (data,) = [each for each in tree["components"] if each["name"] == "mail"]
        assert data["licenses"] == [{"expression": "CC-BY-4.0"}]
        (content,) = data["data"]
        assert content["governance"]["owners"] == [{"organization": {"name": "Mail team"}}]
        assert content["classification"] == "internal"

    def test_what_stands_on_what_is_a_dependency(self) -> None:
        tree = tree_of(model_bill(), "cyclonedx-1.6")
        needed = {each["ref"]: set(each.get("dependsOn", ())) for each in tree["dependencies"]}
        assert needed[ref("evaluation 3")] == {ref("sorter")}
        assert needed[ref("sorter")] == {
            ref(name) for name in ("mail", "held out", "base", "approval", "scikit-learn")
        }
        assert tree["compositions"] == [{"aggregate": "complete", "assemblies": [ref("sorter")]}]

    def test_claims_have_a_requirement_a_target_and_their_evidence(self) -> None:
        tree = tree_of(model_bill().declaring(DECLARATIONS, assessor="Ann"), "cyclonedx-1.7")
        said = tree["declarations"]
        (attested,) = said["attestations"]
        scores = [each.get("conformance", {}).get("score") for each in attested["map"]]
        assert scores == [1, 0, None, None]
        assert [sorted(each.keys() & {"claims", "counterClaims"}) for each in attested["map"]] == [
            ["claims"],
            ["counterClaims"],
            ["claims"],
            ["claims"],
        ]
        (target,) = said["targets"]["components"]
        assert target["hashes"][0]["content"] == digest("sorter")
        assert {each["description"] for each in said["evidence"]} == {"abc", "run/default/a/1"}
        assert [each["name"] for each in tree["definitions"]["standards"]] == ["EU AI Act", "tarl"]

    def test_hashes_and_package_urls(self) -> None:
        tree = tree_of(model_bill(), "cyclonedx-1.6")
        purls = {each["name"]: each["purl"] for each in tree["components"]}
        assert purls["scikit-learn"] == "pkg:pypi/scikit-learn@1.7"
        checksum = f"checksum=sha256:{digest('held out')}"
        assert purls["held out"] == f"pkg:generic/held%20out@1.0?{checksum}"
        for each in tree["components"]:
            assert each["hashes"] == [{"alg": "SHA-256", "content": digest(each["name"])}]


class TestSpdx:
    def test_models_and_data_have_the_profiles_of_3_0_1(self) -> None:
        graph = tree_of(model_bill(), "spdx-3.0.1")["@graph"]
        (document,) = [each for each in graph if each["type"] == "SpdxDocument"]
        assert {"ai", "dataset", "software"} <= set(document["profileConformance"])
        by_name = {each["name"]: each for each in graph if "software_packageVersion" in each}
        model, data = by_name["sorter"], by_name["mail"]
        assert (model["type"], data["type"]) == ("ai_AIPackage", "dataset_DatasetPackage")
        assert model["ai_limitation"] == "English only"
        assert data["dataset_confidentialityLevel"] == "green"
        assert data["dataset_hasSensitivePersonalInformation"] == "yes"
        trained = [each for each in graph if each.get("relationshipType") == "trainedOn"]
        assert [(each["from"], each["to"]) for each in trained] == [
            (model["spdxId"], [data["spdxId"]])
        ]
        assert {each["relationshipType"] for each in graph if each["type"] == "Relationship"} == {
            "contains",
            "dependsOn",
            "descendantOf",
            "hasDeclaredLicense",
            "hasEvidence",
            "hasTest",
            "testedOn",
            "trainedOn",
        }

    def test_licences_without_an_id_have_their_text(self) -> None:
        tree = tree_of(model_bill(), "spdx-2.3")
        (own,) = tree["hasExtractedLicensingInfos"]
        assert own["extractedText"] == "The archive's own licence"
        declared = {each["name"]: each["licenseDeclared"] for each in tree["packages"]}
        assert declared["held out"] == own["licenseId"]
        assert declared["base"] == "MIT OR Apache-2.0"

    def test_each_relation_keeps_its_own_type_in_a_comment(self) -> None:
        tree = tree_of(model_bill(), "spdx-2.3")
        said = {each["comment"] for each in tree["relationships"] if "comment" in each}
        assert 'uses {"for":"training"}' in said
        assert {"trained_on", "evaluated_on", "evaluates", "derived_from", "decided"} < said


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from strings(each)


@pytest.mark.parametrize("form", ALL)
def test_no_document_holds_what_was_to_be_replaced(form: str) -> None:
    tree = tree_of(model_bill(), form)
    assert not [text for text in strings(tree) if UUID_ZEROS in text or "0" * 64 in text]


def test_relations_of_cyclonedx_say_their_facts() -> None:
    tree = tree_of(model_bill(), "cyclonedx-1.6")
    properties = tree["metadata"]["component"]["properties"]
    said = {each["value"] for each in properties if each["name"] == f"{cyclonedx.RELATION}uses"}
    assert said == {f'{ref("scikit-learn")} {{"for":"training"}}'}


def test_the_reference_names_every_kind_and_relation() -> None:
    page = (ROOT / "docs/reference/bills-of-materials.md").read_text(encoding="utf-8")
    for kind in KINDS:
        words = cyclonedx.TYPES[kind], spdx3.PURPOSES[kind], spdx2.PURPOSES.get(kind, "OTHER")
        (line,) = [each for each in page.splitlines() if each.startswith(f"| `{kind}` |")]
        assert all(f"`{word}`" in line for word in words)
    for type in TYPES:
        (line,) = [each for each in page.splitlines() if each.startswith(f"| `{type}` |")]
        spoken = spdx3.RELATIONSHIPS[type], spdx2.RELATIONSHIPS[type]
        assert all(f"`{each.type}`{' (turned)' * each.turned}" in line for each in spoken)
