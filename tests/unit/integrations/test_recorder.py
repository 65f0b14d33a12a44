"""EventRecorder: recordings, real replay, divergence, bad names and damaged files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tarl.errors import Corrupt, NondeterminismError
from tarl.integrations.orchestration import (
    AgentOrchestrator,
    DeterministicVM,
    EventRecorder,
    Workflow,
)


@pytest.fixture
def recorder(vm: DeterministicVM, tmp_path: Path) -> EventRecorder:
    return EventRecorder(vm, tmp_path / "recordings")


class World:
    """Counts what reaches it."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def ask(self, what: str) -> str:
        self.calls.append(what)
        return f"{what} {len(self.calls)}"


def record(recorder: EventRecorder, entrypoint: Any, context: dict[str, Any] | None = None) -> Any:
    recorder.vm.register_workflow(Workflow("w", entrypoint))
    result = recorder.vm.execute_workflow("w", context)
    recorder.save_recording("w", "r")
    return result


class TestReplay:
    def test_the_code_runs_again_and_the_world_is_not_asked(self, recorder: EventRecorder) -> None:
        world = World()
        ran: list[bool] = []
        team = AgentOrchestrator(recorder.vm)
        team.register_agent("agent", lambda given: world.ask("agent"))

        def entrypoint(vm: Any, context: Any) -> Any:
            ran.append(recorder.is_replay_mode())
            number = vm.submit_task("w", "t", lambda: world.ask("task"))
            answer = recorder.record_external_call("w", "api", {}, lambda: world.ask("api"))
            talk = team.chat("w", ["agent"], "Hello", 2)
            return [vm.task_result("w", number), answer, talk, vm.snapshot("w"), context]

        result = record(recorder, entrypoint, {"n": 1})
        calls = list(world.calls)
        events = recorder.vm.ledger.store.log_size()
        assert recorder.replay_workflow("r") == result
        assert ran == [False, True]
        assert world.calls == calls == ["task", "api", "agent", "agent"]
        assert recorder.vm.ledger.store.log_size() == events
        assert recorder.is_replay_mode() is False

    def test_a_recorded_answer_takes_the_place_of_a_new_one(self, recorder: EventRecorder) -> None:
        world = World()

        def entrypoint(vm: Any, context: Any) -> Any:
            return recorder.record_external_call("w", "api", {"a": 1}, world.ask("api"))

        assert record(recorder, entrypoint) == "api 1"
        assert recorder.replay_workflow("r") == "api 1"
        assert world.calls == ["api", "api"]

    @pytest.mark.parametrize(
        "changed",
        [
            lambda vm, context: vm.submit_task("w", "other", int),
            lambda vm, context: vm.submit_task("w", "t", int, [2]),
            lambda vm, context: "another result",
            lambda vm, context: [vm.submit_task("w", "t", int, [1]), vm.snapshot("w")],
            lambda vm, context: vm.submit_task("w", "t", int, [1]) + 1,
            lambda vm, context: 1 / 0,
        ],
    )
    def test_whatever_differs_is_found(self, recorder: EventRecorder, changed: Any) -> None:
        record(recorder, lambda vm, context: vm.submit_task("w", "t", int, [1]))
        recorder.vm.register_workflow(Workflow("w", changed))
        with pytest.raises(NondeterminismError) as caught:
            recorder.replay_workflow("r")
        assert caught.value.facts["expected"] != caught.value.facts["actual"]
        assert recorder.is_replay_mode() is False

    def test_a_clock_in_the_entrypoint_is_found(self, recorder: EventRecorder) -> None:
        ticks = iter(range(10))
        record(recorder, lambda vm, context: next(ticks))
        with pytest.raises(NondeterminismError):
            recorder.replay_workflow("r")

    def test_a_failed_run_fails_again(self, recorder: EventRecorder) -> None:
        def entrypoint(vm: Any, context: Any) -> Any:
            raise LookupError("lost")

        with pytest.raises(LookupError):
            record(recorder, entrypoint)
        recorder.save_recording("w", "r")
        with pytest.raises(LookupError, match="lost"):
            recorder.replay_workflow("r")

    def test_a_caught_failure_is_caught_again(self, recorder: EventRecorder) -> None:
        def fail() -> None:
            raise KeyError("k")

        def entrypoint(vm: Any, context: Any) -> str:
            try:
                vm.submit_task("w", "t", fail)
            except KeyError as error:
                return f"caught {error}"
            return "not caught"

        assert record(recorder, entrypoint) == recorder.replay_workflow("r") == "caught 'k'"

    @pytest.mark.parametrize(
        ("until", "reached"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (99, 4)]
    )
    def test_a_partial_replay_stops_after_that_event(
        self, recorder: EventRecorder, until: int, reached: int
    ) -> None:
        passed: list[int] = []

        def entrypoint(vm: Any, context: Any) -> int:
            passed.append(1)
            passed.append(vm.submit_task("w", "t", int))
            passed.append(vm.submit_task("w", "t", int))
            return 7

        record(recorder, entrypoint)  # START, two tasks, RETURN
        passed.clear()
        result = recorder.replay_workflow("r", until_event=until)
        assert result == (7 if reached == 4 else None)
        assert passed == [1, 2, 3][:reached]

    def test_recorded_events_can_be_looked_up_in_a_replay_alone(
        self, recorder: EventRecorder
    ) -> None:
        seen: list[Any] = []

        def entrypoint(vm: Any, context: Any) -> None:
            seen.append([recorder.get_replay_event(n) for n in (1, 2, 3)])

        record(recorder, entrypoint)
        recorder.replay_workflow("r")
        assert seen[0] == [None, None, None]
        assert [event and event.kind.name for event in seen[1]] == ["START", "RETURN", None]
        assert recorder.get_replay_event(1) is None

    def test_what_the_code_does_beside_its_run_is_not_repeated(
        self, recorder: EventRecorder
    ) -> None:
        def entrypoint(vm: Any, context: Any) -> int:
            recorder.record_external_call("other", "api", {}, 1)
            vm.register_workflow(Workflow("third", lambda v, c: 1))
            recorder.save_recording("w", "within")
            return vm.submit_task("other", "t", int)

        result = record(recorder, entrypoint)
        events = recorder.vm.ledger.store.log_size()
        assert recorder.replay_workflow("r") == result
        assert recorder.vm.ledger.store.log_size() == events
        assert len(recorder.external_events("other")) == 1

    def test_an_unfinished_run_replays_as_far_as_it_came(self, recorder: EventRecorder) -> None:
        tasks: list[int] = []

        def entrypoint(vm: Any, context: Any) -> int:
            tasks.append(vm.submit_task("w", "t", int))
            if len(tasks) == 1:
                raise KeyboardInterrupt
            return vm.submit_task("w", "u", int)

        with pytest.raises(KeyboardInterrupt):
            record(recorder, entrypoint)
        recorder.save_recording("w", "r")
        assert recorder.replay_workflow("r") is None
        assert tasks == [2, 2]

    def test_an_unregistered_workflow_is_a_value_error(
        self, recorder: EventRecorder, open_vm: Callable[[], DeterministicVM]
    ) -> None:
        record(recorder, lambda vm, context: 1)
        with pytest.raises(ValueError, match="not registered"):
            EventRecorder(open_vm(), recorder.data_dir).replay_workflow("r")

    def test_a_recording_replays_with_another_journal(
        self, recorder: EventRecorder, tmp_path: Path
    ) -> None:
        def entrypoint(vm: Any, context: Any) -> int:
            big = recorder.record_external_call("w", "api", {}, lambda: "x" * 100_000)
            return len(big)

        record(recorder, entrypoint)
        elsewhere = DeterministicVM(tmp_path / "elsewhere")
        elsewhere.register_workflow(Workflow("w", entrypoint))
        assert EventRecorder(elsewhere, recorder.data_dir).replay_workflow("r") == 100_000
        assert elsewhere.counter == 0


