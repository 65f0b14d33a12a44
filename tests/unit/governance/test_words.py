"""The words that all of governance shares."""

from __future__ import annotations

import pytest

from tarl.errors import Invalid
from tarl.governance.environment import ENVIRONMENTS, environment
from tarl.governance.severity import Severity, severity


def test_severities_have_an_order_and_words():
    assert Severity.LOW < Severity.MEDIUM < Severity.HIGH < Severity.CRITICAL
    assert [severity(each.word) for each in Severity] == list(Severity)


@pytest.mark.parametrize("word", ["", "CRITICAL", "fatal"])
def test_another_severity_is_refused(word):
    with pytest.raises(Invalid) as refused:
        severity(word)
    assert refused.value.code == "severity.unknown"


def test_environments_are_three():
    assert [environment(word) for word in ENVIRONMENTS] == ["dev", "stage", "prod"]


@pytest.mark.parametrize("word", ["", "production", "DEV"])
def test_another_environment_is_refused(word):
    with pytest.raises(Invalid) as refused:
        environment(word)
    assert refused.value.code == "environment.unknown"
