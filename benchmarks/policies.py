"""What a decision by organisation policy costs over 200 Cedar policies, against the bare engine."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Finding
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.engine import engine
from tarl.policy.cedar.judge import Judge
from tarl.policy.cedar.request import Question
from tarl.policy.cedar.vocabulary import read_vocabulary

RULES = 200
ACTIONS = 40
TARGET_US = 300
ROUNDS = 20
EACH = 200

VOCABULARY = read_vocabulary(
    {
        "actions": {
            f"a{n}.do": {"args": {"amount_minor": "Long", "to": "String"}} for n in range(ACTIONS)
        }
    }
)
ASKED = Question(
    action="a3.do",
    tenant="acme",
    agent="bob",
    resource="account/7",
    args={"amount_minor": 1, "to": "ann"},
)


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Times of decisions that allow, which evaluate every rule there is for the action; the
    contestants take turns.
    """
    general, scoped = _text("action"), _text('action == Action::"a{action}.do"')
    bare = engine().PolicySet.from_str(general)
    request = {
        "principal": 'Agent::"acme/bob"',
        "action": 'Action::"a3.do"',
        "resource": 'Resource::"account/7"',
        "context": {"args": dict(ASKED.args)},
    }
    about_all, about_some = _judge(general), _judge(scoped)
    contestants: dict[str, Callable[[], object]] = {
        "all about the action": lambda: about_all.decide([ASKED]),
        "5 about the action": lambda: about_some.decide([ASKED]),
        "cedarpy, parsed beforehand": lambda: engine().is_authorized(request, bare, "[]"),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS // 4 if quick else ROUNDS):
        for name, decide in contestants.items():
            times[name] += _times_us(decide)
    peer = statistics.median(times["cedarpy, parsed beforehand"])
    return [
        _finding(name, times[name], peer=peer, has_target=not name.startswith("cedarpy"))
        for name in contestants
    ]


def _text(head: str) -> str:
    condition = "context.args.amount_minor > {limit} && context.args.to != {name}"
    rules = []
    for n in range(RULES):
        scope = head.format(action=n % ACTIONS)
        when = condition.format(limit=10_000 + n, name=json.dumps(f"n{n}"))
        rules.append(f'@id("r{n}") forbid (principal, {scope}, resource) when {{ {when} }};')
    return "\n".join(rules)


def _judge(text: str) -> Judge:
    edition = Edition(policy="limits", version=1, text=text, vocabulary=VOCABULARY)
    edition.rules()
    return Judge([edition])


def _times_us(decide: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(EACH):
        begin = time.perf_counter()
        decide()
        times.append((time.perf_counter() - begin) * 1e6)
    return times


def _finding(name: str, times: list[float], *, peer: float, has_target: bool) -> Finding:
    middle = statistics.median(times)
    late = statistics.quantiles(times, n=100)[98]
    return Finding(
        f"a decision over {RULES} policies, {name}",
        f"{middle:.0f} us, p99 {late:.0f} us",
        middle / peer,
        target=f"<= {TARGET_US} us" if has_target else None,
        met=middle <= TARGET_US if has_target else None,
    )
