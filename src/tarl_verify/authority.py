"""Authority: who holds what, from the operator down, in the order of the log."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

from tarl_verify.checks import (
    INTEGER_MAX,
    Failure,
    fields,
    json_bytes,
    require,
    require_same,
    text_of,
    whole,
)
from tarl_verify.keys import Key, Signed, read_envelope, vkey_of
from tarl_verify.narrowing import check_lasts, check_within, covers, grants_of
from tarl_verify.records import RECORD_MEMBERS, Link, Needed, Person, Record, Stop

PAYLOAD_BYTES_MAX = 64 * 1024  # of a record of trust
CHAIN_MAX = 64  # links from a grant up to the operator
SKEW_MS = 5 * 60 * 1000  # by which a time that somebody signed may differ from the log's


class Authority:
    """Who holds what: records of other streams, taken in the log's order.

    Args:
        stream: The run.
        origin: The log.
        operator: Whose word an authority without a parent rests on.
        whole: The streams of which the file has every event, as the operator signed.
    """

    def __init__(self, stream: str, origin: str, operator: Key, whole: set[str]) -> None:
        self.stream, self.origin, self.operator, self.whole = stream, origin, operator, whole
        self.tenant = unquote(stream.split("/")[1])
        self.people: dict[str, Person] = {}
        self.links: dict[str, Link] = {}
        self.stops: list[Stop] = []
        self.now = 0  # when the record was journalled that is being checked
        self.policies: set[tuple[str, int, str]] = set()  # id, version, digest

    def take_policy(self, name: str, body: dict[str, Any]) -> None:
        """An edition of a policy: its digest is of its text and of all else that decides."""
        members = "closed digest language level schema text version vocabulary"
        since = "by data environment semver violation"  # of policy.registered/2
        says = fields(body, members, since)
        decides = {at: says[at] for at in ("closed", "language", "level", "text", "vocabulary")}
        if says.get("violation"):
            decides["violation"] = says["violation"]
        digest = sha256(json_bytes(decides)).hexdigest()
        require_same("record", f"digest of the policy {name}", digest, says["digest"])
        self.policies.add((name, whole(says["version"]), digest))

    def take_trust(self, record: Record, body: dict[str, Any], kind: str) -> None:
        """A record of trust: its form, then what its kind asks for."""
        self.now = record.at
        envelope = fields(body, "envelope")["envelope"]
        signed, says = self.open_record(envelope, kind)
        subject = says.get("delegatee", says.get("agent", says.get("authority")))
        room = "authority" if kind == "authority" else "agent"
        names = [room, self.tenant, subject]
        if room == "agent" and record.names[0] == "revocations":
            names = ["revocations", self.tenant]
        require_same("record", "stream of the record", names, record.names)
        if kind in ("revocation", "suspension", "resumption", "posture"):
            self.take_stop(record, signed, kind, says)
            return
        parents = self.parents_of(kind, says)
        for link in parents:
            self.require_live(link)
        checks = {
            "authority": self.check_authority,
            "genesis": self.check_genesis,
            "attestation": self.check_attestation,
            "delegation": self.check_delegation,
        }
        early = whole(says["issued_at_ms"]) <= record.at + SKEW_MS
        require(early, "record", "issued after it was recorded", says["issued_at_ms"])
        needed = checks[kind](says, parents)
        self.require_signed(signed, needed)
        link = Link(signed.digest, kind, says, record.entry, record.at, tuple(parents))
        require(len(link.chain()) <= CHAIN_MAX, "record", "the chain is too long")
        self.links[link.digest] = link

    def open_record(self, envelope: Any, kind: str) -> tuple[Signed, dict[str, Any]]:
        """A record's envelope, and what it says; who signed it is not checked yet."""
        signed = read_envelope(envelope, f"application/vnd.tarl.{kind}.v1+json")
        require(len(signed.payload) <= PAYLOAD_BYTES_MAX, "format", "the record is too large")
        says = fields(signed.content, f"{RECORD_MEMBERS[kind]} issued_at_ms nonce tenant type")
        require_same("format", "type of the record", f"tarl.{kind}/1", says["type"])
        require_same("record", "tenant of the record", self.tenant, says["tenant"])
        whole(says["issued_at_ms"])
        return signed, says

    def parents_of(self, kind: str, says: dict[str, Any]) -> list[Link]:
        """The records that this one rests on."""
        wanted = {
            "authority": [(says.get("parent"), {"authority"})],
            "genesis": [(says.get("authority"), {"authority"})],
            "attestation": [
                (says.get("authority"), {"authority"}),
                (says.get("genesis"), {"genesis"}),
            ],
            "delegation": [(says.get("parent"), {"attestation", "delegation"})],
        }[kind]
        if kind == "authority" and says["parent"] is None:
            return []
        found = []
        for digest, kinds in wanted:
            link = self.links.get(digest) if isinstance(digest, str) else None
            if link is None or link.kind not in kinds:
                raise Failure("record", f"what the {kind} rests on is not before it", digest)
            found.append(link)
        return found

    def check_authority(self, says: dict[str, Any], parents: list[Link]) -> Needed:
        """By the operator, or by enough members of the parent; and by enough of its own."""
        own = self.members_of(says)
        if not parents:
            return [([[self.operator]], 1), own]
        above = parents[0].says
        require(above["delegable"] is True, "wider", "the parent may not pass it on")
        check_lasts(says, above)
        check_within(says, above)
        return [self.members_of(above), own]

    def check_genesis(self, says: dict[str, Any], parents: list[Link]) -> Needed:
        """Enough members of the authority say whose key the agent's is."""
        check_lasts(says, parents[0].says)
        self.check_bound(says["agent"], says["key"])
        return [self.members_of(parents[0].says)]

    def check_attestation(self, says: dict[str, Any], parents: list[Link]) -> Needed:
        """Enough members of the authority say what the agent may: no more than itself."""
        authority, genesis = parents
        require_same("record", "agent of the genesis", genesis.says["agent"], says["agent"])
        same = genesis.says["authority"] == authority.digest
        require(same, "record", "of another authority than the genesis", authority.digest)
        check_lasts(says, genesis.says)
        check_lasts(says, authority.says)
        check_within(says, authority.says)
        whole(says["depth_left"])
        return [self.members_of(authority.says)]

    def check_delegation(self, says: dict[str, Any], parents: list[Link]) -> Needed:
        """By the delegator's own key: less depth, the same task, origin and hearers, nobody twice
        and no grant that the delegator does not have.
        """
        parent = parents[0]
        require_same("record", "delegator", parent.agent, says["delegator"])
        to = text_of(says["delegatee"])
        may = any(
            covers(grant.action, "trust.delegate", ".")
            and covers(grant.resource, f"agent/{quote(to, safe='')}", "/")
            for grant in grants_of(parent.says)
        )
        require(may, "wider", f"{parent.agent} may not delegate")
        shallower = whole(says["depth_left"]) < whole(parent.says["depth_left"])
        require(shallower, "wider", "the delegation goes deeper than allowed", says["depth_left"])
        require_same("record", "human origin", parent.origin, says["human_origin"])
        for name in ("task", "audience"):
            same = parent.says[name] in (None, says[name])
            require(same, "wider", f"another {name} than its source", says[name])
        again = any(to == link.agent for link in parent.chain() if link.kind != "authority")
        require(not again, "record", "a circle of delegations", to)
        check_lasts(says, parent.says)
        check_within(says, parent.says)
        self.check_bound(to, says["delegatee_key"])
        self.key_of(parent.agent)
        return [([list(self.people[parent.agent].keys_at(self.now))], 1)]

    def members_of(self, authority: dict[str, Any]) -> tuple[list[list[Key]], int]:
        """The keys of each of an authority's members that count now, and how many must sign.

        A member is a principal, named by a key; another key of the same principal may have taken
        over.
        """
        require(isinstance(authority["keys"], list), "format", "not a list", authority["keys"])
        members = []
        for text in authority["keys"]:
            key = vkey_of(text)
            id = unquote(key.name.split("/")[-1])
            person = self.people.get(id)
            known = person is not None and key in person.keys
            require(known, "record", "a key of the authority is nobody's", text)
            members.append(
                () if person is None or person.revoked is not None else person.keys_at(self.now)
            )
        names = {key.name for keys in members for key in keys}
        distinct = len(names) == sum(bool(keys) for keys in members)
        require(distinct, "record", "two keys of an authority are of one principal")
        return [list(keys) for keys in members], whole(authority["threshold"], least=1)

    def require_signed(self, signed: Signed, needed: Needed) -> None:
        """Fail unless enough of each group signed, and nobody else did."""
        known: set[str] = set()
        for members, threshold in needed:
            found = sum(any(signed.is_by(key) for key in keys) for keys in members)
            if found < threshold:
                labels = [key.label for keys in members for key in keys]
                raise Failure("signature", f"{threshold} of these have not signed", labels)
            known.update(key.label for keys in members for key in keys)
        odd = sorted(set(signed.signatures) - known)
        require(not odd, "signature", "signed by somebody whose word does not count", odd)

    def check_bound(self, agent: Any, text: Any) -> None:
        """The key that a record gives an agent is one that the agent registered."""
        person = self.people.get(agent)
        known = person is not None and any(vkey_of(text) == key for key in person.keys)
        require(known, "record", f"the key is none that {agent} has registered", text)

    def key_of(self, name: Any, kind: str = "agent", *, before: int | None = None) -> Key:
        """The key of a principal that counts now."""
        person = self.people.get(name)
        if person is None or person.kind != kind:
            raise Failure("signature", f"{name} is not registered as {kind}")
        revoked = person.revoked is not None and (before is None or person.revoked_at <= before)
        require(not revoked, "revoked", f"the principal {name} was revoked before")
        return person.keys[-1]

    def take_person(self, record: Record, body: dict[str, Any]) -> None:
        """A principal's first key, next key, or revocation."""
        stream, name = record.stream, record.names[2]
        require(stream in self.whole, "record", f"{stream} is not here as a whole")
        person = self.people.get(name)
        if person and person.revoked is None and record.kind == "principal.revoked/1":
            fields(body, "reason")
            self.people[name] = person._replace(revoked=record.entry, revoked_at=record.at)
            return
        first = person is None and record.kind == "principal.registered/1"
        further = person and person.revoked is None and record.kind == "principal.key_rotated/1"
        require(bool(first or further), "record", f"{record.kind} does not belong here")
        body = fields(body, "envelope recovered")
        signed = read_envelope(body["envelope"], "application/vnd.tarl.principal+json")
        says = fields(signed.content, "key kind principal serial tenant type", "grace_ms")
        grace = whole(says["grace_ms"], least=1) if "grace_ms" in says else 0
        keys = person.keys if person else ()
        kind = person.kind if person else says["kind"]
        mine = {"principal": name, "tenant": self.tenant, "type": "tarl.principal/1", "kind": kind}
        found = {member: says[member] for member in mine}
        require_same(
            "record",
            "statement of the key",
            {**mine, "serial": len(keys) + 1},
            {**found, "serial": says["serial"]},
        )
        key = vkey_of(says["key"])
        require_same("record", "name of the key", stream, key.name)
        signed.require_by(key)
        handed = bool(keys) and signed.is_by(keys[-1])
        require(
            handed or not keys or body["recovered"] is not None,
            "signature",
            "not handed over by the key before",
        )
        require(not grace or handed, "record", "a grace period for a key that did not hand over")
        vouched = signed.is_by(self.operator) or handed
        vouched = vouched and (person is None or person.vouched)
        until = record.at + grace
        self.people[name] = Person(str(kind), (*keys, key), vouched=vouched, grace_until=until)

    def take_stop(self, record: Record, signed: Signed, kind: str, says: dict[str, Any]) -> None:
        """A revocation, a suspension or a posture, or the end of one.

        What takes authority away counts whoever wrote it. What gives some back counts only if the
        operator signed it, or a member of an authority.
        """
        if kind == "revocation":
            target = fields(says["target"], "", "agent authority human record")
            require(len(target) == 1, "format", "not one target", target)
            ((what, name),) = target.items()
            self.stops.append(Stop((what, text_of(name)), "revoked", record.entry, record.at))
            return
        agent, until = ("agent", text_of(says["agent"])), INTEGER_MAX
        why = "posture" if kind == "posture" else "suspended"
        if kind == "suspension" and says["until_ms"] is not None:
            until = whole(says["until_ms"])
        if kind == "suspension" or says.get("posture") == "pseudo":
            self.stops.append(Stop(agent, why, record.entry, record.at, until))
            return
        links = [link for link in self.links.values() if link.kind == "authority"]
        keys = [key for link in links for member in self.members_of(link.says)[0] for key in member]
        if any(signed.is_by(key) for key in (self.operator, *keys)):
            for n, stop in enumerate(self.stops):
                if (stop.target, stop.why) == (agent, why):
                    self.stops[n] = stop._replace(until=min(stop.until or 0, record.at))

    def stops_of(self, link: Link) -> list[Stop]:
        """What has stopped a link, or anything above it."""
        names: set[tuple[str, Any]] = set()
        for above in link.chain():
            names |= {("record", above.digest)}
            names |= {(what, above.says.get(what)) for what in ("agent", "authority")}
            names |= {
                ("agent", above.says.get("delegatee")),
                ("agent", above.says.get("delegator")),
            }
            if above.kind != "authority":
                names -= {("authority", above.says.get("authority"))}
        names |= {("human", link.origin["human"])} if link.origin else set()
        return [stop for stop in self.stops if stop.target in names]

    def require_live(self, link: Link) -> None:
        """Nothing above is revoked by now."""
        stopped = [stop.target for stop in self.stops_of(link) if stop.until is None]
        require(not stopped, "revoked", "rests on what was revoked before", stopped)
