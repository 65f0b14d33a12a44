"""Projects of PSPLIB (R. Kolisch and A. Sprecher, 1996) as problems: jobs in an order, four scarce
resources, and the end of all as soon as possible.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

from tarl.planning.problem import Job, Option, Problem, Resource, Weights

MINUTE_MS = 60_000


def directory() -> Path:
    """Where the files are; see ``planning_solver``."""
    data = Path(os.environ.get("TARL_BENCH_DATA", "../shared/data"))
    return data / "planning" / "psplib"


def best_known(kind: str) -> dict[str, int]:
    """By file, the shortest makespan that anybody found (of ``82..87`` the second)."""
    with (directory() / kind / "optimum.csv").open(encoding="utf-8") as file:
        return {r["problem"]: int(r["optimum"].split("..")[-1]) for r in csv.DictReader(file)}


def read(path: Path, *, time_limit_ms: int) -> Problem:
    """A project; jobs of no length say nothing but the order, which is kept without them."""
    lines = path.read_text(encoding="latin-1").splitlines()
    horizon = next(int(line.split(":")[1]) for line in lines if line.startswith("horizon"))
    behind = {row[0]: row[3:] for row in _rows(lines, "jobnr.    #modes", skip=1)}
    needs = {row[0]: row[2:] for row in _rows(lines, "jobnr. mode", skip=2)}
    capacities = _rows(lines, "RESOURCEAVAILABILITIES", skip=2)[0]
    before: dict[int, dict[str, int]] = {job: {} for job in needs}
    for job, others in behind.items():
        for other in others:
            if needs[job][0]:
                before[other][str(job)] = 0
    jobs = [
        Job(
            id=str(job),
            options=(
                Option(
                    id="only",
                    power_w=(0,) * length,
                    demands={f"R{n}": amount for n, amount in enumerate(amounts) if amount},
                ),
            ),
            after=before[job],
        )
        for job, (length, *amounts) in needs.items()
        if length
    ]
    return Problem(
        slot_ms=MINUTE_MS,
        count=horizon,
        jobs=tuple(jobs),
        resources=tuple(Resource(id=f"R{n}", capacity=(c,)) for n, c in enumerate(capacities)),
        weights=Weights(cost=0, makespan=1),
        time_limit_ms=time_limit_ms,
    )


def _rows(lines: list[str], title: str, *, skip: int) -> list[list[int]]:
    begin = next(number for number, line in enumerate(lines) if line.startswith(title)) + skip
    rows = []
    for line in lines[begin:]:
        if not line[:1].isspace():
            break
        rows.append([int(word) for word in line.split()])
    return rows
