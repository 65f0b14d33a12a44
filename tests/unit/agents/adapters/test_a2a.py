"""Agents elsewhere over A2A: real servers on loopback, honest and not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from a2a.types import TaskState
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from tests.unit.agents.adapters.runs import steps
from tests.unit.interfaces.a2a.house import DONE, TOKEN, House, house, until

import tarl
from tarl import Context, workflow
from tarl.agents.adapters.a2a import A2AAgent
from tarl.agents.adapters.a2a_wire import as_json, card_digest
from tarl.agents.patterns.sequential import sequential
from tarl.agents.session import PLAIN, Options
from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer
from tarl.errors import Invalid
from tarl.interfaces.a2a.card import card_of, signed
from tarl.interfaces.http.serving import served
from tarl.kernel import events
from tarl.kernel.events import DECODERS
from tarl.storage import open_store
from tarl.testing.replaycheck import assert_replays

SIGNER = Signer("elsewhere", SigningKey(b"k" * 32))
OTHER = Signer("somebody", SigningKey(b"o" * 32))
AGENTS: dict[str, A2AAgent] = {}


@pytest.fixture(autouse=True)
def nothing_yet() -> None:
    DONE.clear()


@workflow(name="a2atest.turn")
async def turn(ctx: Context, given: Any) -> Any:
    result = await sequential(ctx, [AGENTS["it"]], given)
    return [result.status, result.output if result.status == "solved" else result.reason]


@workflow(name="a2atest.hurried")
async def hurried(ctx: Context, given: Any) -> Any:
    options = Options(turn_timeout_s=2.0)
    result = await sequential(ctx, [AGENTS["it"]], given, options=options)
    return [result.status, result.reason]


async def took(path: Path, agent: A2AAgent, given: Any, body: Any = turn) -> Any:
    """A turn of the agent in a run of our own."""
    AGENTS["it"] = agent
    async with tarl.open(path / "t.db") as runtime:
        return await runtime.run(body, given, id="r")


def of(place: House, **options: Any) -> A2AAgent:
    """The house's agent, its key pinned."""
    told = {"id": "house", "keys": [place.key], "token": TOKEN, **options}
    return A2AAgent(place.url, **told)


def test_a_turn_is_one_step_and_one_task_there(tmp_path: Path) -> None:
    async def work() -> Any:
        async with house(tmp_path) as place:
            return await took(tmp_path, of(place, skill="house.counts"), "tea")

    assert asyncio.run(work()) == ["solved", {"word": "tea", "letters": 3, "ratio": 0.5}]
    assert DONE == ["tea"]
    assert steps(tmp_path) == ["agent.house.run"]
    assert assert_replays(turn, tmp_path / "t.db", run="r/1").ahead == ()
    store = open_store(tmp_path / "t.db")
    try:
        parts = [
            part
            for event in store.read("parts/default/r/1")
            if event.kind == events.STEP_PARTS
            for part in DECODERS[event.kind](event.body or b"").parts
        ]
    finally:
        store.close()
    assert "".join(json.loads(bytes(part)) for part in parts) in ("tea", "")


def test_a_turn_that_is_sent_again_is_the_same_task(tmp_path: Path) -> None:
    async def work() -> None:
        async with house(tmp_path) as place:
            agent = of(place, skill="house.waits")
            AGENTS["it"] = agent
            async with tarl.open(tmp_path / "t.db") as runtime:
                await runtime.start(turn, {}, id="r")
                await until(lambda: list(place.runtime.journal.scan("run")))
            async with tarl.open(tmp_path / "t.db", workflows=[turn]) as runtime:
                handle = await runtime.take_up("r")
                await asyncio.sleep(0.5)
                [run] = list(place.runtime.journal.scan("run"))
                place.runtime.signal(run["workflow_id"], "go", "now")
                assert await handle.result() == ["solved", "now"]
            assert len(list(place.runtime.journal.scan("run"))) == 1

    asyncio.run(work())


def test_a_fork_s_turn_is_a_task_of_its_own(tmp_path: Path) -> None:
    async def work() -> None:
        async with house(tmp_path) as place:
            AGENTS["it"] = of(place, skill="house.counts")
            async with tarl.open(tmp_path / "t.db") as runtime:
                first = await runtime.run(turn, "tea", id="r")
                forked = await runtime.fork("r", at=1, id="f")
                assert await forked.result() == first
            assert len(list(place.runtime.journal.scan("run"))) == 2

    asyncio.run(work())
    assert DONE == ["tea", "tea"]


