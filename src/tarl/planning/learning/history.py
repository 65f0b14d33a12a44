"""What a journal says of devices: the plans of a home, what was known when they were made, and what
their runs saw.

What is erased says nothing, nor does what another version of tarl saw and this one cannot read; the
rest is learned from as if it were all.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec

from tarl.errors import Missing
from tarl.kernel.state import fold
from tarl.planning.execution.handover import Observed
from tarl.planning.household import Household
from tarl.planning.learning.durations import PlanHistory, Ran, durations_of
from tarl.planning.learning.estimates import LearnedEstimates
from tarl.planning.learning.profiles import Reading, powers_of, readings_of
from tarl.planning.plans.events import Made
from tarl.planning.plans.ledger import PlanLedger
from tarl.values.ids import DEFAULT_TENANT, RunId

PLANS_MAX = 1_000
"""Plans that are learned from; those that changed last."""

PLANS_LEARNED_MAX = 100
"""Of them, those that another plan is made from."""

OBSERVE = "home.observe"
"""The activity of a run that looks at devices."""


def learned_from(
    ledger: PlanLedger,
    household: Household,
    *,
    tenant: str = DEFAULT_TENANT,
    plans_max: int = PLANS_MAX,
) -> LearnedEstimates:
    """What the plans of a home that changed last teach of its devices' programs."""
    ran: list[Ran] = []
    readings: set[Reading] = set()
    contexts: set[str] = set()
    for standing in islice(ledger.ls(tenant=tenant), plans_max):
        history = PlanHistory(household)
        for happened in ledger.history(standing.plan_id, tenant=tenant):
            history.hear(happened.body)
            if isinstance(happened.body, Made) and happened.body.context is not None:
                contexts.add(happened.body.context)
        ran += history.ran()
        readings.update(_seen_by(ledger, RunId(tenant, standing.plan_id, 1)))
    for digest in contexts:
        readings.update(_known(ledger, digest, tenant))
    ran.sort(key=lambda each: (each.began_ms, each.key))
    return LearnedEstimates(durations_of(ran), powers_of(ran, sorted(readings)))


def _known(ledger: PlanLedger, digest: str, tenant: str) -> Iterator[Reading]:
    try:
        snapshot = ledger.context(digest, tenant=tenant)
    except Missing as error:
        if error.code != "journal.erased":
            raise
        return
    yield from readings_of(snapshot.devices)


def _seen_by(ledger: PlanLedger, run: RunId) -> Iterator[Reading]:
    """What a run saw of devices' power, each time that it looked."""
    if ledger.store.head(run.stream) is None:
        return
    for step in fold(ledger.store.read(run.stream)).steps:
        is_whole = isinstance(step.args, list) and step.args  # or large, and kept elsewhere
        if step.activity != OBSERVE or step.status != "completed" or not is_whole:
            continue
        try:
            seen = msgspec.convert(step.result, Observed)
        except msgspec.ValidationError:
            continue
        states = {str(step.args[0]): seen.state} if seen.state is not None else {}
        yield from readings_of({**seen.states, **states})
