"""Writes ``docs/reference/errors.md`` from the codes in the source and their explanations.

python -m tests.docs.errors_page
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Set
from functools import cache
from pathlib import Path
from typing import TypeGuard

from tarl import errors
from tarl.interfaces.cli.exits import exit_code
from tarl.interfaces.cli.explanations import EXPLANATIONS, explain
from tarl.kernel import events

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "errors.md"
_DOTTED = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
_FILE = re.compile(r"\.(csv|db|evidence|json|key|lock|log|md|note|pub|py|toml|run|txt)$")

_KINDS = frozenset(kind.partition("/")[0] for kind in events.BODIES)

HEAD = """\
# Errors

Written by `python -m tests.docs.errors_page` from the source and from what `tarl explain` prints.

Every error carries a stable dotted code, facts as data, and the next thing to try; the codes are
the same from Python (`error.code`) and on the command line (`tarl explain CODE`). Programs should
look at the code or the class, never at the text.

```text
TarlError
├── Refused            the caller may change something and try again
│   ├── Invalid        malformed or ill-typed input
│   ├── Missing        the thing named does not exist
│   ├── Conflict       the thing exists in another state than the caller expects
│   ├── Denied         authority, policy or permissions say no
│   └── Exceeded       a stated bound or quota would be passed
├── Infeasible         no solution exists; carries the minimal conflict
├── Unavailable        something outside does not answer; trying again may help
├── Corrupt            what was read cannot be true; never retried
│   ├── ChainBrokenError
│   └── NondeterminismError
├── RunFailed          a run ended with the recorded error of its own code
├── ActivityFailed     a step's recorded failure, raised inside the workflow
└── UnknownOutcome     a non-idempotent step was cut off; somebody must decide
```

The exit codes are on the page of the [command line](cli.md#exit-codes). What `tarl-verify` says of
an evidence file is in [evidence files](evidence.md#what-can-be-wrong). Where no class stands below,
the code is a reason in a verdict, is recorded in a step, or comes from a table.
"""


@cache
def codes() -> Mapping[str, frozenset[str]]:
    """Every dotted code in the source, with the names of the classes it is raised as; and those in
    tables and arguments: strings that look like one and begin as a raised one does.
    """
    found: dict[str, set[str]] = {}
    mentioned: set[str] = set()
    for error in vars(errors).values():
        if "." in (code := getattr(error, "default_code", "")):
            found.setdefault(code, set()).add(error.__name__)
    for node in _nodes():
        if isinstance(node, ast.Constant) and _is_dotted(node.value):
            mentioned.add(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            for keyword in node.keywords:
                value = getattr(keyword.value, "value", None)
                if keyword.arg == "code" and _is_dotted(value):
                    found.setdefault(value, set()).add(name)
    areas = {code.partition(".")[0] for code in found}
    for code in mentioned:
        if code.partition(".")[0] in areas and explain(code):
            found.setdefault(code, set())
    return {code: frozenset(names) for code, names in found.items()}


def _nodes() -> Iterator[ast.AST]:
    for path in sorted((ROOT / "src" / "tarl").rglob("*.py")):
        if path.name != "rules.py":  # dotted names of Python functions
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def _is_dotted(value: object) -> TypeGuard[str]:
    return (
        isinstance(value, str)
        and bool(_DOTTED.fullmatch(value))
        and value not in _KINDS
        and not _FILE.search(value)
    )


def text() -> str:
    """The page."""
    found = {code: frozenset[str]() for code in EXPLANATIONS if _DOTTED.fullmatch(code)}
    found |= codes()
    parts = [HEAD]
    plain = {code: frozenset[str]() for code in EXPLANATIONS if "." not in code}
    parts.append("\n## Classes' own codes and the command line's\n\n" + _table(plain))
    for area in sorted({code.partition(".")[0] for code in found}):
        rows = {code: names for code, names in found.items() if code.startswith(f"{area}.")}
        parts.append(f"\n## {area}\n\n" + _table(rows))
    return "".join(parts)


def _table(rows: Mapping[str, Set[str]]) -> str:
    lines = ["| code | class (exit code) | meaning | what to try |", "|---|---|---|---|"]
    for code, names in sorted(rows.items()):
        explanation = explain(code)
        assert explanation is not None, f"tarl explain knows nothing of {code}"
        means, advice = (part.replace("|", "\\|") for part in explanation)
        lines.append(f"| `{code}` | {_classes(names)} | {means} | {advice} |")
    return "\n".join(lines) + "\n"


def _classes(names: Set[str]) -> str:
    classes = {name: getattr(errors, name, None) for name in sorted(names)}
    return ", ".join(
        f"{name} ({exit_code(error.__new__(error))})"
        for name, error in classes.items()
        if isinstance(error, type) and issubclass(error, errors.TarlError)
    )


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