def test_a_task_goes_on_while_its_server_is_away(tmp_path: Path) -> None:
    async def work() -> Any:
        async with house(tmp_path) as place:
            port = int(place.url.rsplit(":", 1)[1].strip("/"))
            doing = asyncio.create_task(took(tmp_path, of(place, skill="house.waits"), {}))
            [run] = await until(lambda: list(place.runtime.journal.scan("run")))
            await asyncio.sleep(1.0)
        await asyncio.sleep(0.3)
        async with house(tmp_path, port=port) as place:
            place.runtime.signal(run["workflow_id"], "go", "back")
            return await doing

    assert asyncio.run(work()) == ["solved", "back"]


@pytest.mark.parametrize(
    ("skill", "given", "code"),
    [
        ("house.fails", "luck", "ValueError: no luck"),
        ("house.unknown", "x", "does not take the request"),
        ("house.counts", {"no": "word"}, "does not take the request"),
    ],
)
def test_what_the_agent_cannot_do(skill: str, given: Any, code: str, tmp_path: Path) -> None:
    async def work() -> Any:
        async with house(tmp_path) as place:
            return await took(tmp_path, of(place, skill=skill), given)

    status, reason = asyncio.run(work())
    assert status == "failed"
    assert code in reason


def test_a_turn_that_takes_too_long_cancels_the_task(tmp_path: Path) -> None:
    async def work() -> Any:
        async with house(tmp_path) as place:
            answer = await took(tmp_path, of(place, skill="house.waits"), {}, hurried)
            [run] = list(place.runtime.journal.scan("run"))
            await until(
                lambda: (
                    place.runtime.journal.get("run", "default", run["workflow_id"], 1)["status"]
                    == "cancelled"
                )
            )
            late = of(place, id="late", skill="house.waits", wait_s=0.2)
            return answer, await refusal(tmp_path, late)

    (status, reason), late = asyncio.run(work())
    assert status == "failed"
    assert "2.0 s" in reason or "TimeoutError" in reason
    assert "not done within 0.2 s" in late


async def refusal(path: Path, agent: A2AAgent, name: str = "refused") -> str:
    """Why a turn fails."""
    (path / name).mkdir(exist_ok=True)
    status, reason = await took(path / name, agent, {})
    assert status == "failed"
    return str(reason)


