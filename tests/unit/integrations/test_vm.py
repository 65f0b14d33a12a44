"""DeterministicVM: real execution, real persistence, refusals."""

from __future__ import annotations

import gc
import json
import math
import threading
import weakref
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tarl.errors import Conflict, Missing, NondeterminismError
from tarl.integrations.orchestration import (
    DeterministicVM,
    EventRecorder,
    Workflow,
    WorkflowEventKind,
)
from tarl.integrations.orchestration.workflow import code_digest
from tarl.kernel.history import verified

Open = Callable[[], DeterministicVM]


def kinds(vm: DeterministicVM, workflow_id: str) -> list[str]:
    return [event.kind.name for event in vm.get_event_log(workflow_id)]


def run(
    vm: DeterministicVM, workflow_id: str, entrypoint: Any, context: dict[str, Any] | None = None
) -> Any:
    vm.register_workflow(Workflow(workflow_id, entrypoint))
    return vm.execute_workflow(workflow_id, context)


class OutOfPaper(Exception):
    """A class that only the tests know."""


def out_of_paper() -> None:
    raise OutOfPaper("tray 2")


class TestExecution:
    def test_the_entrypoint_gets_the_machine_and_the_context(self, vm: DeterministicVM) -> None:
        seen = []
        result = run(vm, "w", lambda v, c: seen.append((v, c)) or {"area": c["area"]}, {"area": 7})
        assert result == {"area": 7}
        assert seen == [(vm, {"area": 7})]
        assert [(e.sequence, e.kind, e.payload) for e in vm.get_event_log("w")] == [
            (1, WorkflowEventKind.START, {"context": {"area": 7}}),
            (2, WorkflowEventKind.RETURN, {"result": {"area": 7}}),
        ]

    def test_without_a_context_it_is_empty(self, vm: DeterministicVM) -> None:
        assert run(vm, "w", lambda v, c: c) == {}

    def test_the_entrypoint_runs_in_the_callers_thread(self, vm: DeterministicVM) -> None:
        assert run(vm, "w", lambda v, c: threading.get_ident()) == threading.get_ident()

    def test_an_unknown_workflow_is_a_value_error(self, vm: DeterministicVM) -> None:
        with pytest.raises(ValueError, match="Workflow nobody not registered") as caught:
            vm.execute_workflow("nobody")
        assert isinstance(caught.value, Missing)
        assert caught.value.code == "workflow.unknown"

    def test_the_entrypoints_own_error_comes_back(self, vm: DeterministicVM) -> None:
        error = OutOfPaper("tray 1")

        def fail(vm: Any, context: Any) -> None:
            raise error

        with pytest.raises(OutOfPaper) as caught:
            run(vm, "w", fail)
        assert caught.value is error
        last = vm.get_event_log("w")[-1]
        assert last.kind is WorkflowEventKind.ERROR
        assert last.payload == {
            "error": "tray 1",
            "error_id": sha256(b"w:tray 1").hexdigest(),
            "error_type": "OutOfPaper",
        }
        assert vm.workflow_state("w") == {"run": "w/1", "status": "failed", "error": "tray 1"}

    def test_executed_again_it_is_a_further_run_and_the_log_shows_the_latest(
        self, vm: DeterministicVM
    ) -> None:
        assert run(vm, "w", lambda v, c: c["n"], {"n": 1}) == 1
        assert vm.execute_workflow("w", {"n": 2}) == 2
        assert [e.payload for e in vm.get_event_log("w")] == [
            {"context": {"n": 2}},
            {"result": 2},
        ]
        assert vm.workflow_state("w")["run"] == "w/2"
        assert vm.counter == 4

    def test_a_workflow_within_a_workflow(self, vm: DeterministicVM) -> None:
        vm.register_workflow(Workflow("inner", lambda v, c: c["n"] + 1))
        assert run(vm, "outer", lambda v, c: v.execute_workflow("inner", {"n": 1}) + 1) == 3
        assert kinds(vm, "outer") == ["START", "TASK_SUBMIT", "RETURN"]
        assert kinds(vm, "inner") == ["START", "RETURN"]

    def test_a_workflow_within_itself_is_refused(self, vm: DeterministicVM) -> None:
        with pytest.raises(Exception, match="run by another process"):
            run(vm, "w", lambda v, c: v.execute_workflow("w"))
        assert vm.workflow_state("w")["status"] == "failed"

    def test_workflows_in_several_threads(self, vm: DeterministicVM) -> None:
        results: dict[int, Any] = {}
        meeting = threading.Barrier(3, timeout=30)

        def work(n: int) -> None:
            results[n] = run(vm, f"w{n}", lambda v, c: meeting.wait() * 0 + n)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == {0: 0, 1: 1, 2: 2}

    def test_a_second_machine_cannot_run_what_the_first_is_running(
        self, vm: DeterministicVM, open_vm: Open
    ) -> None:
        other = open_vm()

        def intrude(v: Any, c: Any) -> str:
            errors: list[Any] = []

            def try_it() -> None:
                other.register_workflow(Workflow("w", intrude))
                try:
                    other.execute_workflow("w")
                except Conflict as error:
                    errors.append(error.code)

            thread = threading.Thread(target=try_it)
            thread.start()
            thread.join()
            return errors[0]

        assert run(vm, "w", intrude) == "run.owned"

    def test_an_async_entrypoint_is_named(self, vm: DeterministicVM) -> None:
        async def entrypoint(vm: Any, context: Any) -> None: ...

        with pytest.raises(ValueError, match="async def"):
            run(vm, "w", entrypoint)

    @pytest.mark.parametrize("workflow_id", ["", "a\nb", "x" * 600, "w#aside"])
    def test_an_id_that_cannot_be_one(self, vm: DeterministicVM, workflow_id: str) -> None:
        with pytest.raises(ValueError, match="workflow id"):
            vm.register_workflow(Workflow(workflow_id, lambda v, c: 1))

    @pytest.mark.parametrize("workflow_id", ["../x", "a/b/c", "ä b%", "..", "@last"])
    def test_an_id_of_unusual_characters(self, vm: DeterministicVM, workflow_id: str) -> None:
        assert run(vm, workflow_id, lambda v, c: v.submit_task(workflow_id, "t", int)) == 2
        vm.snapshot(workflow_id)
        assert kinds(vm, workflow_id) == ["START", "TASK_SUBMIT", "RETURN", "SNAPSHOT"]

    def test_needed_capabilities_are_refused_where_nobody_grants_them(
        self, vm: DeterministicVM
    ) -> None:
        vm.register_workflow(Workflow("w", lambda v, c: 1, {"Net.Connect"}))
        with pytest.raises(PermissionError, match=r"Net\.Connect not found"):
            vm.execute_workflow("w")
        assert vm.get_event_log("w") == []


