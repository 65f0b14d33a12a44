"""Tools of MCP servers (Model Context Protocol) as tools of agents.

A server is a value that a module names; what it offers is asked inside a workflow, as a recorded
step, and each tool is then an activity of the run:

1. ``mcp.<server>.tools`` lists the tools with their digests. What is in the record is pinned for
   the rest of the run, on every machine and after every restart.
2. ``mcp.<server>.<tool>`` takes the capability of that name, on ``mcp/<server>/<tool>``. Before
   each call the live tool is compared with the pinned one; a tool that was swapped is not called.
3. A tool that is not said to be idempotent or to read only is not idempotent: cut off by a crash,
   its outcome is unknown, and it is not called again.
4. A server can ask nothing of us: no sampling, no elicitation, no roots.

Sessions are opened by the steps that need them, one for each server in a process, and closed by the
server's ``async with`` block or by the end of the event loop.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tarl.agents.adapters.mcp_errors import tool_changed
from tarl.agents.adapters.mcp_offer import (
    LISTING,
    Hints,
    Listed,
    Offer,
    listed,
    refuse_changed,
    schema_of,
    settled,
)
from tarl.agents.adapters.mcp_results import RESULT_BYTES_MAX, result_of
from tarl.agents.adapters.mcp_session import Session, http
from tarl.agents.adapters.mcp_stdio import stdio
from tarl.agents.tool import Tool
from tarl.errors import Exceeded, Invalid, Missing, Unavailable
from tarl.kernel.context import Context
from tarl.kernel.definition import Activity
from tarl.kernel.marks import outside
from tarl.kernel.retry import RetryPolicy
from tarl.values.ids import encode_segment

if TYPE_CHECKING:
    from mcp import Client

CALL_TIMEOUT_S = 60.0
CONNECT_TIMEOUT_S = 30.0

TOOLS_MAX = 1_000
PAGES_MAX = 100
"""Of a listing: a server that never comes to an end is stopped."""

RETRY = RetryPolicy(
    attempts_max=3, first_wait_ms=500, wait_max_ms=5_000, never=("Refused", "Corrupt")
)
"""Of listings and of calls that may be made twice: a server that is away may come back."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class McpServer:
    """A server, by the command that starts it or by its URL.

    Args:
        name: What it is called here: in activities, capabilities and resources.
        command: The words that start it; it speaks over its standard streams.
        url: Where it answers over streamable HTTP, instead.
        env: The process's environment beside the few variables that every program needs.
        directory: Where the process runs.
        token: What it is told as ``Authorization: Bearer``.
        headers: Further headers.
        pins: Digests by tool: only these are offered, and only as they were pinned.
        prefix: Stands before the tools' names as models are told them.
        hints: Whether the server is believed which tools are idempotent or read only.
        timeout_s: How long one call may take.
        connect_timeout_s: How long it may take to be there.
        result_bytes_max: The largest answer that is taken.
        untrusted: Whether what its tools answer, and how they describe themselves where nothing
            is pinned, may hold what strangers wrote. Assumed when left out; say True for a server
            that reads mail or the web, False for one of your own.
        keep: A directory for images, sounds and files, under their digests; else only those are
            recorded.

    Raises:
        Invalid: a name that cannot be one, or neither or both of command and URL
            (``mcp.server``).
    """

    def __init__(
        self,
        name: str,
        *,
        command: Sequence[str] = (),
        url: str | None = None,
        env: Mapping[str, str] | None = None,
        directory: str | Path | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        pins: Mapping[str, str] | None = None,
        prefix: str = "",
        hints: bool = True,
        timeout_s: float = CALL_TIMEOUT_S,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        result_bytes_max: int = RESULT_BYTES_MAX,
        keep: str | Path | None = None,
        untrusted: bool | None = None,
    ) -> None:
        if not _NAME.fullmatch(name):
            raise _misused(f"{name!r} cannot be a server's name: letters, digits, - and _")
        if isinstance(command, str) or bool(command) == (url is not None):
            raise _misused(f"server {name} takes a command, as a list of words, or a url")
        self.name = name
        self.prefix = prefix
        self.pins = None if pins is None else dict(pins)
        self.timeout_s = timeout_s
        self.connect_timeout_s = connect_timeout_s
        self.result_bytes_max = result_bytes_max
        self._believes = hints
        self._untrusted = outside(untrusted)
        self._keep = None if keep is None else Path(keep)
        self._session: Session | None = None
        self._ending: set[Session] = set()
        if url is not None:
            bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
            self._connect: Any = partial(_http, name, url, {**(headers or {}), **bearer})
        else:
            self._connect = partial(_stdio, name, tuple(command), dict(env or {}), directory)

    # --- in workflows

    async def tools(self, ctx: Context, *names: str) -> tuple[Tool, ...]:
        """The server's tools, as the run has them in its record: those of the names, in their
        order, or all.

        Raises:
            Missing: it does not offer one of the names (``mcp.tool_unknown``).
            Invalid: one of the names cannot be used (``mcp.tool_unfit``).
            ActivityFailed: it cannot be reached, or a tool is not what was pinned.
            Denied: the agent may not ask (``mcp.<server>.tools``).
        """
        found = {each.offer.name: each for each in await ctx.call(self._listing)}
        if not names:
            return tuple(self._tool(each.offer) for each in found.values() if each.unfit is None)
        return tuple(self._tool(self._named(found, name)) for name in names)

    def _named(self, found: Mapping[str, Listed], name: str) -> Offer:
        if name not in found:
            raise Missing(
                f"MCP server {self.name} offers no tool {name!r}",
                code="mcp.tool_unknown",
                next_step=f"one of: {', '.join(found) or 'none'}",
                server=self.name,
                tool=name,
            )
        if found[name].unfit is not None:
            raise Invalid(
                f"tool {name} of MCP server {self.name} cannot be used: {found[name].unfit}",
                code="mcp.tool_unfit",
                next_step="mend the server, or leave this tool out",
                server=self.name,
                tool=name,
            )
        return found[name].offer

    def _tool(self, offer: Offer) -> Tool:
        async def use(**arguments: Any) -> Any:
            return await self._use(offer, arguments)

        hints = offer.hints if self._believes else Hints()
        may_repeat = hints.is_read_only or hints.is_idempotent
        action = f"mcp.{self.name}.{offer.name}"
        activity = Activity(
            use,
            name=action,
            idempotent=may_repeat,
            needs=(action,),
            resource=f"mcp/{encode_segment(self.name)}/{encode_segment(offer.name)}",
            access="read" if hints.is_read_only else "write",
            timeout_ms=round(self.timeout_s * 1000),
            retry=RETRY if may_repeat else None,
            untrusted=self._untrusted,
        )
        return Tool(
            activity,
            name=self.prefix + offer.name,
            description=offer.description,
            parameters=offer.parameters,
        )

    @cached_property
    def _listing(self) -> Activity[..., Any]:
        async def tools() -> list[Listed]:
            return await self.offered()

        return Activity(
            tools,
            name=f"mcp.{self.name}.{LISTING}",
            needs=(f"mcp.{self.name}.{LISTING}",),
            resource=f"mcp/{encode_segment(self.name)}",
            access="read",
            timeout_ms=round((self.timeout_s + self.connect_timeout_s) * 1000),
            retry=RETRY,
            untrusted=self._untrusted if self.pins is None else None,
        )

    # --- outside workflows

    async def offered(self) -> list[Listed]:
        """What the server offers now, with digests to pin; within the pins, if there are any.

        Raises:
            ToolChanged: a tool is not what was pinned.
            ServerUnreachable: it is not there.
            Unavailable: the library is not there (``extra.missing``).
            Exceeded: it offers too many tools (``mcp.too_many_tools``).
        """
        offers = await self._live().ask(self._read)
        if self.pins is not None:
            self._check_pins(offers)
            offers = [offer for offer in offers if offer.name in self.pins]
        return [listed(self.name, offer) for offer in offers]

    async def __aenter__(self) -> McpServer:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the session, if one is open; a later step opens another."""
        session, self._session = self._session, None
        sessions = {*self._ending, *([session] if session else [])}
        self._ending.clear()
        for each in sessions:
            if each.loop is asyncio.get_running_loop():
                await each.close()

    # --- inside

    async def _use(self, pinned: Offer, arguments: dict[str, Any]) -> Any:
        session = self._live()
        live = await session.ask(self._read)
        refuse_changed(self.name, pinned, live)
        if self.pins is not None:
            self._check_pins([pinned])
        result = await session.ask(lambda client: client.call_tool(pinned.name, arguments))
        return result_of(
            result,
            server=self.name,
            tool=pinned.name,
            bytes_max=self.result_bytes_max,
            keep=self._keep,
        )

    def _check_pins(self, offers: Sequence[Offer]) -> None:
        for offer in offers:
            pinned = (self.pins or {}).get(offer.name)
            if pinned is not None and pinned != offer.digest:
                raise tool_changed(self.name, offer.name, ("description or schema",))

    def _live(self) -> Session:
        """The process's session with the server, opened if there is none in this loop."""
        session = self._session
        if session is None or session.loop is not asyncio.get_running_loop() or not session.is_open:
            self._ending = {each for each in (*self._ending, session) if each and not each.is_over}
            session = Session(self.name, _present(self._connect), wait_s=self.connect_timeout_s)
            self._session = session
        return session

    async def _read(self, client: Client) -> list[Offer]:
        """Every page of what the server offers now."""
        offers: dict[str, Offer] = {}
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            page = await client.list_tools(cursor=cursor)
            for tool in page.tools:
                offers[tool.name] = settled(_offer(tool))
            cursor = page.next_cursor
            if cursor is None:
                return list(offers.values())
            if len(offers) > TOOLS_MAX:
                break
        raise Exceeded(
            f"MCP server {self.name} offers more than {TOOLS_MAX} tools, or never ends its list",
            code="mcp.too_many_tools",
            next_step="use a server with fewer tools",
            server=self.name,
        )


