"""English: the ways to ask for less or more of something, the same for whatever it is.

What is striven for has its own words here, and each of them is combined with each way to say that
it shall be small, great or better; ``aims`` holds what is said of one thing alone.
"""

from __future__ import annotations

_LESS = {
    "cost": "(cost|costs|bill|bills|expenses|spending|energy bill|power bill|electricity bill"
    "|heating bill|energy costs|electricity costs|heating costs|running costs|power costs)",
    "energy": "(energy|electricity|energy use|power use|energy consumption|power consumption"
    "|electricity use|electricity consumption|energy usage|power usage|electricity usage)",
    "co2": "(emissions|carbon|co2|carbon footprint|footprint|carbon emissions|co2 emissions"
    "|climate impact|environmental impact|greenhouse gases|pollution)",
    "peak_power": "(peak|peaks|peak load|load peaks|power peaks|peak demand|spikes|power spikes"
    "|load spikes|peak power)",
    "grid_import": "(grid import|grid imports|grid use|grid usage|grid consumption|grid power"
    "|grid energy|grid electricity|imports from the grid|power from the grid)",
    "latency": "(latency|delay|delays|lag|response time|response times|reaction time"
    "|reaction times|waiting time)",
    "noise": "(noise|racket|noise level|sound|din|noises)",
}
_MORE = {
    "solar_use": "(solar use|solar power|solar energy|self-consumption|self consumption|own power"
    "|use of [our|the] [own] (solar|sun|panels|roof))",
    "comfort": "(comfort|cosiness|coziness|warmth and comfort)",
    "privacy": "(privacy|discretion|data protection)",
    "security": "(security|safety|protection)",
}
_BETTER = {
    "energy": "(energy efficiency|energy use|energy consumption|power use|power consumption"
    "|energy usage|use of energy|electricity use|electricity consumption|efficiency)",
    "cost": _LESS["cost"],
    "comfort": "(comfort|comfort level)",
    "privacy": "(privacy|privacy settings)",
    "latency": _LESS["latency"],
}

_FIRST = {
    "energy": "[the|lower|less|better|more] (energy|efficiency|energy efficiency|energy use)",
    "cost": "[the|low|lower|less|reduced|better|smaller] "
    "(cost|costs|money|price|bill|expense|savings)",
    "comfort": "[the|our] (comfort|cosiness|being comfortable)",
    "privacy": "[the|our] privacy",
    "latency": "[the] (latency|speed|response time|responsiveness|quick responses)",
}


def _less(what: str) -> tuple[str, ...]:
    return (
        "(minimise|minimize|minimising|minimizing|reduce|reducing|cut|cutting|lower|lowering|limit"
        "|bring down|keep down|shrink|trim|decrease|slash|drop|cut down on|cut back on) "
        f"[on] [the|our|my|its|all|any|overall] {what}",
        "(as little|as few|as low a|the least|least|the lowest|lowest|minimal|minimum|the smallest"
        f"|smallest|fewest|the fewest) [possible|amount of] {what} [{{aspossible}}]",
        f"[the|our|my] {what} [down|kept|should be|must be] [down|kept] (to a minimum"
        "|as low {aspossible}|as small {aspossible}|at a minimum)",
        f"(bring|get|push|drive|take|keep) [the|our|my|overall] {what} [as] (down|low|lower|small"
        "|minimal|to a minimum) [{aspossible}]",
    )


def _more(what: str) -> tuple[str, ...]:
    return (
        "(maximise|maximize|maximising|maximizing|increase|boost|raise) "
        f"[the|our|my|its|overall] {what}",
        "(as much|the most|most|the maximum|maximum|maximal|the highest|highest|the greatest"
        f"|greatest|max|utmost|the best|best) [possible|amount of] {what} [{{aspossible}}]",
    )


def _better(what: str) -> tuple[str, ...]:
    return (
        f"[the|our|my] {what} (needs|could use|could do with|wants|deserves) (optimising|optimizing"
        "|improving|tuning|improvement|optimisation|optimization|some tuning)",
        f"[the|our|my] {what} (should|needs to|must|has to|could) be (optimised|optimized|improved"
        "|tuned|better)",
        f"(optimal|optimum|optimised|optimized|improved|better) {what}",
        f"{{opt}} [the|our|my|its|overall] {what}",
    )