class TestValues:
    @pytest.mark.parametrize(
        "result",
        [{1, 2}, (1, 2), object(), b"x", {1: 2}, math.nan, math.inf, 2**53, "\ud800"],
        ids=lambda value: (
            type(value).__name__ + ascii(value)[:8] if type(value) is not object else "object"
        ),
    )
    def test_a_result_that_is_not_json_is_refused_and_harms_nothing(
        self, vm: DeterministicVM, open_vm: Open, result: Any
    ) -> None:
        assert run(vm, "good", lambda v, c: "kept") == "kept"
        with pytest.raises(ValueError, match="the result of") as caught:
            run(vm, "bad", lambda v, c: result)
        assert isinstance(caught.value, TypeError)
        again = open_vm()
        assert again.get_event_log("good")[-1].payload == {"result": "kept"}
        assert again.workflow_state("bad")["status"] == "failed"
        assert run(again, "bad", lambda v, c: "better") == "better"

    def test_a_context_that_is_not_json_starts_nothing(self, vm: DeterministicVM) -> None:
        with pytest.raises(TypeError):
            run(vm, "w", lambda v, c: 1, {"a": object()})
        assert vm.get_event_log("w") == []

    def test_nothing_recorded_is_the_callers_own(self, vm: DeterministicVM) -> None:
        context = {"list": [1]}
        args = {"values": [1]}

        def change(values: list[int]) -> list[int]:
            values.append(2)
            return values

        def entrypoint(v: Any, c: Any) -> Any:
            v.submit_task("w", "t", change, args)
            args["values"].append(9)
            c["list"].append(3)
            return c

        result = run(vm, "w", entrypoint, context)
        result["list"].append(4)
        assert context == {"list": [1]}
        log = vm.get_event_log("w")
        assert [e.payload for e in log] == [
            {"context": {"list": [1]}},
            {"args": {"values": [1]}, "result": [1, 2], "task_name": "t"},
            {"result": {"list": [1, 3]}},
        ]

    def test_a_large_value_lies_beside_the_events_and_is_whole(
        self, vm: DeterministicVM, open_vm: Open
    ) -> None:
        text = "x" * 200_000
        assert run(vm, "w", lambda v, c: c["text"][1:], {"text": text}) == text[1:]
        assert open_vm().get_event_log("w")[0].payload == {"context": {"text": text}}

    def test_every_chain_verifies(self, vm: DeterministicVM) -> None:
        run(vm, "w", lambda v, c: v.submit_task("w", "t", int))
        vm.submit_task("w", "beside", int)
        vm.snapshot("w")
        streams = vm.ledger.streams("")
        assert {"run/default/w/1", "run/default/w%23aside/1"} < set(streams)
        for stream in streams:
            assert list(verified(stream, vm.ledger.store.read(stream)))


