"""What is known at an instant, put together: one ``ContextSnapshot`` over the slots of a plan.

1. Nothing is made up: a slot that a source does not cover has no value, and a doubt says so.
2. A source that is stale, of the future, missing or contradicts another gives a doubt that
   ``blocks`` what cannot be planned without it. Prices that end before the plan does are a doubt
   that blocks nothing: what is covered can be planned.
3. Data of other days that stand for today (``replay``) are moved by whole days of the home's wall
   clock, and a doubt names the days that they are of.
4. Where a calendar of quiet hours was set up and cannot be read, every slot is quiet.
5. Equal households, sources, states and instants give equal snapshots.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from pathlib import Path

import msgspec

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot, DeviceState, Doubt, Source, digest_of, is_ahead
from tarl.planning.explanation.wording import clock, lasting
from tarl.planning.household import Household
from tarl.planning.series import Point, Series, Unit, series_of
from tarl.planning.slots import HOUR_MS, MINUTE_MS, Grid, grid_from, instant_of, zone_named
from tarl.planning.sources import occupancy, settings
from tarl.planning.sources.calendars import Span
from tarl.planning.sources.occupancy import SURE, Occupancy, Told, told_by
from tarl.planning.sources.reading import BLOCKS, Origin, Readings, Role, Varying, read
from tarl.planning.sources.sun import crossings
from tarl.planning.sources.tariffs.urdb import Rate
from tarl.values.instants import isoformat_ms, to_datetime

EVENTS_AHEAD_MS = 24 * HOUR_MS
"""Events are known for a day more than the plan: ``before sunrise`` may lie just behind it."""

_UNITS: dict[Role, Unit] = {
    "import": "micro/kWh",
    "export": "micro/kWh",
    "solar": "W",
    "load": "W",
    "temperature": "deci_celsius",
    "co2": "g/kWh",
}
_NOUNS: dict[Role, str] = {
    "import": "prices of power",
    "export": "prices of power fed in",
    "solar": "watts of the sun",
    "load": "watts of the base load",
    "temperature": "temperatures",
    "co2": "grams of carbon",
}


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """A household with what its sources hold."""

    household: Household
    readings: Readings

    def snapshot(
        self,
        *,
        now_ms: int,
        hours: int = 36,
        states: Mapping[str, DeviceState] | None = None,
    ) -> ContextSnapshot:
        """What is known at an instant, over the hours that follow.

        Raises:
            Invalid: those of :func:`take`.
        """
        grid = grid_from(now_ms, hours=hours)
        return take(self.household, grid, now_ms=now_ms, sources=self.readings, states=states or {})


def home_at(path: Path, *, must: bool = True) -> Home:
    """The home that a household file describes, with what its sources hold.

    Args:
        path: The household file; its sources lie beside it.
        must: Whether a source that cannot be used is an error; else it is a doubt of each snapshot.

    Raises:
        Missing, Invalid, Unavailable: those of the household file, the settings and the sources.
    """
    from tarl.planning.devices import household_file  # needs YAML, which is optional

    household, listed = household_file.load(path)
    return home_of(household, settings.sources_from(listed), folder=path.parent, must=must)


def home_of(
    household: Household,
    sources: tuple[settings.Source, ...],
    *,
    folder: Path,
    must: bool = True,
) -> Home:
    """A household and its sources, read.

    Raises:
        Missing, Invalid, Unavailable: those of ``reading.read``.
    """
    zone = zone_named(household.time_zone)
    return Home(household=household, readings=read(sources, folder=folder, zone=zone, must=must))


def take(
    household: Household,
    grid: Grid,
    *,
    now_ms: int,
    sources: Readings,
    states: Mapping[str, DeviceState],
) -> ContextSnapshot:
    """What is known at ``now_ms``, slot by slot.

    Raises:
        Invalid: ``source.person``: a source is about somebody who does not live there; and
            ``calendar.malformed`` of an event that turns out so when it is expanded.
    """
    taking = _Taking(household, grid, now_ms, sources, states)
    values = {role: taking.values(role) for role in _UNITS}
    people = taking.occupancy()
    base = tuple(household.base_load_w if value is None else value for value in values["load"])
    return ContextSnapshot(
        timestamp=now_ms,
        grid=grid,
        time_zone=household.time_zone,
        currency=household.currency,
        import_price=values["import"],
        export_price=values["export"] if household.export_allowed else (None,) * grid.count,
        solar_w=values["solar"],
        base_load_w=base,
        co2_g_per_kwh=values["co2"],
        home=people.home,
        asleep=people.asleep,
        quiet=taking.quiet(),
        temperature=values["temperature"],
        devices=dict(sorted(states.items())),
        events=taking.events(),
        household_digest=digest_of(household),
        sources=taking.sources(),
        doubts=tuple(taking.doubts),
    )


class _Taking:
    """One snapshot on its way; doubts gather as its parts are asked for."""

    def __init__(
        self,
        household: Household,
        grid: Grid,
        now_ms: int,
        readings: Readings,
        states: Mapping[str, DeviceState],
    ) -> None:
        self.household, self.grid, self.now_ms = household, grid, now_ms
        self.readings, self.states = readings, states
        self.zone = zone_named(household.time_zone)
        self.doubts = list(readings.doubts)
        self._used: dict[str, Source] = {}
        for _, habits in readings.habits:
            for habit in habits:
                _check_person(household, habit.who)
        for dated in readings.calendars:
            _check_person(household, dated.who)

    # --- what varies

    def values(self, role: Role) -> tuple[int | None, ...]:
        """One value a slot, None where nothing is known."""
        found = [item for item in self.readings.varying if item.role == role]
        points: list[Point] = []
        for item in found:
            series = self._series(item)
            if series.currency in (None, self.household.currency):
                points += series.points
            else:
                self._doubt_currency(role, item.origin, series.currency)
            # Days that are over make nothing stale that others tell of the days to come.
            counts = len(found) == 1 or self._is_of_now(series)
            self._use(item.origin, BLOCKS[role] if counts else ())
            self._say_ended(role, item, series)
            self._say_replay(item, series)
        values = self._over(role, points, found)
        self._say_gaps(role, values, is_wanted=bool(found))
        return values

    def _is_of_now(self, series: Series) -> bool:
        """Whether it tells anything of the slots."""
        start, end = self.grid.start_ms, self.grid.end_ms
        return any(point.start_ms < end and point.end_ms > start for point in series.points)

    def _series(self, item: Varying) -> Series:
        shift = self._shift_ms(item.origin.replay)
        series = item.series(
            start_ms=self.grid.start_ms - shift, end_ms=self.grid.end_ms - shift, zone=self.zone
        )
        if not shift:
            return series
        moved = tuple(
            Point(point.start_ms + shift, point.end_ms + shift, point.value)
            for point in series.points
        )
        return msgspec.structs.replace(series, points=moved)

    def _over(
        self, role: Role, points: list[Point], found: list[Varying]
    ) -> tuple[int | None, ...]:
        names = ", ".join(dict.fromkeys(item.origin.name for item in found))
        try:
            merged = series_of(points, unit=_UNITS[role], source=names, observed_ms=self.now_ms)
        except Invalid as error:
            self._doubt(error.message, code=error.code, source=names, blocks=BLOCKS[role])
            return (None,) * self.grid.count
        return merged.over(self.grid)

    def _say_ended(self, role: Role, item: Varying, series: Series) -> None:
        """A rate that has ended, or is yet to begin, is not the one that is paid."""
        rate, name = item.values, item.origin.name
        if series.points or not isinstance(rate, Rate):
            return
        if rate.ends_ms is not None and rate.ends_ms <= self.grid.end_ms:
            text = f"the rate of {name} ended at {isoformat_ms(rate.ends_ms)}"
            self._doubt(text, code="source.stale", source=name, blocks=BLOCKS[role])

    def _say_gaps(self, role: Role, values: tuple[int | None, ...], *, is_wanted: bool) -> None:
        missing = values.count(None)
        if not missing or not (is_wanted or role == "import"):
            return
        noun = _NOUNS[role]
        if missing == len(values):
            text = f"{noun} are not known"
            self._doubt(text, code="source.none", source=role, blocks=BLOCKS[role])
            return
        text = f"{noun} are not known {self._gap_words(values)}"
        self._doubt(text, code="source.gap", source=role, blocks=())

    def _gap_words(self, values: tuple[int | None, ...]) -> str:
        """Where values are missing, on the wall's clock: from when to when, or from when on."""
        first = values.index(None)
        after = next((s for s in range(first, len(values)) if values[s] is not None), len(values))
        begins = clock(self.grid.at(first), self.zone, now_ms=self.now_ms)
        missing = values.count(None)
        lacking = lasting(missing * self.grid.slot_ms)
        if after == len(values):
            return f"from {begins} on, for {lacking} of what is planned"
        ends = clock(self.grid.at(after), self.zone, now_ms=self.now_ms)
        if missing == after - first:
            return f"from {begins} to {ends}"
        return f"from {begins} to {ends} and later, for {lacking} in all"

    def _doubt_currency(self, role: Role, origin: Origin, currency: str | None) -> None:
        self._doubt(
            f"{origin.name} has prices in {currency}, the home pays in {self.household.currency}",
            code="tariff.currency",
            source=origin.name,
            blocks=BLOCKS[role],
        )

    # --- people

    def occupancy(self) -> Occupancy:
        """Who is expected to be home and asleep."""
        spans: dict[tuple[str, occupancy.State], list[tuple[Span, int]]] = {}
        people: list[str] = []
        for origin, habits in self.readings.habits:
            self._use(origin, BLOCKS["occupancy"])
            for habit in habits:
                people.append(habit.who)
                usual = occupancy.spans_of(
                    habit, start_ms=self.grid.start_ms, end_ms=self.grid.end_ms, zone=self.zone
                )
                spans.setdefault((habit.who, habit.state), []).extend(
                    (span, habit.permille) for span in usual
                )
        # A trip of everybody's is that of those who live by habits here; others are guests.
        everybody = list(dict.fromkeys(people)) or [each.id for each in self.household.people]
        for dated in self.readings.calendars:
            gives = dated.gives
            if gives == "asleep" or gives == "away":
                self._use(dated.origin, BLOCKS["occupancy"])
                due = dated.calendar.spans(start_ms=self.grid.start_ms, end_ms=self.grid.end_ms)
                for who in [dated.who] if dated.who else everybody:
                    people += [who] if gives == "asleep" else []
                    spans.setdefault((who, gives), []).extend((span, SURE) for span in due)
        told = [item for item in map(self._told, self.readings.presence) if item is not None]
        return occupancy.occupancy(
            self.grid, people=list(dict.fromkeys(people)), spans=spans, told=told
        )

    def _told(self, presence: settings.Presence) -> Told | None:
        _check_person(self.household, presence.who)
        has_habits = bool(self.readings.habits)
        blocks = () if has_habits else BLOCKS["occupancy"]
        instead = "; habits are used instead" if has_habits else ""
        name = settings.name_of(presence)
        state = self.states.get(presence.device)
        told = (
            None
            if state is None
            else told_by(
                state,
                who=presence.who,
                home=presence.home,
                away=presence.away,
                asleep=presence.asleep,
                half_life_ms=presence.half_life_minutes * MINUTE_MS,
            )
        )
        if state is None or told is None:
            says = "says nothing" if state is None else f"says {state.state!r}"
            text = f"{presence.device} {says} of who is at home{instead}"
            if all(device.id != presence.device for device in self.household.devices):
                text = f"the home has no device {presence.device!r} to say who is there{instead}"
            self._doubt(text, code="source.presence_unknown", source=name, blocks=blocks)
            return None
        age_max_ms = presence.age_max_minutes * MINUTE_MS
        origin = Origin(
            name=presence.device,
            kind="presence",
            observed_ms=told.observed_ms,
            age_max_ms=age_max_ms,
        )
        self._used[origin.name] = _source(origin)
        if self._used[origin.name].is_stale(self.now_ms):
            text = f"{presence.device} last said {isoformat_ms(told.observed_ms)} who is at home"
            self._doubt(text + instead, code="source.presence_stale", source=name, blocks=blocks)
            return None
        if is_ahead(told.observed_ms, self.now_ms):
            text = f"what {presence.device} says of who is at home is of"
            text += f" {isoformat_ms(told.observed_ms)}, which has not come{instead}"
            self._doubt(text, code="source.ahead", source=name, blocks=blocks)
            return None
        if state.is_kept:
            text = f"what {presence.device} says of who is at home is what its broker kept: how old"
            text += " it is cannot be told"
            self._doubt(text, code="source.presence_kept", source=name, blocks=())
        return told

    # --- calendars

    def quiet(self) -> tuple[bool, ...]:
        """Whether a slot touches quiet hours."""
        if any("quiet" in doubt.blocks for doubt in self.readings.doubts):
            return (True,) * self.grid.count
        quiet = [False] * self.grid.count
        for dated in self.readings.calendars:
            if dated.gives == "quiet":
                self._use(dated.origin, BLOCKS["quiet"])
                for span in dated.calendar.spans(
                    start_ms=self.grid.start_ms, end_ms=self.grid.end_ms
                ):
                    for slot in self.grid.covering(span.start_ms, span.end_ms):
                        quiet[slot] = True
        return tuple(quiet)

    def events(self) -> dict[str, tuple[int, ...]]:
        """When the sun rises and sets, people wake up and leave, from now on, in order."""
        start, end = self.now_ms, self.grid.end_ms + EVENTS_AHEAD_MS
        found: dict[str, set[int]] = {}
        if self.readings.place is not None:
            rises, sets = crossings(self.readings.place, start_ms=start, end_ms=end)
            found["sunrise"], found["sunset"] = set(rises), set(sets)
        for name, at in (*self._habit_events(start, end), *self._dated_events(start, end)):
            if start <= at < end:
                found.setdefault(name, set()).add(at)
        return {name: tuple(sorted(at)) for name, at in sorted(found.items()) if at}

    def _habit_events(self, start: int, end: int) -> Iterator[tuple[str, int]]:
        for _, habits in self.readings.habits:
            for habit in habits:
                for span in occupancy.spans_of(habit, start_ms=start, end_ms=end, zone=self.zone):
                    yield from _ends(habit.state, span)

    def _dated_events(self, start: int, end: int) -> Iterator[tuple[str, int]]:
        for dated in self.readings.calendars:
            if dated.gives == "quiet":
                continue
            self._use(dated.origin, BLOCKS[dated.gives])
            moments = dated.gives == "events"
            for span in dated.calendar.spans(start_ms=start, end_ms=end, moments=moments):
                if dated.gives == "events":
                    yield "_".join(span.summary.lower().split()), span.start_ms
                else:
                    yield from _ends(dated.gives, span)

    # --- sources and doubts

    def sources(self) -> tuple[Source, ...]:
        """All that was used, by name."""
        return tuple(self._used[name] for name in sorted(self._used))

    def _use(self, origin: Origin, blocks: tuple[str, ...]) -> None:
        observed_ms = origin.observed_ms + self._shift_ms(origin.replay)
        source = _source(msgspec.structs.replace(origin, observed_ms=observed_ms))
        known = self._used.get(origin.name)
        if known is None or source.observed_ms < known.observed_ms:
            self._used[origin.name] = source  # of several of one name, the oldest
        if source.is_stale(self.now_ms):
            text = f"{origin.name} is of {isoformat_ms(observed_ms)}, which is too long ago"
            self._doubt(text, code="source.stale", source=origin.name, blocks=blocks)
        # What stands for another day was made on another day.
        if origin.is_dated and origin.replay is None and is_ahead(observed_ms, self.now_ms):
            text = f"{origin.name} is of {isoformat_ms(observed_ms)}, which has not come"
            self._doubt(text, code="source.ahead", source=origin.name, blocks=blocks)

    def _say_replay(self, item: Varying, series: Series) -> None:
        origin = item.origin
        if origin.replay is None or not series.points:
            return
        text = f"{origin.name}: what is of {origin.replay} stands for today"
        self._doubt(text, code="source.replayed", source=origin.name, blocks=())

    def _shift_ms(self, replay: date | None) -> int:
        """From a day of the data to today, midnight to midnight of the home's wall clock."""
        if replay is None:
            return 0
        today = to_datetime(self.now_ms).astimezone(self.zone).date()
        return instant_of(today, time(), self.zone) - instant_of(replay, time(), self.zone)

    def _doubt(self, text: str, *, code: str, source: str, blocks: tuple[str, ...]) -> None:
        doubt = Doubt(code=code, text=text, source=source, blocks=blocks)
        if doubt not in self.doubts:
            self.doubts.append(doubt)


def _source(origin: Origin) -> Source:
    return Source(
        name=origin.name,
        kind=origin.kind,
        observed_ms=origin.observed_ms,
        age_max_ms=origin.age_max_ms,
    )


def _ends(state: occupancy.State, span: Span) -> Iterator[tuple[str, int]]:
    names = ("bedtime", "wake_up") if state == "asleep" else ("departure", "arrival")
    yield names[0], span.start_ms
    yield names[1], span.end_ms


def _check_person(household: Household, who: str | None) -> None:
    if who is None or any(person.id == who for person in household.people):
        return
    raise Invalid(
        f"a source is about {who!r}, who does not live in the home",
        code="source.person",
        next_step="add the person to the home, or correct the source",
        person=who,
    )
