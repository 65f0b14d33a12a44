"""What the static analysis finds, and what it leaves alone."""

import pytest
from tests.unit.kernel import flawed

from tarl.errors import Invalid
from tarl.kernel.analysis.review import analyse, refuse_nondeterminism


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("clocks", ["D101"] * 4),
        ("through_a_helper", ["D101"]),
        ("dice", ["D102"] * 4),
        ("world", ["D103"] * 3),
        ("sets", ["D106"] * 4),
        ("blocks", ["D105"]),
        ("hashes", ["D107"]),
        ("module_state", ["D108"]),
        ("beyond_its_manifest", ["C201"]),
        ("allowed", []),
        ("sound", []),
    ],
)
def test_findings(name: str, codes: list[str]) -> None:
    assert [f.code for f in analyse(getattr(flawed, name))] == codes


def test_a_finding_names_the_line_and_what_to_use() -> None:
    (finding,) = analyse(flawed.through_a_helper)
    with open(flawed.__file__) as file:
        line = file.readlines()[finding.line - 1]
    assert "return clock()" in line
    assert finding.instead == "ctx.now()"


def test_a_flawed_workflow_is_refused_with_all_its_lines() -> None:
    with pytest.raises(Invalid) as caught:
        refuse_nondeterminism(flawed.dice)
    assert caught.value.code == "workflow.nondeterministic"
    assert len(caught.value.facts["findings"]) == 4
    assert "ctx.random(name)" in caught.value.message


def test_a_manifest_that_is_exceeded_has_a_code_of_its_own() -> None:
    with pytest.raises(Invalid) as caught:
        refuse_nondeterminism(flawed.beyond_its_manifest)
    assert caught.value.code == "workflow.manifest"
    assert "net.connect" in caught.value.message
