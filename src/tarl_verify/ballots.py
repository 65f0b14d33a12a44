"""Approvals: what people were asked, and whether their votes come to what was decided."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tarl_verify.checks import fields, length_prefixed, require, require_same, text_of
from tarl_verify.keys import read_envelope
from tarl_verify.records import Act, Record

if TYPE_CHECKING:
    from tarl_verify.trust import Trust


class Ballot:
    """One request for approval, counted again: whose vote it was, and whether they sufficed."""

    def __init__(self, trust: Trust, name: str) -> None:
        self.trust, self.name = trust, name
        self.asked: dict[str, Any] = {}
        self.digest, self.at, self.status, self.level = "", 0, "pending", 0
        self.seats: list[list[str]] = []  # who held each right to vote, the holder last
        self.votes: dict[str, str] = {}  # choice by holder

    def take(self, record: Record, body: dict[str, Any]) -> None:
        """The request's next event."""
        stream = record.stream
        require(stream in self.trust.whole, "record", f"{stream} is not here as a whole")
        what = record.kind.removeprefix("approval.").removesuffix("/1")
        fits = (what == "requested") is not bool(self.asked) and self.status == "pending"
        require(fits, "approval", f"{record.kind} does not belong here")
        if what == "requested":
            self.take_request(record, body)
        elif what in ("voted", "delegated"):
            self.take_word(record, fields(body, "envelope")["envelope"], what)
        elif what == "escalated":
            further = self.asked["escalations"][self.level : self.level + 1]
            require_same("approval", "escalation", [one["to"] for one in further], [body["to"]])
            self.seats += [[name] for name in body["to"]]
            self.level += 1
        elif what == "decided":
            require_same("approval", "decision", self.decision(), fields(body, "status")["status"])
            self.status = str(body["status"])
        else:
            require(what in ("expired", "withdrawn"), "record", "no such event", record.kind)
            self.status = what

    def take_request(self, record: Record, body: dict[str, Any]) -> None:
        """What was asked; its digest is what people sign."""
        names = (self.trust.tenant.encode(), self.name.encode(), record.text.encode())
        self.digest = sha256(length_prefixed(b"tarl.approval/1", *names)).hexdigest()
        needed = "approvers description escalations expires_after_ms needed rejection run"
        self.asked, self.at = (
            fields(body, needed, "context reason_required step subject workflow_id"),
            record.at,
        )
        self.seats = [[text_of(name)] for name in body["approvers"]]

    def take_word(self, record: Record, envelope: Any, what: str) -> None:
        """A vote, or its handing on, by whoever has it, signed with their own key."""
        signed = read_envelope(envelope, "application/vnd.tarl.approval+json", most=1)
        extra, kind = ("choice", "vote") if what == "voted" else ("to", "delegation")
        members = f"approval digest journal origin principal reason tenant type {extra}"
        says = fields(signed.content, members)
        mine = {
            "approval": self.name,
            "digest": self.digest,
            "journal": self.trust.origin,
            "origin": "human",
            "tenant": self.trust.tenant,
            "type": f"tarl.approval-{kind}/1",
        }
        require_same("approval", "what was signed", mine, {name: says[name] for name in mine})
        holder = text_of(says["principal"])
        signed.require_by(self.trust.key_of(holder, "human"))
        lapses = self.asked["expires_after_ms"]
        require(lapses is None or record.at < self.at + lapses, "approval", "it had expired")
        seats = [seat for seat in self.seats if seat[-1] == holder]
        held = len(seats) == 1 and holder not in self.votes
        require(held, "approval", f"{holder} has no vote", [seat[-1] for seat in self.seats])
        if what == "voted":
            require(says["choice"] in ("approve", "reject"), "format", "no choice", says["choice"])
            self.votes[holder] = says["choice"]
        else:
            taken = any(says["to"] in seat for seat in self.seats)
            require(not taken, "approval", f"{says['to']} has a vote already")
            seats[0].append(text_of(says["to"]))

    @property
    def is_of_effect(self) -> bool:
        """Whether it was asked because an effect was held."""
        return self.name.startswith("effect-")

    def decision(self) -> str:
        """What the votes come to."""
        approve = sum(choice == "approve" for choice in self.votes.values())
        later = sum(len(one["to"]) for one in self.asked["escalations"][self.level :])
        reachable = approve + len(self.seats) - len(self.votes) + later
        if approve >= self.asked["needed"]:
            return "approved"
        strict = self.asked["rejection"] == "any" and approve < len(self.votes)
        return "rejected" if strict or reachable < self.asked["needed"] else "pending"

    def check_run(self, acts: list[Act]) -> None:
        """The run asked this, and received what was decided."""
        require_same("approval", "run of the request", self.trust.stream, self.asked.get("run"))
        for act in acts:
            of_step = act.kind == "step.scheduled/1" and act.body.get("step") == self.asked["step"]
            if of_step and self.is_of_effect:
                intent = self.asked["context"].get("intent")
                require_same("approval", "what was approved", act.digest, intent)
            if act.body.get("approval") != self.name:
                continue
            if act.kind == "approval.asked/1":
                asked = act.body["request"]
                require_same("approval", f"request {self.name}", asked, self.asked)
            elif act.kind == "approval.received/1":
                status = act.body["outcome"]["status"]
                require_same("approval", f"outcome of {self.name}", self.status, status)

    def statement(self) -> str:
        """Who decided, in one line."""
        said = ", ".join(f"{name}: {choice}" for name, choice in self.votes.items()) or "no votes"
        needed = self.asked.get("needed", 0)
        line = f"approval: {self.name}: {self.status} ({said}; needed {needed}), signed by each"
        return line + ("; not that its arguments are the step's" if self.is_of_effect else "")
