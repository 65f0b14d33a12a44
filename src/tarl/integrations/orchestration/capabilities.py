"""Capabilities and the policies about them, decided by comparing values and recorded at every use.

Default deny: a capability that is not registered, a constraint that the context does not confirm
and a capability that the running workflow was not granted are all refused. ``warning`` and
``audit`` policies never refuse; what they found is in the reason, and so in the usage log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from tarl.errors import Invalid
from tarl.integrations.orchestration.frozen import canonical, copied
from tarl.integrations.orchestration.ledger import Ledger, body_of, stream_name
from tarl.integrations.orchestration.refusals import bad_value
from tarl.integrations.orchestration.session import Deed, RunSession, current, once
from tarl.integrations.orchestration.workflow import Workflow
from tarl.policy.enforcement import check_level, enforced
from tarl.values.verdict import Allow, Deny, Reason

_LOGGER = logging.getLogger("tarl.integrations")

CAPABILITY_REGISTERED = "orchestration.capability_registered/1"
POLICY_REGISTERED = "orchestration.policy_registered/1"
CAPABILITY_CHECKED = "orchestration.capability_checked/1"

_RULES = stream_name("capabilities")
_USES = stream_name("capability-uses")


@dataclass
class Capability:
    """Something that a workflow may do, within constraints on the context in which it does."""

    name: str
    resource: str
    constraints: dict[str, Any] = field(default_factory=dict)
    scope: str = "global"

    def __hash__(self) -> int:
        content = canonical(asdict(self), "the capability")
        return int.from_bytes(sha256(content).digest()[:8], "big")

    def matches_policy(self, policy: Policy) -> bool:
        """Whether the policy is about this capability, and its own constraints fulfil it."""
        return policy.evaluate(self, {})[0]


@dataclass
class Policy:
    """What must hold of a capability or of the context it is used in.

    Attributes:
        enforcement_level: ``required`` refuses, ``warning`` and ``audit`` only report.
    """

    name: str
    capability_name: str
    constraints: dict[str, Any]
    enforcement_level: str = "required"

    def evaluate(self, capability: Capability, context: Mapping[str, Any]) -> tuple[bool, str]:
        """Whether it holds, and why: by the context, or where the capability fixes it, by that."""
        if capability.name != self.capability_name:
            return False, f"Policy {self.name} does not match capability {capability.name}"
        for key, wanted in self.constraints.items():
            fixed = key in capability.constraints
            if fixed and not _same(capability.constraints[key], wanted):
                return False, _mismatch(self.name, key, wanted, capability.constraints[key])
            if key in context:
                if not _same(context[key], wanted):
                    return False, _mismatch(self.name, key, wanted, context[key])
            elif not fixed:
                return False, f"Policy {self.name} does not match: the context has no {key!r}"
        return True, f"Policy {self.name} satisfied"


class CapabilityEngine:
    """Decides about capabilities.

    Args:
        ledger: The journal; one in memory, which ends with the process, when left out.
    """

    def __init__(self, *, ledger: Ledger | None = None) -> None:
        self.ledger = ledger or Ledger(None)

    # --- rules

    def register_capability(self, cap: Capability) -> None:
        """Make a capability known; one of the same name takes its place.

        Raises:
            BadValue: a member is not JSON.
        """
        self._register(CAPABILITY_REGISTERED, asdict(cap))

    def register_policy(self, policy: Policy) -> None:
        """Put a policy into force; one of the same name about the same capability takes its place.

        Raises:
            BadValue: an unknown enforcement level, or a member that is not JSON.
        """
        try:
            check_level(policy.enforcement_level)
        except Invalid as error:
            raise bad_value(error) from None
        self._register(POLICY_REGISTERED, asdict(policy))

    @property
    def capabilities(self) -> dict[str, Capability]:
        """The registered capabilities by name."""
        return self._rules()[0]

    @property
    def policies(self) -> list[Policy]:
        """The policies in force, in the order of their first registration."""
        return self._rules()[1]

    # --- decisions

    def verify_workflow(self, workflow: Workflow) -> tuple[bool, list[str]]:
        """Whether a manifest may be granted, and why; the context is the workflow's metadata."""
        details = {"workflow_id": workflow.workflow_id}
        allowed, reasons = once("verify_workflow", details, lambda: list(self._verify(workflow)))
        return allowed, reasons

    def _verify(self, workflow: Workflow) -> tuple[bool, list[str]]:
        capabilities, policies = self._rules()
        metadata = copied(workflow.metadata, "the metadata")
        refused = []
        for name in sorted(workflow.required_caps):
            cap = capabilities.get(name)
            context = {**cap.constraints, **metadata} if cap else metadata
            allowed, reason = _decide(name, context, capabilities, policies)
            if not allowed:
                refused.append(reason)
        if refused:
            return False, refused
        return True, [f"Workflow {workflow.workflow_id}: all required capabilities satisfied"]

    def check_capability(self, cap_name: str, context: Mapping[str, Any]) -> tuple[bool, str]:
        """Whether a capability may be used in this context, and why; recorded in the usage log.

        In a workflow's run it must be one that the run was granted: one of its ``required_caps``.

        Raises:
            BadValue: the context is not JSON.
        """
        session = current()
        grants = None if session is None else session.grants
        details = {"capability": cap_name, "context": dict(context)}
        if isinstance(session, RunSession):
            deed = Deed(f"capability/{cap_name}", details, lambda d: self._check(d, grants))
            allowed, reason = session.perform(deed)
        else:
            allowed, reason = self._check(copied(details, "the context"), grants)
        return allowed, reason

    def get_usage_log(self) -> list[dict[str, Any]]:
        """Every decision so far: capability, allowed, reason, context."""
        log: list[dict[str, Any]] = once("get_usage_log", {}, self._uses)
        return log

    # --- inside

    def _uses(self) -> list[dict[str, Any]]:
        return [body_of(event) for event in self.ledger.read(_USES)]

    def _check(self, details: dict[str, Any], grants: frozenset[str] | None) -> list[Any]:
        name, context = details["capability"], details["context"]
        if grants is not None and name not in grants:
            allowed, reason = (
                False,
                (f"Capability {name} was not granted to this run: it is not in required_caps"),
            )
        else:
            allowed, reason = _decide(name, context, *self._rules())
        self.ledger.append(
            _USES, CAPABILITY_CHECKED, {**details, "allowed": allowed, "reason": reason}
        )
        return [allowed, reason]

    def _register(self, kind: str, body: dict[str, Any]) -> None:
        recorded = copied(body, "the registration")
        once("register", {"kind": kind, **recorded}, lambda: self._record(kind, recorded))

    def _record(self, kind: str, body: dict[str, Any]) -> None:
        known = [b for k, b in self._registrations() if _key(k, b) == _key(kind, body)]
        if not known or known[-1] != body:
            self.ledger.append(_RULES, kind, body)

    def _registrations(self) -> list[tuple[str, dict[str, Any]]]:
        return [(event.kind, body_of(event)) for event in self.ledger.read(_RULES)]

    def _rules(self) -> tuple[dict[str, Capability], list[Policy]]:
        capabilities: dict[str, Capability] = {}
        policies: dict[tuple[str, ...], Policy] = {}
        for kind, body in self._registrations():
            if kind == CAPABILITY_REGISTERED:
                capabilities[body["name"]] = Capability(**body)
            elif kind == POLICY_REGISTERED:
                policies[_key(kind, body)] = Policy(**body)
        return capabilities, list(policies.values())