def _offer(tool: Any) -> Offer:
    said = tool.annotations
    hints = Hints()
    if said is not None:
        hints = Hints(
            is_read_only=said.read_only_hint is True,
            is_idempotent=said.idempotent_hint is True,
            is_destructive=said.destructive_hint is not False,
            is_open_world=said.open_world_hint is not False,
        )
    return Offer(
        name=tool.name,
        description=tool.description or "",
        parameters=schema_of(tool.input_schema),
        output=None if tool.output_schema is None else schema_of(tool.output_schema),
        hints=hints,
    )


def _present(connect: Any) -> Any:
    if find_spec("mcp") is None:
        raise Unavailable(
            "the library for MCP is not installed",
            code="extra.missing",
            next_step="pip install 'tarl[mcp]'",
        )
    return connect


def _http(name: str, url: str, headers: Mapping[str, str], failed: Any) -> Any:
    return http(name, url, headers=headers, failed=failed)


def _stdio(
    name: str,
    command: Sequence[str],
    env: Mapping[str, str],
    directory: str | Path | None,
    failed: Any,
) -> Any:
    return stdio(name, command, env=env, directory=directory, failed=failed)


def _misused(why: str) -> Invalid:
    return Invalid(
        why, code="mcp.server", next_step="McpServer(name, command=[...]) or McpServer(name, url=U)"
    )