class TestTasks:
    def test_a_task_is_executed_and_its_result_recorded(self, vm: DeterministicVM) -> None:
        def entrypoint(v: Any, c: Any) -> Any:
            number = v.submit_task("w", "add", lambda a, b: a + b, {"a": 2, "b": 3})
            return {"number": number, "sum": v.task_result("w", number)}

        assert run(vm, "w", entrypoint) == {"number": 2, "sum": 5}
        assert vm.task_result("w", 2) == 5
        assert vm.get_event_log("w")[1].payload == {
            "args": {"a": 2, "b": 3},
            "result": 5,
            "task_name": "add",
        }

    @pytest.mark.parametrize(
        ("task", "args", "result"),
        [
            (lambda a, b: [a, b], [1, 2], [1, 2]),
            (lambda a, b: [a, b], (1, 2), [1, 2]),
            (lambda whole: whole, {"a": 1, "b": 2}, {"a": 1, "b": 2}),
            (lambda: "none", None, "none"),
            (lambda **named: named, {"a": 1}, {"a": 1}),
            (len, ["abc"], 3),
        ],
    )
    def test_arguments_by_name_in_order_or_whole(
        self, vm: DeterministicVM, task: Any, args: Any, result: Any
    ) -> None:
        assert vm.task_result("w", vm.submit_task("w", "t", task, args)) == result

    def test_outside_a_run_tasks_are_numbered_from_1(self, vm: DeterministicVM) -> None:
        assert [vm.submit_task("w", "t", int) for _ in range(3)] == [1, 2, 3]
        assert run(vm, "w", lambda v, c: v.submit_task("w", "t", int)) == 5
        assert vm.submit_task("w", "t", int) == 7
        assert [e.sequence for e in vm.get_event_log("w")] == [1, 2, 3, 4, 5, 6, 7]
        assert kinds(vm, "w")[3] == "START"

    def test_a_failed_task_raises_what_it_raised_and_is_recorded(self, vm: DeterministicVM) -> None:
        def entrypoint(v: Any, c: Any) -> str:
            try:
                v.submit_task("w", "print", out_of_paper)
            except OutOfPaper as error:
                return str(error)
            return "printed"

        assert run(vm, "w", entrypoint) == "tray 2"
        error = {"message": "tray 2", "type": "OutOfPaper"}
        assert vm.get_event_log("w")[1].payload["error"] == error
        with pytest.raises(KeyError, match="holds no result"):
            vm.task_result("w", 2)

    def test_a_builtin_error_outside_a_run(self, vm: DeterministicVM) -> None:
        with pytest.raises(ZeroDivisionError):
            vm.submit_task("w", "t", lambda: 1 / 0)
        assert vm.get_event_log("w")[0].payload["error"]["type"] == "ZeroDivisionError"

    def test_an_unserialisable_task_result_fails_the_task(self, vm: DeterministicVM) -> None:
        with pytest.raises(TypeError, match="the result of task/t"):
            vm.submit_task("w", "t", object)
        assert vm.submit_task("w", "t", int) == 2

    def test_what_is_no_function_is_refused(self, vm: DeterministicVM) -> None:
        with pytest.raises(TypeError, match="not callable"):
            vm.submit_task("w", "t", None)  # type: ignore[arg-type]

    def test_what_a_task_does_through_the_machine_is_part_of_it(
        self, vm: DeterministicVM, tmp_path: Path
    ) -> None:
        recorder = EventRecorder(vm, tmp_path / "recordings")

        def task() -> int:
            recorder.record_external_call("w", "api", {"n": 1}, "answer")
            vm.submit_task("w", "within", lambda: 1)
            return 2

        assert run(vm, "w", lambda v, c: v.submit_task("w", "t", task)) == 4
        assert kinds(vm, "w") == ["START", "EXTERNAL_CALL", "TASK_SUBMIT", "TASK_SUBMIT", "RETURN"]
        assert vm.get_event_log("w")[1].payload["sequence"] == 2

    def test_what_a_failed_task_had_done_is_kept(self, vm: DeterministicVM, tmp_path: Path) -> None:
        recorder = EventRecorder(vm, tmp_path / "recordings")

        def task() -> None:
            recorder.record_external_call("w", "api", {}, "answer")
            raise ValueError("later")

        with pytest.raises(ValueError, match="later"):
            run(vm, "w", lambda v, c: v.submit_task("w", "t", task))
        assert [c["call_result"] for c in recorder.external_events("w")] == ["answer"]

    def test_a_task_that_is_over_holds_nothing(self, vm: DeterministicVM) -> None:
        class Large:
            """Something that should not be kept."""

        def submit() -> weakref.ref[Large]:
            large = Large()
            vm.submit_task("w", "t", lambda values: bool(large), {"values": [1]})
            return weakref.ref(large)

        held = submit()
        gc.collect()
        assert held() is None


