"""The demonstration's broker answers everybody, however many come and go."""

from __future__ import annotations

import asyncio

import aiomqtt

from tarl.interfaces.demo.home.broker import running_broker

CLIENTS, ROUNDS = 12, 12


def test_who_connects_while_others_leave_is_answered() -> None:
    async def comes_and_goes(host: str, port: int, name: int) -> int:
        answered = 0
        for n in range(ROUNDS):
            async with aiomqtt.Client(host, port, timeout=8) as client:
                topic = f"t/{name}/{n}"
                await client.subscribe(topic, qos=1)
                await client.publish(topic, b"x", qos=1, retain=True)
                answered += 1
        return answered

    async def act() -> list[int]:
        async with running_broker() as broker:
            host, port = broker.address.host, broker.address.port
            return await asyncio.gather(*(comes_and_goes(host, port, n) for n in range(CLIENTS)))

    assert asyncio.run(act()) == [ROUNDS] * CLIENTS
