"""``python -m benchmarks``: runs them and prints what they found."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from benchmarks import (
    agent_attacks,
    bom,
    compliance,
    flat,
    gateway,
    injection,
    many,
    patterns,
    permits,
    planning_emhass,
    planning_language,
    planning_solver,
    policies,
    postgres,
    queue,
    replay,
    safety,
    sequential,
    temporal,
    timers,
    trust,
)
from benchmarks.measure import Finding

BENCHMARKS = {
    "sequential": sequential,
    "many": many,
    "replay": replay,
    "flat": flat,
    "queue": queue,
    "timers": timers,
    "policies": policies,
    "safety": safety,
    "injection": injection,
    "trust": trust,
    "permits": permits,
    "gateway": gateway,
    "bom": bom,
    "compliance": compliance,
    "patterns": patterns,
    "agent_attacks": agent_attacks,
    "postgres": postgres,
    "temporal": temporal,
    "planning_language": planning_language,
    "planning_solver": planning_solver,
    "planning_emhass": planning_emhass,
}


def main() -> int:
    """Run the benchmarks that are asked for; exit 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--only", metavar="NAME,...", help=f"some of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller sizes")
    parser.add_argument(
        "--json", metavar="FILE", help="write the findings there, plots beside them"
    )
    parser.add_argument("--dir", metavar="DIR", help="measure on the disk of this directory")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}")
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f}: other work on the machine moves all figures"
    )
    found: dict[str, list[Finding]] = {}
    with tempfile.TemporaryDirectory(prefix="tarl-bench-", dir=options.dir) as directory:
        os.environ["TARL_HOME"] = str(Path(directory) / "home")
        for name in names:
            place = Path(directory) / name
            place.mkdir()
            print(f"\n{name}", flush=True)
            found[name] = BENCHMARKS[name].measure(place, quick=options.quick)
            for finding in found[name]:
                print(f"  {shown(finding)}", flush=True)
    if options.json:
        data = {name: [f._asdict() for f in findings] for name, findings in found.items()}
        Path(options.json).write_text(json.dumps(data, indent=2) + "\n")
        for name, findings in found.items():
            if plot := getattr(BENCHMARKS[name], "plot", None):
                Path(options.json).with_suffix(f".{name}.svg").write_text(plot(findings))
    return any(f.met is False for findings in found.values() for f in findings)


def shown(finding: Finding) -> str:
    """A finding as a line."""
    line = f"{finding.what:<44} {finding.measured}"
    if finding.ratio is not None:
        line += f"  ratio {finding.ratio:.2f}"
    if finding.median is not None:
        line += f", median {finding.median:.2f} ({finding.low:.2f} to {finding.high:.2f})"
    if finding.target is not None:
        line += f"  target {finding.target}: {'met' if finding.met else 'MISSED'}"
    return line


if __name__ == "__main__":
    sys.exit(main())