class TestRecovery:
    def test_an_interrupted_run_is_taken_up_and_recorded_tasks_are_not_run_again(
        self, vm: DeterministicVM, open_vm: Open
    ) -> None:
        ran: list[str] = []
        tries: list[str] = []

        def entrypoint(v: Any, c: Any) -> Any:
            tries.append(c["n"])
            first = v.submit_task("w", "a", lambda: ran.append("a"))
            if len(tries) == 1:
                raise KeyboardInterrupt
            return [first, v.submit_task("w", "b", lambda: ran.append("b"))]

        with pytest.raises(KeyboardInterrupt):
            run(vm, "w", entrypoint, {"n": "one"})
        assert vm.workflow_state("w") == {"run": "w/1", "status": "running"}
        again = open_vm()
        assert run(again, "w", entrypoint) == [2, 3]
        assert ran == ["a", "b"]
        assert tries == ["one", "one"]
        assert again.workflow_state("w") == {
            "result": [2, 3],
            "run": "w/1",
            "status": "completed",
        }

    def test_another_context_does_not_take_it_up(self, vm: DeterministicVM) -> None:
        def entrypoint(v: Any, c: Any) -> Any:
            if c.get("stop"):
                raise KeyboardInterrupt
            return c

        with pytest.raises(KeyboardInterrupt):
            run(vm, "w", entrypoint, {"stop": True})
        with pytest.raises(ValueError, match="another context"):
            vm.execute_workflow("w", {"n": 1})
        assert vm.execute_workflow("w", {"n": 1}, new_run=True) == {"n": 1}
        assert vm.workflow_state("w")["run"] == "w/2"

    def test_changed_code_is_found(self, vm: DeterministicVM) -> None:
        def before(v: Any, c: Any) -> Any:
            v.submit_task("w", "a", int)
            raise KeyboardInterrupt

        def after(v: Any, c: Any) -> Any:
            return v.submit_task("w", "b", int)

        with pytest.raises(KeyboardInterrupt):
            run(vm, "w", before)
        with pytest.raises(NondeterminismError, match="task/a"):
            run(vm, "w", after)
        assert vm.execute_workflow("w", new_run=True) == 2

    def test_compatible_code_goes_on_and_its_digest_is_recorded(self, vm: DeterministicVM) -> None:
        def before(v: Any, c: Any) -> Any:
            v.submit_task("w", "a", int)
            raise KeyboardInterrupt

        def after(v: Any, c: Any) -> Any:
            return v.submit_task("w", "a", int)

        with pytest.raises(KeyboardInterrupt):
            run(vm, "w", before)
        assert run(vm, "w", after) == 2
        events = vm.ledger.read("run/default/w/1")
        assert json.loads(events[0].body or b"")["code"] == code_digest(before)
        changed = [json.loads(e.body or b"") for e in events if e.kind == "run.code_changed/1"]
        assert changed == [{"code": code_digest(after)}]

    def test_an_entrypoint_that_catches_everything_is_still_ended(
        self, vm: DeterministicVM
    ) -> None:
        def before(v: Any, c: Any) -> Any:
            v.submit_task("w", "a", int)
            raise KeyboardInterrupt

        def after(v: Any, c: Any) -> Any:
            while True:
                try:
                    v.submit_task("w", "b", int)
                except Exception:
                    continue

        with pytest.raises(KeyboardInterrupt):
            run(vm, "w", before)
        with pytest.raises(NondeterminismError):
            run(vm, "w", after)

    def test_all_state_is_there_for_another_machine(
        self, vm: DeterministicVM, open_vm: Open
    ) -> None:
        def entrypoint(v: Any, c: Any) -> str:
            v.submit_task("w", "t", int)
            return v.snapshot("w")

        taken = run(vm, "w", entrypoint)
        vm.submit_task("w", "later", int)
        other = open_vm()
        assert other.get_event_log() == vm.get_event_log()
        assert other.counter == vm.counter == 5
        assert other.book.snapshots() == {taken: "w"}
        assert list(other.book.workflows()) == ["w"]
        other.restore_snapshot(taken)
        assert kinds(vm, "w") == ["START", "TASK_SUBMIT"]

    def test_registered_again_unchanged_it_is_not_recorded_again(
        self, vm: DeterministicVM, open_vm: Open
    ) -> None:
        workflow = Workflow("w", lambda v, c: 1, metadata={"version": "1"})
        vm.register_workflow(workflow)
        open_vm().register_workflow(workflow)
        stream = "orchestration/default/workflow/w"
        assert len(vm.ledger.read(stream)) == 1
        workflow.metadata["version"] = "2"
        vm.register_workflow(workflow)
        assert len(vm.ledger.read(stream)) == 2


