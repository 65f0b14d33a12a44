"""What trust and policy cost: verifying at each level beside kailash's own, revoking, deciding.

Times of one call are taken one by one, so that what p99 says is of calls, not of means; of the
rounds, the one in the middle counts. A call of more than a few milliseconds waits for other work
on the machine as often as not: processor time stands beside it.
"""

from __future__ import annotations

import gc
import itertools
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from nacl.bindings import crypto_sign_open

from benchmarks.lineages import Lineage, kailash
from benchmarks.measure import Finding, Turn, Work, against, alternate
from tarl.policy.constraint import AtMost, OneOf
from tarl.policy.envelope import Envelope
from tarl.policy.facts import Facts
from tarl.policy.grant import Grant, Grants
from tarl.trust.decision import Level
from tarl.trust.operations import TrustOperations
from tarl.trust.records import Target
from tarl.values.verdict import Allow

Clock = Callable[[], int]

DEPTH = 20
ROUNDS = 9
CALLS: dict[Level, int] = {"QUICK": 5_000, "STANDARD": 200, "FULL": 40}
"""Of one round. kailash gets as many."""

FRESH = 200
"""Records that are asked about for the first time."""

MESSAGE_BYTES = 900
"""About as long as a delegation."""

DESCENDANTS = 10_000
HOLDERS = 100
"""Who hold the descendants, each as many."""

RULES = 1_000
CEDAR_POLICIES = 200

QUICK_P99_US_MAX = 10
STANDARD_US_MAX = 100
FULL_US_MAX = 1_500
REVOKING_US_MAX = 10
RULES_US_MAX = 5
CEDAR_US_MAX = 300


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """The levels, revoking, and decisions of policy."""
    rounds = 3 if quick else ROUNDS
    findings = _levels(directory / "levels.db", rounds)
    descendants = DESCENDANTS // 10 if quick else DESCENDANTS
    findings += _revoking(directory, descendants)
    findings.append(_rules(rounds))
    findings.append(_cedar(rounds))
    return findings


# --- the levels


def _levels(path: Path, rounds: int) -> list[Finding]:
    lineage = Lineage(path, depth=DEPTH + 1)
    chains = lineage.line("a", lineage.top, DEPTH)
    fresh = [f"fresh{number}" for number in range(FRESH)]
    for name in fresh:
        lineage.register(name, "agent")
        lineage.ops.delegate(f"a{DEPTH}", name)
    lineage.checkpoint()
    last = f"a{DEPTH}"
    ledger = lineage.open_ledger()
    ask = lineage.ask(ledger, last, "QUICK")
    quick = [_times(ask, CALLS["QUICK"]) for _ in range(rounds)]
    findings = [
        _at_most(f"QUICK, {DEPTH} deep, p99", [_p99(t) for t in quick], QUICK_P99_US_MAX),
        _at_most(f"QUICK, {DEPTH} deep, median", map(statistics.median, quick)),
        _at_most("the journal asked for news alone, p99", _news(lineage, rounds)),
    ]
    ask = lineage.ask(ledger, last, "STANDARD", anew=True)
    standard = [statistics.median(_times(ask, CALLS["STANDARD"])) for _ in range(rounds)]
    what = f"STANDARD, {DEPTH} deep, not asked before"
    findings.append(_at_most(what, standard, STANDARD_US_MAX))
    unseen = [_unseen(lineage, fresh) for _ in range(rounds)]
    findings.append(_at_most("STANDARD of a record not read before", unseen))
    ask = lineage.ask(ledger, last, "FULL")
    full = [statistics.median(_times(ask, CALLS["FULL"])) for _ in range(rounds)]
    signatures = sum(len(link.signed.signatures) for link in chains[-1].links)
    what = f"FULL, {DEPTH} deep, {signatures} signatures"
    findings.append(_at_most(what, full, FULL_US_MAX))
    busy = [
        statistics.median(_times(ask, CALLS["FULL"], clock=time.thread_time_ns))
        for _ in range(rounds)
    ]
    findings.append(_at_most("the same, of processor time", busy))
    alone = [_signatures_alone(lineage, signatures) for _ in range(rounds)]
    findings.append(_at_most(f"{signatures} signatures alone", alone))
    findings += _beside_kailash(lineage, rounds)
    lineage.store.close()
    return findings