class TestFiles:
    def test_a_recording_holds_the_latest_run_alone(self, recorder: EventRecorder) -> None:
        record(recorder, lambda vm, context: context["n"], {"n": 1})
        recorder.vm.execute_workflow("w", {"n": 2})
        recorder.record_external_call("w", "llm", {"prompt": "p"}, {"response": "r"})
        recorder.save_recording("w", "r")
        recording = recorder.load_recording("r")
        assert recording["workflow_id"] == "w"
        assert recording["recording_name"] == "r"
        assert [event["kind"] for event in recording["event_log"]] == [
            "START",
            "RETURN",
            "EXTERNAL_CALL",
        ]
        assert recording["event_log"][0]["payload"] == {"context": {"n": 2}}
        assert recording["external_events"] == [
            {
                "call_args": {"prompt": "p"},
                "call_result": {"response": "r"},
                "call_type": "llm",
                "sequence": 3,
            }
        ]
        assert recorder.replay_workflow("r") == 2

    def test_without_a_run_there_is_nothing_to_replay(self, recorder: EventRecorder) -> None:
        recorder.vm.register_workflow(Workflow("w", lambda vm, context: 1))
        recorder.record_external_call("w", "api", {"endpoint": "test"}, [1])
        recorder.save_recording("w", "r")
        assert len(recorder.load_recording("r")["external_events"]) == 1
        assert recorder.replay_workflow("r") is None

    def test_a_missing_recording(self, recorder: EventRecorder) -> None:
        for use in (recorder.load_recording, recorder.replay_workflow):
            with pytest.raises(FileNotFoundError, match="Recording none not found"):
                use("none")

    @pytest.mark.parametrize(
        "name",
        [
            "../x",
            "..",
            ".hidden",
            "a/b",
            "a\\b",
            "",
            "a\x00b",
            "a\nb",
            "x" * 300,
            "\ud800",
            "/etc/x",
        ],
    )
    def test_a_name_that_leads_elsewhere_is_refused(
        self, recorder: EventRecorder, name: str, tmp_path: Path
    ) -> None:
        record(recorder, lambda vm, context: 1)
        before = sorted(tmp_path.rglob("*.json"))
        for use in (
            lambda: recorder.save_recording("w", name),
            lambda: recorder.load_recording(name),
            lambda: recorder.replay_workflow(name),
        ):
            with pytest.raises(ValueError, match="plain file name"):
                use()
        assert sorted(tmp_path.rglob("*.json")) == before

    @pytest.mark.parametrize(
        "damage",
        [
            lambda text: text[: len(text) // 2],
            lambda text: text.replace('"answer"', '"forged"'),
            lambda text: text + " ",
            lambda text: "",
            lambda text: "[]",
        ],
    )
    def test_a_changed_file_is_found(
        self, recorder: EventRecorder, damage: Callable[[str], str]
    ) -> None:
        record(recorder, lambda vm, c: recorder.record_external_call("w", "api", {}, "answer"))
        path = recorder.data_dir / "r.json"
        path.write_text(damage(path.read_text()))
        with pytest.raises(Corrupt) as caught:
            recorder.replay_workflow("r")
        assert caught.value.code == "recording.damaged"

    def test_a_changed_history_is_found_without_the_journal(
        self, recorder: EventRecorder, tmp_path: Path
    ) -> None:
        record(recorder, lambda vm, c: recorder.record_external_call("w", "api", {}, "answer"))
        path = recorder.data_dir / "r.json"
        recording = json.loads(path.read_text())
        event = recording["run"]["events"][2]
        event["body"] = event["body"].replace("answer", "forged")
        path.write_text(json.dumps(recording))
        elsewhere = EventRecorder(DeterministicVM(tmp_path / "elsewhere"), recorder.data_dir)
        with pytest.raises(Corrupt):
            elsewhere.load_recording("r")

    def test_a_result_that_is_not_json_is_not_recorded(self, recorder: EventRecorder) -> None:
        with pytest.raises(TypeError):
            recorder.record_external_call("w", "api", {}, object())
        assert recorder.external_events("w") == []
