"""What a command line asks for besides its own arguments; how its command reaches the journal."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tarl.errors import Denied, Invalid, Missing
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.output import Output
from tarl.interfaces.cli.settings import Settings

if TYPE_CHECKING:
    from tarl.crypto.keys import Keyring
    from tarl.engines.embedded.runtime import Runtime
    from tarl.journal.place import Place
    from tarl.journal.store import Store
    from tarl.kernel.limits import Limits

F = TypeVar("F", bound=Callable[..., Any])


class Invocation:
    """The options that every command takes, and what follows from them.

    Attributes:
        resume_hint: The command that takes up what an interruption would leave.
    """

    def __init__(self) -> None:
        self.as_json = False
        self.debug = False
        self.resume_hint: str | None = None
        self._quiet = False
        self._plain = False
        self._flags: dict[str, Any] = {}

    def take(self, option: str, value: Any) -> None:
        """Note one of the common options; wherever on the line it stands, the last one counts."""
        match option:
            case "json":
                self.as_json = self.as_json or value
            case "debug":
                self.debug = self.debug or value
            case "quiet":
                self._quiet = self._quiet or value
            case "no_color":
                self._plain = self._plain or value
            case "as_tenant" if value is not None:
                self._flags["tenant"] = value
            case _ if value is not None:
                self._flags[option] = value

    @property
    def flags(self) -> dict[str, Any]:
        """The options that stand for settings, for another process of the same command."""
        return dict(self._flags)

    @cached_property
    def output(self) -> Output:
        """Where the command writes."""
        return Output(as_json=self.as_json, quiet=self._quiet, plain=self._plain)

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once."""
        return Settings(self._flags, os.environ)

    @property
    def db(self) -> Place:
        """Where the journal is."""
        from tarl.journal.place import place_of

        return place_of(self.settings["db"].value)

    @property
    def file(self) -> Path:
        """The journal's file.

        Raises:
            Invalid: the journal is in a database (``journal.not_a_file``).
        """
        if isinstance(self.db, Path):
            return self.db
        from tarl.journal.place import shown

        raise Invalid(
            f"{shown(self.db)} is a database, and this looks after a journal's file",
            code="journal.not_a_file",
            next_step="use the database's own tools: pg_dump, pg_basebackup, VACUUM",
            path=shown(self.db),
        )

    def has_journal(self) -> bool:
        """Whether there is a journal, or a database that may hold one."""
        return not isinstance(self.db, Path) or self.db.exists()

    def is_owned(self, stream: str) -> bool:
        """Whether some process has the run of a stream in its hands now."""
        from tarl.storage import is_owned

        return is_owned(self.db, stream)

    @property
    def limits(self) -> Limits:
        """The bounds of a run."""
        from tarl.kernel.limits import Limits

        return Limits(history_events_max=self.settings["history_events_max"].value)

    @property
    def keyring(self) -> Keyring:
        """The keys under the home."""
        from tarl.crypto.keys import Keyring

        return Keyring(self.settings["home"].value)

    @property
    def tenant(self) -> str | None:
        """For whom the command acts; None for the operator."""
        return self.settings["tenant"].value or None

    def home(self, tenant: str | None = None) -> str:
        """The tenant that is meant: the one that is named, else for whom the command acts."""
        return (self.tenant or "default") if tenant is None else tenant

    def require_operator(self) -> None:
        """Refuse what concerns the whole journal or its keys to whoever acts for a tenant.

        Raises:
            Denied: a tenant is set (``tenant.operator``).
        """
        if self.tenant is not None:
            raise Denied(
                f"this is the operator's, and tenant {self.tenant!r} acts",
                code="tenant.operator",
                next_step="act as the operator: without --as-tenant and TARL_TENANT",
                caller=self.tenant,
                origin=self.settings["tenant"].origin,
            )

    def command(self, *words: str) -> str:
        """A command that a person can copy; it names the journal if this one did."""
        from tarl.interfaces.cli.program import command

        db = self._flags.get("db")
        return command(*words, *([] if db is None else ["--db", str(db)]))

    def tell_interrupted(self) -> None:
        """Say that the command was interrupted from the keyboard, and what takes it up."""
        if self.as_json:
            data = {"code": "interrupted", "message": "interrupted", "exit": exits.INTERRUPTED}
            if self.resume_hint:
                data["next_step"] = self.resume_hint
            self.output.document("error", error=data)
        else:
            tail = f"; go on with: {self.resume_hint}" if self.resume_hint else ""
            print(f"\ninterrupted{tail}", file=sys.stderr)
        sys.stderr.flush()
        self.output.stdout.flush()

    def give_up(self) -> None:
        """End the process at once, interrupted: what is on disk stays, as after a crash."""
        self.tell_interrupted()
        os._exit(exits.INTERRUPTED)

    def keep_stdout_for_data(self) -> None:
        """Send what loaded code prints to stderr from here on: stdout holds the command's data."""
        if sys.stdout is self.output.stdout:
            sys.stdout = sys.stderr

    @contextmanager
    def open_store(self, *, make: bool = False) -> Iterator[Store]:
        """The journal, which must exist unless it may be made, for whom the command acts."""
        from tarl.storage import open_store

        if not make:
            self.require_journal()
        store = open_store(
            self.db,
            keyring=self.keyring,
            synchronous=self.settings["synchronous"].value,
            sealed=self.settings["sealed"].value,
            tenant=self.tenant,
        )
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def following(self, follow: bool) -> Iterator[Callable[[], object] | None]:
        """What waits until the journal may have grown; None if nobody wants to follow it."""
        from tarl.storage import growth_of

        if not follow:
            yield None
            return
        with growth_of(self.db) as wait:
            yield wait

    @asynccontextmanager
    async def open_runtime(
        self, *, must_exist: bool = False, wait_s: float = 0
    ) -> AsyncIterator[Runtime]:
        """A runtime over the journal, which is made if it may be; its database is waited for."""
        from tarl.interfaces.cli.insisting import insisting
        from tarl.interfaces.cli.starting import entered
        from tarl.stack import open_runtime

        if must_exist:
            self.require_journal()

        def opened() -> AbstractAsyncContextManager[Runtime]:
            return open_runtime(
                self.db,
                keyring=self.keyring,
                limits=self.limits,
                synchronous=self.settings["synchronous"].value,
                sealed=self.settings["sealed"].value,
                tenant=self.tenant,
                environment=self.settings["environment"].value or None,
                taint=self.settings["taint"].value or None,
            )

        async with AsyncExitStack() as stack:
            runtime = await entered(stack, opened, wait_s=wait_s, output=self.output)
            with insisting(self.give_up):
                yield runtime

    def require_journal(self) -> None:
        """Refuse to go on without a journal.

        Raises:
            Missing: there is no file (``journal.missing``).
        """
        if not self.has_journal():
            raise Missing(
                f"no journal at {self.db}",
                code="journal.missing",
                next_step="name the file with --db, or start a run to make one: tarl run FILE",
                path=str(self.db),
                origin=self.settings["db"].origin,
            )


