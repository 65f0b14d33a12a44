"""``tarl demo research``: four agents answer a question from a library; it goes wrong on purpose.

Every printed number is computed from what happened: from the journal, and from the file in which
each request that a model really got is a line.
"""

from __future__ import annotations

import difflib
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from tarl.errors import Invalid, TarlError, Unavailable
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.program import command
from tarl.interfaces.demo.performance import Performance
from tarl.interfaces.demo.places import PAUSES_MS, free_directory, speed_option

if TYPE_CHECKING:
    from tarl.interfaces.demo.research.acts import Stage, Step
    from tarl.interfaces.demo.research.crew import Task

RUN, FORK = "research", "research-short"
KILL_AFTER_ANSWERS = {"scripted": 4, "live": 2}
"""A live model may use no tool, and then there are four answers in all."""

SHORT = "You write a short report: a title, and the answer in one sentence. Name the sources."
KILL_WAIT_ANSWERS = 2
"""So many more answers may come before the kill, so that it comes while a model is being asked."""

BAR_CELLS = 24
DIFF_LINES_MAX = 16
LINE_CHARS_MAX = 96


@click.command(short_help="Agents research, are killed, go on, and prove it.")
@click.argument("question", required=False, metavar="[QUESTION]")
@speed_option
@click.option("--yes", is_flag=True, help="Ask nothing; approve with the demonstration's own key.")
@click.option(
    "--dir",
    "directory",
    metavar="DIR",
    help="Where files go (default: the first free of tarl-research, tarl-research-2 ...).",
)
@click.option(
    "--model",
    metavar="NAME",
    help="A live model, at --base-url or OpenAI (default: TARL_DEMO_MODEL, else the script).",
)
@click.option(
    "--base-url",
    metavar="URL",
    help="An OpenAI-compatible endpoint (default: TARL_DEMO_BASE_URL).",
)
@click.option(
    "--api-key-env",
    metavar="NAME",
    help="The environment variable with its key (default: OPENAI_API_KEY, if it is set).",
)
@click.option("--local", is_flag=True, help="The small model of the extra local-model.")
@common_options
@click.pass_obj
def research(
    invocation: Invocation,
    question: str | None,
    speed: str,
    yes: bool,
    directory: str | None,
    model: str | None,
    base_url: str | None,
    api_key_env: str | None,
    local: bool,
) -> int:
    """Have a researcher, an analyst, a critic and a writer answer a question from a small library.

    The library is bundled: statements of two public-domain publications of NIST. Without a model
    the answers are scripted, and the demonstration says so. Each agent has a key and grants of its
    own; a tool that nobody may use is denied; the worker is killed (SIGKILL) and another takes the
    run up without asking a model again for what is recorded; a person approves the report; a fork
    with another prompt is compared; the evidence is verified by the separate program tarl-verify.
    """
    from tarl.interfaces.demo.research.acts import Stage
    from tarl.interfaces.demo.research.crew import QUESTION, Task

    if not yes and not sys.stdin.isatty():
        raise Invalid(
            "a person is to approve the report, and there is no terminal to ask at",
            code="demo.nobody",
            next_step="tarl demo research --yes",
        )
    place = Path(directory) if directory else free_directory("tarl-research")
    if not yes:
        said = f"This writes to {place}/ and kills a process that it starts. Go on?"
        click.confirm(said, default=True, abort=True, err=True)
    place.mkdir(parents=True, exist_ok=True)
    if any(place.iterdir()):
        raise Invalid(f"{place} is not empty", code="demo.directory", next_step="choose another")
    named = None if local else model or os.environ.get("TARL_DEMO_MODEL")
    key_env = api_key_env or ("OPENAI_API_KEY" if "OPENAI_API_KEY" in os.environ else None)
    task = Task(
        question=question or QUESTION,
        directory=str(place.resolve()),
        pause_ms=PAUSES_MS[speed],
        model=named,
        base_url=base_url or os.environ.get("TARL_DEMO_BASE_URL") if named else None,
        api_key_env=key_env if named else None,
        local=str(invocation.keyring.directory.parent / "models") if local else None,
    )
    return _Play(invocation, Stage(place), task, asks=not yes).play()


