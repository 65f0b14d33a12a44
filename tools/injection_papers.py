"""Real documents without orders to assistants, for ``train_injection``: mails, laws, code, data.

What is taken, and in what order, follows from the files alone, so the same packages and folders
give the same documents.
"""

from __future__ import annotations

import json
import sysconfig
import zlib
from importlib.metadata import Distribution, distributions
from pathlib import Path

MODULES = (
    "argparse asyncio/base_events ast bdb calendar cgi cmd codecs configparser csv datetime decimal"
    " difflib doctest email/message fractions ftplib getpass glob gzip heapq http/client imaplib"
    " inspect ipaddress json/encoder locale logging/__init__ mailbox mimetypes netrc nntplib ntpath"
    " optparse pathlib pdb pickle platform poplib pprint profile pydoc random sched shelve shlex"
    " shutil smtplib socketserver sqlite3/dump statistics string subprocess tarfile tempfile"
    " textwrap threading timeit tokenize trace turtle unittest/case urllib/request uuid"
    " venv/__init__ wave webbrowser xml/dom/minidom zipfile"
)
PAPER_MAX = 40_000
PAPER_MIN = 800
FILE_MAX = 400_000
LAW_ROWS = 30
SKIPPED = ("tarl", "lang", "openai", "pydantic-ai", "pydantic_ai", "mcp", "a2a", "griffe")
"""Packages about assistants: they hold orders to them, rightly. tarl itself changes every day."""
DATA_FILES = (".json", ".csv", ".html", ".yaml", ".yml", ".toml", ".txt", ".rst", ".md", ".xml")
PER_PACKAGE = 3


def papers_of(mail: Path, law: Path) -> list[tuple[str, str]]:
    """Real documents without orders to assistants, with the names of where they come from."""
    found: list[tuple[str, str]] = []
    for kind, count in (("easy-ham-1", 500), ("hard-ham-1", 200), ("spam-2", 250)):
        for path in sorted((mail / "data" / kind).glob("*.json"))[:count]:
            text = json.loads(path.read_text(encoding="utf-8"))["text"]
            head, _, body = text.partition("\n\n")
            shown = [
                x for x in head.split("\n") if x.startswith(("From:", "To:", "Subject:", "Date:"))
            ]
            if len(body) > 80:
                found.append((f"mail.{kind}", "\n".join(shown) + "\n\n" + body[:PAPER_MAX]))
    library = Path(sysconfig.get_paths()["stdlib"])
    for name in MODULES.split():
        path = library / f"{name}.py"
        if path.exists():
            found.append(("python.library", path.read_text(encoding="utf-8")[:PAPER_MAX]))
    for one in sorted(distributions(), key=lambda d: d.metadata["Name"].lower()):
        if not one.metadata["Name"].lower().startswith(SKIPPED):
            found += package_papers(one)
    return found + law_papers(law)


def package_papers(one: Distribution) -> list[tuple[str, str]]:
    """The read-me file of a package, and some of its code and data."""
    found: list[tuple[str, str]] = []
    text = str(one.metadata.get_payload() or "")
    if len(text) > PAPER_MIN:
        found.append(("packages.readme", text[:PAPER_MAX]))
    files = sorted(
        (path for path in one.files or () if ".dist-info" not in str(path)),
        key=lambda path: zlib.crc32(str(path).encode()),
    )
    for kind, ends in (("code", (".py",)), ("data", DATA_FILES)):
        taken = 0
        for path in files:
            if taken == PER_PACKAGE or not str(path).endswith(ends):
                continue
            where = Path(str(path.locate()))
            if where.is_file() and PAPER_MIN < where.stat().st_size < FILE_MAX:
                text = where.read_text(encoding="utf-8", errors="replace")
                found.append((f"packages.{kind}", text[:PAPER_MAX]))
                taken += 1
    return found


def law_papers(law: Path) -> list[tuple[str, str]]:
    """Articles of laws and standards."""
    found: list[tuple[str, str]] = []
    for name in ("gdpr", "eu_ai_act", "nist_800_53_rev5_high_privacy"):
        rows = json.loads((law / f"{name}.json").read_text(encoding="utf-8"))["requirements"]
        texts = [str(row.get("text") or "") for row in rows]
        found += [
            ("law", "\n".join(texts[at : at + LAW_ROWS])[:PAPER_MAX])
            for at in range(0, len(texts), LAW_ROWS)
        ]
    return found
