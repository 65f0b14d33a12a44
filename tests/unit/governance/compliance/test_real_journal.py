"""What a real runtime and real people write is what the checks look for."""

from __future__ import annotations

from pathlib import Path

from tests.threats import deeds
from tests.threats.shop import Shop, at_shop
from tests.unit.governance.compliance.compliance_parts import JOURNAL, Office, memory
from tests.unit.kernel.voters import Panel, request

from tarl.engines.embedded.clock import SystemClock
from tarl.governance.compliance.assess import Assessment
from tarl.governance.compliance.component import parse
from tarl.governance.compliance.ledger import Compliance
from tarl.stack import open_attestations

VARIANTS = ("sync", "async", "pure", "pure async", "token", "compensated")
WHOSE = ("journal", "agent:clerk", f"workflow:{deeds.threat_calls.name}")


def test_what_agents_did_has_permits(tmp_path: Path) -> None:
    async def work(shop: Shop) -> list[Assessment]:
        shop.open_for_business()
        for how in VARIANTS:
            id = how.replace(" ", "-")
            await shop.outcome(deeds.threat_calls, how, id=id, agent="clerk", task="t")
        keys = shop.keyring
        compliance = Compliance(
            shop.store,
            open_attestations(shop.store, keys),
            clock=SystemClock(),
            log_key=keys.public("log"),
        )
        return [compliance.assess(parse(what)) for what in WHOSE]

    for found in at_shop(tmp_path, work):
        (least,) = [each for each in found.shown if each.control.id == "access.least"]
        assert (least.shows, least.against) == ("supports", ())
        assert least.found[0].counted == len(VARIANTS)


def test_votes_that_people_signed_are_counted() -> None:
    store = memory()
    office = Office(store)
    panel = Panel("anna", "ben", store=store)
    panel.ask(request("anna", "ben"), at_ms=office.clock.now_ms())
    for name in ("anna", "ben"):
        panel.vote(name, at_ms=office.clock.now_ms())
    assert office.status("eu-ai-act:Art. 12(3)(d)", JOURNAL) == "met"
