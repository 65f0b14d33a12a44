"""An order that waits for its payment, at most so long, and may be changed until then.

The shop confirms payments with a signal, the customer changes the order with updates and looks at
it with queries. Whoever sends them may be another process: see the commands below.

    python order_payment.py            # one order that is paid, one that is not, one withdrawn

    tarl run order_payment.py --input '{"customer": "ann", "wait_s": 600}' --id o1 &
    tarl update o1 add --payload '{"item": "lamp", "minor": 4900}'
    tarl query o1 total --code order_payment.py
    tarl signal o1 payment --payload '{"minor": 4900}'
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import tarl
from tarl import Context, activity, workflow


@dataclass(frozen=True)
class Order:
    customer: str
    wait_s: float


@activity
def release(item: str) -> None:
    """Put an item back on its shelf."""
    print(f"  {item} is back on its shelf")


@activity(compensate=release)
def reserve(item: str) -> None:
    """Take an item off its shelf."""
    print(f"  {item} is reserved")


@activity
def ship(items: list[str]) -> str:
    """Hand the parcel over."""
    return f"parcel with {', '.join(items)}"


@workflow
async def order(ctx: Context, asked: Order) -> str:
    """Ship what is paid in time; put everything back otherwise."""
    lines: dict[str, int] = {}

    def check(line: object) -> None:
        match line:
            case {"item": str(item), "minor": int()} if item not in lines:
                return
        raise ValueError("an item that is not in the order yet, and its price")

    async def add(line: dict[str, Any]) -> int:
        lines[line["item"]] = line["minor"]
        await ctx.call(reserve, line["item"])
        return sum(lines.values())

    def pays(payment: object) -> bool:
        match payment:
            case {"minor": int(minor)}:
                return bool(lines) and minor >= sum(lines.values())
        return False  # whoever can write the journal can send anything

    ctx.on_update("add", add, validator=check)
    ctx.on_query("total", lambda: sum(lines.values()))
    try:
        async with asyncio.timeout(asked.wait_s):
            await ctx.wait_for_signal("payment", where=pays)
    except TimeoutError:
        for item in reversed(lines):
            await ctx.call(release, item)
        return "not paid in time"
    return await ctx.call(ship, list(lines))


async def main() -> None:
    lamp, chair = {"item": "lamp", "minor": 4900}, {"item": "chair", "minor": 12900}
    async with tarl.open("orders.db") as runtime:
        paid = await runtime.start(order, Order("ann", 60), id="ann")
        await runtime.update("ann", "add", lamp)
        print(f"ann's order costs {await runtime.update('ann', 'add', chair)}")
        try:
            await runtime.update("ann", "add", lamp)
        except tarl.Conflict as error:
            print(f"refused: {error.facts['error']}")
        runtime.signal("ann", "payment", {"minor": 4900})  # not all of it
        runtime.signal("ann", "payment", {"minor": 17800})
        print(f"ann: {await paid.result()}; {runtime.query('ann', 'total')} in all")

        unpaid = await runtime.start(order, Order("bob", 0.3), id="bob")
        await runtime.update("bob", "add", lamp)
        print(f"bob: {await unpaid.result()}")

        withdrawn = await runtime.start(order, Order("cleo", 60), id="cleo")
        await runtime.update("cleo", "add", chair)
        runtime.cancel("cleo", reason="changed her mind")
        try:
            await withdrawn.result()
        except tarl.RunFailed as error:
            print(f"cleo: {error.message}")


if __name__ == "__main__":
    asyncio.run(main())