def _first(what: str) -> tuple[str, ...]:
    return (
        f"[the] (most important|main|biggest|number one|first) (thing|concern|point|aim|goal"
        f"|consideration|priority) (is|should be|for (me|us) is|to (me|us) is|here is) {what}",
        f"{what} (is|are|'s) [the|our|my] (most important|main|biggest|number one|first) (thing"
        "|concern|point|aim|goal|consideration)",
        f"(let|have) {what} (win|come first|go first|take precedence|take priority|prevail)"
        " [over|against|before {aimx}]",
        f"{what} (matters|matter|counts|count) [a lot|far|much] more than {{aimx}}",
        f"(i|we) [really|only|just] care [most|mostly|mainly|more|above all] about {what}"
        " [most|more|above all] [than {aimx}]",
        f"{what} ('s|is|are) [what matters|what counts|most important|the main thing|the main"
        " concern|the most important thing|all that matters|more important] [most|than {aimx}]"
        " (here|most|above all|to me|to us|for us|now|today)",
        f"(what matters|what counts|the main thing|what i care about|what we care about)"
        f" [most|here|to us|to me] (is|are) {what}",
        f"(put|place|rank|set|putting) {what} (first|top|on top|above all|at the top|above {{aimx}}"
        "|ahead of {aimx}|before {aimx}|over {aimx}|above everything [else])",
        f"{what} (ahead of|rather than|more than|not|above) {{aimx}}",
        f"(favour|favor|prefer|favouring|favoring) {what} (over|to) {{aimx}}",
        f"(focus|concentrate|focusing|concentrating) on {what}",
        f"(give|giving) {what} [top|first|the|highest] (priority|precedence) [over {{aimx}}]",
        f"(with|for) {what} (as the|as our|in mind|as top|as the top) [first|main|top] "
        "[priority|aim|goal|first]",
        f"{{opt}} ... for {what}",
        f"{what} (comes|goes|should come|must come) (first|before {{aimx}}|before all else)",
    )


PHRASES: dict[str, tuple[str, ...]] = {
    **{f"goal.minimize.{target}.less": _less(words) for target, words in _LESS.items()},
    **{f"goal.maximize.{target}.more": _more(words) for target, words in _MORE.items()},
    **{f"goal.optimize.{target}.better": _better(words) for target, words in _BETTER.items()},
    **{f"goal.optimize.{target}.first": _first(words) for target, words in _FIRST.items()},
    "goal.optimize.cost.asked": (
        "({opt}|work on|look at|sort out) (what|how much) [(<A>|it|this|that|the|our|my|we|i|us)]"
        " [(<A>|house|home|place|flat|heating|power|electricity|all)] (cost|costs|pay|pays|spend|"
        "spends|is costing|are paying|are spending) [us|me] [to (run|heat|live in|keep going)|for"
        " (power|electricity|energy|heating|it)|on (power|electricity|energy|heating|it)]",
    ),
    "goal.optimize.energy.asked": (
        "({opt}|work on) (what|how much|how) [(power|energy|electricity)] [the|our] (we|i|house|"
        "home|place|<A>) (use|uses|consume|consumes|need|needs|draw|draws) [power|energy|"
        "electricity]",
    ),
    "goal.optimize.comfort.asked": (
        "({opt}|work on) how (comfortable|comfy|pleasant|cosy) (it|the house|the place|<A>) {be}"
        " [to live|in here|here]",
    ),
    "goal.minimize.co2.way": (
        "(make|making) (it|us|everything|the whole thing|the (house|home|place)) [a bit|much]"
        " (greener|more sustainable|more eco-friendly|more climate-friendly|cleaner)",
        "(gentle|gentler|easier|easy|kind|kinder|friendly|friendlier) (on|to|for|towards) [the|our]"
        " (environment|planet|climate|earth)",
        "(as|with) [a] (small|low) [a] (carbon|climate|environmental|co2) (footprint|impact)"
        " {aspossible}",
    ),
    "goal.maximize.security.way": (
        "[the] (safest|most secure) [possible] [(way|setup|setting|settings|mode|option)]",
    ),
    "goal.maximize.privacy.way": (
        "[the] most private [possible] [(way|setup|setting|settings|mode|option)]",
    ),
    "goal.maximize.comfort.way": (
        "[the] (most comfortable|comfiest) [possible] [(way|setup|setting|settings|mode|option)]",
    ),
    "goal.maximize.solar_use.way": (
        "(use|using|run on|run off|off|on) {sun} [(rather than|instead of|before|over) {grid}]"
        " (wherever possible|where possible|whenever possible|as far as possible|whenever you can"
        "|where you can|first|as much as possible)",
    ),
    "goal.optimize.balanced.way": (
        "[a|the] [good|best|right|fair|nice|healthy|sensible] (balance|compromise|trade-off"
        "|tradeoff|middle ground|middle way) (between|of) {aimx} and {aimx}",
    ),
}
