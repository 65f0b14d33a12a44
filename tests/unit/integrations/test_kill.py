"""A process killed with SIGKILL: the next one takes the run up and repeats nothing recorded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.warm.process import popen
from tests.warm.process import run as run_forked

PROGRAM = """
import json, os, signal, sys
from tarl.integrations import DeterministicVM, EventRecorder, Workflow
from tarl import current_effect

directory, kill_after = sys.argv[1], sys.argv[2]
vm = DeterministicVM(directory + "/vm")
recorder = EventRecorder(vm, directory + "/recordings")

def effect(name):
    with open(directory + "/effects", "a") as file:
        file.write(f"{name} {current_effect().key}\\n")
        file.flush()
        os.fsync(file.fileno())
    if kill_after == "within " + name:
        os.kill(os.getpid(), signal.SIGKILL)
    return name.upper()

def reached(place):
    if kill_after == place:
        os.kill(os.getpid(), signal.SIGKILL)

def entrypoint(vm, context):
    reached("start")
    one = vm.submit_task("w", "one", effect, ["one"])
    reached("one")
    two = recorder.record_external_call("w", "api", {}, lambda: effect("two"))
    reached("two")
    taken = vm.snapshot("w")
    reached("snapshot")
    three = vm.submit_task("w", "three", effect, {"name": "three"})
    reached("three")
    return [vm.task_result("w", one), two, taken, vm.task_result("w", three), context]

vm.register_workflow(Workflow("w", entrypoint))
result = vm.execute_workflow("w", {"n": 1})
print(json.dumps({"result": result, "run": vm.workflow_state("w")["run"]}))
"""


def run(program: Path, directory: Path, kill_after: str) -> subprocess.CompletedProcess[str]:
    directory.mkdir(exist_ok=True)
    command = [sys.executable, str(program), str(directory), kill_after]
    return run_forked(command, capture_output=True, text=True, timeout=60)


@pytest.mark.crash
@pytest.mark.parametrize(
    "kill_after",
    ["start", "one", "two", "snapshot", "three", "within one", "within two", "within three"],
)
def test_killed_there_it_goes_on(tmp_path: Path, kill_after: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    whole = run(program, tmp_path / "whole", "never")
    assert whole.returncode == 0, whole.stderr
    expected = json.loads(whole.stdout)

    killed = run(program, tmp_path / "killed", kill_after)
    assert killed.returncode == -signal.SIGKILL
    after = run(program, tmp_path / "killed", "never")
    assert after.returncode == 0, after.stderr
    assert json.loads(after.stdout) == expected
    assert expected["run"] == "w/1"

    effects = (tmp_path / "killed" / "effects").read_text().splitlines()
    again = 2 if kill_after.startswith("within") else 1
    for name in ("one", "two", "three"):
        keys = [line.split()[1] for line in effects if line.startswith(name + " ")]
        assert len(keys) == (again if kill_after == f"within {name}" else 1)
        assert len(set(keys)) == 1


@pytest.mark.crash
def test_a_run_of_a_living_process_is_not_taken_up(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        PROGRAM.replace("os.kill(os.getpid(), signal.SIGKILL)", "wait()").replace(
            "def reached",
            "def wait():\n    print('waits', flush=True)\n    sys.stdin.read()\n\ndef reached",
        )
    )
    directory = tmp_path / "d"
    directory.mkdir()
    first = popen(
        [sys.executable, str(program), str(directory), "two"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout is not None
    assert first.stdin is not None
    assert first.stdout.readline() == "waits\n"
    second = run(program, directory, "never")
    assert second.returncode == 1
    assert "being run by another process" in second.stderr
    first.stdin.close()
    assert json.loads(first.stdout.read())["run"] == "w/1"
    first.stdout.close()
    assert first.wait(timeout=30) == 0
    assert os.listdir(directory / "vm")
