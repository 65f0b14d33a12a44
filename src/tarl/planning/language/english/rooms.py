"""English: the rooms and floors of a house, also of those that a home may not have."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "place.kitchen": ("kitchen",),
    "place.living_room": ("living room", "lounge", "sitting room", "front room", "living-room"),
    "place.bedroom": ("bedroom", "master bedroom", "our room", "bed room"),
    "place.nursery": (
        "nursery",
        "kids room",
        "kids' room",
        "kid's room",
        "children's room",
        "childrens room",
        "baby's room",
        "baby room",
        "kids' bedroom",
        "children's bedroom",
        "playroom",
    ),
    "place.office": ("office", "study", "home office", "workroom"),
    "place.hall": ("hall", "hallway", "entrance", "corridor", "entryway", "entrance hall"),
    "place.garage": ("garage",),
    "place.garden": ("garden", "yard", "backyard", "lawn"),
    "place.bathroom": ("bathroom", "bath", "shower room"),
    "place.utility_room": ("utility room", "laundry room"),
    "place.basement": ("basement", "cellar"),
    "place.attic": ("attic", "loft"),
    "place.guest_room": (
        "<P> (room|bedroom)",
        "guest room",
        "guest bedroom",
        "spare room",
        "spare bedroom",
    ),
    "place.conservatory": ("conservatory", "sun room", "winter garden"),
    "place.playroom": ("play room", "games room"),
    "place.workshop": ("workshop", "shed", "greenhouse"),
    "place.dining_room": ("dining room",),
    "place.ground.floor": ("downstairs", "ground floor", "first floor down", "the lower floor"),
    "place.second_floor.floor": ("second (floor|storey|story|level)",),
    "place.third_floor.floor": ("third (floor|storey|story|level)",),
    "place.fourth_floor.floor": ("fourth (floor|storey|story|level)",),
    "place.fifth_floor.floor": ("fifth (floor|storey|story|level)",),
    "place.numbered_floor.floor": ("<N>(nd|rd|th) (floor|storey|story|level)",),
    "place.other_floor.floor": (
        "(other|next|middle|bottom|lowest|mezzanine) (floor|storey|story)",
    ),
    "place.upper.floor": ("upstairs", "upper floor", "top floor", "the upper floor", "first floor"),
    # Before the names of devices: what stands on a floor does not sweep it.
    "nothing.floors": (
        "(on|of|across) [all] (all|both|every|each) [of] [the|our] (floors|floor|storeys|levels)",
    ),
    "there": (
        "(in|over) there",
        "there",
        "in that room",
        "in that one",
        "its",
    ),
}
