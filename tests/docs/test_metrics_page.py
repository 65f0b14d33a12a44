"""Every metric that the source counts is on the page of metrics, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

from tests.docs.snippets import ROOT

SRC = ROOT / "src" / "tarl"
KINDS = {"count": "counter", "gauge": "gauge", "observe": "histogram"}
COMPUTED = {
    "kernel/approvals/ledger.py": ("approvals.*",),
    "kernel/approvals/register.py": ("principals.*",),
    "work/schedules/ledger.py": ("schedules.*",),
}
"""Where names are made of kinds of events: what they look like."""

OWN = {"metrics.dropped": "counter", "metrics.refused": "counter"}
"""The registry's."""


@cache
def counted() -> tuple[tuple[str, str, str], ...]:
    """File, name or pattern, and kind of whatever a ``metrics`` is told to count."""
    return tuple(_counted())


def _counted() -> Iterator[tuple[str, str, str]]:
    for path in sorted(SRC.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in KINDS
                and node.args
                and "metrics" in ast.unparse(node.func.value).lower()
            ):
                where = path.relative_to(SRC).as_posix()
                for name in names_of(node.args[0], where):
                    yield where, name, KINDS[node.func.attr]


def names_of(argument: ast.expr, where: str) -> tuple[str, ...]:
    """The name, or the patterns that computed names have."""
    if isinstance(argument, ast.Constant):
        return (str(argument.value),)
    if isinstance(argument, ast.JoinedStr):
        parts = (str(p.value) if isinstance(p, ast.Constant) else "*" for p in argument.values)
        return ("".join(parts),)
    assert where in COMPUTED, f"{where}: the name {ast.unparse(argument)} is computed"
    return COMPUTED[where]


def described() -> dict[str, str]:
    """Names and kinds of the page's table."""
    text = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \|", text, re.M)
    assert len(dict(rows)) == len(rows), "a name stands there twice"
    return dict(rows)


def test_the_search_finds_what_is_counted() -> None:
    found = {(name, kind) for _, name, kind in counted()}
    assert {
        ("routing.decisions", "counter"),
        ("leases.*", "counter"),
        ("queue.*", "gauge"),
        ("timers.late_ms", "histogram"),
    } <= found


def test_every_metric_is_described_as_what_it_is() -> None:
    page = described()
    missing = [
        f"{where}: {name} ({kind})"
        for where, name, kind in counted()
        if not any(fnmatchcase(known, name) and page[known] == kind for known in page)
    ]
    assert not missing


def test_every_metric_that_is_described_is_counted() -> None:
    found = {(name, kind) for _, name, kind in counted()} | set(OWN.items())
    stale = [
        name
        for name, kind in described().items()
        if not any(fnmatchcase(name, known) and kind == its for known, its in found)
    ]
    assert not stale
