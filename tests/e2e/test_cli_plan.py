"""``tarl plan|preview|plans|home`` and ``tarl run PLAN``, through the real command line."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from tests.e2e.cli_process import Cli, wait_until

from tarl.planning.plan import ExecutionStatus
from tarl.planning.plans.events import StepEnded
from tarl.planning.requests import ALTERNATIVES_MAX
from tarl.stack import open_plans
from tarl.storage import open_store

pytestmark = pytest.mark.e2e

EVENING = ("--at", "2026-11-18T19:00:00+02:00")
"""A Wednesday; prices and sun of Thursday, 7 September 2023 stand for it."""

FLAGSHIP = (
    "run the dishwasher when power is cheapest before 7am unless someone is sleeping, "
    "under 0.40 euro"
)
TOO_MUCH = FLAGSHIP.replace("0.40", "0.15")


def planned(cli: Cli, sentence: str, *words: str) -> dict[str, Any]:
    made = cli("plan", sentence, *EVENING, *words, "--json")
    assert made.code == 0, made
    data: dict[str, Any] = made.data
    return data


def test_a_sentence_becomes_an_explained_plan_that_is_recorded(cli: Cli) -> None:
    made = planned(cli, FLAGSHIP, "--id", "supper", "--svg", "plan.svg")
    explanation = made["explanation"]
    assert explanation["gap"] == 0
    (step,) = explanation["steps"]
    assert (step["device"], step["action"]) == ("dishwasher", "run")
    assert 0 < step["cost_micro"] <= 400_000
    assert explanation["saved_micro"] > 0
    assert any("next best time" in reason for reason in step["because"])
    assert (cli.directory / "plan.svg").read_text().startswith("<svg")
    (row,) = cli("plans", "ls", "--json").data["plans"]
    assert (row["plan"], row["status"], row["sentence"]) == ("supper", "draft", FLAGSHIP)
    shown = cli("plans", "show", "supper")
    assert shown.code == 0
    assert "## Why so" in shown.out
    (event,) = cli("plans", "history", "supper", "--json").data["events"]
    assert event["kind"] == "plan.made/1"
    assert cli("plans", "metrics", "supper", "--json").data["metrics"]["plan_id"] == "supper"
    assert cli("db", "check", "--deep").code == 0


def test_so_many_other_plans_are_shown_as_are_asked_for(cli: Cli) -> None:
    sentence, counts = "run the dishwasher and the washing machine before 7am", []
    for asked in ((), ("--alternatives", "1"), ("--alternatives", "0")):
        seen = cli("preview", sentence, *EVENING, *asked, "--json")
        assert seen.code == 0, seen
        counts.append(len(seen.data["explanation"]["alternatives"]))
    assert counts == [2, 1, 0]
    refused = cli("preview", FLAGSHIP, *EVENING, "--alternatives", str(ALTERNATIVES_MAX + 1))
    assert refused.code == 2
    assert cli("preview", FLAGSHIP, *EVENING, "--alternatives", str(ALTERNATIVES_MAX)).code == 0


def test_a_plan_is_drawn_to_standard_output_or_not_at_all(cli: Cli) -> None:
    piped = cli("preview", FLAGSHIP, *EVENING, "--svg", "-")
    assert piped.code == 0
    assert piped.out.startswith("<svg")
    assert piped.out.rstrip().endswith("</svg>")
    assert "## Why so" in piped.err
    shared = cli("plan", FLAGSHIP, *EVENING, "--id", "p", "--svg", "-", "--json")
    assert (shared.code, shared.data["error"]["code"]) == (2, "output.shared")
    assert cli("plans", "show", "p").code == 3  # refused before anything was recorded
    nowhere = cli("preview", FLAGSHIP, *EVENING, "--svg", "no/such/place.svg")
    assert nowhere.code == 4
    assert "output.unwritable" in nowhere.err
    assert "Traceback" not in nowhere.err
    assert not (cli.directory / "-").exists()


def test_a_conflict_names_the_rules_and_a_way_out_can_be_taken(cli: Cli) -> None:
    refused = cli("preview", TOO_MUCH, *EVENING, "--json")
    assert refused.code == 8
    explanation = refused.data["explanation"]
    assert "c3" in explanation["conflict"]
    ways = [way["give_up"] for way in explanation["ways_out"]]
    assert ["c3"] in ways
    taken = cli("preview", TOO_MUCH, *EVENING, "--without", "c3", "--json")
    assert taken.code == 0
    assert taken.data["explanation"]["cost_micro"] > 150_000


def test_what_runs_took_is_learned_and_listed(cli: Cli) -> None:
    made = planned(cli, FLAGSHIP, "--id", "supper")
    assert cli("plans", "learned", "--json").data["learned"] == []
    (step,) = made["plan"]["steps"]
    with contextlib.closing(open_store(cli.directory / "tarl.db")) as store:
        plans = open_plans(store)
        for status in (ExecutionStatus.APPROVED, ExecutionStatus.EXECUTING):
            plans.change_status("supper", status, version=1, by="anna")
        ended = {"version": 1, "step_id": step["step_id"], "outcome": "completed"}
        plans.end_step("supper", StepEnded(**ended, began_ms=10_000, ended_ms=3_610_000))
    (row,) = cli("plans", "learned", "--json").data["learned"]
    figures = {"device": "dishwasher", "what": "duration_ms", "value": 3_600_000, "count": 1}
    assert figures.items() <= row.items()
    assert (row["error"], row["is_believed"]) == (None, False)
    assert "3600000" in cli("plans", "learned").out


def test_a_preview_leaves_no_trace(cli: Cli) -> None:
    assert cli("preview", FLAGSHIP, *EVENING).code == 0
    assert not (cli.directory / "tarl.db").exists()
    planned(cli, FLAGSHIP, "--id", "supper")
    assert cli("preview", "unlock the front door", *EVENING).code == 0
    assert len(cli("plans", "ls", "--json").data["plans"]) == 1
    assert "Dishwasher" in cli("preview", "supper").out


def test_routines_are_planned_along_and_the_lower_priority_gives_way(cli: Cli) -> None:
    made = planned(cli, "run the dishwasher when power is cheapest before 7am", "--routines")
    assert {step["device"] for step in made["explanation"]["steps"]} >= {
        "dishwasher",
        "water_heater",
    }


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("plan", "tell me a joke"), (2, "task.not_understood")),
        (("plan", ""), (2, "sentence.empty")),
        (("plan", "run the dishwasher " * 400), (2, "sentence.too_long")),
        (("plan", "run the spaceship"), (2, "task.not_understood")),
        (("plan", "charge the car to 80% by 7 am"), (2, "plan.unknown_level")),
        (("plan", "run the dishwasher under 40 dollars"), (2, "plan.currency")),
        (("plan", "run the dryer", "--without", "house:power"), (2, "plan.essential")),
        (("plan", "run the dryer", "--household", "nowhere.yaml"), (3, "household.no_file")),
        (("plan", "run the dryer", "--broker", "mqtt://x:y@z"), (2, "device.broker_address")),
        (("plans", "show", "nothing"), (3, "journal.missing")),
        (("plans", "ls", "--status", "dancing"), (2, "plan.status")),
    ],
)
def test_bad_input_is_refused_with_a_code(
    cli: Cli, words: tuple[str, ...], refusal: tuple[int, str]
) -> None:
    assert cli.refused(*words) == refusal


def test_a_home_is_written_checked_and_not_written_over(cli: Cli) -> None:
    assert cli("home", "init").code == 0
    checked = cli("home", "check", "--json")
    assert checked.code == 0
    assert checked.data["devices"] == 16
    listed = cli("home", "devices", "--json").data["devices"]
    assert {"device": "lock.front_door", "critical": True}.items() <= next(
        each for each in listed if each["device"] == "lock.front_door"
    ).items()
    assert cli.refused("home", "init") == (2, "household.exists")


def test_ones_own_choice_of_a_time_is_priced(cli: Cli) -> None:
    made = planned(cli, "run the washing machine when power is cheapest before 7am", "--id", "w")
    (step,) = made["explanation"]["steps"]
    chosen = cli("plans", "what-if", "w", step["step_id"], "2026-11-18T19:00:00+02:00", "--json")
    assert chosen.code == 0, chosen
    (moved,) = chosen.data["explanation"]["steps"]
    assert moved["start"].startswith("2026-11-18T17:00")
    assert moved["cost_micro"] > step["cost_micro"]
    assert len(cli("plans", "history", "w", "--json").data["events"]) == 1
    for said in ("20:00", "8pm", "today 8pm", "in 60 minutes"):
        again = cli("plans", "what-if", "w", step["step_id"], said, "--json")
        assert again.data["explanation"]["steps"][0]["start"].startswith("2026-11-18T18:00"), said
    (night,) = planned(cli, "heat the water before 9am", "--id", "h")["explanation"]["steps"]
    later = cli("plans", "what-if", "h", night["step_id"], "tomorrow 4am", "--json")
    assert later.data["explanation"]["steps"][0]["start"].startswith("2026-11-19T02:00")
    odd = cli("plans", "what-if", "w", step["step_id"], "yesterday 7am")
    assert odd.code == 2
    assert "tomorrow 7am" in odd.err
    assert cli.refused("plans", "what-if", "w", "nothing", "2026-11-18T19:00:00+02:00") == (
        2,
        "plan.no_step",
    )


def test_nothing_is_carried_out_without_a_yes(cli: Cli) -> None:
    assert cli("plan", "unlock the front door", "--id", "door").code == 0
    assert cli.refused("run", "door") == (4, "plan.unapproved")
    (row,) = cli("plans", "ls", "--json").data["plans"]
    assert row["status"] == "draft"


def test_nobody_is_asked_to_agree_to_a_plan_that_is_over(cli: Cli) -> None:
    planned(cli, "unlock the front door", "--id", "door")
    assert cli.refused("run", "door", "--yes") == (2, "plan.late")
    (row,) = cli("plans", "ls", "--json").data["plans"]
    assert row["status"] == "draft"


def test_what_is_hypothetical_is_never_carried_out(cli: Cli) -> None:
    planned(cli, "what would happen if I run the dryer at 8 pm", "--id", "if")
    assert cli.refused("run", "if", "--yes") == (2, "plan.not_for_doing")


def test_cancelling_a_plan_stops_the_run_that_carries_it_out(cli: Cli) -> None:
    planned(cli, "run the dishwasher before 7am", "--id", "supper")
    running = cli.start("run", "flow.py:waiting", "--id", "supper")
    wait_until(lambda: '"running"' in cli("runs", "ls", "--json").out)
    assert cli("plans", "cancel", "supper", "--json").data["status"] == "cancelled"
    running.wait(30)
    assert cli("runs", "show", "supper", "--json").data["status"] == "cancelled"


def test_a_plan_that_nobody_carries_out_is_cancelled(cli: Cli) -> None:
    planned(cli, "run the dishwasher before 7am", "--id", "supper")
    assert cli("plans", "cancel", "supper", "--json").data["status"] == "cancelled"
    assert cli("plans", "cancel", "supper", "--json").data["status"] == "cancelled"
