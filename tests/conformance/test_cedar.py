"""Cedar's published integration tests, through the parts of tarl that stand between a policy text
and the engine: the text is taken apart into statements, each is read, and they are put together
again as the judge does it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tarl.policy.cedar.check import parse_rules
from tarl.policy.cedar.engine import engine
from tarl.policy.cedar.source import statements

VECTORS = Path(__file__).parent / "vectors" / "cedar"
CASES = sorted((VECTORS / "tests").rglob("*.json"))


def name_of(path: Path) -> str:
    return path.relative_to(VECTORS / "tests").as_posix()


def test_all_are_there() -> None:
    assert len(CASES) == 22
    assert sum(len(json.loads(case.read_text())["requests"]) for case in CASES) == 74


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_decisions_reasons_and_validation(case: Path) -> None:
    data: dict[str, Any] = json.loads(case.read_text())
    text = (VECTORS / data["policies"]).read_text()
    schema = engine().Schema.from_str((VECTORS / data["schema"]).read_text())
    entities = (VECTORS / data["entities"]).read_text()
    rules = parse_rules(text)
    together = "\n".join(rule.text for rule in rules)
    assert [rule.text for rule in rules] == [statement.text for statement in statements(text)]
    assert bool(engine().validate_policies(together, schema)) is data["shouldValidate"]
    policies = engine().PolicySet.from_str(together)
    assert len(policies) == len(rules)
    for request in data["requests"]:
        asked = {name: request[name] for name in ("principal", "action", "resource", "context")}
        for form in (policies, text):
            answer = engine().is_authorized(asked, form, entities, schema)
            reasons = sorted(answer.diagnostics.reasons)
            assert answer.decision.value.lower() == request["decision"], request["description"]
            assert reasons == sorted(request["reason"]), request["description"]
            assert len(answer.diagnostics.errors) == len(request["errors"])
