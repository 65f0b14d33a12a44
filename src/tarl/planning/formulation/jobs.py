"""Jobs of the problem: each want, with the ways that the gate leaves it.

1. What may not leave the house has no option outside: it is impossible, not dear.
2. A placement that the gate refuses is no option; one that needs a consent is, and the plan says
   so.
3. One thing at a time per device.
4. What is taken back at the end of a span of time has to be permitted twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from tarl.errors import Denied
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.rules import OUTSIDE, first_slot
from tarl.planning.formulation.wants import Want
from tarl.planning.formulation.ways import AT_ITS_MINUTE, Way, option_id
from tarl.planning.household import Device, PlacementTarget
from tarl.planning.problem import Job, Option, Resource
from tarl.planning.task import PrivacyClass, TaskSpec

LATENCY_MS: dict[PlacementTarget, int] = {
    PlacementTarget.LOCAL_DEVICE: 20,
    PlacementTarget.EDGE_GATEWAY: 50,
    PlacementTarget.EDGE_CLUSTER: 80,
    PlacementTarget.HYBRID: 150,
    PlacementTarget.CLOUD_REGION: 250,
}
"""What an answer from there usually takes."""

EXPOSURE: dict[PrivacyClass, int] = {
    PrivacyClass.PUBLIC: 0,
    PrivacyClass.INTERNAL: 1,
    PrivacyClass.CONFIDENTIAL: 10,
    PrivacyClass.RESTRICTED: 100,
}
"""What leaves the house with a step that is computed outside, by the class of its data."""

CLOUD_FEE_MICRO = 100
STAYS_IN = frozenset({PrivacyClass.CONFIDENTIAL, PrivacyClass.RESTRICTED})
DROPPED_PER_PRIORITY = 10**10
"""What leaving out work of priority 1 costs the objective: as a hundred euros would."""


class Ruling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the gate says to a device doing something somewhere.

    Attributes:
        is_allowed: Whether it may be planned at all.
        reason: Why not, or what it stands on.
        scope: The consent that it needs; None for none.
        token: The consent that is there; None when it is still wanted.
        expires_at: Of the consent that is there, or the longest that one may be given for.
        requires_approval: Whether a person has to approve it besides.
        is_dynamic: Whether the consent is asked for anew before each step.
        ends: What it says to taking that back at the end of a span of time; None where nothing is.
    """

    is_allowed: bool
    reason: str = ""
    scope: str | None = None
    token: str | None = None
    expires_at: int = 0
    requires_approval: bool = False
    is_dynamic: bool = False
    ends: Ruling | None = None

    @property
    def consents(self) -> list[Ruling]:
        """What needs a consent: to do it, to take it back, or both."""
        said = [self] if self.ends is None else [self, self.ends]
        return [each for each in said if each.scope is not None]


class Permits(Protocol):
    """The gate, as far as planning asks it."""

    @property
    def policy_hash(self) -> str:
        """Of the policies that it decides by."""
        ...

    def ruling(
        self,
        task: TaskSpec,
        device: Device,
        action: str,
        placement: PlacementTarget,
        *,
        now_ms: int,
    ) -> Ruling:
        """What it says to the device doing this for the task, computed there."""
        ...


Rulings = Mapping[tuple[str, str], Ruling]
"""What the gate says, by job and option."""


def rulings_of(
    want: Want, task: TaskSpec, snapshot: ContextSnapshot, permits: Permits
) -> dict[tuple[str, str], Ruling]:
    """What the gate says to each way in which a want could be met."""
    return {
        (want.id, option_id(way.device, placement)): _ruled(
            want, way, placement, task, snapshot, permits
        )
        for way in want.ways
        for placement in way.device.placements
    }


def _ruled(
    want: Want,
    way: Way,
    placement: PlacementTarget,
    task: TaskSpec,
    snapshot: ContextSnapshot,
    permits: Permits,
) -> Ruling:
    privacy = privacy_of(way.device, want.action, task)
    if placement in OUTSIDE and privacy in STAYS_IN:
        return Ruling(is_allowed=False, reason=f"{privacy.value} data stays in the house")
    at_ms = snapshot.timestamp
    begins = permits.ruling(task, way.device, want.action, placement, now_ms=at_ms)
    after = want.arguments.get("at_end")
    if want.span is None or not isinstance(after, dict) or after["action"] == want.action:
        return begins
    ends = permits.ruling(task, way.device, str(after["action"]), placement, now_ms=at_ms)
    return _both(begins, ends)


