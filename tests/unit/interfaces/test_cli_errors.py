"""Errors, their exit codes and their explanations."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tarl import errors
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.explanations import EXPLANATIONS, explain

SOURCE = Path(__file__).parents[3] / "src" / "tarl"

_CODE = re.compile(r"[a-z_]+(\.[a-z_]+)*")

DERIVED = {
    "error",  # TarlError's own
    "interrupted",  # KeyboardInterrupt
    "internal",  # anything that is no TarlError
    "usage",  # click's own errors
    "json.lone_surrogate",  # json.* from value.*, by values.canonical.decode
    "evidence.file",  # tarl_verify's own, of wrong usage
    "evidence.key",
    "evidence.note",
    "evidence.terminal",
    "workflow.local",  # by what is defined locally
}
"""Codes that the source puts together."""


REFUSING = {"refused", "_denied", "_reason"}
"""Functions whose first argument is a code."""


@cache
def codes_in_the_source() -> frozenset[str]:
    """The texts in every ``code=...`` and ``default_code = ...``, and what refusing functions are
    given.
    """
    found = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            value = None
            if (isinstance(node, ast.keyword) and node.arg == "code") or (
                isinstance(node, ast.Assign | ast.AnnAssign) and _names(node) == "default_code"
            ):
                value = node.value
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSING:
                value = node.args[0] if node.args else None
            for part in ast.walk(value) if value is not None else ():
                if isinstance(part, ast.Constant) and _CODE.fullmatch(str(part.value)):
                    found.add(str(part.value))
    return frozenset(found)


def _names(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    return getattr(target, "id", "")


@cache
def texts_in_the_source() -> frozenset[str]:
    """Every text in the source but for the explanations."""
    return frozenset(
        node.value
        for file in SOURCE.rglob("*.py")
        if "explanations" not in file.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.RunFailed("x"), 1),
        (errors.ActivityFailed("x", type="ValueError"), 1),
        (errors.Invalid("x"), 2),
        (errors.Conflict("x"), 2),
        (errors.Refused("x"), 2),
        (errors.Missing("x"), 3),
        (errors.Denied("x"), 4),
        (errors.UnknownOutcome("x"), 5),
        (errors.Corrupt("x"), 6),
        (errors.ChainBrokenError("x"), 6),
        (errors.NondeterminismError("x"), 7),
        (errors.Infeasible("x"), 8),
        (errors.Exceeded("x"), 9),
        (errors.Unavailable("x"), 10),
        (errors.TarlError("x"), 10),
        (ValueError("x"), 10),
    ],
)
def test_every_class_of_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert exits.exit_code(error) == code
    assert code in {exit_.code for exit_ in exits.EXITS}
    assert exits.error_data(error)["exit"] == code


def test_an_error_for_a_person_says_what_why_and_what_to_try() -> None:
    error = errors.Missing("no run a", code="run.missing", next_step="tarl runs ls")
    assert exits.error_text(error) == "error: no run a\n  code: run.missing\n  try: tarl runs ls"


def test_every_code_in_the_source_is_explained() -> None:
    assert [code for code in sorted(codes_in_the_source()) if explain(code) is None] == []


def test_every_explained_code_exists() -> None:
    used = texts_in_the_source() | DERIVED
    explained = {code for code in EXPLANATIONS if not code.endswith(".")}
    assert explained - used == set()


def test_every_explained_family_has_a_member() -> None:
    used = codes_in_the_source() | DERIVED
    for code in EXPLANATIONS:
        assert not code.endswith(".") or any(name.startswith(code) for name in used), code


def test_a_code_without_a_line_of_its_own_has_its_familys() -> None:
    assert explain("evidence.chain") == EXPLANATIONS["evidence."]
    assert explain("run.nothing") is None
    assert explain("") is None


@pytest.mark.parametrize("with_temporal", [True, False])
def test_a_program_with_temporal_in_it_ends_without_taking_the_interpreter_down(
    with_temporal: bool,
) -> None:
    name = "temporalio.bridge.temporal_sdk_bridge" if with_temporal else "another"
    program = (
        "import atexit, sys; from tarl.interfaces.cli.exits import leave; "
        "atexit.register(lambda: print('down')); "
        f"sys.modules[{name!r}] = sys; print('said'); leave(3); sys.exit(4)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    expected = (3, "said\n") if with_temporal else (4, "said\ndown\n")
    assert (ended.returncode, ended.stdout) == expected


def test_a_refusal_that_does_not_say_what_to_try_says_what_is_explained() -> None:
    told = exits.error_data(errors.Missing("no file x", code="input.missing"))
    assert told["next_step"] == EXPLANATIONS["input.missing"].advice
    assert exits.error_text(errors.Missing("no file x", code="input.missing")).endswith(
        f"try: {EXPLANATIONS['input.missing'].advice}"
    )
    own = errors.Missing("no file x", code="input.missing", next_step="look there")
    assert exits.error_data(own)["next_step"] == "look there"
    assert "next_step" not in exits.error_data(errors.Invalid("x", code="shop.closed"))
