"""A demonstration of this face; every figure it prints is read back from the journal."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from tarl.integrations.orchestration.capabilities import Capability, Policy
from tarl.integrations.orchestration.provenance import Artifact, ArtifactRelationship
from tarl.integrations.orchestration.stack import TarlStackBox

WORKFLOW = "reading_report"
READINGS = [21.5, 22.0, 19.5, 20.0, 23.0]
_ENDPOINT = "https://sensors.example"


def main(arguments: Sequence[str] = ()) -> int:
    """Run the demo; 0 when everything it checks is as it should be, 2 for wrong arguments."""
    if len(arguments) > 1 or any(a.startswith("-") for a in arguments):
        print("usage: python -m tarl.integrations.orchestration [DIRECTORY]")
        return 0 if list(arguments) in (["-h"], ["--help"]) else 2
    if arguments:
        outcome = demo_deterministic_workflow(arguments[0])
    else:
        with tempfile.TemporaryDirectory(prefix="tarl-demo-") as directory:
            outcome = demo_deterministic_workflow(directory)
    return 0 if outcome["ok"] else 1


def demo_deterministic_workflow(directory: str | Path | None = None) -> dict[str, Any]:
    """Run, record, replay and account for one workflow; what was found, and whether all was well.

    Args:
        directory: Where its journal and files go; a temporary one when left out.
    """
    if directory is None:
        with tempfile.TemporaryDirectory(prefix="tarl-demo-") as temporary:
            return demo_deterministic_workflow(temporary)
    calls: list[str] = []
    stack = _stack(Path(directory), calls)
    print(f"Journal: {stack.ledger.path}")
    result = stack.execute_with_provenance(WORKFLOW, {"sensor": "hall", "unit": "C"})
    live = len(calls)
    _show_run(stack, result, live)
    stack.recorder.save_recording(WORKFLOW, "demo")
    replayed = stack.recorder.replay_workflow("demo")
    again = len(calls) - live
    print(f"\nReplay: same result: {replayed == result}; tools and agents called again: {again}")
    valid, tampered = _show_bill(stack)
    status = stack.get_full_status()
    reopened = _stack(Path(directory), []).get_full_status()
    print(f"\nStatus: {status}")
    print(f"The same in a new process's eyes: {reopened == status}")
    ok = replayed == result and again == 0 and valid and not tampered and reopened == status
    return {"ok": ok, "result": result, "replayed": replayed, "status": status}


def _stack(directory: Path, calls: list[str]) -> TarlStackBox:
    stack = TarlStackBox(
        {
            "vm_data_dir": directory / "vm",
            "recording_dir": directory / "recordings",
            "provenance_dir": directory / "provenance",
        }
    )
    stack.capabilities.register_capability(
        Capability("Net.Connect", "network", {"protocol": "https"})
    )
    stack.capabilities.register_policy(Policy("RequireHTTPS", "Net.Connect", {"protocol": "https"}))
    for agent_id, agent in (("mean", _mean), ("spread", _spread), ("writer", _write)):
        stack.orchestrator.register_agent(agent_id, _counted(agent_id, agent, calls))

    def read_sensor(sensor: str) -> list[float]:
        calls.append("read_sensor")
        return READINGS

    def report(vm: Any, context: dict[str, Any]) -> dict[str, Any]:
        allowed, reason = stack.capabilities.check_capability("Net.Connect", {"protocol": "https"})
        if not allowed:
            raise PermissionError(reason)
        readings = stack.recorder.record_external_call(
            WORKFLOW,
            "sensor",
            {"endpoint": _ENDPOINT, "sensor": context["sensor"]},
            lambda: read_sensor(context["sensor"]),
        )
        mean, spread = stack.orchestrator.concurrent(
            WORKFLOW, ["mean", "spread"], [readings, readings]
        )
        snapshot = vm.snapshot(WORKFLOW)
        figures = {"mean": mean, "spread": spread, "unit": context["unit"]}
        text = stack.orchestrator.sequential(WORKFLOW, ["writer"], figures)
        return {"report": text, "snapshot": snapshot}

    stack.create_workflow(WORKFLOW, report, {"Net.Connect"}, {"version": "1.0.0"})
    _register_readings(stack)
    return stack


def _register_readings(stack: TarlStackBox) -> None:
    digest = sha256(repr(READINGS).encode()).hexdigest()
    stack.provenance.register_artifact(Artifact("readings", "config", "1.0.0", digest))
    stack.provenance.add_relationship(ArtifactRelationship(WORKFLOW, "readings", "uses"))


def _counted(agent_id: str, agent: Any, calls: list[str]) -> Any:
    def run(given: Any) -> Any:
        calls.append(agent_id)
        return agent(given)

    return run


def _mean(readings: list[float]) -> float:
    return sum(readings) / len(readings)


def _spread(readings: list[float]) -> float:
    return max(readings) - min(readings)


def _write(figures: dict[str, Any]) -> str:
    return f"mean {figures['mean']} {figures['unit']}, spread {figures['spread']} {figures['unit']}"


def _show_run(stack: TarlStackBox, result: dict[str, Any], calls: int) -> None:
    print(f"Result: {result['report']} (tools and agents called: {calls})")
    print(f"Snapshot: {result['snapshot']}")
    print("Events:")
    for event in stack.vm.get_event_log(WORKFLOW):
        shown = str(event.to_dict()["payload"])
        print(f"  {event.sequence:>2} {event.kind.name:<15} {shown[:70]}")


def _show_bill(stack: TarlStackBox) -> tuple[bool, bool]:
    path = stack.provenance.save_sbom(WORKFLOW)
    bill = stack.provenance.generate_sbom(WORKFLOW)
    valid, said = stack.provenance.verify_sbom(bill)
    print(f"\nBill of materials ({path.name}): {said[0]}")
    bill["artifacts"][0]["hash"] = "0" * 64
    tampered, issues = stack.provenance.verify_sbom(bill)
    print(f"With one digest changed: {issues[0]}")
    return valid, tampered