def _decide(
    name: str,
    context: Mapping[str, Any],
    capabilities: Mapping[str, Capability],
    policies: list[Policy],
) -> tuple[bool, str]:
    cap = capabilities.get(name)
    if cap is None:
        return False, f"Capability {name} not found: it is not registered"
    for key, wanted in cap.constraints.items():
        if key not in context:
            return False, f"Capability {name} does not match: the context has no {key!r}"
        if not _same(context[key], wanted):
            return False, _mismatch(name, key, wanted, context[key])
    found = []
    for policy in policies:
        if policy.capability_name != name:
            continue
        holds, reason = policy.evaluate(cap, context)
        if holds:
            continue
        denied = Deny((Reason(code="policy.constraint", text=reason),))
        verdict = enforced(denied, policy.enforcement_level)
        if not isinstance(verdict, Allow):
            return False, reason
        found += [noted.text for noted in verdict.reasons]
        if policy.enforcement_level == "warning":
            _LOGGER.warning("capability %s: %s", name, reason)
    return True, "; ".join(["All required policies satisfied", *found])


def _key(kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    return kind, body["name"], body.get("capability_name", "")


def _mismatch(name: str, key: str, wanted: Any, found: Any) -> str:
    return f"{name} does not match: {key} must be {wanted!r}, not {found!r}"


def _same(a: Any, b: Any) -> bool:
    """Whether two values are the same JSON: True is not 1, and 1.0 is."""
    return canonical(a, "a constraint") == canonical(b, "a constraint")
