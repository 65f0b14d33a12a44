"""Who is expected to be home and asleep: habits, what devices said, and what is unknown."""

from __future__ import annotations

from datetime import date, time

import pytest

from tarl.errors import Invalid
from tarl.planning.context import DeviceState
from tarl.planning.slots import HOUR_MS, Grid, day_grid, instant_of, zone_named
from tarl.planning.sources import occupancy
from tarl.planning.sources.calendars import Span
from tarl.planning.sources.occupancy import Habit, Told

HELSINKI = zone_named("Europe/Helsinki")
THURSDAY = day_grid(date(2023, 9, 7), HELSINKI, slot_ms=HOUR_MS)


def habit(**changed: object) -> Habit:
    given = {"who": "anna", "state": "asleep", "from_": "23:00", "to": "06:30"}
    return Habit(**(given | changed))  # type: ignore[arg-type]


def spans(habit: Habit, grid: Grid = THURSDAY) -> tuple[Span, ...]:
    return occupancy.spans_of(habit, start_ms=grid.start_ms, end_ms=grid.end_ms, zone=HELSINKI)


def expected(
    *habits: Habit, told: tuple[Told, ...] = (), grid: Grid = THURSDAY
) -> occupancy.Occupancy:
    by: dict[tuple[str, occupancy.State], list[tuple[Span, int]]] = {}
    for each in habits:
        found = by.setdefault((each.who, each.state), [])
        found += [(span, each.permille) for span in spans(each, grid)]
    people = list(dict.fromkeys(each.who for each in habits))
    return occupancy.occupancy(grid, people=people, spans=by, told=told)


def told(home: bool | None, asleep: bool | None = None, **changed: object) -> Told:
    given = {
        "who": None,
        "home": home,
        "asleep": asleep,
        "observed_ms": THURSDAY.start_ms,
        "half_life_ms": HOUR_MS,
    }
    return Told(**(given | changed))  # type: ignore[arg-type]


def test_a_habit_over_midnight_reaches_into_the_day() -> None:
    night = [(span.start_ms, span.end_ms) for span in spans(habit())]
    assert night == [
        (instant_of(date(2023, 9, 6), time(23), HELSINKI),
         instant_of(date(2023, 9, 7), time(6, 30), HELSINKI)),
        (instant_of(date(2023, 9, 7), time(23), HELSINKI),
         instant_of(date(2023, 9, 8), time(6, 30), HELSINKI)),
    ]  # fmt: skip


def test_a_habits_day_is_the_one_on_which_it_begins() -> None:
    assert len(spans(habit(days=("wed",)))) == 1
    assert spans(habit(days=("fri",))) == ()
    assert spans(habit(days=("thu",)))[0].start_ms == THURSDAY.at(23)


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 10, 25), 8.5), (date(2025, 3, 29), 6.5)])
def test_a_habit_keeps_to_the_wall_when_clocks_change(day: date, hours: float) -> None:
    grid = day_grid(day, HELSINKI)
    night = spans(habit(), grid)[-1]
    assert (night.end_ms - night.start_ms) / HOUR_MS == hours


def test_a_slot_that_is_partly_a_habits_has_a_part_of_its_share() -> None:
    found = expected(habit(permille=900))
    assert found.asleep[5:8] == (900, 450, 0)
    assert found.home == (1_000,) * 24


def test_somebody_sleeps_if_not_nobody_does() -> None:
    found = expected(habit(permille=900), habit(who="mika", permille=500))
    assert found.asleep[3] == 950
    away = {"state": "away", "from_": "08:00", "to": "16:00"}
    found = expected(habit(permille=800, **away), habit(who="mika", permille=500, **away))
    assert found.home[7:9] == (1_000, 600)


def test_who_is_away_does_not_sleep_here() -> None:
    trip = habit(state="away", from_="00:00", to="23:59", permille=900)
    found = expected(habit(permille=950), trip)
    assert found.asleep[3] == 95
    back = expected(habit(permille=1_000), trip, told=(told(True, who="anna"),))
    assert (back.asleep[0] or 0) > 700