class _Play(Performance):
    """One performance; each act prints what it saw."""

    def __init__(self, invocation: Invocation, stage: Stage, task: Task, *, asks: bool) -> None:
        super().__init__(invocation, task.directory)
        self._stage = stage
        self._task = task
        self._asks = asks

    def play(self) -> int:
        """All acts in order; the exit code."""
        self._open()
        self._run_and_kill()
        self._resume()
        self._show_shares()
        self._fork()
        self._prove_all(self._stage.export(RUN, FORK), self._stage.verify)
        if self._invocation.as_json:
            self._said.document("demo.research", **self._facts)
            return 0
        self._say("")
        home, db = f"TARL_HOME={shlex.quote(str(self._stage.home))}", str(self._stage.db)
        self._say(f"Look around:  {home} {command('runs', 'show', RUN, '--db', db)}")
        self._say(f"              {home} {command('diff', RUN, FORK, '--db', db)}")
        self._say(f"              cat {self._stage.directory / self._task.name}")
        return 0

    # --- the acts

    def _open(self) -> None:
        from tarl.interfaces.demo.research.crew import GRANTS
        from tarl.interfaces.demo.research.library import statements

        documents = {each.document for each in statements()}
        source = "live" if self._task.is_live else "scripted"
        self._title(f"“{self._task.question}”")
        self._say(
            f"  library   {len(statements())} statements of {len(documents)} documents:"
            " NIST AI RMF 1.0 and SP 800-53, public domain"
        )
        self._say(f"  models    {self._models(source)}")
        self._stage.prepare()
        for agent, actions in GRANTS.items():
            self._say(f"  {agent:<11} may {', '.join(actions)}")
        self._facts |= {
            "question": self._task.question,
            "source": source,
            "library": {"statements": len(statements()), "documents": sorted(documents)},
            "grants": {agent: list(actions) for agent, actions in GRANTS.items()},
        }

    def _models(self, source: str) -> str:
        if source == "scripted":
            return "scripted: what they say was written beforehand; no model is asked"
        if self._task.local is not None:
            return "live: the small model of the extra local-model, on this machine"
        return f"live: {self._task.model} at {self._task.base_url or 'OpenAI'}"

    def _run_and_kill(self) -> None:
        self._title("The agents work, and their worker is killed in the middle")
        worker = self._stage.start(self._task, RUN)
        self._say(f"  worker {worker.pid} started")
        steps: list[Step] = []
        told = 0
        try:
            for steps, length in self._stage.watch(worker, RUN, is_live=self._task.is_live):
                self._tell(steps, after=told)
                told = length
                answers = [step for step in steps if step.is_model and step.ending]
                is_asking = any(step.is_model and step.ending is None for step in steps)
                beyond = len(answers) - KILL_AFTER_ANSWERS[self._facts["source"]]
                if beyond >= 0 and (is_asking or beyond >= KILL_WAIT_ANSWERS):
                    break
            else:
                raise Unavailable(
                    "the worker ended before it could be killed",
                    code="demo.too_fast",
                    next_step="tarl demo research --speed normal",
                )
        finally:
            code = self._stage.kill(worker)
        steps, length = self._stage.steps(RUN)
        self._recorded = {step.number for step in steps if step.is_model and step.ending}
        self._before = self._stage.asked_models(RUN)
        self._cut_off_at = length
        self._say(
            f"  worker {worker.pid} killed ({-code}); on disk: {length} events,"
            f" {len(self._recorded)} answers of models"
        )
        self._facts["killed"] = {
            "exit": code,
            "events": length,
            "answers": len(self._recorded),
        }

    def _resume(self) -> None:
        self._title(
            "Another worker takes the run up; a person is asked before anything is published"
        )
        decision = self._perform(RUN, after=self._cut_off_at)
        steps, _ = self._stage.steps(RUN)
        asked = self._stage.asked_models(RUN)
        again = sum(asked[step] > self._before[step] for step in self._recorded)
        answers = [step for step in steps if step.is_model and step.ending == "completed"]
        denied = [step for step in steps if step.ending == "denied"]
        self._say(
            f"  {len(self._recorded)} answers replayed from the journal,"
            f" {len(answers) - len(self._recorded)} asked for now;"
            f" {again} recorded answers asked for again"
        )
        resent = asked.total() - len(answers)
        self._say(f"  {resent} request that the kill cut off was sent again")
        if not denied:
            self._say("  nothing was denied: no agent asked for what it may not have")
        self._facts["resumed"] = {
            "answers": len(answers),
            "replayed": len(self._recorded),
            "requests": asked.total(),
            "repeated_acknowledged": again,
        }
        self._facts["denied"] = [
            {"agent": step.agent, "activity": step.activity, "why": step.reasons} for step in denied
        ]
        self._facts["decision"] = decision
        if again:
            raise TarlError("a recorded answer was asked for again", code="demo.repeated")

    def _show_shares(self) -> None:
        from tarl.interfaces.demo.research.crew import BUDGET

        report = self._stage.report(RUN)
        turns = report["result"]["turns"]
        self._title("What each agent gave, and what it took of the budget")
        most = max((_tokens(turn["usage"]) for turn in turns), default=0) or 1
        for turn in turns:
            tokens = _tokens(turn["usage"])
            bar = "█" * max(1, round(tokens / most * BAR_CELLS))
            tools = turn["usage"].get("tool_calls", 0)
            self._say(
                f"  {turn['agent']:<11} {turn['usage'].get('model_calls', 0)} requests,"
                f" {tools} tools  {tokens:>6} tokens  {bar}"
            )
        usage = report["result"]["usage"]
        cost = usage.get("cost_micro", 0)
        self._say(
            f"  together    {_tokens(usage)} of {BUDGET.tokens} tokens,"
            f" {cost / 1e6:.4f} of {(BUDGET.cost_micro or 0) / 1e6:.2f} in money"
        )
        self._say(
            f"  ended       {report['result']['status']}; answers were {self._facts['source']}"
        )
        self._facts["budget"] = msgspec.to_builtins(BUDGET)
        self._facts["usage"] = usage
        self._facts["turns"] = [
            {"agent": turn["agent"], "ending": turn["ending"], "usage": turn["usage"]}
            for turn in turns
        ]
        self._facts["published"] = report.get("published")

    def _fork(self) -> None:
        from tarl.interfaces.demo.research.acts import before_the_writer

        self._title("A fork from before the writer's turn, with another prompt")
        steps, length = self._stage.steps(RUN)
        at = before_the_writer(steps)
        self._say(f"  was:  {self._task.writer}")
        self._say(f"  now:  {SHORT}")
        task = msgspec.structs.replace(self._task, writer=SHORT, name="report-short.md")
        self._perform(FORK, after=at, fork=f"{RUN}@{at}", task=task)
        found = self._stage.difference(RUN, FORK)
        changed = [pair.a.seq for pair in found.pairs if pair.change != "same" and pair.a]
        later = [seq for seq in changed if seq > at]
        again = self._stage.asked_models(FORK).total()
        self._say(
            f"  {at} of {length} events were taken over; the runs differ in the input and, from"
            f" event {min(later, default=length)} on, in {len(later)} events; {again} answer was"
            " asked for"
        )
        lines = self._compared()
        for line in lines[:DIFF_LINES_MAX]:
            self._say("  " + self._coloured(line[:LINE_CHARS_MAX]))
        if len(lines) > DIFF_LINES_MAX:
            self._say(f"  … {len(lines) - DIFF_LINES_MAX} more lines")
        self._facts["fork"] = {
            "taken_over": at,
            "changed": changed,
            "requests": again,
            "prompt": SHORT,
            "diff": lines,
        }

    def _compared(self) -> list[str]:
        texts = [str(self._stage.report(id)["result"].get("output")) for id in (RUN, FORK)]
        old, new = (text.splitlines() for text in texts)
        return [*difflib.unified_diff(old, new, RUN, FORK, n=0, lineterm="")]

    # --- what acts share

    def _perform(
        self, run: str, *, after: int, fork: str | None = None, task: Task | None = None
    ) -> str:
        """Let a worker end a run; the person is asked on the way."""
        worker = self._stage.start(task or self._task, run, fork=fork)
        self._say(f"  worker {worker.pid} started")
        told, decision = after, ""
        try:
            for steps, length in self._stage.watch(
                worker, run, after=after, is_live=self._task.is_live
            ):
                self._tell(steps, after=told)
                told = length
                asked = None if decision else self._stage.asked(run)
                if asked is not None:
                    decision = self._decide(run, asked)
            code = worker.wait()
        finally:
            self._stage.kill(worker)
        if code != 0:
            raise Unavailable(f"the worker ended with {code}", code="demo.worker")
        return decision

    def _decide(self, run: str, asked: Any) -> str:
        approves, how = True, "approved with the demonstration's own key, as --yes says"
        if self._asks:
            request = [body for _, kind, body in self._stage.bodies(run) if "asked" in kind][-1]
            shown = request["request"]["context"]["report"]
            click.echo("\n" + "\n".join(f"  │ {line}" for line in shown.splitlines()), err=True)
            approves = click.confirm("  Publish this?", default=True, err=True)
            how = "said at the terminal"
        self._stage.vote(asked, approves=approves, reason=how)
        decision = "approved" if approves else "rejected"
        self._say(f"  ✎ {'reviewer':<11} {decision}: {how}")
        return decision

    def _tell(self, steps: list[Step], *, after: int) -> None:
        for step in sorted(steps, key=lambda each: each.seq):
            if step.ending is None or step.seq <= after:
                continue
            mark = {"completed": "✓", "denied": "✗"}.get(step.ending, "!")
            self._say(f"  {mark} {step.agent:<11} {_what(step)}"[:LINE_CHARS_MAX])

    def _coloured(self, line: str) -> str:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        return line if self._said.plain or colour is None else click.style(line, fg=colour)


def _tokens(usage: dict[str, int]) -> int:
    return usage.get("input_tokens", 0) + usage.get("output_tokens", 0)


def _what(step: Step) -> str:
    if step.ending == "denied":
        return f"{step.activity} denied: {step.reasons}"
    if step.is_model:
        calls = step.result["message"].get("tool_calls") or []
        asks = ", ".join(call["name"] for call in calls)
        text = step.result["message"].get("content", "").partition("\n")[0]
        return f"{step.activity}: asks for {asks}" if asks else f"{step.activity}: {text}"
    words = next((str(v) for v in (*step.named.values(), *step.given)), "")
    if isinstance(step.result, list):
        return f"{step.activity} “{words}”: {len(step.result)} statements"
    return f"{step.activity} {words}"
