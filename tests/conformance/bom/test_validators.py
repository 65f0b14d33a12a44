"""Every bill passes the validators of others, offline: CycloneDX three, SPDX two for a version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.conformance.bom import validators
from tests.unit.provenance.bom.bills import DECLARATIONS, bills, model_bill
from tests.unit.provenance.bom.journals import MODEL, journal

from tarl.provenance.bom import cyclonedx, spdx
from tarl.provenance.bom.drawing import of_artifact
from tarl.provenance.bom.graph import Bill
from tarl.provenance.lineage.environment import environment

pytestmark = pytest.mark.filterwarnings("default")
"""The validators' own warnings are not ours."""


@pytest.fixture(scope="module")
def node() -> Iterator[validators.NodeValidator]:
    if why := validators.why_no_node():
        pytest.fail(why) if validators.NO_SKIP else pytest.skip(why)
    validator = validators.NodeValidator()
    yield validator
    validator.close()


_samples: list[Bill] = []
"""Drawn once: values."""


def samples(tmp_path: Path) -> list[Bill]:
    """A run that asked a model, with what is really installed; that model; one with claims."""
    if not _samples:
        store, run = journal(tmp_path, environment=environment())
        drawn = [of_artifact(store, run), of_artifact(store, MODEL)]
        assert drawn[0].formulation is not None
        assert len(drawn[0].components) > 50
        claims = model_bill().declaring(DECLARATIONS, assessor="Ann")
        _samples.extend([*drawn, model_bill(), claims])
    return _samples


def cyclonedx_problems(bill: Bill) -> list[str]:
    return [
        said
        for spec in ("1.6", "1.7")
        for check in (validators.cyclonedx_python, validators.cyclonedx_editor)
        if (said := check(cyclonedx.write(bill, spec=spec), spec))
    ]


def spdx_problems(bill: Bill, directory: Path) -> list[str]:
    three, two = spdx.write(bill), spdx.write(bill, spec="2.3")
    (directory / "three.json").write_bytes(three)
    (directory / "two.spdx.json").write_bytes(two)
    said = (
        validators.spdx_model(three),
        validators.ntia(directory / "three.json", "spdx3"),
        validators.spdx_tools(directory / "two.spdx.json"),
        validators.ntia(directory / "two.spdx.json", "spdx2"),
    )
    return [each for each in said if each]


def test_bills_of_runs_and_models_pass_every_validator(tmp_path: Path) -> None:
    for bill in samples(tmp_path):
        assert cyclonedx_problems(bill) == []
        assert spdx_problems(bill, tmp_path) == []


def test_the_second_implementation_of_cyclonedx_agrees(
    tmp_path: Path, node: validators.NodeValidator
) -> None:
    for bill in samples(tmp_path):
        for spec in ("1.6", "1.7"):
            data = cyclonedx.write(bill, spec=spec)
            assert node(data, spec) == ""
            assert node(data.replace(b'"dependsOn"', b'"dependOn"'), spec) != ""


def passes(bill: Bill, node: validators.NodeValidator | None, directory: Path) -> None:
    assert cyclonedx_problems(bill) == []
    assert spdx_problems(bill, directory) == []
    if node is not None:
        for spec in ("1.6", "1.7"):
            assert node(cyclonedx.write(bill, spec=spec), spec) == ""


@given(bill=bills())
@settings(max_examples=15, derandomize=True, suppress_health_check=list(HealthCheck))
def test_random_bills_pass_every_validator(
    bill: Bill, tmp_path_factory: pytest.TempPathFactory
) -> None:
    passes(bill, None, tmp_path_factory.getbasetemp())


@given(bill=bills())
@settings(max_examples=30, derandomize=True, suppress_health_check=list(HealthCheck))
def test_random_bills_pass_the_second_implementation_of_cyclonedx(
    bill: Bill, node: validators.NodeValidator
) -> None:
    for spec in ("1.6", "1.7"):
        assert node(cyclonedx.write(bill, spec=spec), spec) == ""


@pytest.mark.soak
@given(bill=bills())
@settings(max_examples=1_000, suppress_health_check=list(HealthCheck))
def test_many_random_bills_pass_every_validator(
    bill: Bill, node: validators.NodeValidator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    passes(bill, node, tmp_path_factory.getbasetemp())


def test_what_is_wrong_is_found_by_each_of_them(tmp_path: Path) -> None:
    """The validators are really asked: each refuses something that was broken."""
    bill = model_bill()
    for spec in ("1.6", "1.7"):
        broken = cyclonedx.write(bill, spec=spec).replace(b'"aggregate"', b'"aggregated"')
        assert validators.cyclonedx_python(broken, spec) != ""
        assert validators.cyclonedx_editor(broken, spec) != ""
    two = spdx.write(bill, spec="2.3")
    (tmp_path / "a.spdx.json").write_bytes(two.replace(b'"SHA256"', b'"SHA512"'))
    assert validators.spdx_tools(tmp_path / "a.spdx.json") != ""
    (tmp_path / "b.spdx.json").write_bytes(two.replace(b'"versionInfo"', b'"sourceInfo"'))
    assert validators.ntia(tmp_path / "b.spdx.json", "spdx2") != ""
    three = spdx.write(bill)
    with pytest.raises(Exception, match="nonsense"):
        validators.spdx_model(three.replace(b'"trainedOn"', b'"nonsense"'))
    (tmp_path / "c.json").write_bytes(three.replace(b'"suppliedBy"', b'"summary"', 1))
    assert validators.ntia(tmp_path / "c.json", "spdx3") != ""
