"""Effects: each has a permit that its agent signed, by grants that held, and an outcome."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from tarl_verify.authority import SKEW_MS, Authority
from tarl_verify.checks import (
    INTEGER_MAX,
    SEGMENT,
    Failure,
    base64_bytes,
    fields,
    hex_32,
    json_bytes,
    length_prefixed,
    listed,
    require,
    require_same,
    text_of,
    whole,
)
from tarl_verify.keys import Key
from tarl_verify.log import root_with
from tarl_verify.narrowing import grants_of
from tarl_verify.records import OUTCOMES, Act, Link, Permit, Record

RESOURCE = re.compile(rf"(?!\.\.?(?:/|\Z)){SEGMENT}(?:/(?!\.\.?(?:/|\Z)){SEGMENT})*")


class Effects(Authority):
    """What agents were permitted and what came of it, by their own signatures."""

    def __init__(self, stream: str, origin: str, operator: Key, whole: set[str]) -> None:
        super().__init__(stream, origin, operator, whole)
        self.permits: dict[str, Permit] = {}
        self.outcomes: list[Permit] = []
        self.used: list[Link] = []
        self.late: set[tuple[int, int]] = set()  # step and attempt
        self.unlinked, self.decided, self.taken_over = 0, 0, 0

    def take_effects(self, record: Record, line: dict[str, Any], leaves: list[Any]) -> None:
        """A batch of permits and outcomes that an agent signed; only this run's are in the file."""
        signed, says = self.open_record(line["envelope"], "effects")
        agent = record.names[2]
        require_same("record", "agent of the batch", agent, says["agent"])
        key = self.key_of(agent, before=record.at)
        signed.require_by(key)
        require_same("record", "key of the batch", key.label, says["key"])
        places = [whole(place) for place in listed(line["places"])]
        ascending = all(a < b for a, b in pairwise(places))
        count = whole(says["count"], least=1)
        fits = ascending and len(places) == len(leaves) > 0 and places[-1] < count
        require(fits, "format", "the places of the leaves do not ascend", places)
        texts = [json_bytes(leaf) for leaf in leaves]
        hashes = bytearray(b"".join(sha256(b"\x00" + text).digest() for text in texts))
        proof = iter([base64_bytes(text, size=32) for text in listed(line["proof"])])
        root = root_with(places, hashes, count, proof)
        require_same("record", "root of the batch", hex_32(says["root"]), root)
        require(next(proof, None) is None, "record", "the proof has too many hashes")
        for leaf, text in zip(leaves, texts, strict=True):
            self.take_leaf(Permit(agent, fields(leaf, "", "outcome permit"), record), text)

    def take_leaf(self, leaf: Permit, text: bytes) -> None:
        """A permit or an outcome of this run."""
        require(len(leaf.says) == 1, "format", "neither a permit nor an outcome", leaf.says)
        ((what, says),) = leaf.says.items()
        members = "actions at_ms attempt grant grounds intent key resource run step task"
        if what == "outcome":
            members = "attempt body kind permit run step"
        fields(says, members)
        require_same("record", "run of the leaf", self.stream.removeprefix("run/"), says["run"])
        whole(says["step"])
        whole(says["attempt"])
        if what == "outcome":
            self.outcomes.append(leaf._replace(says=says))
            return
        digest = sha256(text).hexdigest()
        require(digest not in self.permits, "permit", "the same permit twice", digest)
        self.permits[digest] = leaf._replace(says=says)

    def check_effects(self, acts: list[Act]) -> None:
        """Every effect of an agent has a permit before and an outcome after; the permits held."""
        started = next((act.body for act in acts if act.kind == "run.started/1"), {})
        intents = {a.body.get("step"): a for a in acts if a.kind == "step.scheduled/1"}

        own_task = unquote(self.stream.split("/")[2])

        def acting(step: Any) -> tuple[Any, Any, Any]:
            says = intents[step].body if step in intents else {}
            says = says if says.get("agent") is not None else started
            task = says.get("task") or started.get("task") or own_task
            return says.get("agent"), task, says.get("lent")

        open_ends: dict[tuple[str, str], list[Act]] = {}
        shared = whole(started["fork_at"]) if started.get("fork_of") is not None else 0
        for act in acts:
            if act.kind in OUTCOMES and acting(act.body.get("step"))[0] is not None:
                self.taken_over += act.seq <= shared
                if act.seq > shared:
                    open_ends.setdefault((act.kind, act.digest), []).append(act)
        for permit in self.permits.values():
            self.check_permit(permit, intents, acting)
        self.check_outcomes(open_ends)
        permitted = {permit.says["step"] for permit in self.permits.values()}
        for act in (act for found in open_ends.values() for act in found):
            step = act.body.get("step")
            self.decided += act.is_decided
            self.unlinked += not act.is_decided
            what = f"step {step} of an agent has no permit and outcome that it signed"
            excused = act.kind != "step.completed/1" or (act.is_decided and step in permitted)
            require(excused, "permit", what)

    def check_permit(
        self, permit: Permit, intents: dict[Any, Act], acting: Callable[[Any], Any]
    ) -> None:
        """A permit is for what was asked, by the agent who acts, and its grants held then."""
        says, step = permit.says, permit.says["step"]
        what = f"permit of step {step}"
        if step not in intents:
            raise Failure("permit", f"{what}: no such step in the run")
        intent = intents[step]
        require_same("permit", f"{what}: digest of the intent", intent.digest, says["intent"])
        agent, task, lent = acting(step)
        require_same(
            "permit", f"{what}: agent and task", (agent, task), (permit.agent, says["task"])
        )
        require_same("permit", f"{what}: key", self.effect_key(intent), says["key"])
        grants = self.check_grounds(what, permit)
        for grant in grants:
            self.check_grant(what, grant, permit)
            alone = lent is None or grant is self.links.get(lent)
            require(alone, "permit", f"{what}: not by the record that it may act on alone", lent)
        self.check_covered(what, grants, says)

    def check_grounds(self, what: str, permit: Permit) -> list[Link]:
        """The records that a permit rests on, and the policies that allowed it, are all here."""
        grants = {permit.says["grant"]: None}
        for ground in listed(permit.says["grounds"]):
            facts = fields(ground, "code facts")["facts"]
            if ground["code"] == "trust.allowed":
                grants[facts["grant"]] = facts["chain"]
            elif "policy" in facts:
                named = facts["policy"], facts["version"], facts["digest"]
                require(named in self.policies, "permit", f"{what}: unknown policy", list(named))
        links = []
        for digest, chain in grants.items():
            link = self.links.get(digest)
            held = link is not None and link.entry < permit.record.entry
            held = held and link is not None and link.agent == permit.agent
            if link is None or not held or link.kind not in ("attestation", "delegation"):
                raise Failure("permit", f"{what}: not by a grant of {permit.agent}", found=digest)
            require(chain in (None, link.hash), "permit", f"{what}: another chain", chain)
            links.append(link)
        return links

    def check_grant(self, what: str, grant: Link, permit: Permit) -> None:
        """A grant held when the permit was given: in its time, and stopped by nothing."""
        at, entry = whole(permit.says["at_ms"]), permit.record.entry
        in_time = grant.at - SKEW_MS <= at <= permit.record.at + SKEW_MS
        require(in_time, "permit", f"{what}: not given between grant and record", at)
        for link in grant.chain():
            low, high = link.says["not_before_ms"], link.says["expires_at_ms"]
            valid = whole(low) <= at and (high is None or at < whole(high))
            require(valid, "expired", f"{what}: the {link.kind} above was not valid then", at)
        for stop in self.stops_of(grant):
            if stop.entry < entry and stop.at <= at < (
                INTEGER_MAX + 1 if stop.until is None else stop.until
            ):
                raise Failure("revoked", f"{what}: stopped before", found=list(stop.target))
            if stop.entry < entry and at < stop.at:
                self.late.add((permit.says["step"], permit.says["attempt"]))
        if grant not in self.used:
            self.used.append(grant)

    def check_covered(self, what: str, grants: list[Link], says: dict[str, Any]) -> None:
        """Each action on the resource is covered by a grant, whose task is the permit's."""
        actions, resource = listed(says["actions"]), text_of(says["resource"])
        require(bool(actions), "format", "no actions", actions)
        require(RESOURCE.fullmatch(resource) is not None, "format", "no resource", resource)
        facts = {"resource": resource, "task": text_of(says["task"]), "tenant": self.tenant}
        for grant in grants:
            task = grant.says["task"]
            require(task in (None, says["task"]), "wider", f"{what}: for another task", task)
        for action in actions:
            facts["action"] = text_of(action)
            inside = any(
                one.admits({**facts, "agent": grant.agent})
                for grant in grants
                for one in grants_of(grant.says)
            )
            require(inside, "wider", f"{what}: no grant covers {action}", resource)

    def check_outcomes(self, open_ends: dict[tuple[str, str], list[Act]]) -> None:
        """Each outcome that was signed is an event of the run, of one permit, after it."""
        used: set[str] = set()
        for leaf in self.outcomes:
            says = leaf.says
            what = f"outcome of step {says['step']}"
            acts = open_ends.get((text_of(says["kind"]), text_of(says["body"])), [])
            require(bool(acts), "permit", f"{what}: no such event in the run", says["body"])
            act, permit = acts.pop(0), self.permits.get(says["permit"])
            if permit is None or says["permit"] in used:
                raise Failure("permit", f"{what}: its permit is missing or used", says["permit"])
            used.add(says["permit"])
            same = {name: permit.says[name] for name in ("step", "attempt")}
            require_same("permit", what, same, {name: says[name] for name in same})
            require_same("permit", f"{what}: step", act.body.get("step"), says["step"])
            attempt = act.body.get("attempt", says["attempt"])
            require_same("permit", f"{what}: attempt", attempt, says["attempt"])
            require_same("permit", f"{what}: agent", permit.agent, leaf.agent)
            before = permit.record.entry <= leaf.record.entry
            require(before, "permit", f"{what}: recorded before its permit")

    def effect_key(self, intent: Act) -> str:
        """The idempotency key of a step, which each of its permits names."""
        says = intent.body
        if says.get("token") is not None:
            names = (self.origin, self.tenant, says["activity"], says["token"])
            shared = length_prefixed(b"tarl.token-key/2", *(str(n).encode() for n in names))
            return sha256(shared).hexdigest()
        step = whole(says["step"]).to_bytes(8, "big")
        place = (self.origin.encode(), self.stream.encode(), step)
        return sha256(length_prefixed(b"tarl.key/2", *place)).hexdigest()