def home_tenant() -> str:
    """What --tenant is when it is left out: for whom the command acts."""
    context = click.get_current_context(silent=True)
    invocation = None if context is None else context.find_object(Invocation)
    return "default" if invocation is None else invocation.home()


def note_option(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Have the invocation note an option; for an option that a command does not get itself."""
    context.ensure_object(Invocation).take(parameter.name or "", value)


_COMMON = (
    click.option(
        "--db",
        metavar="FILE",
        expose_value=False,
        callback=note_option,
        help="The journal (default: the setting db, else tarl.db).",
    ),
    click.option(
        "--as-tenant",
        "as_tenant",
        metavar="TENANT",
        expose_value=False,
        callback=note_option,
        help="Act for this tenant: nothing of others is seen or touched.",
    ),
    click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=note_option,
        help="Print JSON for programs; streams are NDJSON.",
    ),
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        expose_value=False,
        callback=note_option,
        help="No notes on stderr.",
    ),
    click.option(
        "--no-color",
        is_flag=True,
        expose_value=False,
        callback=note_option,
        help="Plain text; so does NO_COLOR in the environment.",
    ),
    click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=note_option,
        help="Show the traceback of an error.",
    ),
)


def common_options(command: F) -> F:
    """Give a command the options that every command takes."""
    for option in reversed(_COMMON):
        command = option(command)
    return command
