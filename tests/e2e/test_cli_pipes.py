"""Evidence and statements through pipes: ``-`` is standard output, or standard input."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.e2e.cli_process import COMMAND, Cli
from tests.warm.process import run as run_forked

from tarl.interfaces.cli.files import stdout_by_default
from tarl.interfaces.cli.main import cli as group

pytestmark = pytest.mark.e2e


@pytest.fixture
def proved(cli: Cli) -> Cli:
    assert cli("run", "flow.py:squares", "--id", "a", "--input", '{"steps": 2}').code == 0
    return cli


def piped(cli: Cli, *words: str, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return run_forked([*COMMAND, *words], cwd=cli.directory, input=input, capture_output=True)


def test_evidence_goes_through_a_pipe_as_it_would_into_a_file(proved: Cli) -> None:
    done = piped(proved, "export", "a", "-o", "-")
    assert done.returncode == 0, done.stderr
    assert not (proved.directory / "-").exists()
    assert done.stdout.startswith(b'{"evidence":')
    assert b"tarl-verify - --root" in done.stderr

    root = proved("keys", "show").out.strip()
    verifier = [sys.executable, "-P", "-m", "tarl_verify", "-", "--root", root]
    checked = run_forked(verifier, input=done.stdout, capture_output=True)
    assert (checked.returncode, checked.stdout[:6]) == (0, b"PROVED")
    cut = run_forked(verifier, input=done.stdout[:-40], capture_output=True)
    assert (cut.returncode, cut.stdout[:6]) == (6, b"FAILED")

    assert piped(proved, "verify", "-", input=done.stdout).stdout.startswith(b"PROVED")
    replayed = piped(proved, "replay", "-", "--code", "flow.py", input=done.stdout)
    assert replayed.stdout.startswith(b"replayed a/1")
    assert piped(proved, "export", "a", "-o", "-", "-q").stderr == b""


def test_statements_and_notes_go_through_pipes(proved: Cli) -> None:
    signed = piped(proved, "attest", "a", "-o", "-")
    assert json.loads(signed.stdout)["payloadType"] == "application/vnd.in-toto+json"
    assert piped(proved, "verify", "-", input=signed.stdout).returncode == 0
    piped(proved, "witness", "init")
    note = piped(proved, "checkpoint", "-o", "-").stdout
    assert note == piped(proved, "checkpoint").stdout
    (log,) = (proved("keys", "show", "log").out.strip(),)
    line = piped(proved, "witness", "cosign", "-", "--log", log, "-o", "-", input=note).stdout
    assert line.startswith("\u2014 ".encode())
    bill = piped(proved, "sbom", "write", "a", "-o", "-").stdout
    assert json.loads(bill)["bomFormat"] == "CycloneDX"
    assert list(proved.directory.glob("-")) == []


def test_every_output_that_can_be_named_can_be_standard_output() -> None:
    found = list(outputs_of(group, ()))
    assert len(found) > 8
    for words, option in found:
        told = "- is stdout" in (option.help or "")
        assert told or option.callback is stdout_by_default, words


def outputs_of(
    command: click.Command, words: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Option]]:
    """Each command's option -o, of the command and those below it."""
    for option in command.params:
        if isinstance(option, click.Option) and {"-o", "--output"} & set(option.opts):
            yield words, option
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from outputs_of(below, (*words, name))


@pytest.mark.parametrize("words", [("export", "a"), ("attest", "a")])
def test_an_answer_and_a_file_do_not_share_standard_output(
    proved: Cli, words: tuple[str, ...]
) -> None:
    assert proved.refused(*words, "-o", "-", "--json") == (2, "output.shared")


def test_evidence_is_not_written_to_a_terminal(proved: Cli) -> None:
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0), open(theirs, "wb", buffering=0) as terminal:
        done = run_forked(
            [*COMMAND, "export", "a", "-o", "-"],
            cwd=proved.directory,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.PIPE,
        )
    assert (done.returncode, b"code: output.terminal" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*COMMAND, "verify", "-"), "input.terminal"),
        ((*COMMAND, "replay", "-", "--code", "flow.py"), "input.terminal"),
        ((sys.executable, "-P", "-m", "tarl_verify", "-", "--root", "ROOT"), "evidence.terminal"),
    ],
)
def test_evidence_is_not_read_from_a_terminal(
    proved: Cli, words: tuple[str, ...], code: str
) -> None:
    root = proved("keys", "show").out.strip()
    ours, theirs = pty.openpty()
    with open(ours, "wb", buffering=0), open(theirs, "rb", buffering=0) as terminal:
        done = run_forked(
            [root if word == "ROOT" else word for word in words],
            cwd=proved.directory,
            stdin=terminal,
            capture_output=True,
            timeout=30,
        )
    assert (done.returncode, f"code: {code}" in done.stderr.decode()) == (2, True), done.stderr


def test_a_reader_that_goes_away_ends_the_export_quietly(cli: Cli) -> None:
    cli("run", "flow.py:blob", "--id", "big", "--input", "3000000")
    reading, writing = os.pipe()
    os.close(reading)
    done = run_forked(
        [*COMMAND, "export", "big", "-o", "-"],
        cwd=cli.directory,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_device_behind_standard_output_is_told(proved: Cli) -> None:
    with open("/dev/full", "wb") as full:
        done = run_forked(
            [*COMMAND, "export", "a", "-o", "-"],
            cwd=proved.directory,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert (done.returncode, b"code: output.failed" in done.stderr) == (10, True), done.stderr