def _news(lineage: Lineage, rounds: int) -> list[float]:
    """What every question costs at least: whether another process has committed."""

    def ask() -> bool:
        return lineage.store.revision() >= 0

    return [_p99(_times(ask, CALLS["QUICK"])) for _ in range(rounds)]


def _unseen(lineage: Lineage, agents: Sequence[str]) -> float:
    """A question about each of some records that nobody has read, below a chain that is known."""
    ledger = lineage.open_ledger()
    assert lineage.ask(ledger, f"a{DEPTH}", "STANDARD")()
    return statistics.median(_times_of([lineage.ask(ledger, a, "STANDARD") for a in agents]))


def _signatures_alone(lineage: Lineage, count: int) -> float:
    """So many signatures, verified by the library alone."""
    signer = lineage.keyring.signer("operator")
    message = bytes(MESSAGE_BYTES)
    signed = signer.key.sign(message) + message

    def verify_all() -> None:
        for _ in range(count):
            crypto_sign_open(signed, signer.verifier.public)

    return statistics.median(_times(verify_all, CALLS["FULL"]))


def _beside_kailash(lineage: Lineage, rounds: int) -> list[Finding]:
    """Each level's rate beside that of kailash at the same depth; rounds alternate."""
    findings = []
    with ExitStack() as opened:
        peer = opened.enter_context(kailash(DEPTH))
        if isinstance(peer, str):
            return [Finding("verify : kailash", f"not measured: {peer}")]
        ledger = lineage.open_ledger()
        for level, depth in itertools.product(CALLS, (0, DEPTH)):
            agent = f"a{depth}"
            ours = f"{level}, {depth} deep"
            rates = alternate(
                {
                    ours: _asking(lineage.ask(ledger, agent, level), CALLS[level]),
                    "kailash": _peer_asking(peer, agent, level),
                },
                rounds=rounds,
            )
            findings.append(against(rates[ours], rates["kailash"]))
    return findings


def _asking(ask: Callable[[], bool], calls: int) -> Work:
    def turn() -> Turn:
        begin = time.perf_counter()
        for _ in range(calls):
            if not ask():
                raise AssertionError("it was denied")
        return Turn(calls, time.perf_counter() - begin)

    return turn


def _peer_asking(peer: Callable[[str, str, int], None], agent: str, level: Level) -> Work:
    def turn() -> Turn:
        begin = time.perf_counter()
        peer(agent, level, CALLS[level])
        return Turn(CALLS[level], time.perf_counter() - begin)

    return turn


# --- revoking


def _revoking(directory: Path, descendants: int) -> list[Finding]:
    """Revoking from the bottom of a line upwards, in turns: a line with all the descendants below,
    one beside it with none, and one in a journal that has no others.

    What descendants add is told in processor time, which the disk's noise does not reach.
    """
    many = Lineage(directory / "many.db", depth=DEPTH + 1)
    small = Lineage(directory / "small.db", depth=DEPTH + 1)
    lines = {
        "below": (many, many.line("m", many.top, DEPTH)),
        "beside": (many, many.line("f", many.top, DEPTH)),
        "without": (small, small.line("f", small.top, DEPTH)),
    }
    holders = [f"h{number}" for number in range(HOLDERS)]
    for name in holders:
        many.register(name, "agent")
    for number in range(descendants):
        many.ops.delegate(f"m{DEPTH}", holders[number % HOLDERS])
    ask = many.ask(many.ops.ledger, holders[0], "STANDARD")
    assert ask()
    gc.collect()
    gc.freeze()  # what was made until here is not looked through during what is measured
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in lines}
    order = list(lines)
    for number in reversed(range(DEPTH)):
        for name in order:
            lineage, line = lines[name]
            took[name].append(_revoked(lineage.ops, line[number].leaf.digest))
        order.reverse()
    assert not ask()
    gc.unfreeze()
    for lineage in (many, small):
        lineage.store.close()
    more = [a - b for (_, a), (_, b) in zip(took["below"], took["beside"], strict=True)]
    return [
        _at_most(f"revoking with {descendants:,} below", [wall for wall, _ in took["below"]]),
        _at_most("revoking with none below", [wall for wall, _ in took["beside"]]),
        _at_most("revoking in a journal without them", [wall for wall, _ in took["without"]]),
        _at_most(f"what {descendants:,} below add, of processor time", more, REVOKING_US_MAX),
    ]


