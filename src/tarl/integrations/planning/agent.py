"""``OrchestrationAgent``: requests become plans of a home, under the names of seed 003.

1. Plans are in the journal: every agent over the same file, in any process, sees the same ones.
2. A preview leaves no trace.
3. What is refused is told in the response, with its code; what is wrong here is raised.
4. It holds nothing that a restart would miss: making one touches no file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import Clock, SystemClock
from tarl.errors import Conflict, Invalid, Missing, TarlError
from tarl.governance.policies.ledger import Policies
from tarl.integrations.orchestration.ledger import JOURNAL_NAME
from tarl.integrations.planning.home import HomeRuntime, open_home
from tarl.integrations.planning.household import Chosen, chosen_home
from tarl.integrations.planning.refusals import not_running
from tarl.integrations.planning.timed import TimedSolver, within
from tarl.journal.store import Store
from tarl.planning.context_puller import ContextPuller
from tarl.planning.execution.handover import Outcome, Thresholds
from tarl.planning.explainer import PlanExplainer
from tarl.planning.household import Household
from tarl.planning.language.translator import IntentTranslator
from tarl.planning.making import asker_of, task_of
from tarl.planning.notices.log import LogNotifier
from tarl.planning.plan import ExecutionPlan, ExecutionStatus
from tarl.planning.planner import (
    REFUSALS,
    ExecutionPlanner,
    Solve,
    refusal_text,
    warnings_of,
)
from tarl.planning.plans.ledger import PlanLedger
from tarl.planning.plans.metrics import PlanMetrics, SystemMetrics
from tarl.planning.policy_gate import PolicyGate
from tarl.planning.requests import (
    OrchestrationConfig,
    OrchestrationRequest,
    OrchestrationResponse,
    Wishes,
    bounded,
    checked_request,
    strategy_wanted,
    wishes_of,
)
from tarl.planning.solver.process import SolverProcess
from tarl.planning.sources.snapshot import Home
from tarl.planning.task import TaskSpec
from tarl.stack import open_plans
from tarl.storage import draw_id, open_store
from tarl.values.ids import DEFAULT_TENANT, RunId

if TYPE_CHECKING:
    from tarl.planning.devices.broker import Broker
    from tarl.planning.devices.channel import DeviceChannel
    from tarl.planning.notices.notice import Notifier

__all__ = ["OrchestrationAgent", "OrchestrationConfig"]

DATA_DIR = "data"

TRIES_MAX = 20
"""Others who set the same home up at the same moment make a try fail; so many in a row is a
fault."""


class OrchestrationAgent:
    """Makes plans of requests, keeps them, and lets them be carried out.

    Args:
        config: What counts where neither the sentence nor the caller says otherwise.
        household: The home: see ``chosen_home``. It is read when the agent is started.
        data_dir: Where the journal lies, ``tarl.db``.
        journal: The journal's file, wherever it is.
        broker: Where devices are reached over MQTT.
        channels: Further ways to reach devices, by the name that the household uses.
        notifier: Tells people; the log when left out.
        tenant: Whose home it is.
        keyring: The operator's keys; those under ``$TARL_HOME`` when left out.
        clock: The clock.
        solve: Who solves; a process of its own when left out.
    """

    def __init__(
        self,
        config: OrchestrationConfig | None = None,
        *,
        household: str | Path | Household | Home | None = None,
        data_dir: str | Path = DATA_DIR,
        journal: str | Path | None = None,
        broker: Broker | None = None,
        channels: dict[str, DeviceChannel] | None = None,
        notifier: Notifier | None = None,
        tenant: str = DEFAULT_TENANT,
        keyring: Keyring | None = None,
        clock: Clock | None = None,
        solve: Solve | None = None,
    ) -> None:
        self.config = config or OrchestrationConfig()
        self.journal = Path(data_dir) / JOURNAL_NAME if journal is None else Path(journal)
        self.tenant = tenant
        self._household = household
        self.notifier = notifier or LogNotifier()
        self._reaching: dict[str, Any] = {
            "broker": broker,
            "channels": channels,
            "notifier": self.notifier,
        }
        self._keyring = keyring
        self.clock = clock or SystemClock()
        self._solve = solve
        self._closing: AsyncExitStack | None = None
        self._started: tuple[asyncio.AbstractEventLoop, HomeRuntime, Chosen] | None = None

    # --- its life

    async def start(self) -> None:
        """Open the journal and the home, and let the solver be there; nothing if it is.

        Raises:
            Missing, Invalid: the home cannot be read; see ``chosen_home``.
            Unavailable: the broker does not answer, or an extra is missing.
            Corrupt: the journal is damaged.
        """
        if self.is_running():
            return
        chosen = await asyncio.to_thread(chosen_home, self._household)
        self.journal.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(TRIES_MAX):
            try:
                here = await self._opened(chosen)
            except Conflict as error:
                # Somebody else has set the same home up at this moment: it is there now.
                if error.code not in ("principal.exists", "trust.exists"):
                    raise
            else:
                self._started = (asyncio.get_running_loop(), here, chosen)
                return
        raise Conflict(f"{self.journal} never stood still", code="journal.position")

    async def _opened(self, chosen: Chosen) -> HomeRuntime:
        async with AsyncExitStack() as closing:
            solve = self._solve
            if solve is None:
                solve = (await closing.enter_async_context(SolverProcess())).solve
            here = await closing.enter_async_context(
                open_home(
                    self.journal,
                    chosen.home,
                    keyring=self._keyring,
                    clock=self.clock,
                    tenant=self.tenant,
                    solve=TimedSolver(solve).solve,
                    **self._reaching,
                )
            )
            self._closing = closing.pop_all()
        return here

    async def stop(self) -> None:
        """Let go of it all; plans that are being carried out wait to be taken up again.

        Raises:
            NotRunning: it was started in another event loop.
        """
        if self._closing is not None and not self._is_here():
            raise not_running("agent")
        closing, self._closing, self._started = self._closing, None, None
        if closing is not None:
            await closing.aclose()

    async def __aenter__(self) -> OrchestrationAgent:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._started is not None and not self._started[0].is_closed()

    # --- its parts, while it runs

    @property
    def home(self) -> HomeRuntime:
        """The home.

        Raises:
            NotRunning: ``orchestration.not_running``.
        """
        return self._here()[0]

    @property
    def household(self) -> Household:
        """The household; see :attr:`home`."""
        return self.home.maker.household

    @property
    def context_puller(self) -> ContextPuller:
        """What is known; see :attr:`home`."""
        return self.home.puller

    @property
    def planner(self) -> ExecutionPlanner:
        """Who makes plans; see :attr:`home`."""
        return self.home.maker.planner

    @property
    def intent_translator(self) -> IntentTranslator:
        """Who understands sentences; see :attr:`home`."""
        return IntentTranslator(self.household)

    @property
    def explainer(self) -> PlanExplainer:
        """Who explains plans; see :attr:`home`."""
        return PlanExplainer(self.household)

    @property
    def policy_gate(self) -> PolicyGate:
        """The gate, with the consents of the journal; see :attr:`home`."""
        return PolicyGate(
            Policies(self.home.runtime.journal, clock=self.clock),
            consents=self.home.consents,
            tenant=self.tenant,
            household=self.household,
        )

    # --- planning

    async def create_execution_plan(
        self, request: OrchestrationRequest, *, plan_id: str | None = None
    ) -> OrchestrationResponse:
        """A plan for a request, recorded unless it is a preview. What stands against it is in the
        response.

        Args:
            request: What is asked.
            plan_id: The plan's own, drawn when left out; where the journal has it, that is the
                answer.

        Raises:
            NotRunning: ``orchestration.not_running``, a ``RuntimeError``.
            Unavailable: the solver, or something that is needed, is not there.
            Corrupt: the plan does not hold (``plan.unsound``), or the journal is damaged.
        """
        here, chosen = self._here()
        notes: tuple[str, ...] = (chosen.note,) if chosen.note else ()
        task: TaskSpec | None = None
        if plan_id is not None and here.plans.has(plan_id, tenant=self.tenant):
            known = here.plans.get(plan_id, tenant=self.tenant)
            return self._response(known, notes, here.maker.household)
        try:
            asked = checked_request(request)
            self._refuse_preview(asked)
            wishes = wishes_of(asked, here.maker.household)
            notes += wishes.warnings
            task = self._task(asked, wishes, plan_id or draw_id("plan"), here.maker.household)
            plan = await self._planned(here, task, wishes, records=not asked.is_preview)
        except REFUSALS as error:
            return _refused(error, task, notes)
        return self._response(plan, notes, here.maker.household)

    def _refuse_preview(self, request: OrchestrationRequest) -> None:
        if request.is_preview and not self.config.enable_preview_mode:
            raise Invalid(
                "previews are switched off",
                code="orchestration.previews_off",
                next_step="OrchestrationConfig(enable_preview_mode=True)",
            )

    def _task(
        self, request: OrchestrationRequest, wishes: Wishes, task_id: str, household: Household
    ) -> TaskSpec:
        asker = msgspec.structs.replace(
            asker_of(household, request.user_id, area=wishes.area), session_id=request.session_id
        )
        aside = {"context_hints": request.context_hints, "preferences": request.preferences}
        task = task_of(
            request.intent,
            household,
            asker,
            task_id=task_id,
            now_ms=self.clock.now_ms(),
            language=wishes.language,
            trigger=request.trigger_type,
            metadata={name: held for name, held in aside.items() if held},
        )
        is_hypothetical = task.is_hypothetical or request.is_preview
        return msgspec.structs.replace(task, is_hypothetical=is_hypothetical)

    async def _planned(
        self, here: HomeRuntime, task: TaskSpec, wishes: Wishes, *, records: bool
    ) -> ExecutionPlan:
        config, preferences = self.config, wishes.preferences
        snapshot = await here.puller.get_snapshot()
        task = bounded(task, config, preferences, snapshot)
        with within(config.max_planning_time_ms):
            plan = await here.plan(
                task,
                plan_id=task.task_id,
                strategy=strategy_wanted(task, config, preferences),
                effort=config.effort,
                records=records,
            )
        if records and plan.approval_required and plan.steps and not task.is_hypothetical:
            here.plans.change_status(
                plan.plan_id,
                ExecutionStatus.PENDING_APPROVAL,
                version=plan.version,
                reason="it needs somebody's yes",
                tenant=self.tenant,
            )
            plan = here.plans.get(plan.plan_id, tenant=self.tenant)
        if records:
            await here.tell_of(plan)
        return plan

    def _response(
        self, plan: ExecutionPlan, notes: tuple[str, ...], household: Household
    ) -> OrchestrationResponse:
        explainer = PlanExplainer(household)
        return OrchestrationResponse(
            plan_id=plan.plan_id,
            status=plan.status,
            plan=plan,
            rationale=plan.rationale,
            approval_required=plan.approval_required,
            alternatives=plan.alternatives[: self.config.max_plan_alternatives],
            errors=() if plan.steps else (plan.rationale,),
            warnings=tuple(dict.fromkeys((*notes, *warnings_of(plan)))),
            questions=plan.task_spec.questions,
            explanation=explainer.markdown(plan),
        )

    # --- looking: also before it is started, and after

    async def get_plan_status(self, plan_id: str) -> ExecutionPlan | None:
        """A plan's newest version with the status that it has now; None if there is none."""
        with self._plans() as plans:
            if plans is None or not plans.has(plan_id, tenant=self.tenant):
                return None
            return plans.get(plan_id, tenant=self.tenant)

    async def get_plan_metrics(self, plan_id: str) -> PlanMetrics | None:
        """How a plan fares; None if there is none."""
        with self._plans() as plans:
            if plans is None or not plans.has(plan_id, tenant=self.tenant):
                return None
            return plans.metrics(plan_id, tenant=self.tenant)

    async def get_system_metrics(self) -> SystemMetrics:
        """How all plans fare."""
        with self._plans() as plans:
            return SystemMetrics() if plans is None else plans.system_metrics(tenant=self.tenant)

    @contextmanager
    def store(self) -> Iterator[Store | None]:
        """The journal, also when the agent is not running; None where there is none."""
        if self._started is not None and self._is_here():
            yield self._started[1].runtime.journal
        elif not self.journal.is_file():
            yield None
        else:
            store = open_store(self.journal, keyring=self._keyring, clock=self.clock)
            try:
                yield store
            finally:
                store.close()

    @contextmanager
    def _plans(self) -> Iterator[PlanLedger | None]:
        with self.store() as store:
            yield None if store is None else open_plans(store, clock=self.clock)

    # --- deciding and doing

    async def cancel_plan(self, plan_id: str) -> bool:
        """Cancel a plan that has not ended, and stop what carries it out; whether it was so.

        Raises:
            NotRunning: ``orchestration.not_running``.
        """
        here = self._here()[0]
        if not here.plans.has(plan_id, tenant=self.tenant):
            return False
        if here.plans.standing(plan_id, tenant=self.tenant).state.has_ended:
            return False
        try:
            here.plans.change_status(
                plan_id, ExecutionStatus.CANCELLED, reason="cancel_plan", tenant=self.tenant
            )
        except Conflict as error:
            if error.code != "plan.ended":
                raise
            return False
        try:
            here.runtime.cancel(RunId(self.tenant, plan_id, 1), reason="its plan was cancelled")
        except (Conflict, Missing) as error:
            if error.code not in ("run.ended", "run.missing"):
                raise
        return True

    async def approve_plan(self, plan_id: str, *, by: str) -> ExecutionPlan:
        """Somebody's yes to the newest version of a plan: the consents that it wants, and its
        approval.

        Raises:
            NotRunning: ``orchestration.not_running``.
            Missing: there is no such plan (``plan.missing``).
            As ``HomeRuntime.agree``.
        """
        here = self._here()[0]
        return here.agree(here.plans.get(plan_id, tenant=self.tenant), by=by)

    async def execute_plan(self, plan_id: str) -> Outcome:
        """Carry an approved plan out, to its end; takes up one that was cut off.

        Raises:
            NotRunning: ``orchestration.not_running``.
            As ``HomeRuntime.carry_out``.
        """
        usual = Thresholds()
        replans_max = usual.replans_max if self.config.enable_replanning else 0
        return await self._here()[0].carry_out(
            plan_id, thresholds=msgspec.structs.replace(usual, replans_max=replans_max)
        )

    # --- inside

    def _is_here(self) -> bool:
        return self._started is not None and self._started[0] is asyncio.get_running_loop()

    def _here(self) -> tuple[HomeRuntime, Chosen]:
        if self._started is None or not self._is_here():
            raise not_running("agent")
        return self._started[1], self._started[2]


def _refused(
    error: TarlError, task: TaskSpec | None, notes: tuple[str, ...]
) -> OrchestrationResponse:
    return OrchestrationResponse(
        plan_id="",
        status=ExecutionStatus.FAILED,
        rationale=error.message,
        errors=(refusal_text(error),),
        warnings=notes,
        questions=() if task is None else task.questions,
        code=error.code,
    )