def test_habits_that_share_a_slot_are_each_in_it_for_their_part() -> None:
    first = habit(from_="12:00", to="12:15", permille=800)
    last = habit(from_="12:30", to="13:00", permille=400)
    within = habit(from_="12:30", to="12:45", permille=600)
    assert expected(first, last).asleep[12] == 400
    assert expected(first, last, within).asleep[12] == 450


def test_what_was_told_fades_into_the_habit() -> None:
    away = habit(state="away", from_="00:00", to="23:59", permille=800)
    found = expected(away, told=(told(True),))
    assert found.home[0] == 766  # half an hour ago, of a half-life of one: .707 + .293 * .2
    assert found.home[0] > found.home[1] > found.home[2] > found.home[5] > 200
    assert expected(away, told=(told(None),)).home[0] == 200


def test_without_habits_what_was_told_fades_to_even_odds_and_then_is_unknown() -> None:
    found = expected(told=(told(False, asleep=False),))
    assert found.home[:4] == (146, 323, 412, None)
    assert found.asleep[0] == 146


def test_of_two_things_told_the_later_one_counts() -> None:
    later = told(False, observed_ms=THURSDAY.start_ms + 1)
    for both in ((told(True), later), (later, told(True))):
        assert (expected(told=both).home[0] or 0) < 500


def test_what_is_told_of_a_person_is_not_told_of_the_house() -> None:
    away = habit(state="away", from_="00:00", to="23:59", permille=1_000)
    found = expected(away, habit(who="mika", from_="00:00", to="01:00"), told=(
        told(False, who="anna"),
    ))  # fmt: skip
    assert found.home[0] == 1_000  # mika's there
    # Of somebody without habits nothing is known but what a device said a while ago.
    guest = told(True, who="guest", half_life_ms=HOUR_MS // 10)
    assert expected(told=(guest,)).home[2] is None
    # That one person sleeps is known even where another is not.
    assert expected(habit(permille=1_000), told=(guest,)).asleep[3] == 1_000


def test_of_a_guest_is_known_only_when_they_are_away_for_all_of_a_slot() -> None:
    trip = (Span(THURSDAY.at(3) + HOUR_MS // 2, THURSDAY.at(5), "away"), 1_000)
    found = occupancy.occupancy(THURSDAY, people=(), spans={("guest", "away"): [trip]})
    assert found.home[2:6] == (None, None, 0, None)
    assert found.asleep[2:6] == (None, None, 0, None)


def test_nobody_of_whom_anything_is_known_is_unknown() -> None:
    found = expected()
    assert found.home == found.asleep == (None,) * 24


def test_unknown_is_somebody_for_quiet_and_nobody_for_safety() -> None:
    assert (occupancy.for_quiet(None), occupancy.for_safety(None)) == (1_000, 0)
    assert (occupancy.for_quiet(3), occupancy.for_safety(3)) == (3, 3)


@pytest.mark.parametrize(
    ("word", "home", "asleep"),
    [
        ("home", True, None),
        ("ON", True, None),
        ("awake", True, False),
        ("sleeping", True, True),
        ("not_home", False, False),
        ("off", False, False),
    ],
)
def test_words_of_sensors(word: str, home: bool, asleep: bool | None) -> None:
    found = occupancy.told_by(DeviceState(state=word, observed_ms=5), who=None)
    assert found is not None
    assert (found.home, found.asleep, found.observed_ms) == (home, asleep, 5)


def test_what_is_not_understood_or_offline_tells_nothing() -> None:
    unknown = DeviceState(state="unavailable", observed_ms=5)
    offline = DeviceState(state="home", observed_ms=5, is_online=False)
    assert occupancy.told_by(unknown, who=None) is None
    assert occupancy.told_by(offline, who=None) is None


@pytest.mark.parametrize("text", ["25:00", "7", "", "noon", "06:60"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        occupancy.clock(text, source="habits")
    assert caught.value.code == "schedule.time"
