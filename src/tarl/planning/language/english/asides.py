"""English: what people are about to do as they ask, budgets, and what is said of time in passing."""

from __future__ import annotations

_WHO = "({everybody}|{somebody}|<P>|we all)"
_NOW = "[all|both|now|just|about to be|about]"

PHRASES: dict[str, tuple[str, ...]] = {
    "event.bedtime.told.now": (
        f"{_WHO} ('re|'m|are|am|is|'s) {_NOW} (going|heading|off) [off|up] (to bed|to sleep)",
        f"{_WHO} ('re|'m|are|am|is|'s) {_NOW} turning in",
    ),
    "event.departure.told.now": (
        f"{_WHO} ('re|'m|are|am|is|'s) {_NOW} (leaving|going out|heading out|off out|heading off"
        "|setting off|popping out|nipping out) [for work|the house|for the (day|evening)]",
    ),
    "fact.parting": ("^<T> (!|.)", "@. <T> (!|.)"),
    # What a budget is for is asked for: ``my budget for charging the car is five euros``.
    "polite.budget": (
        "[the|my|our] (budget|spending limit|allowance) (for|on)",
        "[and] (stick|keep|hold) to (it|that)",
    ),
    "budget.cost.each": ("<M> (a|per|each|every) <T>", "{most} <M> (a|per|each|every) <T>"),
    "filler.bought": ("(buy|buying|purchase|purchasing) [any|in] {power} [from {grid}]",),
    "filler.left": ("(leave|leaving)",),
    "filler.them": ("(them|those|these)",),
    "filler.else": ("[or] (otherwise|else)",),
    "drained.battery": (
        "(run|take|bring|draw|get|pull|running|taking|bringing|drawing) [the|our|my]"
        " (<D>|home battery|house battery|battery|powerwall) (right|all the way|) down",
        "(let|letting) [the|our|my] (<D>|home battery|house battery|battery|powerwall) (run|go"
        "|drain|drop|get|fall) down",
    ),
    "amount.U.1000.1/4": ("[a|one] quarter [of] a second", "a quarter second"),
    "amount.U.250": ("<N> quarters of a second",),
    "amount.U.1000.1/10": ("(a|one) tenth of a second",),
    "amount.U.1000.1/5": ("(a|one) fifth of a second",),
    "later.then": ("<U> later", "<U> (after that|after it)"),
    "clockelse.30": ("(half past|half-past)",),
    "clockelse.15": ("[a] quarter past",),
    "clockelse.45": ("[a] quarter to",),
    "clockelse": ("@at|by|until|till|around|about <N> past",),
    "window.meal": (
        "(between|from) (breakfast|dinner|supper|tea|brunch|lunch) [at] {t} (and|to|until|till)"
        " [(breakfast|dinner|supper|tea|lunch|brunch) at] {t}",
        "(between|from) {t} (and|to|until|till) (breakfast|dinner|supper|tea|brunch|lunch) at {t}",
    ),
    "orderdevice.behind": ("!for|of|last|first|about|in|the|next <U> (after|following) {d}",),
    "orderdevice.later": ("&<C> (after|following) {d}",),
    "timed.by": ("&(if|in case|should) <S> <C>",),
    "if.eq.by": (
        "(if|in case|should) <S> [still] (by|at|as of|come) {t}",
    ),
}
