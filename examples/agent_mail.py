"""An assistant that may send mail, but not to everybody, and only until somebody takes that away.

    python agent_mail.py

The office lets the planner send mail within the company; the planner hands on to the writer what
this one letter takes. The writer is refused what was not handed on, and everything once the planner
has lost what it handed on. Keys lie under $TARL_HOME, everything else in agent_mail.db.
"""

from __future__ import annotations

import asyncio

import tarl
from tarl import Context, activity, workflow
from tarl.errors import Denied


@activity(needs={"mail.send"}, resource="mailbox/{to}", spends={"EUR": "fee_minor"})
def send(to: str, text: str, fee_minor: int) -> str:
    with open("outbox.txt", "a") as outbox:  # stands for a mail server
        outbox.write(f"{to}: {text}\n")
    return "sent"


@workflow(capabilities={"mail.send"})
async def letters(ctx: Context, to: list[str]) -> dict[str, str]:
    found = {}
    for name in to:
        try:
            found[name] = await ctx.call(send, name, "the meeting is at ten", 5)
        except Denied as refusal:
            found[name] = refusal.facts["reasons"][0]["text"]
    return found


async def main() -> None:
    from tarl.integrations.trust import CapabilityRequest, TrustedAgent, TrustOperations
    from tarl.policy.constraint import Budget
    from tarl.policy.envelope import Envelope

    trust = TrustOperations(journal="agent_mail.db")
    office = await trust.create_authority("office", name="The office", capabilities=["mail.*"])
    planner, writer = TrustedAgent("planner"), TrustedAgent("writer")
    company = CapabilityRequest("mail.send", "mailbox/*")
    await planner.establish_trust(office.id, [company], Envelope({"budget.EUR": Budget("EUR", 20)}))
    await writer.register()

    to_ann = CapabilityRequest("mail.send", "mailbox/ann")
    handed_on = await trust.delegate(planner.id, writer.id, "invitation", [to_ann], expires_in=600)
    await writer.receive_delegation(handed_on)

    async with tarl.open("agent_mail.db") as runtime:

        async def write(*to: str) -> None:
            told = await runtime.run(letters, list(to), agent="writer", task="invitation")
            for name, outcome in told.items():
                print(f"writer to {name}: {outcome}")

        await write("ann", "zoe")
        if planner.trust_chain is not None:
            stopped = await trust.revoke(planner.trust_chain, "the planner is replaced")
            print(f"revoked; what stops: {', '.join(stopped)}")
        await write("ann")


if __name__ == "__main__":
    asyncio.run(main())
