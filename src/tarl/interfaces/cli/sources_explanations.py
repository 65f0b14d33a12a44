"""What the error codes of prices, calendars, habits and other sources mean and what to try: a part
of the table in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

SOURCES: dict[str, _e] = {
    "calendar.frequency": _e(
        "An event recurs more often than once a day, or began before 1970.",
        "Let it recur by the day, week, month or year, and begin later.",
    ),
    "calendar.malformed": _e(
        "A file is not a calendar that can be understood.",
        "Export it again as an .ics file of one calendar.",
    ),
    "calendar.span": _e("An event ends before it begins.", "Correct its end."),
    "calendar.too_large": _e(
        "A calendar has more events than a home's has.", "Keep the home's own calendar apart."
    ),
    "calendar.zone": _e(
        "An event is in a time zone that the calendar does not describe and nobody knows.",
        "Use a zone of the IANA database, like Europe/Helsinki.",
    ),
    "fetch.address": _e(
        "This is no address to fetch prices from.", "Begin it with https:// and a host."
    ),
    "fetch.failed": _e("A service of prices has trouble of its own.", "Try again later."),
    "fetch.host": _e(
        "Prices are fetched from the hosts that are allowed, over TLS, and from no other.",
        "Allow the host, or save its answer as a file and name that as the source.",
    ),
    "fetch.nothing": _e(
        "The service has no such prices, or not yet.",
        "Tomorrow's day-ahead prices come after noon, central European time.",
    ),
    "fetch.refused": _e(
        "A service of prices refuses the question.", "Check area, currency, product and tariff."
    ),
    "fetch.timed_out": _e("A service did not answer in time.", "Try again later."),
    "fetch.too_large": _e("A service's answer is larger than is taken.", "Ask for fewer days."),
    "fetch.too_many_pages": _e("An answer has too many pages.", "Ask for a shorter time."),
    "fetch.unreachable": _e("A service of prices cannot be reached.", "Check the network."),
    "schedule.malformed": _e(
        "The file of habits is not a list of who, state, from and to.",
        'Compare it with the example; times stand in quotes, like "06:30".',
    ),
    "schedule.time": _e("A habit has no time of day.", 'Write it in quotes, like "06:30".'),
    "series.overlap": _e(
        "Two values are given for one time: two sources contradict each other, or one itself.",
        "Keep one of them.",
    ),
    "series.span": _e("A value ends before it begins.", "Check the source's times."),
    "series.too_long": _e("A source has too many values.", "Give the days that are planned."),
    "source.blocks": _e(
        "What a task rests on, like prices, is stale or not known; the message says what.",
        "Bring the source up to date, or ask for something that does not rest on it.",
    ),
    "source.device_silent": _e(
        "A device did not answer in time: the plan is made without its state.",
        "Look after the device, or its bridge or broker.",
    ),
    "source.gap": _e(
        "A source ends before the plan does, or has a hole: those slots have no value.",
        "Nothing, if the plan leaves them alone; else give the source more days.",
    ),
    "source.malformed": _e(
        "An entry under `sources:` of the household file is of no known form.",
        "Correct what the message names.",
    ),
    "source.missing": _e(
        "A file that the household file names cannot be read.",
        "Put it there, or correct its path.",
    ),
    "source.none": _e(
        "Nothing is known of a thing that plans need, like prices.",
        "Add a source of it to the household file, or bring the one it has up to date.",
    ),
    "source.path": _e(
        "Sources are files beside the household file or below it, and nothing else.",
        "Put the file there, and name it from there.",
    ),
    "source.person": _e(
        "A source is about somebody who does not live in the home.",
        "Add the person under `people:`, or correct the source.",
    ),
    "source.place": _e("The home is in two places.", "Keep one source of the kind place."),
    "source.presence_kept": _e(
        "What a device says of who is at home is what its broker kept: how old it is is not known.",
        "Give the device an availability topic, or let it say so again now and then.",
    ),
    "source.ahead": _e(
        "A source, or a device that says who is at home, is of an instant that has not come: a"
        " clock is wrong, and how old it is cannot be told.",
        "Set the clock of this machine, or of whoever gave the data; correct `observed:`.",
    ),
    "source.presence_stale": _e(
        "What a device said of who is at home is too long ago to be relied on.",
        "Look after the device; habits count meanwhile, where there are any.",
    ),
    "source.presence_unknown": _e(
        "A device says nothing, or nothing that is understood, of who is at home.",
        "Look after the device, or list its words under the source's `home:` and `away:`.",
    ),
    "source.replayed": _e(
        "Data of other days stand for today, because the source has `replay:`.",
        "Nothing, to try things out; for a real home, take `replay:` away.",
    ),
    "source.stale": _e(
        "A source is older than it may be.", "Bring it up to date, or raise `age_max_hours:`."
    ),
    "source.too_large": _e("A source's file is too large.", "Keep the days that are planned."),
    "source.too_many": _e("There are too many sources.", "Put several days into one file."),
    "source.unit": _e("A source's unit does not fit its kind.", "Correct its `unit:`."),
    "table.lasts": _e(
        "A table with one row does not say how long it lasts.",
        "Add `minutes:` to the source, or a column with ends.",
    ),
    "table.malformed": _e(
        "A row has no time and number, or a column is not there.",
        "Name the columns in the source; the message says which row.",
    ),
    "table.value": _e(
        "A value is not of this world: its unit, or its column, is wrong.",
        "Correct `unit:` or `columns:` of the source.",
    ),
    "tariff.auction": _e(
        "A publication of ENTSO-E's platform has other auctions than the one that is wanted.",
        "Set `sequence:` to one that it has, or leave it out.",
    ),
    "tariff.currency": _e(
        "Prices are in no known currency, in several, or not in the home's.",
        "Give prices in the household's currency.",
    ),
    "tariff.malformed": _e(
        "A file of prices is not of the form that the source's kind says.",
        "Save the service's answer as it comes, or correct the kind.",
    ),
    "tariff.no_area": _e(
        "The prices are of other bidding areas.", "Use one that the message lists."
    ),
    "tariff.price": _e("A price is absurd: most often its unit is wrong.", "Correct `unit:`."),
    "tariff.refused": _e(
        "The platform gave the reason why it has no prices, instead of prices.",
        "Ask for a day that is published, of a bidding zone.",
    ),
    "tariff.tiers": _e(
        "The rate has several tiers, by what is used in a month, which nobody here knows.",
        "Add `tier:` to the source, counted from 0.",
    ),
}
