"""An explanation as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tarl.planning.explanation.explained import Explanation, StepWords, totals
from tarl.planning.explanation.wording import carbon, kilowatt_hours, money


def markdown(explanation: Explanation) -> str:
    """The whole explanation."""
    return "\n".join(_lines(explanation)).rstrip() + "\n"


def approval_summary(explanation: Explanation) -> str:
    """What a person who approves has to know: what happens, what it costs, what it needs."""
    lines = [f"{explanation.sentence!r}", explanation.summary, ""]
    lines += [f"- {step.when}: {step.action} {step.name}" for step in explanation.steps]
    lines += _section("It needs", explanation.approval)
    lines += _section("Open questions", explanation.questions)
    if explanation.conflict:
        lines += _section("It cannot keep", explanation.conflict.values())
    return "\n".join(lines).rstrip() + "\n"


def _lines(e: Explanation) -> Iterator[str]:
    yield f"# {_escaped(e.sentence) or e.plan_id}"
    yield ""
    yield e.summary
    yield ""
    yield f"Plan `{e.plan_id}`, version {e.version}, {e.status.replace('_', ' ')}; {totals(e)}."
    if e.steps:
        yield from _steps(e)
    yield from _why(e)
    yield from _conflict(e)
    yield from _others(e)
    yield from _needs(e)
    yield from _section("Not known for sure", e.doubts)
    yield from _section("Open questions", e.questions)


def _steps(e: Explanation) -> Iterator[str]:
    yield ""
    yield "## What happens"
    yield ""
    yield "| when | what | cost | energy |"
    yield "|---|---|---|---|"
    for step in e.steps:
        cost = money(step.cost_micro, e.currency) if step.energy_wh else ""
        energy = kilowatt_hours(step.energy_wh) if step.energy_wh else ""
        yield f"| {step.when} | {_escaped(step.name)}: {step.action} | {cost} | {energy} |"


def _why(e: Explanation) -> Iterator[str]:
    reasons = [
        f"{_escaped(step.name)} {step.when}: {reason}"
        for step in e.steps
        for reason in step.because
    ]
    if e.saved_micro is not None and e.saved_micro > 0:
        saved = money(e.saved_micro, e.currency)
        reasons.append(f"beginning everything at once would cost {saved} more")
    if e.battery_saves_micro is not None:
        saved = money(e.battery_saves_micro, e.currency)
        reasons.append(f"moving energy through batteries takes {saved} off the house's bill")
    reasons += [
        f"{rule['text']}: this costs {money(rule['cost_micro'], e.currency)}"
        for rule in e.rules
        if rule["cost_micro"] > 0
    ]
    reasons += [f"given up: {text}" for text in e.given_up]
    reasons.append(f"what was weighed most: {e.strategy.replace('_', ' ')}")
    if e.gap is not None:
        far = "the solver proved that no plan is better"
        reasons.append(
            far if e.gap == 0 else f"a plan better by at most {e.gap / 10:.1f} % may exist"
        )
    yield from _section("Why so", reasons if e.steps else ())


def _conflict(e: Explanation) -> Iterator[str]:
    yield from _section("What cannot all be kept", e.conflict.values())
    ways = []
    for way in e.ways_out:
        starts = ", ".join(f"{name} {at}" for name, at in way.starts.items())
        flags = " ".join(f"--without {rule}" for rule in way.give_up)
        cost = money(way.cost_micro, e.currency)
        ways.append(f"giving up “{way.text}” (`{flags}`): {starts} for {cost}")
    yield from _section("Ways out", ways)
    yield from _section("Left out", e.left_out)


def _others(e: Explanation) -> Iterator[str]:
    others = []
    for other in e.alternatives:
        starts = ", ".join(f"{step} {at}" for step, at in other["starts"].items())
        line = f"{other['title']}: {starts} for {money(other['cost_micro'], e.currency)}"
        if other["needs"]:
            line += f"; needs {', '.join(other['needs'])}"
        others.append(line)
    yield from _section("Other plans", others)


def _needs(e: Explanation) -> Iterator[str]:
    inside, steps = e.privacy["in_the_house"], e.privacy["steps"]
    lines = []
    if steps:
        what = "Everything stays" if inside == steps else f"{inside} of {steps} steps stay"
        lines.append(f"{what} in the house ({', '.join(e.privacy['classes'])} data)")
    for consent in e.consents:
        given = f"given until {consent['until']}" if consent["given"] else "still wanted"
        lines.append(f"consent `{consent['scope']}`: {given}")
    lines += [f"needs {reason}" for reason in e.approval]
    lines += _guards(e.steps)
    yield from _section("Privacy, consent and guards", lines)
    if e.co2_g:
        yield from ("", f"{carbon(e.co2_g)} with the power of the grid at those times.")


def _guards(steps: Iterable[StepWords]) -> list[str]:
    by_text: dict[str, list[str]] = {}
    for step in steps:
        for need in (*step.needs, *((step.only_if,) if step.only_if else ())):
            names = by_text.setdefault(need, [])
            if step.name not in names:
                names.append(step.name)
    return [f"{', '.join(map(_escaped, names))}: {text}" for text, names in by_text.items()]


def _section(title: str, lines: Iterable[str]) -> list[str]:
    items = [f"- {line}" for line in lines]
    return ["", f"## {title}", "", *items] if items else []


def _escaped(text: str) -> str:
    """Text of people, so that it is shown and not understood."""
    shown = "".join(character for character in text if character.isprintable())
    for mark in ("\\", "`", "*", "_", "[", "]", "<", ">", "|", "#"):
        shown = shown.replace(mark, "\\" + mark)
    return shown
