"""Reports: every number counted again by other code, hostile text harmless, formats valid."""

from __future__ import annotations

import json
import re
import warnings
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.unit.governance.compliance.compliance_parts import (
    ANSWERED,
    JOURNAL,
    LOANS,
    SLSA,
    Office,
)

from tarl.governance.compliance.assess import STATUSES, totals
from tarl.governance.compliance.catalog import catalogs
from tarl.governance.compliance.component import parse
from tarl.governance.compliance.reports.bill import declared_bill
from tarl.governance.compliance.reports.data import data
from tarl.governance.compliance.reports.declarations import declarations
from tarl.governance.compliance.reports.html import html
from tarl.governance.compliance.reports.markdown import markdown
from tarl.governance.compliance.reports.oscal import control_id, oscal
from tarl.provenance.bom import cyclonedx

HOSTILE = "<script>alert(1)</script> | **b** [x](javascript:1) `c` \u202egnp.exe &amp; \"'"


def busy() -> Office:
    """A journal in which requirements have each of the four statuses."""
    office = Office()
    for n in range(3):
        office.run(f"r{n}")
    refused = ("step.denied/1", {"reasons": [], "step": 1})
    office.run("odd", steps=(ANSWERED[0], refused, ANSWERED[1]))
    office.attest(SLSA, {"buildDefinition": {}}, office.register("builder", "service"))
    office.says("eu-ai-act:Art. 9(1)", "met", office.register("anna"))
    office.compliance.declare(LOANS, "personal_data", "no", by="anna")
    return office


def test_every_number_is_counted_again_from_the_events() -> None:
    """Without any code of the room: the journal's events and the catalogs alone."""
    office = busy()
    report = data(office.assess())
    events = [
        event
        for event in office.store.read_log()
        if event.stream.startswith("run/default/") and event.body is not None
    ]
    assert report["journal"]["log_size"] == sum(1 for _ in office.store.read_log())
    assert report["journal"]["events"] == len(events)
    assert report["journal"]["streams"] == len({event.stream for event in events})
    kinds = Counter(event.kind for event in events)
    found = {
        (control["id"], e["what"]): e["count"]
        for control in report["controls"]
        for e in control["found"]
    }
    answers = ("step.completed/1", "step.failed/1", "step.denied/1")
    assert found["records.automatic", "a run within the last 90 days"] == kinds["run.started/1"]
    assert found["records.automatic", "an effect that a run asked for, with its answer"] == sum(
        kinds[kind] for kind in answers
    )
    assert found["records.period", "a run that has ended"] == kinds["run.completed/1"]
    assert (
        found["provenance.changes", "runs with the digest of their code"] == kinds["run.started/1"]
    )
    steps = [(e.kind, e.stream, json.loads(e.body or b"{}").get("step")) for e in events]
    denied = {tuple(place) for kind, *place in steps if kind == "step.denied/1"}
    done = {tuple(place) for kind, *place in steps if kind == "step.completed/1"}
    (refused,) = [c for c in report["controls"] if c["id"] == "access.refused"]
    assert refused["against"][0]["count"] == len(denied & done) == 1
    digests = {f"{e.stream}@{e.seq}" for e in events}
    places = {
        ref
        for control in report["controls"]
        for e in (*control["found"], *control["against"])
        for ref in e["refs"]
    }
    assert {ref for ref in places if ref.startswith("run/")} <= digests


def test_totals_are_the_counts_of_the_rows() -> None:
    report = data(busy().assess())
    every = [row for each in report["frameworks"] for row in each["results"]]
    assert len(every) == sum(len(c.requirements) for c in catalogs()) == report["totals"]["entries"]
    for each in report["frameworks"]:
        rows = [r for r in each["results"] if r["role"] in ("obligation", "document_section")]
        counted = Counter(row["status"] for row in rows)
        assert {s: counted[s] for s in STATUSES} == {s: each["totals"][s] for s in STATUSES}
        applicable = len(rows) - counted["not_applicable"]
        assert each["rate"] == (round(counted["met"] / applicable, 6) if applicable else 0)
    assert {row["status"] for row in every} == set(STATUSES)


def test_a_rate_never_counts_what_is_unknown() -> None:
    office = Office()
    office.run(steps=(), ended=False)
    counted = totals(office.assess().results)
    assert (counted.met, counted.rate) == (0, 0)
    assert counted.unknown == counted.applicable


