"""House rules, held over the tree itself: each test lists what breaks its rule."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
MODULE_LINES_MAX = 500

# Where text is written by hand or by a tool, in the order a reader meets it.
WRITTEN = (
    "README.md",
    "CHANGELOG.md",
    "Makefile",
    "pyproject.toml",
    ".ci",
    ".gitignore",
    ".dockerignore",
    "deploy",
    "requirements",
    "src",
    "tests",
    "tools",
    "docs",
    "examples",
    "benchmarks",
)

# Package indexes and their options, and absolute paths of one machine. In parts, so that this file
# keeps its own rule.
ADDRESS = re.compile(
    "|".join(
        (
            "--(?:extra-)?index" + "-url",
            "--find" + "-links",
            "--trusted" + "-host",
            r"files\.python" + "hosted",
            r"(?:test\.)?pypi" + r"\.org/simple",
            r"(?<![\w.*}<>-])/" + "(?:root|work)/",
        )
    )
)

PIN = re.compile(
    r"[a-z0-9]+(?:[-.][a-z0-9]+)*==[0-9][0-9a-z.+!]*(?: ; [\w .\"'<>=]+)?"
    r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n"
)


def written_files() -> Iterator[Path]:
    """Every file under WRITTEN that is not a cache."""
    for name in WRITTEN:
        place = ROOT / name
        if place.is_file():
            yield place
        for path in sorted(place.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def shown(path: Path) -> str:
    """The path as a reader of the repository writes it."""
    return path.relative_to(ROOT).as_posix()


def test_no_module_is_longer_than_the_bound() -> None:
    long = {
        shown(path): lines
        for path in SRC.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES_MAX
    }

    assert long == {}


def test_no_file_names_a_package_index_or_a_path_of_one_machine() -> None:
    found = [
        f"{shown(path)}:{number}: {line.strip()[:100]}"
        for path in written_files()
        for number, line in enumerate(
            path.read_bytes().decode("utf-8", errors="replace").splitlines(), start=1
        )
        if ADDRESS.search(line)
    ]

    assert found == []


def test_the_address_rule_sees_addresses_and_lets_ordinary_paths_be() -> None:
    addresses = (
        "pip install --index" + "-url https://example.org/simple",
        "open('/" + "work/x')",
        "see /" + "root/.cache",
        "file:///" + "work/x",
    )
    ordinary = ("src/tarl/work/queue.py", "../work/queue.py", "--no-emit-find-links", "homework/")

    assert [text for text in addresses if not ADDRESS.search(text)] == []
    assert [text for text in ordinary if ADDRESS.search(text)] == []


def test_lock_files_hold_names_versions_and_hashes_and_nothing_else() -> None:
    locks = sorted((ROOT / "requirements").glob("*.lock"))
    rest = {shown(path): PIN.sub("", path.read_text(encoding="utf-8")) for path in locks}

    assert locks
    assert rest == dict.fromkeys(rest, "")


def test_every_room_has_a_map() -> None:
    rooms = {path.parent for path in (SRC / "tarl").rglob("*.py")}
    without = [shown(room) for room in rooms if not (room / "__init__.py").is_file()]

    assert without == []


def test_a_room_s_map_is_a_docstring_and_nothing_else() -> None:
    maps = (
        path
        for path in (SRC / "tarl").rglob("__init__.py")
        if path.parent != SRC / "tarl" and SRC / "tarl" / "integrations" not in path.parents
    )

    assert [shown(path) for path in maps if not is_only_docstring(path)] == []


def test_the_verifier_imports_the_standard_library_and_signatures_alone() -> None:
    parts = sorted((SRC / "tarl_verify").rglob("*.py"))
    allowed = sys.stdlib_module_names | {"nacl", "tarl_verify"}
    foreign = {path.name: names for path in parts if (names := imported_packages(path) - allowed)}

    assert parts
    assert foreign == {}


def imported_packages(path: Path) -> set[str]:
    """The top-level packages that a module's import statements name, wherever they stand."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.append(node.module or "")
    return {name.partition(".")[0] for name in names}


def is_only_docstring(path: Path) -> bool:
    """Whether the module is one non-empty string and no statement more."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    return len(module.body) == 1 and bool((ast.get_docstring(module) or "").strip())


def test_what_the_type_checker_is_told_to_ignore_has_a_code_and_a_reason() -> None:
    ignored = re.compile(r"# type: ignore(?!\[[a-z, -]+\]  # \S)")
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sorted((ROOT / "src").rglob("*.py"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if ignored.search(line)
    ]
    assert found == []
