"""``tarl consent``: what users consent to, until when, and that they take it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Conflict, Missing
from tarl.interfaces.cli.invocation import Invocation, common_options, home_tenant
from tarl.interfaces.cli.spans import DURATION, INSTANT

if TYPE_CHECKING:
    from tarl.journal.store import Store
    from tarl.planning.consent.ledger import Consents
    from tarl.planning.consent.state import Consent

PRIVACY = ("public", "internal", "confidential", "restricted")
TRUST = ("untrusted", "basic", "verified", "trusted", "privileged")

tenant_option = click.option(
    "--tenant",
    default=home_tenant,
    help="Whose it is (default: --as-tenant, else default).",
)
by_option = click.option("--by", metavar="USER", help="Whose word is taken (default: the user's).")
reason_option = click.option("--reason", default="", metavar="TEXT", help="Why.")


@click.group(short_help="What users consent to, and take back.")
def consent() -> None:
    """What users consent to: which operation of which device, computed where, until when.

    Plans say which consents they want; a step that wants one waits until it is there, and is
    refused once it is revoked.
    """


@consent.command("grant", short_help="Consent to something for some hours.")
@click.argument("scopes", nargs=-1, metavar="[SCOPE]...")
@click.option("--user", metavar="USER", help="Whose consent it is.")
@by_option
@click.option("--wanted-by", metavar="PLAN", help="To all that the plan still wants.")
@click.option("--only-for", default="", metavar="PLAN", help="For this plan alone.")
@click.option("--for", "lasts_ms", type=DURATION, metavar="DURATION", help="How long.")
@click.option("--until", "until_ms", type=INSTANT, metavar="INSTANT", help="Until when.")
@click.option("--privacy", type=click.Choice(PRIVACY), help="The most private data it is about.")
@click.option("--trust", type=click.Choice(TRUST), help="The least trusted device it is for.")
@click.option("--dynamic", is_flag=True, help="Ask again before each step.")
@click.option(
    "--unsandboxed", is_flag=True, help="Steps may run unisolated where nothing can isolate them."
)
@reason_option
@tenant_option
@common_options
@click.pass_obj
def grant(invocation: Invocation, /, scopes: tuple[str, ...], tenant: str, **asked: Any) -> None:
    """Consent to SCOPEs, or to what a plan wants.

    A SCOPE is OPERATION:KIND/DEVICE:PLACEMENT, as plans print it; a part may end in a star. A
    consent ends by itself: after 24, 12, 6, 3 or 1 hours, the more private the data and the less
    trusted the device the sooner.
    """
    with _open(invocation, make=True) as (store, ledger):
        given = _given(store, ledger, scopes, tenant, asked)
        now_ms = ledger.clock.now_ms()
    if invocation.output.as_json:
        invocation.output.document("consent.grant", consent=_data(given, now_ms))
        return
    invocation.output.data(given.token)
    invocation.output.note(
        f"{given.user_id} consents to {', '.join(given.said.scopes)} until"
        f" {_at(given.said.expires_at_ms)}"
    )


@consent.command("revoke", short_help="Take consents back, at once.")
@click.argument("tokens", nargs=-1, metavar="[CONSENT]...")
@click.option("--user", metavar="USER", help="Whose consents; a CONSENT says it itself.")
@by_option
@click.option("--scope", metavar="SCOPE", help="All that permit anything within it.")
@click.option("--all", "everything", is_flag=True, help="All that the user ever consented to.")
@reason_option
@tenant_option
@common_options
@click.pass_obj
def revoke(
    invocation: Invocation,
    /,
    tokens: tuple[str, ...],
    user: str | None,
    by: str | None,
    scope: str | None,
    everything: bool,
    reason: str,
    tenant: str,
) -> None:
    """Take back CONSENTs, those that permit anything within --scope, or --all.

    Steps that stand on them are refused from then on; what runs already is not stopped by it.
    """
    if bool(tokens) + (scope is not None) + everything != 1:
        raise click.UsageError("Say which: CONSENT..., --scope SCOPE or --all.")
    if user is None and not tokens:
        raise click.UsageError("Say whose consents: --user USER.")
    with _open(invocation) as (_, ledger):
        named = [_named(ledger, token, user, tenant) for token in tokens]
        which: list[tuple[str, str | None]] = [(each.user_id, each.token) for each in named]
        gone = [
            each
            for whose, token in which or [(user or "", None)]
            for each in ledger.revoke(
                whose, token=token, scope=scope, by=by or whose, reason=reason, tenant=tenant
            )
        ]
        now_ms = ledger.clock.now_ms()
    if invocation.output.as_json:
        found = [_data(each, now_ms) for each in gone]
        invocation.output.document("consent.revoke", revoked=found)
        return
    for each in gone:
        invocation.output.data(each.token)
    invocation.output.note(f"{len(gone)} taken back" if gone else "nothing that still counted")


@consent.command("ls", short_help="List consents.")
@click.option("--user", metavar="USER", help="Only this user's.")
@click.option("--all", "everything", is_flag=True, help="Also what has ended.")
@click.option("--tenant", help="Only this tenant's.")
@common_options
@click.pass_obj
def list_consents(
    invocation: Invocation, user: str | None, everything: bool, tenant: str | None
) -> None:
    """List the consents that count, those that end first on top."""
    with _open(invocation) as (_, ledger):
        now_ms = ledger.clock.now_ms()
        found = [
            each
            for whose, name in ledger.users(tenant=tenant)
            if user in (None, name)
            for each in _of(invocation, ledger, name, whose)
            if everything or each.is_live(now_ms)
        ]
    found.sort(key=lambda each: (each.ends_at_ms, each.token))
    rows = [_data(each, now_ms) for each in found]
    if invocation.output.as_json:
        invocation.output.document("consent.ls", consents=rows)
        return
    columns = ("tenant", "user", "consent", "status", "scopes", "privacy", "trust", "until", "by")
    shown = [{**row, "scopes": " ".join(row["scopes"])} for row in rows]
    invocation.output.table(columns, [[row[c] for c in columns] for row in shown])


# --- inside


@contextmanager
def _open(invocation: Invocation, *, make: bool = False) -> Iterator[tuple[Store, Consents]]:
    from tarl.engines.embedded.clock import SystemClock
    from tarl.planning.consent.ledger import Consents

    with invocation.open_store(make=make) as store:
        yield store, Consents(store, clock=SystemClock())


def _named(ledger: Consents, token: str, user: str | None, tenant: str) -> Consent:
    if user is None:
        return ledger.find(token, tenant=tenant)
    return ledger.get(user, token, tenant=tenant)


def _of(invocation: Invocation, ledger: Consents, user: str, tenant: str) -> list[Consent]:
    """A user's consents; none, with a note, where they are erased."""
    try:
        return ledger.of(user, tenant=tenant)
    except Missing as error:
        invocation.output.note(error.message)
        return []


