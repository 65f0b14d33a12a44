"""Guardrails, what they found, and what is conspicuous in prompts and in the use of tools.

1. A guardrail that raises, answers neither True nor False, takes too long, or is not there denies,
   with its name.
2. What a critical guardrail refuses is blocked until somebody lifts that; so is the effect of that
   name in every run of the journal.
3. Looking at a text writes nothing unless it is conspicuous, and then not what it says.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Unpack

from tarl.errors import TarlError
from tarl.governance.safety.anomalies import PAGE_MAX, Anomalies, Anomaly
from tarl.governance.safety.builtin import detections
from tarl.governance.safety.guardrails import Asked
from tarl.governance.safety.injection.detector import Channel, Detection
from tarl.governance.safety.ledger import Safety
from tarl.governance.safety.panel import Panel, is_broken
from tarl.governance.safety.watch import Watch, Word, matches, severity_word
from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration.ledger import stream_name
from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.chronicle import Chronicle
from tarl.integrations.orchestration_extended.place import Place, Where, ms_of
from tarl.integrations.orchestration_extended.refusals import BadValue, UnknownName, translated
from tarl.integrations.orchestration_governance.direct import Functions
from tarl.integrations.orchestration_governance.noting import Notes
from tarl.integrations.orchestration_governance.rooms import BY
from tarl.journal.store import Store
from tarl.values.ids import check_name
from tarl.values.verdict import Allow, Verdict

GUARDRAIL_NAMED = "governance.guardrail_named/1"

SEVERITIES: Mapping[str, Word] = {"info": "low", "warning": "medium", "error": "high"}
"""How the seed writes severities; ``critical``, and tarl's own words, are as they are."""

CALLS_MAX = 100
CALLS_WINDOW_MS = 60_000
BURST_MAX = 20
BURST_WINDOW_MS = 1_000
"""How often a tool may be called where nobody has said it: within a minute, within a second."""

CheckFn = Callable[[str, dict[str, Any]], object]


@dataclass
class SafetyGuardrail:
    """A guardrail as it was when it was read.

    Attributes:
        check_function: The function, where this object knows it.
        severity: As it was given.
        enabled: Whether it is asked.
    """

    guardrail_id: str
    name: str
    check_function: CheckFn | None
    severity: str
    enabled: bool = True


@dataclass
class AnomalyDetection:
    """Something that was noticed.

    Attributes:
        confidence: How sure, 0 to 1.
        action_taken: ``recorded``, ``denied`` or ``blocked``.
    """

    anomaly_id: str
    workflow_id: str
    anomaly_type: str
    description: str
    confidence: float
    action_taken: str


