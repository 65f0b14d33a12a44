"""All records of other streams together, held against the run."""

from __future__ import annotations

from tarl_verify.ballots import Ballot
from tarl_verify.checks import Failure, require, require_same
from tarl_verify.effects import Effects
from tarl_verify.keys import Key
from tarl_verify.records import TRUST_KINDS, Act, Record


class Trust(Effects):
    """All that the records of other streams say about a run, held against it."""

    def __init__(self, stream: str, origin: str, operator: Key, whole: set[str]) -> None:
        super().__init__(stream, origin, operator, whole)
        self.ballots: dict[str, Ballot] = {}
        self.withheld, self.has_records, self.unshown = 0, True, list[str]()

    def take(self, record: Record) -> None:
        """The next record."""
        room = record.names[0]
        require_same("record", "tenant", self.tenant, record.names[1])
        if record.body is None:
            self.withheld += 1
        elif record.kind in TRUST_KINDS:
            self.take_trust(record, record.body, TRUST_KINDS[record.kind])
        elif room == "principal":
            self.take_person(record, record.body)
        elif room == "approval":
            ballot = self.ballots.setdefault(record.names[2], Ballot(self, record.names[2]))
            ballot.take(record, record.body)
        elif record.kind in ("policy.registered/1", "policy.registered/2"):
            self.take_policy(record.names[2], record.body)
        else:
            raise Failure("record", f"no such event in {record.stream}", found=record.kind)

    def check_run(self, acts: list[Act]) -> None:
        """The run's effects have permits, and its approvals the votes."""
        self.check_effects(acts)
        asked = {act.body["approval"] for act in acts if act.kind.startswith("approval.")}
        self.unshown = sorted(asked - set(self.ballots))
        if self.has_records:
            require(not self.unshown, "approval", "a request is not in the file", self.unshown)
        for ballot in self.ballots.values():
            ballot.check_run(acts)

    def statements(self) -> list[str]:
        """What is proved of authority and approvals, and what was not checked of them."""
        said = []
        for grant in self.used:
            human = f", for {grant.origin['human']}" if grant.origin else ""
            path = [link for link in grant.chain() if link.kind != "genesis"]
            steps = " <- ".join(f"{link.kind} {link.digest[:16]}" for link in path)
            said.append(f"authority: {grant.agent}{human}: {steps} <- {self.operator.label}")
        if self.permits:
            said.append(
                f"permits: {len(self.permits)}, each signed by its agent for the very arguments, by"
                f" a grant that held; outcomes: {len(self.outcomes)}, each of one permit"
            )
            said.append(
                "not checked at each effect: constraints on arguments, access, output, hours and"
                " budgets; postures; policies; that constraints narrow from link to link was"
            )
        if self.decided:
            said.append(f"not proved: {self.decided} outcome(s) that the operator decided")
        if self.taken_over:
            said.append(
                f"not checked: {self.taken_over} outcome(s) of agents' steps that were taken over"
                " from the run that this one was forked from: see its evidence"
            )
        if self.unlinked:
            said.append(f"not checked: {self.unlinked} failure(s) of agents' steps without permit")
        if self.late:
            said.append(
                f"not proved: {len(self.late)} permit(s) were recorded after a revocation; that"
                " they were given before is the agent's word"
            )
        if self.withheld:
            said.append(
                f"not checked: {self.withheld} record(s) are withheld; that no revocation among"
                " them bears on this run is the operator's word"
            )
        said += [ballot.statement() for ballot in self.ballots.values()]
        if self.unshown:
            said.append(f"not checked: {len(self.unshown)} approval(s), of which no vote is here")
        alone = sorted(name for name, person in self.people.items() if not person.vouched)
        if alone:
            said.append(f"not checked: whether the keys of {', '.join(alone)} are theirs")
        return said
