"""Several processes on one journal: what one takes away, the next QUICK of another denies."""

import subprocess
import sys
from pathlib import Path

from tests.unit.trust.world import World, codes

ROOT = Path(__file__).parents[3]

OTHER = """
import sys
from pathlib import Path
from tarl.trust.records import Target
from tests.unit.trust.world import World
world = World(Path(sys.argv[1]))
world._draws = 1_000_000
assert world.ask("b", level="QUICK").allowed
for line in sys.stdin:
    what, _, name = line.strip().partition(" ")
    if what == "revoke":
        world.ops.revoke(Target(agent=name), "by another process")
    else:
        getattr(world.ops, what)(name, "by another process")
    print("done", flush=True)
"""


def test_the_next_quick_sees_what_another_process_did(tmp_path: Path) -> None:
    world = World(tmp_path / "trust.db")
    world.settle("b")
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path / "trust.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        for order, expected in (
            ("suspend a", {"trust.suspended"}),
            ("resume a", set()),
            ("revoke b", {"trust.revoked"}),
        ):
            before = world.ask("b", level="QUICK")
            assert before.allowed == (order != "resume a")
            other.stdin.write(order + "\n")
            other.stdin.flush()
            assert other.stdout.readline() == "done\n"
            after = world.ask("b", level="QUICK")
            assert after.allowed == (not expected)
            assert expected <= codes(after)
        other.stdin.close()
    assert other.returncode == 0
    assert world.ask("a", level="QUICK").allowed