@pytest.mark.parametrize("write", [markdown, html])
def test_the_same_assessment_gives_the_same_bytes(write: Any) -> None:
    office = busy()
    assert write(office.assess()) == write(office.assess())


def test_markdown_has_every_requirement_that_can_be_met() -> None:
    text = markdown(busy().assess())
    assert len(re.findall(r"(?m)^\|", text)) == 1_350 + 2 * 9 + 9 + 1 + 2
    assert "| all | 2585 | 1350 |" in text


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        self.text += text


def test_html_is_one_page_that_can_be_read_aloud() -> None:
    page = _Page()
    page.feed(html(busy().assess()))
    assert page.open == []
    assert page.tags["table"] == page.tags["caption"] == 10
    assert page.tags["script"] == page.tags["img"] == page.tags["link"] == 0
    assert ("lang", "en") in page.attributes
    heads = [value for name, value in page.attributes if name == "scope"]
    assert len(heads) == page.tags["th"]
    links = [value for name, value in page.attributes if name == "href"]
    ids = {value for name, value in page.attributes if name == "id"}
    assert {str(link).removeprefix("#") for link in links} == ids


def hostile() -> Office:
    office = Office()
    office.run(workflow=HOSTILE)
    what = parse(f"workflow:{HOSTILE}")
    office.compliance.declare(what, "personal_data", "no", by=HOSTILE, reason=HOSTILE)
    anna = office.register("anna")
    office.compliance.attest(what, "eu-ai-act:Art. 9(1)", "met", HOSTILE, signer=anna)
    return office


def test_hostile_text_stays_text_in_html() -> None:
    what = parse(f"workflow:{HOSTILE}")
    page = _Page()
    page.feed(html(hostile().assess(what)))
    assert page.tags["script"] == 0
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert HOSTILE in page.text


def test_hostile_text_stays_text_in_markdown() -> None:
    what = parse(f"workflow:{HOSTILE}")
    text = markdown(hostile().assess(what))
    assert "<script" not in text
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    assert "\u202e" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) in (5, 8) for row in rows)


class TestOscal:
    def test_trestle_reads_it(self) -> None:
        read = _read_by_trestle(oscal(busy().assess()))
        assert len(read.results) == 9
        act = read.results[0]
        states = Counter(f.target.status.state.value for f in act.findings)
        assert states["satisfied"] == 3  # two shown by the journal, one attested

    def test_hostile_text_is_read_too(self) -> None:
        what = parse(f"workflow:{HOSTILE}")
        _read_by_trestle(oscal(hostile().assess(what)))

    def test_a_framework_of_which_nothing_applies_is_read_too(self) -> None:
        office = busy()
        _read_by_trestle(oscal(office.compliance.assess(LOANS, frameworks=["gdpr"])))

    def test_ids_are_tokens_and_name_one_requirement_each(self) -> None:
        for each in catalogs():
            ids = [control_id(r) for r in each.requirements if r.is_assessable]
            assert len(set(ids)) == len(ids)
            assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9._-]*", id) for id in ids)

    def test_unknown_is_not_satisfied_and_says_so(self) -> None:
        found = oscal(busy().compliance.assess(LOANS, frameworks=["soc2"]))
        finding = found["assessment-results"]["results"][0]["findings"][0]
        assert finding["target"]["status"] == {"state": "not-satisfied", "reason": "other"}
        assert finding["props"][0]["value"] == "unknown"


def _read_by_trestle(document: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from trestle.oscal.assessment_results import Model

        return Model.model_validate_json(json.dumps(document)).assessment_results


class TestDeclarations:
    def test_each_requirement_that_can_be_met_is_declared_once(self) -> None:
        found = declarations(busy().assess())
        assert len({(each.framework, each.requirement_id) for each in found}) == 1_350
        assert Counter(each.status for each in found)["met"] == 5

    @pytest.mark.parametrize(("what", "spec"), [(LOANS, "1.6"), (JOURNAL, "1.7")])
    def test_they_stand_in_a_valid_bill(self, what: Any, spec: Any) -> None:
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator

        office = busy()
        found = office.compliance.assess(what, frameworks=["nist-ai-rmf", "slsa"])
        document = cyclonedx.write(declared_bill(office.store, found), spec=spec)
        version = {"1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}[spec]
        assert JsonStrictValidator(version).validate_str(document.decode()) is None
        assert len(json.loads(document)["declarations"]["claims"]) == 72 + 8
