"""The fenced code of a Markdown page, and how it is run.

Three kinds of fence run, in the page's order and in one directory of the page's own:

- ``python title="name.py"`` is a file: it is written, and imported or run by later ones;
- ``python`` is a program, run with that directory on its path;
- ``sh`` is given to bash with ``set -euo pipefail``; ``fails=N`` after the language says that it
  must end with exit code N.

Everything else (``text``, ``toml``, ``json`` ...) is not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
RUN_S_MAX = 60
_FENCE = re.compile(r"^```(\S*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WRAPPER = '#!/bin/sh\nexec "{python}" -P -m {module} "$@"\n'


class Snippet(NamedTuple):
    """One fence: its line in the page, its language, what follows the language, and its text."""

    line: int
    language: str
    info: str
    text: str

    @property
    def title(self) -> str | None:
        """The file that it is, if any."""
        found = re.search(r'title="([^"]+)"', self.info)
        return found and found[1]

    @property
    def exit_code(self) -> int:
        """What it must end with."""
        found = re.search(r"fails=(\d+)", self.info)
        return int(found[1]) if found else 0


def pages() -> list[Path]:
    """README, CHANGELOG and every page under docs."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def snippets(page: Path) -> Iterator[Snippet]:
    """The fences of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Snippet(line, found[1], found[2].strip(), found[3])


class Place:
    """A directory in which a page's snippets run, with ``tarl`` and ``tarl-verify`` on the path."""

    def __init__(self, directory: Path, *, home: Path) -> None:
        self.work = directory / "work"
        self.work.mkdir(parents=True)
        commands = directory / "bin"
        commands.mkdir()
        for name, module in (
            ("tarl", "tarl.interfaces.cli.main"),
            ("tarl-verify", "tarl_verify"),
            ("python", None),
            ("pytest", "pytest"),
        ):
            wrapper = commands / name
            if module is None:
                wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
            else:
                wrapper.write_text(_WRAPPER.format(python=sys.executable, module=module))
            wrapper.chmod(0o755)
        source = ROOT / "src"
        self._environment = {
            **os.environ,
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{source}{os.pathsep}{self.work}",
            "TARL_HOME": str(home),
            "XDG_CONFIG_HOME": str(directory / "config"),
            "NO_COLOR": "1",
        }

    def run(self, snippet: Snippet) -> str:
        """Run one snippet and return all that it printed; write it if it is a file."""
        if snippet.language == "python" and snippet.title:
            (self.work / snippet.title).write_text(snippet.text)
            return ""
        if snippet.language == "python":
            return self._command([sys.executable, "-c", snippet.text], snippet)
        return self._command(["bash", "-euo", "pipefail", "-c", snippet.text], snippet)

    def _command(self, command: list[str], snippet: Snippet) -> str:
        done = subprocess.run(
            command,
            cwd=self.work,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_S_MAX,
        )
        assert done.returncode == snippet.exit_code, (
            f"line {snippet.line}: exit code {done.returncode}, not {snippet.exit_code}\n"
            f"{snippet.text}\n--- printed\n{done.stdout}"
        )
        return done.stdout
