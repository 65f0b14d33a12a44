"""What the whole check at the gateway costs: every court as ``open_runtime`` joins them.

An agent at the end of a chain of four delegations asks for leave for a new effect, in a turn of the
loop of its own, as runs do; 100 policies are in force, and up to 20 of them can apply. They are of
several levels, two of them closed, and their conditions read arguments that differ at every effect.
The journal is a file: each check asks whether another process has committed anything.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import tarl
from benchmarks.lineages import Lineage
from benchmarks.measure import Finding
from tarl import activity
from tarl.engines.embedded.runtime import Runtime
from tarl.governance.policies.ledger import Policies
from tarl.governance.policies.vocabularies import vocabulary_of
from tarl.kernel.acting import Acting
from tarl.kernel.commands import step_command
from tarl.kernel.effect import Effect
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.kernel.permit import Permit
from tarl.policy.cedar.vocabulary import Vocabulary, read_vocabulary
from tarl.values.ids import RunId

DEPTH = 4
POLICIES = 100
APPLICABLE = (0, 1, 5, 20)
OTHER_ACTIONS = 40
CHECKS = 3_000
TARGET_US = 100


@activity(name="bench.send", needs=("mail.send",), resource="mailbox/{to}")
def send(to: str, text: str, size: int) -> str:
    """Send nothing."""
    return ""


VOCABULARY = Vocabulary(
    {
        **(vocabulary_of([send]).actions or {}),
        **(
            read_vocabulary(
                {
                    "actions": {
                        f"other{n}.do": {"args": {"size": "Long"}} for n in range(OTHER_ACTIONS)
                    }
                }
            ).actions
            or {}
        ),
    }
)


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Times of a check that allows, by how many of the policies can apply; and of one that denies,
    and of one about a resource that is new each time.
    """
    checks = CHECKS // 5 if quick else CHECKS
    found = []
    for applicable in APPLICABLE:
        place = directory / str(applicable)
        place.mkdir()
        found += asyncio.run(_measured(place, applicable, checks))
    return found


async def _measured(place: Path, applicable: int, checks: int) -> list[Finding]:
    path = place / "journal.db"
    lineage = Lineage(path, depth=DEPTH)
    lineage.line("b", lineage.top, DEPTH)
    _put_in_force(lineage, applicable)
    lineage.checkpoint()
    lineage.store.close()
    kinds: dict[str, Callable[[int], tuple[str, int]]] = {"": lambda n: ("alice", n % 5_000)}
    if applicable == max(APPLICABLE):
        kinds[", each about a new resource"] = lambda n: (f"user{n}", n % 5_000)
        kinds[", which denies"] = lambda n: ("alice", 1_000_000 + n)
    findings = []
    async with tarl.open(path, keyring=lineage.keyring, agent_keys=lineage.keys) as runtime:
        for kind, arguments in kinds.items():
            times = await _times_us(runtime, arguments, checks, denies="denies" in kind)
            findings.append(_finding(applicable, kind, times))
    return findings


def _put_in_force(lineage: Lineage, applicable: int) -> None:
    policies = Policies(lineage.store, clock=lineage.clock)
    for number in range(POLICIES):
        applies = number < applicable
        action = "mail.send" if applies else f"other{number % OTHER_ACTIONS}.do"
        head = f'(principal, action == Action::"{action}", resource)'
        limit = f'context.args.size > {10_000 + number} && context.access == "write"'
        text = f'@id("limit") forbid {head} when {{ {limit} }};'
        closed, level = applies and number in (3, 4), "required"
        if closed:
            text += f"permit {head} when {{ context.args.size < 2000000 }};"
        elif number in (5, 6):
            level = "warning" if number == 5 else "audit"
        policy = f"p{number}"
        policies.register(policy, text, vocabulary=VOCABULARY, level=level, closed=closed)
        policies.activate(policy)


async def _times_us(
    runtime: Runtime, arguments: Callable[[int], tuple[str, int]], checks: int, *, denies: bool
) -> list[float]:
    gateway, acting = runtime.engine.gateway, Acting(f"b{DEPTH}", task="bench")
    run, journal = RunId("default", "bench", 1), runtime.journal.origin

    def effect(step: int) -> Effect:
        to, size = arguments(step)
        command = step_command(
            send,
            (to, "hello", size),
            {},
            step=step,
            limits=DEFAULT_LIMITS,
            shelve=lambda data: data,
            acting=acting,
        )
        return Effect(run, step, send, command, acting, journal)

    times = []
    for step in range(1, checks + 1):
        asked = effect(step)
        await asyncio.sleep(0)  # a turn of its own: the courts look at the file anew
        begin = time.perf_counter()
        answer = gateway.ask(asked)
        times.append((time.perf_counter() - begin) * 1e6)
        assert isinstance(answer, Permit) is not denies, answer
    return times[checks // 10 :]  # the first ones parse what is in force


def _finding(applicable: int, kind: str, times: list[float]) -> Finding:
    middle, late = statistics.median(times), statistics.quantiles(times, n=100)[98]
    what = f"a check, {applicable} of {POLICIES} policies apply{kind}"
    measured = f"p50 {middle:.0f} us, p99 {late:.0f} us"
    if kind:
        return Finding(what, measured)
    return Finding(what, measured, target=f"p50 <= {TARGET_US} us", met=middle <= TARGET_US)
