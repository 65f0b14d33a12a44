"""A step that must not happen twice: money leaves one account and reaches another.

``debit`` has no key that the bank would honour, so it is declared ``idempotent=False``: its intent
is on disk before it runs, and if the process dies before its outcome is, the run stops with
``step.unknown_outcome`` until somebody looks at the ledger and says what happened. ``credit``
passes its key on; the bank ignores a key that it has seen, so it may be attempted again.

    python money_transfer.py           # transfers 12.50 from alice to bob
    python money_transfer.py --crash   # dies between the debit and its outcome; then:
    python money_transfer.py           # says what must be found out
    python money_transfer.py --settle  # looks at the ledger, decides, and goes on
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import tarl
from tarl import ActivityFailed, Context, UnknownOutcome, activity, current_effect, workflow

LEDGER = Path("ledger.jsonl")


@dataclass(frozen=True)
class Transfer:
    source: str
    target: str
    amount_minor: int


def entries() -> list[dict[str, object]]:
    """What the bank has booked."""
    if not LEDGER.exists():
        return []
    return [json.loads(line) for line in LEDGER.read_text().splitlines()]


def book(account: str, amount_minor: int, key: str | None = None) -> None:
    """The bank's side: one more line, or nothing if it knows the key."""
    if key is not None and any(entry["key"] == key for entry in entries()):
        return
    with LEDGER.open("a") as ledger:
        line = {"account": account, "amount_minor": amount_minor, "key": key}
        ledger.write(json.dumps(line) + "\n")


@activity(idempotent=False)
def debit(account: str, amount_minor: int) -> str:
    """Take the money; the bank does not know keys here."""
    book(account, -amount_minor)
    if "--crash" in sys.argv:
        os._exit(137)  # as if killed before the outcome could be recorded
    return f"debited {account}"


@activity
def credit(account: str, amount_minor: int) -> str:
    """Give the money, once for each key."""
    if account == "closed":
        raise ValueError("the account is closed")
    book(account, amount_minor, key=current_effect().key)
    return f"credited {account}"


@workflow
async def transfer(ctx: Context, order: Transfer) -> str:
    """Debit, credit, and give the money back if the credit fails."""
    await ctx.call(debit, order.source, order.amount_minor)
    try:
        await ctx.call(credit, order.target, order.amount_minor)
    except ActivityFailed as error:
        await ctx.call(credit, order.source, order.amount_minor)
        return f"given back: {error.message}"
    return "transferred"


async def main() -> int:
    async with tarl.open("transfer.db", workflows=[transfer]) as runtime:
        if "--settle" in sys.argv:
            debited = any(entry["account"] == "alice" for entry in entries())
            if debited:
                runtime.resolve("t1", step=1, result="debited alice")
            else:
                runtime.resolve("t1", step=1, retry=True)
        try:
            print(await runtime.run(transfer, Transfer("alice", "bob", 1250), id="t1"))
        except UnknownOutcome as error:
            print(f"{error.message}\nfind out, then run this with --settle")
            return 5
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