def _both(begins: Ruling, ends: Ruling) -> Ruling:
    """What the gate says to what is done and taken back later."""
    if not (begins.is_allowed and ends.is_allowed):
        return ends if begins.is_allowed else begins
    approval = begins.requires_approval or ends.requires_approval
    return msgspec.structs.replace(begins, requires_approval=approval, ends=ends)


def privacy_of(device: Device, action: str, task: TaskSpec) -> PrivacyClass:
    """The class of what a device handles when it does this: the highest of its own, that of the
    capability, and the task's where the task says more than the usual."""
    classes = [device.privacy_class]
    classes += [c.privacy_class for c in device.capabilities if c.capability_type == action]
    classes.append(task.privacy_class)
    order = list(PrivacyClass)
    return max(classes, key=order.index)


def job_of(
    want: Want,
    rulings: Rulings,
    snapshot: ContextSnapshot,
    *,
    drop_penalty: int | None,
    consented_only: bool,
) -> Job:
    """A want as a job.

    Raises:
        Denied: ``plan.not_permitted``: the gate leaves no way to do it.
    """
    options: list[Option] = []
    refused: dict[str, str] = {}
    for way in want.ways:
        for placement in way.device.placements:
            id = option_id(way.device, placement)
            ruling = rulings[want.id, id]
            lacks = [each.scope for each in ruling.consents if each.token is None]
            if not ruling.is_allowed:
                refused[id] = ruling.reason
            elif consented_only and lacks:
                refused[id] = f"needs the consent {lacks[0]}"
            else:
                options.append(_option(id, way, placement, starts=_starts(want, snapshot)))
                if want.begins_ms is not None:
                    options.append(_at_its_minute(id, want, way, placement, snapshot))
    if not options:
        raise Denied(
            f"{want.ways[0].device.name} may not {want.action.replace('_', ' ')}: "
            + "; ".join(f"{id}: {why}" for id, why in refused.items()),
            code="plan.not_permitted",
            next_step="ask for less, or have the policy or the consent changed",
            refused=refused,
        )
    minutes = snapshot.grid.slot_ms // 60_000
    return Job(
        id=want.id,
        options=tuple(options),
        after=dict.fromkeys(want.after, 0),
        drop_penalty=drop_penalty,
        discomfort=tuple(slot * minutes for slot in range(snapshot.grid.count)),
    )


def dropped(want: Want, wants: Sequence[Want]) -> int:
    """What leaving it out costs; the parts of one piece of work share the price."""
    parts = sum(other.step == want.step for other in wants)
    return DROPPED_PER_PRIORITY * want.priority // parts


def _starts(want: Want, snapshot: ContextSnapshot) -> tuple[int, ...] | None:
    """The slots with which a want may begin, None for all: the one that runs has begun, and so has
    that within which it is to begin at its minute."""
    grid, now = snapshot.grid, snapshot.timestamp
    if want.span is not None:
        return None
    first = max(0, first_slot(want, max(now, grid.start_ms), grid))
    partly = None if want.begins_ms is None else grid.slot_of(want.begins_ms)
    if not first and partly is None:
        return None
    return tuple(slot for slot in range(first, grid.count) if slot != partly)


def _at_its_minute(
    id: str, want: Want, way: Way, placement: PlacementTarget, snapshot: ContextSnapshot
) -> Option:
    """The option to begin at the minute that was meant: what it draws falls into the slots as the
    minutes do; while it runs for a part of a slot it draws more than the mean of that slot."""
    grid = snapshot.grid
    assert want.begins_ms is not None
    over_ms = grid.over_ms(want.begins_ms)
    power_w, beyond_w = way.power_from(grid, over_ms), way.beyond_from(grid, over_ms)
    option = _option(id + AT_ITS_MINUTE, way, placement, starts=(grid.slot_of(want.begins_ms),))
    return msgspec.structs.replace(option, power_w=power_w, beyond_w=beyond_w)


def _option(
    id: str, way: Way, placement: PlacementTarget, *, starts: tuple[int, ...] | None
) -> Option:
    outside = placement in OUTSIDE
    return Option(
        id=id,
        starts=starts,
        power_w=way.power_w,
        demands={way.device.id: 1},
        cost_micro=CLOUD_FEE_MICRO if outside else 0,
        latency_ms=LATENCY_MS[placement],
        exposure=EXPOSURE[way.device.privacy_class] if outside else 0,
    )


def resources_of(wants: Sequence[Want]) -> tuple[Resource, ...]:
    """Each device, which does one thing at a time."""
    ids = sorted({way.device.id for want in wants for way in want.ways})
    return tuple(Resource(id=id, capacity=(1,)) for id in ids)
