"""A saga: book a flight, a room and a car; if one of them cannot be had, give the others back.

The airline sometimes does not answer, so its calls are tried again under the same key, and it books
nothing twice. The room in "Bergen" is taken: the trip fails, and what was booked is undone in
reverse order before the run ends.

    python trip.py Oslo      # booked, at the third attempt at the flight
    python trip.py Bergen    # fails, and leaves no booking behind
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import tarl
from tarl import Context, RetryPolicy, activity, current_attempt, current_effect, workflow

BOOKINGS = Path("bookings.json")
PATIENT = RetryPolicy(attempts_max=5, first_wait_ms=50, never=("LookupError",))


@dataclass(frozen=True)
class Trip:
    to: str
    nights: int


def bookings() -> dict[str, str]:
    """What the companies have in their books: what, by its key."""
    return json.loads(BOOKINGS.read_text()) if BOOKINGS.exists() else {}


def book(what: str) -> str:
    """Enter it once for each key; the key is the booking's number."""
    key = current_effect().key
    BOOKINGS.write_text(json.dumps({**bookings(), key: what}, indent=2))
    return key


@activity(retry=PATIENT)
def give_back(*args: object, result: str) -> None:
    """Undo a booking; undoing it twice is undoing it once."""
    kept = {key: what for key, what in bookings().items() if key != result}
    BOOKINGS.write_text(json.dumps(kept, indent=2))


@activity(retry=PATIENT, timeout_ms=5_000, compensate=give_back)
def book_flight(to: str) -> str:
    """An airline that books, and then does not answer twice."""
    number = book(f"flight to {to}")
    if current_attempt().number < 3:
        raise ConnectionError("the airline does not answer")
    return number


@activity(retry=PATIENT, compensate=give_back)
def book_car(to: str) -> str:
    """A car for the whole stay."""
    return book(f"car in {to}")


@activity(retry=PATIENT, compensate=give_back)
def book_room(to: str, nights: int) -> str:
    """A room, if there is one."""
    if to == "Bergen":
        raise LookupError(f"no room in {to}")  # asking again does not help
    return book(f"room in {to}, {nights} nights")


@workflow
async def trip(ctx: Context, wanted: Trip) -> list[str]:
    """All three, or none."""
    return [
        await ctx.call(book_flight, wanted.to),
        await ctx.call(book_car, wanted.to),
        await ctx.call(book_room, wanted.to, wanted.nights),
    ]


async def main(to: str) -> int:
    async with tarl.open("trips.db") as runtime:
        try:
            booked = await runtime.run(trip, Trip(to, 3), id=f"trip-{to}")
        except tarl.RunFailed as error:
            print(f"not booked: {error.message}")
            return 1
    print(f"booked: {len(booked)} of {len(bookings())} entries")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