class TestSnapshots:
    def test_a_snapshot_is_named_by_workflow_counter_and_state(self, vm: DeterministicVM) -> None:
        run(vm, "w", lambda v, c: "r", {"n": 1})
        taken = vm.snapshot("w")
        state = {
            "context": {"n": 1},
            "counter": 2,
            "events": [event.to_dict() for event in vm.get_event_log("w")[:2]],
        }
        text = json.dumps(state, sort_keys=True, separators=(",", ":"))
        assert taken == sha256(f"w:2:{text}".encode()).hexdigest()
        last = vm.get_event_log("w")[-1]
        assert (last.sequence, last.kind, last.snapshot_hash) == (
            3,
            WorkflowEventKind.SNAPSHOT,
            taken,
        )

    def test_other_inputs_give_other_snapshots_and_the_same_give_the_same(
        self, tmp_path: Path
    ) -> None:
        def take(place: str, context: dict[str, Any]) -> str:
            return str(
                run(DeterministicVM(tmp_path / place), "w", lambda v, c: v.snapshot("w"), context)
            )

        assert take("a", {"n": 1}) == take("b", {"n": 1})
        assert take("c", {"n": 2}) != take("a", {"n": 1})

    def test_unknown_names(self, vm: DeterministicVM) -> None:
        with pytest.raises(KeyError):
            vm.snapshot("nobody")
        with pytest.raises(ValueError, match="not found"):
            vm.restore_snapshot("0" * 64)

    def test_restored_the_log_goes_on_from_there(self, vm: DeterministicVM) -> None:
        run(vm, "w", lambda v, c: 1)
        taken = vm.snapshot("w")
        vm.submit_task("w", "later", int)
        before = vm.counter
        vm.restore_snapshot(taken)
        assert kinds(vm, "w") == ["START", "RETURN"]
        assert vm.submit_task("w", "other", int) == 3
        assert vm.counter == before + 1
        vm.execute_workflow("w")
        assert kinds(vm, "w") == ["START", "RETURN"]

    def test_a_run_under_way_cannot_leave_its_past(self, vm: DeterministicVM) -> None:
        def entrypoint(v: Any, c: Any) -> Any:
            v.restore_snapshot(v.snapshot("w"))

        with pytest.raises(ValueError, match="has not ended"):
            run(vm, "w", entrypoint)


class TestExport:
    def test_the_export_is_whole_and_loading_needs_none(
        self, vm: DeterministicVM, open_vm: Open, tmp_path: Path
    ) -> None:
        run(vm, "w", lambda v, c: 1)
        vm.persist_state()
        path = tmp_path / "vm" / "vm_state.json"
        state = json.loads(path.read_text())
        assert state["counter"] == 2
        assert state["event_log"] == [event.to_dict() for event in vm.get_event_log()]
        path.write_text("{truncated")
        other = open_vm()
        other.load_state()
        assert other.counter == 2
        assert [p.name for p in (tmp_path / "vm").iterdir() if p.name.startswith(".")] == []


def test_tasks_from_several_threads_beside_the_runs(vm: DeterministicVM) -> None:
    numbers: dict[int, int] = {}

    def submit(n: int) -> None:
        numbers[n] = vm.submit_task("w", "t", int, [n])

    threads = [threading.Thread(target=submit, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers.values()) == [1, 2, 3, 4, 5, 6]
    assert {n: vm.task_result("w", number) for n, number in numbers.items()} == {
        n: n for n in range(6)
    }
