"""The process that the crash test kills: takes up every open run, starts a few more, finishes all.

Usage: ``python -m tests.crash.worker JOURNAL EFFECTS ACKNOWLEDGED ROUND RUNS``. A step of unknown
outcome is decided as a careful operator would: by looking whether the effect left its line.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.crash.mix import EFFECTS_VARIABLE, MIX

import tarl
from tarl import Workflow
from tarl.errors import Conflict, TarlError, UnknownOutcome

Mix = Sequence[Workflow[..., Any]]


async def finish(runtime: Any, handle: Any, effects: Path) -> Any:
    """The run's result, deciding about unknown outcomes on the way; None when another has it."""
    while True:
        try:
            return await handle.result()
        except UnknownOutcome as error:
            decide(runtime, handle.run_id, error.facts["step"], effects)
        except Conflict as error:
            if error.code != "run.owned":
                raise
            return None
        handle = await again(runtime, handle.run_id)
        if handle is None:
            return None


async def again(runtime: Any, run: Any) -> Any:
    """Take the run up once more; None when another process has it."""
    while True:
        try:
            return await runtime.take_up(run)
        except UnknownOutcome as error:
            decide(runtime, run, error.facts["step"], Path(os.environ[EFFECTS_VARIABLE]))
        except Conflict as error:
            if error.code != "run.owned":
                raise
            return None


def decide(runtime: Any, run: Any, step: int, effects: Path) -> None:
    """Look whether the effect happened: its result if it did, another attempt if not."""
    token = None
    for line in effects.read_text().splitlines() if effects.exists() else ():
        effect = json.loads(line)
        if effect["run"] == run.ref and effect["step"] == step:
            token = effect["token"]
    try:
        if token is None:
            runtime.resolve(run, step=step, retry=True)
        else:
            runtime.resolve(run, step=step, result=token)
    except Conflict as error:
        if error.code not in ("run.owned", "step.decided", "journal.position"):
            raise


async def work(
    journal: str, effects: Path, acknowledged: str, round_: int, runs: int, mix: Mix
) -> None:
    async with tarl.open(journal, workflows=mix) as runtime:
        print("READY", flush=True)
        handles = await runtime.resume_all()
        for k in range(runs):
            number = round_ * runs + k
            workflow = mix[number % len(mix)]
            try:
                handles.append(
                    await runtime.start(workflow, 3 + number % 6, id=f"{workflow.name}-{number}")
                )
            except Conflict as error:
                if error.code != "run.owned":
                    raise
            except UnknownOutcome:
                continue

        async def acknowledge(handle: Any) -> None:
            result = await finish(runtime, handle, effects)
            if result is not None:
                line = json.dumps({"run": handle.run_id.ref, "result": result}) + "\n"
                file = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                os.write(file, line.encode())
                os.close(file)

        await asyncio.gather(*map(acknowledge, handles))
    print("DONE", flush=True)


def main(mix: Mix) -> None:
    """The process, over the workflows of a mix."""
    journal, effects, acknowledged, round_, runs = sys.argv[1:6]
    os.environ[EFFECTS_VARIABLE] = effects
    try:
        asyncio.run(work(journal, Path(effects), acknowledged, int(round_), int(runs), mix))
    except TarlError as failure:
        print(f"{failure.code}: {failure}", file=sys.stderr)
        raise


if __name__ == "__main__":
    main(MIX)
