"""Where a command that serves over HTTP listens, and to whom."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tarl.errors import Unavailable
from tarl.interfaces.cli.invocation import Invocation

if TYPE_CHECKING:
    from tarl.interfaces.http.guarding import Guarded

Command = Callable[..., Any]


class Listening(NamedTuple):
    """Where a service listens, and to whom."""

    host: str
    port: int
    is_public: bool
    host_names: tuple[str, ...]
    token_file: Path

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names by which it may be addressed."""
        from tarl.interfaces.http.guarding import LOOPBACK

        return (*LOOPBACK, self.host, *self.host_names)

    def token(self) -> str:
        """What requests must bear.

        Raises:
            As ``guarding.make_token``.
        """
        from tarl.interfaces.http.guarding import make_token

        return make_token(self.token_file)

    def served(self, app: Guarded, *, extra: str) -> AbstractAsyncContextManager[int]:
        """The service, for as long as this is open; its port.

        Raises:
            As ``serving.served``.
        """
        from tarl.interfaces.http.serving import served

        return served(app, host=self.host, port=self.port, is_public=self.is_public, extra=extra)


def listening_options(*, port: int, name: str) -> Callable[[Command], Command]:
    """``--host``, ``--port``, ``--public``, ``--host-name`` and ``--token-file``, which a command
    gets as one ``listening``.

    Args:
        port: The port when none is named.
        name: The service's; its token is in NAME.token.
    """
    options = (
        click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen."),
        click.option(
            "--port",
            type=click.IntRange(0, 65_535),
            default=port,
            show_default=True,
            help="0 takes one that is free.",
        ),
        click.option("--public", is_flag=True, help="Other machines may reach it."),
        click.option(
            "--host-name",
            "host_names",
            metavar="NAME",
            multiple=True,
            help="A further name by which it is reached (repeatable).",
        ),
        click.option(
            "--token-file",
            metavar="FILE",
            help=f"Where the token is; made if there is none (default: {name}.token in the home).",
        ),
    )

    def with_options(command: Command) -> Command:
        @functools.wraps(command)
        def gathered(
            *args: Any,
            host: str,
            port: int,
            public: bool,
            host_names: tuple[str, ...],
            token_file: str | None,
            **rest: Any,
        ) -> Any:
            invocation = click.get_current_context().ensure_object(Invocation)
            token = token_path(invocation, token_file, name)
            listening = Listening(host, port, public, host_names, token)
            return command(*args, listening=listening, **rest)

        told: Command = gathered
        for option in reversed(options):
            told = option(told)
        return told

    return with_options


def token_path(invocation: Invocation, named: str | None, name: str) -> Path:
    """Where a service's token is: in the file that is named, else in the home."""
    return Path(named) if named else Path(invocation.settings["home"].value) / f"{name}.token"


def require_extra(extra: str, *libraries: str) -> None:
    """Refuse to begin where a library is missing.

    Args:
        extra: Which extra of tarl brings them.
        libraries: What is imported of them.

    Raises:
        Unavailable: ``extra.missing``.
    """
    for library in libraries:
        if find_spec(library) is None:
            raise Unavailable(
                f"{library} is not installed",
                code="extra.missing",
                next_step=f"pip install 'tarl[{extra}]'",
            )
