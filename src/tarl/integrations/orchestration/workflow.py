"""A synchronous workflow, and how the kernel knows it."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tarl.integrations.orchestration.baton import Baton
from tarl.integrations.orchestration.ledger import wire_name
from tarl.kernel import definition

Entrypoint = Callable[[Any, Any], Any]
"""``def my_workflow(vm, context)``."""


@dataclass
class Workflow:
    """A synchronous workflow and its manifest.

    Attributes:
        workflow_id: Names it and its runs.
        entrypoint: Called as ``entrypoint(vm, context)``.
        required_caps: Capabilities that it needs, verified before each run.
        metadata: What else is said of it; policies read it when the manifest is verified.
    """

    workflow_id: str
    entrypoint: Entrypoint
    required_caps: set[str] = field(default_factory=set)
    metadata: dict[str, Any] = field(default_factory=dict)

    def __hash__(self) -> int:
        return int.from_bytes(sha256(self.workflow_id.encode()).digest()[:8], "big")


def code_digest(entrypoint: Callable[..., Any]) -> str:
    """SHA-256 of a callable's source text in hex; of its bytecode where there is no source."""
    code = inspect.unwrap(entrypoint)
    target = code if hasattr(code, "__code__") else getattr(code, "func", type(code))
    try:
        return sha256(textwrap.dedent(inspect.getsource(target)).encode()).hexdigest()
    except (OSError, TypeError):
        compiled = getattr(target, "__code__", None)
        parts = (
            (compiled.co_code, repr(compiled.co_names), repr(compiled.co_consts))
            if compiled
            else (repr(target),)
        )
        return sha256("\n".join(map(str, parts)).encode()).hexdigest()


class EntrypointWorkflow(definition.Workflow[..., Any]):
    """One performance of an entrypoint, as a workflow of the kernel.

    The determinism of the entrypoint is not analysed: it was written for another runtime, and what
    it does outside the recorded calls is found by replay.
    """

    def __init__(self, workflow_id: str, baton: Baton, *, code: str) -> None:
        async def drive(ctx: Any, input: Any) -> Any:
            return await baton.drive(ctx, input)

        super().__init__(drive, name=wire_name(workflow_id))
        self.__dict__["code_digest"] = code