def _given(
    store: Store, ledger: Consents, scopes: tuple[str, ...], tenant: str, asked: dict[str, Any]
) -> Consent:
    """The consent that a command line gives."""
    from tarl.planning.task import PrivacyClass, TrustTier

    user, privacy, trust = asked["user"], asked["privacy"], asked["trust"]
    if asked["wanted_by"] is not None:
        if scopes:
            raise click.UsageError("Say SCOPEs, or --wanted-by PLAN.")
        user, scopes, privacy, trust = _wanted(store, ledger, tenant, asked)
    if not scopes:
        raise click.UsageError("Say to what: SCOPE..., or --wanted-by PLAN.")
    if user is None:
        raise click.UsageError("Say whose consent it is: --user USER.")
    until_ms, lasts_ms = asked["until_ms"], asked["lasts_ms"]
    if until_ms is not None and lasts_ms is not None:
        raise click.UsageError("Say --for DURATION or --until INSTANT, one of the two.")
    if lasts_ms is not None:
        until_ms = ledger.clock.now_ms() + lasts_ms
    return ledger.grant(
        user,
        scopes,
        by=asked["by"] or user,
        privacy_class=PrivacyClass(privacy or "internal"),
        trust_tier=TrustTier(trust or "verified"),
        expires_at_ms=until_ms,
        dynamic=asked["dynamic"],
        overrides=("unsandboxed",) if asked["unsandboxed"] else (),
        plan_id=asked["only_for"],
        reason=asked["reason"],
        tenant=tenant,
    )


def _wanted(
    store: Store, ledger: Consents, tenant: str, asked: dict[str, Any]
) -> tuple[str | None, tuple[str, ...], str, str]:
    """Whose consent a plan still wants, to what, and for which data and devices."""
    from tarl.planning.consent.wanted import wanted_by
    from tarl.planning.plans.ledger import PlanLedger

    plan = PlanLedger(store, clock=ledger.clock).get(asked["wanted_by"], tenant=tenant)
    wanted = wanted_by(plan)
    if not wanted.scopes:
        raise Conflict(
            f"plan {plan.plan_id} wants no consent that it does not stand on",
            code="consent.nothing_wanted",
            next_step="name the scopes, if you mean others",
            plan=plan.plan_id,
        )
    privacy = asked["privacy"] or wanted.privacy_class.value
    trust = asked["trust"] or wanted.trust_tier.value
    return asked["user"] or plan.task_spec.user_id, wanted.scopes, privacy, trust


def _data(each: Consent, now_ms: int) -> dict[str, Any]:
    said = each.said
    return {
        "tenant": each.tenant,
        "user": each.user_id,
        "consent": each.token,
        "status": each.status(now_ms),
        "scopes": list(said.scopes),
        "privacy": said.privacy_class.value,
        "trust": said.trust_tier.value,
        "until": _at(each.ends_at_ms),
        "by": said.by,
        "dynamic": said.dynamic,
        "overrides": list(said.overrides),
        "plan": said.plan_id or None,
        "reason": said.reason,
        "revoked_by": each.revoked_by or None,
        "revoked_why": each.revoked_why or None,
    }


def _at(ms: int) -> str:
    from tarl.values.instants import isoformat_ms

    return isoformat_ms(ms)
