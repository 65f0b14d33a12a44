"""What the commands of ``tarl compliance`` share: the journal's rooms, what is meant, who signs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from tarl.interfaces.cli.invocation import home_tenant

if TYPE_CHECKING:
    from tarl.crypto.note import Signer
    from tarl.governance.compliance.assess import Assessment
    from tarl.governance.compliance.component import Component
    from tarl.governance.compliance.demand import Demands
    from tarl.governance.compliance.ledger import Compliance
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.journal.store import Store

F = TypeVar("F", bound=Callable[..., Any])

tenant_option = click.option(
    "--tenant",
    default=home_tenant,
    help="Whose it is (default: --as-tenant, else default).",
)
by_option = click.option("--by", metavar="NAME", required=True, help="Who says so; on record.")
framework_option = click.option(
    "--framework",
    "frameworks",
    multiple=True,
    metavar="NAME",
    help="Only this framework; may be repeated (default: all).",
)
component_argument = click.argument("component", metavar="COMPONENT")


class Rooms(NamedTuple):
    """The rooms of one journal that compliance needs."""

    store: Store
    compliance: Compliance
    demands: Demands


@contextmanager
def open_rooms(invocation: Invocation, *, make: bool = False) -> Iterator[Rooms]:
    """The journal, for whom the command acts."""
    from tarl.engines.embedded.clock import SystemClock
    from tarl.governance.compliance.demand import Demands
    from tarl.governance.compliance.ledger import Compliance
    from tarl.provenance.attestations.ledger import Attestations
    from tarl.provenance.attestations.signers import present_keys

    with invocation.open_store(make=make) as store:
        clock, keyring = SystemClock(), invocation.keyring
        has_keys = keyring.exists()
        operators = [keyring.public("operator")] if has_keys else []
        keys = present_keys(store, *operators, clock=clock)
        compliance = Compliance(
            store,
            Attestations(store, keys=keys, clock=clock),
            clock=clock,
            log_key=keyring.public("log") if has_keys else None,
        )
        yield Rooms(store, compliance, Demands(store, clock=clock))


def component_of(text: str, tenant: str) -> Component:
    """The component that a person names.

    Raises:
        Invalid: it names none (``compliance.component_form``).
    """
    from tarl.governance.compliance.component import parse

    return parse(text, tenant=tenant)


def assessed(
    rooms: Rooms, component: str, frameworks: tuple[str, ...], tenant: str, *, mapped: bool = False
) -> Assessment:
    """The assessment that a command line asks for."""
    from tarl.governance.compliance.catalog import FRAMEWORKS, requirement

    meant = component_of(component, tenant)
    if mapped:
        refs = rooms.compliance.standing(meant).requirements
        chosen = [requirement(ref) for ref in refs]
        kept = [each for each in chosen if not frameworks or each.framework in frameworks]
        return rooms.compliance.assess(meant, requirements=kept)
    return rooms.compliance.assess(meant, frameworks=frameworks or FRAMEWORKS)


def signer_of(invocation: Invocation, store: Store, who: str, tenant: str) -> Signer:
    """Whoever signs.

    Raises:
        Missing: nobody is registered under the name, or the key is not here.
        Denied: the key cannot be used.
    """
    from tarl.engines.embedded.people import People
    from tarl.interfaces.cli.people import passphrase_for
    from tarl.kernel.approvals.names import PrincipalId
    from tarl.provenance.attestations.statement import OPERATOR

    if who == OPERATOR:
        invocation.require_operator()
        return invocation.keyring.signer("operator")
    people = People(store, invocation.keyring)
    key = people.principals.get(PrincipalId(tenant, who)).key
    return people.keys.signer(key, passphrase=passphrase_for(people, key))
