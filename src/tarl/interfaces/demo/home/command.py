"""``tarl demo home``: from a sentence to a plan, to devices that do it, to evidence."""

from __future__ import annotations

import shlex
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tarl.errors import Invalid, TarlError
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.program import command
from tarl.interfaces.demo.performance import Performance
from tarl.interfaces.demo.places import free_directory, speed_option

if TYPE_CHECKING:
    from tarl.integrations.planning.home import HomeRuntime
    from tarl.interfaces.demo.home.scene import Scene
    from tarl.planning.execution.handover import Outcome
    from tarl.planning.explanation.explained import Explanation
    from tarl.planning.notices.notice import Notice
    from tarl.planning.plan import ExecutionPlan

SENTENCE = (
    "run the dishwasher when power is cheapest before 7am unless someone is sleeping, "
    "under 0.40 euro"
)
TOO_MUCH = (
    "run the dishwasher when power is cheapest before 7am unless someone is sleeping, "
    "under 0.15 euro"
)
LOCKING = "lock the front door at 11 pm"
WHO = "anna"
PLAN, LOCK = "supper", "night"
SPEEDS = {"normal": 900.0, "fast": 3_600.0}
LOOK_S = 120.0
"""How often the home is looked at, in the play."""

PRICE_CHANGE_S = 600
TELL_EVERY_S = 300.0


@click.command(short_help="A sentence becomes a plan that devices carry out.")
@speed_option
@click.option("--yes", is_flag=True, help="Ask nothing; say yes to what the plans need.")
@click.option(
    "--dir",
    "directory",
    metavar="DIR",
    help="Where files go (default: the first free of tarl-home, tarl-home-2 ...).",
)
@common_options
@click.pass_obj
def home(invocation: Invocation, speed: str, yes: bool, directory: str | None) -> int:
    """Plan for a family's house, and carry the plan out on devices behind a real MQTT broker.

    The day-ahead prices are those of 7 September 2023 in Finland. A sentence becomes an optimal
    plan, explained; another becomes a conflict with priced ways out; consent is asked for; narrowed
    authority is handed on; while the plan is carried out, in time that flies, prices change and it
    is planned anew; the evidence is verified by the separate program tarl-verify.
    """
    if not yes and not sys.stdin.isatty():
        raise Invalid(
            "a person is to agree to the plans, and there is no terminal to ask at",
            code="demo.nobody",
            next_step="tarl demo home --yes",
        )
    place = Path(directory) if directory else free_directory("tarl-home")
    if not yes:
        said = f"This writes to {place}/ and starts a broker on a free port of this machine. Go on?"
        click.confirm(said, default=True, abort=True, err=True)
    if place.exists() and any(place.iterdir()):
        raise Invalid(f"{place} is not empty", code="demo.directory", next_step="choose another")
    from tarl.interfaces.demo.home.scene import Scene

    scene = Scene(place.resolve(), speed=SPEEDS[speed])
    with scene.open():
        return _Play(invocation, scene, asks=not yes).play()


