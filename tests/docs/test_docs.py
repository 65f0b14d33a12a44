"""Every snippet in README and docs runs, every link resolves, every code and event is described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs import errors_page
from tests.docs.snippets import ROOT, Place, Snippet, pages, snippets, unprinted

from tarl.governance.policies import events as policy_events
from tarl.governance.policies.notes import POLICY_NOTED
from tarl.governance.promotion import events as promotion_events
from tarl.kernel import events
from tarl.kernel.approvals import events as approval_events
from tarl.kernel.approvals import principals

RUNNABLE = {"python", "sh", "console"}
# Kept by another test, which runs them with what they need.
RUN_ELSEWHERE = {"docs/reference/seed-000.md", "docs/reference/evidence.md"}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def runnable(page: Path) -> list[Snippet]:
    return [snippet for snippet in snippets(page) if snippet.language in RUNNABLE]


PAGES_WITH_CODE = [
    page for page in pages() if runnable(page) and name_of(page) not in RUN_ELSEWHERE
]


@pytest.mark.parametrize("page", PAGES_WITH_CODE, ids=name_of)
def test_snippets_run(page: Path, tmp_path: Path, tarl_home: Path) -> None:
    place = Place(tmp_path / "page", home=tarl_home)
    printed = ""
    for snippet in snippets(page):
        if snippet.language in RUNNABLE:
            printed = place.run(snippet)
        elif (snippet.language, snippet.info) == ("text", "printed"):
            missing = unprinted(snippet.text, printed)
            assert missing is None, f"line {snippet.line}: {missing!r} is not in\n{printed}"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_fence_names_its_language(page: Path) -> None:
    nameless = [snippet.line for snippet in snippets(page) if not snippet.language]
    assert not nameless or name_of(page) in {"docs/reference/cli.md", *RUN_ELSEWHERE}


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ +(.+?) *$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_relative_links_resolve(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (
            anchor and target.suffix == ".md" and anchor not in anchors(target)
        ):
            broken.append(link)
    assert not broken


def test_every_page_is_on_the_map() -> None:
    folder = ROOT / "docs"
    links = re.findall(r"\]\(([^)\s#]+)", (folder / "README.md").read_text(encoding="utf-8"))
    reached = {(folder / link).resolve() for link in links if ":" not in link}
    missing = {
        name_of(page)
        for page in folder.rglob("*.md")
        if page.name != "README.md" and page.resolve() not in reached
    }
    assert not missing


# --- the references are complete


def described(page: str) -> set[str]:
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    return set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)+(?:/\d+)?)`", text))


def test_the_search_for_codes_finds_codes() -> None:
    found = errors_page.codes()
    assert "Conflict" in found["run.exists"]
    assert "UnknownOutcome" in found["step.unknown_outcome"]
    assert {"keys.permissions", "journal.locked", "guard.clock", "gate.crashed"} <= set(found)


def test_every_error_code_is_described() -> None:
    assert not sorted(set(errors_page.codes()) - described("errors.md"))


def test_the_page_of_errors_is_the_one_that_is_written_from_the_source() -> None:
    written = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    assert written == errors_page.text(), "python -m tests.docs.errors_page writes it"


def test_every_event_kind_is_described() -> None:
    kinds = {*events.BODIES, *approval_events.BODIES, *principals.BODIES}
    kinds |= {*policy_events.BODIES, POLICY_NOTED, *promotion_events.BODIES}
    assert not sorted(kinds - described("events.md"))
