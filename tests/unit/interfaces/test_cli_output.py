"""What reaches a terminal, and what programs read."""

from __future__ import annotations

import json

import pytest

from tarl.interfaces.cli.output import Output, cell, json_text, printable


def test_control_characters_are_made_visible() -> None:
    assert printable("a\x1b[2Jb\x9bc\u202ed\r") == "a\\x1b[2Jb\\x9bc\\u202ed\\r"
    assert printable("two\nlines\tand é 漢") == "two\nlines\tand é 漢"


@pytest.mark.parametrize("text", ["\x1b]0;x\x07", "\u2028", "\x7f", "\ud800", "é漢😀"])
def test_json_reads_back_the_same_and_cannot_act_on_a_terminal(text: str) -> None:
    written = json_text({"text": text})
    assert json.loads(written) == {"text": text}
    assert printable(written) == written
    written.encode()


def test_a_cell_is_one_short_line() -> None:
    assert cell("a\nb") == "a⏎b"
    assert cell(None) == ""
    assert cell({"b": [1]}) == '{"b": [1]}'
    assert len(cell("x" * 1000)) == 60


def test_a_table_off_a_terminal_is_aligned_text(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(("run", "status"), [("a/1", "completed"), ("longer/1", "failed")])
    assert capsys.readouterr().out.splitlines() == [
        "RUN       STATUS",
        "a/1       completed",
        "longer/1  failed",
    ]


def test_notes_go_to_stderr_unless_quiet_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    Output().note("said")
    Output(quiet=True).note("not said")
    Output(as_json=True).note("not said")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "said\n")


def test_a_document_names_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).document("runs.ls", runs=[])
    assert json.loads(capsys.readouterr().out) == {"schema": "tarl.runs.ls/1", "runs": []}