class _Play(Performance):
    """One performance; each act prints what it saw."""

    def __init__(self, invocation: Invocation, scene: Scene, *, asks: bool) -> None:
        super().__init__(invocation, scene.directory)
        self._scene = scene
        self._asks = asks

    def play(self) -> int:
        """All acts in order; the exit code."""
        self._open()
        self._scene.play(self._evening())
        self._prove_all(self._scene.export(PLAN, LOCK), self._scene.verify)
        if self._invocation.as_json:
            self._said.document("demo.home", **self._facts)
            return 0
        self._say("")
        at = f"TARL_HOME={shlex.quote(str(self._scene.keyring.directory.parent))}"
        db = ("--db", str(self._scene.db))
        home = ("--household", str(self._scene.household_file))
        self._say(f"Look around:  {at} {command('plans', 'show', PLAN, *db, *home)}")
        self._say(f"              {at} {command('runs', 'show', PLAN, *db)}")
        self._say(f"Your own:     {command('home', 'init')}; {command('plan', SENTENCE)}")
        return 0

    def _open(self) -> None:
        household, broker = self._scene.household, self._scene.broker
        self._title("A house, its devices behind an MQTT broker, and real prices")
        devices = [device for device in household.devices if "mqtt" in device.channel]
        self._say(
            f"  {len(devices)} simulated devices at {broker.address!r} (process {broker.pid})"
        )
        self._say("  Day-ahead prices of Finland, 7 September 2023; it is that Thursday, 19:00.")
        self._facts["devices"] = len(devices)

    async def _evening(self) -> None:
        from tarl.integrations.planning.home import open_home

        scene = self._scene
        async with open_home(
            scene.db,
            scene.household_file,
            channels={"mqtt": scene.channel},
            keyring=scene.keyring,
            clock=scene.clock,
            solve=scene.solve,
            look_s=LOOK_S,
            notifier=_Told(self),
        ) as here:
            plan = await self._plan(here)
            await self._conflict(here)
            await self._agree(here, plan)
            await self._carry_out(here)
            await self._lock(here)

    async def _plan(self, here: HomeRuntime) -> ExecutionPlan:
        from tarl.planning.explanation.picture import svg

        plan = await here.plan(SENTENCE, user=WHO, plan_id=PLAN)
        self._title(f"Anna: “{SENTENCE}”")
        explanation = self._explained(plan)
        self._say(f"  {explanation.summary}")
        for step in explanation.steps:
            for reason in step.because:
                self._say(f"  · {step.name}: {reason}")
        for rule in explanation.rules:
            if rule["cost_micro"] > 0:
                self._say(f"  · {rule['text']}: this costs {rule['cost_micro'] / 1e6:.2f} EUR")
        picture = self._scene.directory / "plan.svg"
        picture.write_text(svg(plan, self._scene.household), encoding="utf-8")
        self._say(f"  · drawn over the price curve: {picture.name}")
        self._facts["plan"] = {
            "cost_micro": explanation.cost_micro,
            "starts": [step.start for step in explanation.steps],
            "gap": explanation.gap,
        }
        return plan

    async def _conflict(self, here: HomeRuntime) -> None:
        plan = await here.plan(TOO_MUCH, user=WHO, plan_id="preview", records=False)
        self._title("Anna: “…under 0.15 euro” (a preview: nothing is recorded)")
        explanation = self._explained(plan)
        self._say(f"  {explanation.summary}")
        for way in explanation.ways_out:
            starts = ", ".join(f"{name} {at}" for name, at in way.starts.items())
            self._say(f"  · giving up “{way.text}”: {starts} for {way.cost_micro / 1e6:.2f} EUR")
        self._facts["conflict"] = {
            "rules": list(explanation.conflict),
            "ways_out": [list(way.give_up) for way in explanation.ways_out],
        }

    async def _agree(self, here: HomeRuntime, plan: ExecutionPlan) -> None:
        from tarl.integrations.planning.authority import HANDS

        self._title("Consent, and authority for this plan alone")
        self._ask(plan, "  Carry it out?")
        here.agree(plan, by=WHO)
        self._say(f"  {WHO} agreed; {HANDS} gets what the plan needs, until it is over")

    def _ask(self, plan: ExecutionPlan, question: str) -> None:
        explanation = self._explained(plan)
        for need in explanation.approval:
            self._say(f"  needs {need}")
        if self._asks and not click.confirm(question, default=True, err=True):
            raise click.Abort

    async def _carry_out(self, here: HomeRuntime) -> None:
        import asyncio

        from tarl.planning.execution.handover import Thresholds

        self._title("The evening, in time that flies")
        bounds = Thresholds(debounce_ms=60_000, later_ms=6 * 3_600_000, cost_more_micro=300_000)
        working = asyncio.create_task(here.carry_out(PLAN, thresholds=bounds))
        changing = asyncio.create_task(self._raise_prices(here))
        watching = asyncio.create_task(self._tell_devices())
        try:
            outcome = await working
        finally:
            for task in (changing, watching):
                task.cancel()
        self._tell_outcome(here, PLAN, outcome)

    async def _raise_prices(self, here: HomeRuntime) -> None:
        """Ten minutes later, prices of the hours that were chosen become dearer."""
        import asyncio

        await asyncio.sleep(PRICE_CHANGE_S)
        plan = here.plans.get(PLAN)
        begins = datetime.fromtimestamp(plan.steps[0].start_ms / 1000).astimezone()
        begins = begins.replace(minute=0, second=0, microsecond=0)
        hours = self._scene.change_prices(begins, begins + timedelta(hours=1), plus_cents=30.0)
        self._say(f"  {self._clock()}  new prices: {hours} hour costs 0.30 EUR/kWh more")

    async def _tell_devices(self) -> None:
        import asyncio

        before: dict[str, str] = {}
        while True:
            for id, device in self._scene.devices.devices.items():
                if before.get(id, device.state) != device.state:
                    watts = f", {device.power_w} W" if device.power_w else ""
                    self._say(f"  {self._clock()}  {device.device.name}: {device.state}{watts}")
                before[id] = device.state
            await asyncio.sleep(TELL_EVERY_S)

    async def _lock(self, here: HomeRuntime) -> None:
        """A lock is never moved on a guess: it takes a yes to this very step."""
        plan = await here.plan(LOCKING, user=WHO, plan_id=LOCK)
        self._title(f"Anna: “{LOCKING}”")
        self._say(f"  {self._explained(plan).summary}")
        self._ask(plan, "  Lock it then?")
        here.agree(plan, by=WHO)
        outcome = await here.carry_out(LOCK)
        self._tell_outcome(here, LOCK, outcome)

    def _tell_outcome(self, here: HomeRuntime, plan_id: str, outcome: Outcome) -> None:
        for version in range(2, here.plans.standing(plan_id).version + 1):
            later = here.plans.get(plan_id, version)
            starts = ", ".join(self._at(step.start_ms) for step in later.steps)
            self._say(f"  version {version}, to begin {starts}: {later.reason}")
        for result in outcome.results:
            self._say(f"  {result.step_id}: {result.ending} {result.reason}".rstrip())
        versions = here.plans.standing(plan_id).version
        anew = f", planned anew {outcome.replans}×" if outcome.replans else ""
        self._say(f"  plan {plan_id}: {outcome.status}{anew}; versions in the journal: {versions}")
        self._facts[plan_id] = {
            "status": outcome.status,
            "replans": outcome.replans,
            "version": outcome.version,
        }
        if outcome.status != "completed":
            raise TarlError(f"the plan {plan_id} did not complete", code="demo.plan")

    # --- what acts share

    def _explained(self, plan: ExecutionPlan) -> Explanation:
        from tarl.planning.explanation.explained import explain

        return explain(plan, self._scene.household)

    def _clock(self) -> str:
        return self._at(self._scene.clock.now_ms())

    def _at(self, ms: int) -> str:
        from tarl.planning.explanation.wording import clock
        from tarl.planning.slots import zone_named

        return clock(ms, zone_named(self._scene.household.time_zone))


class _Told:
    """Notices, told where the play is."""

    name = "play"

    def __init__(self, play: _Play) -> None:
        self._play = play

    async def notify(self, notice: Notice) -> None:
        """See ``Notifier``."""
        from tarl.planning.notices.notice import body_of

        self._play._say(f"  {self._play._clock()}  notice: {notice.title}")
        for line in body_of(notice).splitlines():
            self._play._say(f"           {line}")