def _revoked(ops: TrustOperations, digest: str) -> tuple[float, float]:
    """What it takes of the clock's time and of the processor's, in microseconds."""
    begin, begin_busy = time.perf_counter_ns(), time.thread_time_ns()
    ops.revoke(Target(record=digest), "benchmark")
    busy = time.thread_time_ns() - begin_busy
    return (time.perf_counter_ns() - begin) / 1_000, busy / 1_000


# --- decisions


def _rules(rounds: int) -> Finding:
    """A decision over many grants with constraints; the facts change from call to call."""
    grants = Grants(
        [
            Grant(f"app{n % 100}.act{n}", f"store{n % 7}/*", Envelope({"args.n": AtMost(n + 5)}))
            for n in range(RULES)
        ],
        Envelope({"access": OneOf(("read", "write"))}),
    )
    asked = itertools.cycle(
        [
            Facts(
                action=f"app{n % 100}.act{n}",
                resource=f"store{n % 7}/x/y",
                access="write",
                args={"n": 5},
            )
            for n in range(0, RULES, 13)
        ]
    )
    allows = grants.allows
    assert all(isinstance(allows(next(asked)), Allow) for _ in range(RULES))
    times = [statistics.median(_times(lambda: allows(next(asked)), 2_000)) for _ in range(rounds)]
    return _at_most(f"a decision over {RULES:,} grants", times, RULES_US_MAX)


def _cedar(rounds: int) -> Finding:
    """A decision over many policies about the one action that is asked about."""
    what = f"a decision over {CEDAR_POLICIES} Cedar policies"
    if find_spec("cedarpy") is None:
        return Finding(what, "not measured: cedarpy not installed; pip install 'tarl[cedar]'")
    from tarl.policy.cedar.edition import Edition
    from tarl.policy.cedar.judge import Judge
    from tarl.policy.cedar.request import Question
    from tarl.policy.cedar.vocabulary import read_vocabulary

    arguments = {"amount_minor": "Long", "to": "String"}
    vocabulary = read_vocabulary({"actions": {"bank.pay": {"args": arguments}}})
    text = "\n".join(
        f'@id("rule{n}") forbid (principal, action == Action::"bank.pay", resource)'
        f' when {{ context.args.amount_minor > {10_000 + n} && context.args.to == "payee{n}" }};'
        for n in range(CEDAR_POLICIES)
    )
    judge = Judge([Edition(policy="bench", version=1, text=text, vocabulary=vocabulary)])
    numbers = itertools.count()

    def ask() -> Allow:
        number = next(numbers)
        args = {"amount_minor": number % 9_000, "to": f"payee{number % CEDAR_POLICIES}"}
        asked = Question(action="bank.pay", agent="clerk", resource="account/7", args=args)
        verdict = judge.decide([asked])
        assert isinstance(verdict, Allow)
        return verdict

    ask()
    times = [statistics.median(_times(ask, 200)) for _ in range(rounds)]
    return _at_most(what, times, CEDAR_US_MAX)


# --- times


def _times(
    call: Callable[[], object], count: int, *, clock: Clock = time.perf_counter_ns
) -> list[float]:
    """What each of some calls took, in microseconds."""
    return _times_of(itertools.repeat(call, count), clock=clock)


def _times_of(
    calls: Iterable[Callable[[], object]], *, clock: Clock = time.perf_counter_ns
) -> list[float]:
    times = []
    for call in calls:
        begin = clock()
        answer = call()
        times.append((clock() - begin) / 1_000)
        if answer is False:
            raise AssertionError("it was denied")
    return times


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def _at_most(what: str, rounds: Iterable[float], most: float | None = None) -> Finding:
    """The round in the middle, with the middle half of all."""
    low, middle, high = statistics.quantiles(list(rounds), n=4, method="inclusive")
    return Finding(
        what,
        f"{middle:,.1f} us ({low:,.1f} to {high:,.1f})",
        target=None if most is None else f"<= {most:,} us",
        met=None if most is None else middle <= most,
    )
