"""What ``tarl run PLAN`` says of what could not be looked at."""

from __future__ import annotations

import pytest

from tarl.interfaces.cli.carrying_out import noted_once
from tarl.interfaces.cli.invocation import Invocation


def test_what_cannot_be_looked_at_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    note = noted_once(Invocation())
    for plan in ("", "", "supper", "supper"):
        note(plan, "the hub is gone")
    said = capsys.readouterr()
    assert said.err.splitlines() == ["doubt: the hub is gone", "doubt: supper: the hub is gone"]
    assert said.out == ""