class RuntimeSafetyManager:
    """What is asked before something is done, and what was noticed.

    A guardrail's name and severity are in the journal, its function is not: a lambda is known to
    the object that was given it. After a restart it is registered again under its id; until then
    everything is denied, with that id. Runs on the same journal are guarded by it as well: a
    process that carries them out has to know the function too.

    Args:
        data_dir: Where its journal lies, ``tarl.db``.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path | None = "data/tarl_safety",
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)
        self._named: Chronicle[dict[str, dict[str, str]]] = Chronicle(
            self.place, stream_name("governance", "guardrails"), dict, _evolve
        )
        self._functions = Functions()
        self._notes = Notes(self.place)
        self._panel: Panel | None = None

    # --- guardrails

    def register_guardrail(
        self,
        guardrail_id: str,
        name: str,
        check_function: CheckFn | None = None,
        severity: str = "warning",
        *,
        check_fn: CheckFn | None = None,
    ) -> None:
        """Have a function asked about every action from now on.

        One that was disabled stays so. Without a function, one is meant that a decorator declared
        under this id (``@guardrail``), or one of tarl's own.

        Args:
            guardrail_id: Names it in every process.
            name: What people call it.
            check_function: Takes the action and the context; True lets it pass.
            severity: ``info``, ``warning``, ``error`` or ``critical``.
            check_fn: The same as ``check_function``.

        Raises:
            BadValue: no function, or two; no such severity, or a name that cannot be one.
            Busy: a decorator declared another function of this id.
        """
        if check_function is not None and check_fn is not None:
            raise BadValue("check_function and check_fn are one", code="guardrail.type")
        function = check_function if check_function is not None else check_fn
        with translated():
            word = _severity(severity)
            self._functions.register_direct(guardrail_id, check_name(name, "guardrail"), function)
        body = {"guardrail_id": guardrail_id, "name": name, "severity": severity}
        known = self._named.state().get(guardrail_id)
        with self._safety() as safety:
            enabled = safety.settings().guardrails.get(guardrail_id)
            if (known is None) or (enabled is not None and enabled.severity != word):
                safety.enable(guardrail_id, by=BY, severity=word)
        self._named.change(
            lambda now: [] if now.get(guardrail_id) == body else [(GUARDRAIL_NAMED, body)]
        )

    def enable_guardrail(self, guardrail_id: str) -> None:
        """Have it asked, after those that are.

        Raises:
            UnknownName: nobody has registered it.
        """
        named = self._named.state().get(guardrail_id)
        if named is None:
            raise UnknownName(f"no guardrail {guardrail_id}", code="safety.no_guardrail")
        with self._safety() as safety:
            safety.enable(guardrail_id, by=BY, severity=_severity(named["severity"]))

    def disable_guardrail(self, guardrail_id: str) -> None:
        """Have it asked no more.

        Raises:
            UnknownName: it is not enabled.
        """
        with self._safety() as safety:
            safety.disable(guardrail_id, by=BY)

    @property
    def guardrails(self) -> dict[str, SafetyGuardrail]:
        """The guardrails by id, in the order in which they were registered."""
        with self._safety() as safety:
            enabled = safety.settings().guardrails
        return {
            id: SafetyGuardrail(
                guardrail_id=id,
                name=named["name"],
                check_function=self._functions.function(id),
                severity=named["severity"],
                enabled=id in enabled,
            )
            for id, named in self._named.state().items()
        }

    def check_guardrails(
        self, workflow_id: str, action: str, context: Mapping[str, Any] | None = None
    ) -> tuple[bool, list[str]]:
        """Ask all guardrails about an action: whether none objects, and what those that do say.

        Raises:
            BadValue: no action, or a context that is no JSON.
        """
        if not isinstance(action, str) or not action:
            raise BadValue(f"{action!r} is no action", code="id.empty")
        details = {
            "workflow": workflow_id,
            "action": action,
            "context": copied(dict(context or {}), "the context"),
        }
        found: list[str] = once("check_guardrails", details, lambda: self._checked(**details))
        return not found, found

    # --- blocks

    @property
    def blocked_actions(self) -> dict[str, str]:
        """What is blocked, and why."""
        with self._safety() as safety:
            blocks = safety.settings().blocks.values()
            return {block.said.action: block.said.reason for block in blocks}

    def unblock_action(self, action: str, *, by: str, reason: str = "") -> None:
        """Lift the blocks of an action.

        Raises:
            UnknownName: it is not blocked.
            NotPermitted: that person may not lift it.
        """
        name = _as_name(action)
        with self._safety() as safety:
            blocks = safety.settings().blocks
            found = [id for id, block in blocks.items() if block.said.action == name]
            if not found:
                raise UnknownName(f"{action} is not blocked", code="safety.no_block")
            for id in found:
                safety.lift(id, by=by, reason=reason)

    # --- prompts and tools

    def detect_prompt_injection(
        self, prompt: str, *, channel: Channel = "user", workflow_id: str = ""
    ) -> tuple[bool, float]:
        """Whether a text tries to give a model other orders, or hides more than can be read; and
        how likely it tries to, 0 to 1.

        Args:
            prompt: The text.
            channel: Where it comes from: ``user``, ``tool_output`` or ``document``.
            workflow_id: Where it was seen, for the anomaly that is recorded.

        Raises:
            BadValue: no text, or no such channel.
        """
        if not isinstance(prompt, str):
            raise BadValue(f"{type(prompt).__name__} is no text", code="value.type")
        details = {"prompt": prompt, "channel": channel, "workflow": workflow_id}
        flagged, score = once("detect_prompt_injection", details, lambda: self._detected(**details))
        return flagged, score

    def detect_tool_abuse(
        self, tool_name: str, call_count: int, time_window: float
    ) -> tuple[bool, str]:
        """Whether so many calls of a tool in so many seconds are too many, and what is allowed.

        Over a longer time than a limit's own, that is: whether some stretch of that length must
        have had too many.

        Raises:
            BadValue: no count of calls, or no seconds.
        """
        if not isinstance(call_count, int) or isinstance(call_count, bool) or call_count < 0:
            raise BadValue(f"{call_count!r} is no number of calls", code="safety.watch")
        with translated():
            check_name(tool_name, "tool")
        window_ms = ms_of(time_window, "window", least_ms=1)
        details: dict[str, Any] = {
            "tool": tool_name,
            "count": call_count,
            "window_ms": window_ms,
        }
        abused, message = once("detect_tool_abuse", details, lambda: self._abused(**details))
        return abused, message

    def set_tool_limit(self, tool_name: str, call_count: int, time_window: float) -> None:
        """Allow a tool so many calls in so many seconds; runs that call it more often are denied.

        Args:
            tool_name: The tool; a star at its end stands for the rest.
            call_count: How many.
            time_window: Seconds.

        Raises:
            BadValue: bounds that cannot be.
        """
        watch = Watch(
            name=f"limit:{tool_name}",
            kind="calls",
            tool=tool_name,
            per="tool",
            window_ms=ms_of(time_window, "window", least_ms=1),
            count_max=call_count,
        )
        with self._safety() as safety:
            safety.watch(watch, by=BY)

    # --- as a whole

    def get_anomalies(self, anomaly_type: str | None = None) -> list[AnomalyDetection]:
        """What was noticed, of a type or of all, the oldest first."""
        with self.place.store() as store:
            anomalies = Anomalies(store, clock=self.place.clock)
            page = anomalies.ls(kind=anomaly_type, limit=PAGE_MAX)
            found = list(page)
            while len(page) == PAGE_MAX:
                page = anomalies.ls(kind=anomaly_type, limit=PAGE_MAX, after=page[-1].number)
                found += page
        return [_anomaly(each) for each in found]

    def get_metrics(self) -> dict[str, int]:
        """Guardrails and those that are asked, blocks, limits, and anomalies by type."""
        every = self.guardrails.values()
        with self._safety() as safety:
            settings = safety.settings()
        kinds = Counter(each.anomaly_type for each in self.get_anomalies())
        return {
            "guardrails": len(every),
            "enabled": sum(each.enabled for each in every),
            "blocked": len(settings.blocks),
            "limits": len(settings.watches),
            "anomalies": sum(kinds.values()),
            **{f"anomalies_{kind}": count for kind, count in sorted(kinds.items())},
        }

    def get_status(self) -> dict[str, int]:
        """How many guardrails were registered, and how many anomalies were noticed."""
        with self.place.store() as store:
            anomalies = Anomalies(store, clock=self.place.clock).count()
        return {"guardrails": len(self._named.state()), "anomalies": anomalies}

    # --- inside

    @contextmanager
    def _safety(self) -> Iterator[Safety]:
        with self.place.store() as store:
            yield Safety(store, clock=self.place.clock, metrics=self.place.metrics)

    def _checked(self, *, workflow: str, action: str, context: Any) -> list[str]:
        name = _as_name(action)
        with self.place.store() as store:
            panel = self._asked_panel(store)
            settings = panel.safety.settings()
        if settings.is_unreadable:
            return ["the safety settings are erased: they may forbid it"]
        for block in settings.blocks.values():
            if block.said.agent == "*" and matches(block.said.action, name):
                return [f"the action is blocked ({block.id}): {block.said.reason}"]
        asked = Asked(activity=action, arguments=context, run=workflow)
        found = []
        for id, enabled in settings.guardrails.items():
            known = self._functions.get(id)
            if known is not None and known.on != "call":
                continue
            verdict = panel.answer(id, asked)
            if not isinstance(verdict, Allow):
                word = enabled.severity or "high"
                found.append(self._refused(id, word, verdict, workflow, name))
        return found

    def _asked_panel(self, store: Store) -> Panel:
        """What asks the guardrails, outside of the journal's lock: they may use it."""
        if self._panel is None:
            clock = self.place.clock
            self._panel = Panel(store, clock=clock, guardrails=self._functions)
            weakref.finalize(self, self._panel.close)
        return self._panel

    def _refused(
        self, id: str, severity: Word, verdict: Verdict, workflow: str, action: str
    ) -> str:
        """Do about a refusal what its severity asks for; what it says."""
        why = verdict.reasons[0].text if verdict.reasons else "it is not allowed"
        blocks = severity == "critical" and not is_broken(verdict)
        if blocks:
            reason = f"the guardrail {id} refused it"
            with self._safety() as safety:
                safety.block_action(action, by=BY, severity=severity, reason=reason, found_by=id)
        self._notes.note(
            "guardrail",
            f"{id}/{workflow}/{action}",
            description=why,
            action="blocked" if blocks else "denied",
            severity=severity,
            run=workflow,
            facts={"guardrail": id, "action": action},
        )
        named = self._named.state().get(id)
        told = "" if named is None else f" ({named['name']}, {named['severity']})"
        return f"{id}{told}: {why}"

    def _detected(self, *, prompt: str, channel: Any, workflow: str) -> list[Any]:
        with translated():
            parts = tuple(detections(prompt, channel=channel))
        found = max(parts, key=lambda part: (part.flagged, part.unread > 0, part.score))
        is_refused = found.flagged or found.unread > 0
        if is_refused:
            digest = sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()
            self._note_injection(found, digest, workflow)
        return [is_refused, found.score]

    def _note_injection(self, found: Detection, digest: str, workflow: str) -> None:
        score = min(1.0, max(0.0, found.score))
        spans = [{"start": s.start, "end": s.end, "why": s.why} for s in found.spans]
        self._notes.note(
            "prompt_injection",
            digest,
            description="a text tries to give a model other orders",
            confidence=score,
            severity="high",
            run=workflow,
            facts={
                "sha256": digest,
                "channel": found.channel,
                "score": score,
                "spans": spans,
                "model": found.model,
            },
        )

    def _abused(self, *, tool: str, count: int, window_ms: int) -> list[Any]:
        with self._safety() as safety:
            watches = safety.settings().watches.values()
            limits = [
                (watch.count_max, watch.window_ms)
                for watch in watches
                if watch.kind == "calls" and watch.per == "tool" and watch.is_about(tool)
            ]
        told = f"{tool}: {count} calls in {window_ms / 1_000:g} s"
        for most, within_ms in limits or _LIMITS:
            least = -(-count // -(-window_ms // within_ms))  # in the fullest stretch, at the least
            if least > most:
                why = f"{told}, of at most {most} in {within_ms / 1_000:g} s"
                self._notes.note(
                    "tool_abuse",
                    tool,
                    description=why,
                    severity="high",
                    facts={"tool": tool, "calls": count, "window_ms": window_ms, "count_max": most},
                )
                return [True, f"Rate limit exceeded: {why}"]
        return [False, f"{told} are within the limit"]


_LIMITS = ((CALLS_MAX, CALLS_WINDOW_MS), (BURST_MAX, BURST_WINDOW_MS))


def _severity(word: str) -> Word:
    return severity_word(SEVERITIES.get(word, word))


def _as_name(action: str) -> str:
    """The action as it can be blocked: by its digest if it is no name, or would name others too."""
    try:
        if not check_name(action, "action").endswith("*"):
            return action
    except TarlError:
        pass  # no name, and blocked all the same
    return f"sha256:{sha256(action.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _anomaly(anomaly: Anomaly) -> AnomalyDetection:
    found = anomaly.found
    return AnomalyDetection(
        anomaly_id=anomaly.id,
        workflow_id=found.run or "",
        anomaly_type=found.kind,
        description=found.description,
        confidence=found.confidence,
        action_taken=found.action,
    )


def _evolve(now: dict[str, dict[str, str]], kind: str, body: dict[str, Any], at_ms: int) -> None:
    now[body["guardrail_id"]] = body
