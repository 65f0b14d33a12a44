"""A run of this face is a run of tarl: its evidence verifies, and a changed byte does not."""

from __future__ import annotations

from pathlib import Path

import pytest

import tarl_verify
from tarl.crypto.keys import Keyring
from tarl.integrations.orchestration import DeterministicVM, Workflow
from tarl.provenance.evidence import export
from tarl.values.ids import RunId


def test_the_evidence_of_a_run_verifies(
    vm: DeterministicVM, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def entrypoint(vm: DeterministicVM, context: object) -> object:
        return [vm.submit_task("w", "t", len, ["x" * 50_000]), vm.snapshot("w")]

    vm.register_workflow(Workflow("w", entrypoint))
    vm.execute_workflow("w")
    keyring = Keyring()
    note = vm.ledger.store.checkpoints()[0].note
    lines = export(vm.ledger.store, keyring, RunId("default", "w", 1), note=note)
    path = tmp_path / "run.evidence"
    path.write_bytes(b"".join(lines))
    command = [str(path), "--root", str(keyring.directory / "root.pub")]
    assert tarl_verify.main(command) == 0
    assert "w/1" in capsys.readouterr().out

    path.write_bytes(path.read_bytes().replace(b"snapshot.taken", b"snapshot.tbken", 1))
    assert tarl_verify.main(command) != 0