def test_it_must_let_us_in_and_be_there(tmp_path: Path) -> None:
    async def work() -> list[str]:
        async with house(tmp_path) as place:
            wrong = await refusal(tmp_path, of(place, token="wrong"), "a")
        return [wrong, await refusal(tmp_path, of(place), "b")]

    wrong, gone = asyncio.run(work())
    assert "does not let us in" in wrong
    assert "does not answer" in gone


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"url": "http://127.0.0.1:1"}, "a2a.unpinned"),
        ({"url": "ftp://127.0.0.1", "pinned_digest": "0" * 64}, "a2a.address"),
        ({"url": "127.0.0.1", "pinned_digest": "0" * 64}, "a2a.address"),
        ({"url": "http://127.0.0.1:1", "keys": ["no key"]}, "key.malformed"),
        ({"url": "http://127.0.0.1:1", "keys": [{"kty": "OKP"}]}, "key.malformed"),
    ],
)
def test_what_cannot_be_an_agent_elsewhere(options: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        A2AAgent(options.pop("url"), id="it", **options)
    assert caught.value.code == code


# --- cards


@asynccontextmanager
async def showing(card: Callable[[str], Any]) -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    """A server that shows a card and nothing else; what it was sent."""
    seen: list[dict[str, str]] = []
    urls: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append({k.decode(): v.decode() for k, v in scope["headers"]})
        answer = card(urls[0])
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async with served(app) as port:  # type: ignore[arg-type]
        urls.append(f"http://127.0.0.1:{port}/")
        yield urls[0], seen


def shown(url: str, *, description: str = "Honest.") -> Any:
    """A card without a signature."""
    return card_of([], url=url, name="elsewhere", description=description)


def honest(url: str) -> Any:
    return as_json(signed(shown(url), SIGNER))


def altered(url: str) -> Any:
    return {**honest(url), "description": "Altered."}


def by_another(url: str) -> Any:
    return as_json(signed(shown(url), OTHER))


def posing(url: str) -> Any:
    """Another key under the pinned key's name."""
    card = as_json(signed(shown(url), OTHER))
    mine = as_json(signed(shown(url), SIGNER))
    card["signatures"][0]["protected"] = mine["signatures"][0]["protected"]
    return card


def unsigned(url: str) -> Any:
    return as_json(shown(url))


def shared_secret(url: str) -> Any:
    """Signed with the public key as if it were a shared secret (RFC 8725, section 2.1)."""
    from a2a.utils.signing import create_agent_card_signer

    kid = SIGNER.verifier.vkey
    header: Any = {"alg": "HS256", "kid": kid, "typ": "JOSE"}
    card = create_agent_card_signer(SIGNER.verifier.public, header)(shown(url))
    return as_json(card)


def leading_away(url: str) -> Any:
    return as_json(signed(shown("http://evil.example/"), SIGNER))


@pytest.mark.filterwarnings("ignore:The HMAC key")
@pytest.mark.parametrize(
    ("card", "code"),
    [
        (altered, "a2a.card_unsigned"),
        (by_another, "a2a.card_unsigned"),
        (posing, "a2a.card_unsigned"),
        (unsigned, "a2a.card_unsigned"),
        (shared_secret, "a2a.card_unsigned"),
        (leading_away, "a2a.card_elsewhere"),
        (lambda url: b"no JSON", "a2a.malformed"),
        (lambda url: [], "a2a.malformed"),
        (lambda url: {"name": 5, "skills": "none"}, "a2a.malformed"),
        (lambda url: b" " * 2_000_000, "a2a.answer_too_large"),
        (lambda url: b"[" * 100_000, "a2a.malformed"),
    ],
)
def test_cards_that_are_not_believed(card: Any, code: str) -> None:
    async def work() -> str:
        async with showing(card) as (url, _):
            agent = A2AAgent(url, id="it", keys=[SIGNER.verifier.vkey])
            with pytest.raises(tarl.TarlError) as caught:
                await agent.card()
            return caught.value.code

    assert asyncio.run(work()) == code


def test_a_card_by_a_pinned_key_or_digest(tmp_path: Path) -> None:
    async def work() -> None:
        async with showing(honest) as (url, _):
            by_key = A2AAgent(url, id="it", keys=[OTHER.verifier.vkey, SIGNER.verifier.vkey])
            card = await by_key.card()
            assert card.name == "elsewhere"
            pinned = A2AAgent(url, id="it", pinned_digest=card_digest(card))
            assert await pinned.card() == card
            other = shown(url, description="Another.")
            both = A2AAgent(
                url, id="it", keys=[SIGNER.verifier.vkey], pinned_digest=card_digest(other)
            )
            with pytest.raises(tarl.TarlError) as caught:
                await both.card()
            assert caught.value.code == "a2a.card_changed"

    asyncio.run(work())


def test_a_card_signed_with_another_algorithm() -> None:
    from a2a.utils.signing import create_agent_card_signer

    private = ec.generate_private_key(ec.SECP256R1())
    jwk = {**json.loads(ECAlgorithm.to_jwk(private.public_key())), "kid": "p256", "alg": "ES256"}
    header: Any = {"alg": "ES256", "kid": "p256", "typ": "JOSE", "jku": "http://127.0.0.1:1/keys"}

    def card(url: str) -> Any:
        return as_json(create_agent_card_signer(private, header)(shown(url)))  # type: ignore[arg-type]

    async def work() -> str:
        async with showing(card) as (url, _):
            return (await A2AAgent(url, id="it", keys=[jwk]).card()).name

    assert asyncio.run(work()) == "elsewhere"


def test_the_token_goes_to_the_pinned_address_alone(tmp_path: Path) -> None:
    async def work() -> None:
        async with showing(honest) as (elsewhere, seen):

            def leading(url: str) -> Any:
                return as_json(signed(shown(elsewhere), SIGNER))

            async with showing(leading) as (url, first):
                agent = A2AAgent(url, id="it", keys=[SIGNER.verifier.vkey], token="secret")
                said = await refusal(tmp_path, agent)
                assert "leads to" in said
                assert first[0]["authorization"] == "Bearer secret"
                assert seen == []

    asyncio.run(work())


def test_states_are_those_of_the_protocol() -> None:
    from tarl.agents.adapters import a2a
    from tarl.interfaces.a2a import tasks

    assert a2a._ENDED == tasks.ENDED
    assert TaskState.TASK_STATE_INPUT_REQUIRED not in tasks.ENDED | tasks.OPEN
    assert PLAIN is not None
