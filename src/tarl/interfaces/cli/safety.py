"""What the commands about safety share: the ledgers, and how their things are shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.invocation import Invocation, home_tenant

if TYPE_CHECKING:
    from tarl.governance.safety.anomalies import Anomalies, Anomaly
    from tarl.governance.safety.ledger import Safety
    from tarl.governance.safety.state import Block

SEVERITIES = ("low", "medium", "high", "critical")

tenant_option = click.option(
    "--tenant",
    default=home_tenant,
    help="Whose it is (default: --as-tenant, else default).",
)
by_option = click.option(
    "--by", metavar="NAME", default="operator", show_default=True, help="Who decides; on record."
)
reason_option = click.option("--reason", default="", metavar="TEXT", help="Why; on record.")
severity_option = click.option("--severity", type=click.Choice(SEVERITIES), help="How bad it is.")


@contextmanager
def open_safety(invocation: Invocation, *, make: bool = False) -> Iterator[Safety]:
    """The safety settings of the journal."""
    from tarl.engines.embedded.clock import SystemClock
    from tarl.governance.safety.ledger import Safety

    with invocation.open_store(make=make) as store:
        yield Safety(store, clock=SystemClock())


@contextmanager
def open_anomalies(invocation: Invocation) -> Iterator[Anomalies]:
    """The anomalies of the journal."""
    from tarl.engines.embedded.clock import SystemClock
    from tarl.governance.safety.anomalies import Anomalies

    with invocation.open_store() as store:
        yield Anomalies(store, clock=SystemClock())


def block_data(block: Block) -> dict[str, Any]:
    """A block as JSON values."""
    from tarl.values.instants import isoformat_ms
    from tarl.values.plain import plain

    said: dict[str, Any] = plain(block.said)
    return {"block": block.id, "at": isoformat_ms(block.at_ms), **said}


def anomaly_data(anomaly: Anomaly) -> dict[str, Any]:
    """An anomaly as JSON values."""
    from tarl.values.instants import isoformat_ms

    return {**anomaly.as_data(), "at": isoformat_ms(anomaly.at_ms)}


def told(invocation: Invocation, command: str, note: str, **members: Any) -> None:
    """Say what was changed."""
    if invocation.output.as_json:
        invocation.output.document(f"safety.{command}", **members)
    else:
        invocation.output.note(note)
