"""English: how a clause begins that tells something and asks for nothing."""

from __future__ import annotations

import re

_WISHES = (
    r"had better|needs?|needed|wants?|wanted|must|should|shall|can|could|may|might|will|would|'ll"
    r"|'d|ought"
    r"|have to|has to|had to|got to|like|love|prefer|wish|hope|hoping|expect|wonder|wondering"
    r"|thinking|is to|are to|am to|be|let|make|please|ready by|done by|full by|allowed|supposed"
    r"|going to|gonna|due|i mean|i say"
)
"""What is said so is asked for, or may be."""

_NEEDS = (
    r"dirty|filthy|sticky|grubby|muddy|piling|piled|pile|piles|overflowing|stinks?|stinky|smelly"
    r"|smells?|wet|damp|soaked|soaking|stacked|stacking|heaped|caked|crusty|greasy|stained"
    r"|dripping|waiting|crumbs?|running low|flat|unwashed|stack|stacks|heap|heaps"
    r"|mountain|mess|messy|sand|dust|dusty|stuffed|loaded|brimming"
)
"""What is so with a thing calls for what the thing is there for: ``the dishes are piling up``."""

_BEING = (
    r"am|is|are|was|were|has|have|had|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|hasn't"
    r"|haven't|never|always|just|really|still|both|all|often|usually|only"
)
_PERSON = r"(?:i|we|he|she|they|it|that|this|there|everyone|everybody|someone|nobody|people)"
_THING = (
    r"(?:my|our|his|her|their|the|a|an|some|these|those|last|every|[a-z]{3,}'s)"
    r"(?: (?!(?:at|by|to|in|on|off|from|for|with|and|until|before|after|between)\b)[\w'-]+){1,4}?"
    r"(?: (?:in|of|on|from|at|next) (?:(?:the|my|our|a|to) )?[\w'-]+(?: [\w'-]+)?)?"
)
_DOING = (
    r"[a-z]+ed|(?:start|close|end|open|go|come|leave|arrive|love|hate|hold|cost|complain|work|say"
    r"|smell|feel|call|write|ring|run|look|seem|live|teach|play|sleep|begin|take|sit|stand|think"
    r"|know|keep|get|bring|eat|drink|charge|pay|mean|own|drive|fly|belong|happen|face|snore|hurt"
    r"|itch|ache|stink"
    r"|bark|grow|move|travel|visit|stay|return|finish|rise|wake|watch|cook|drip|leak|rattle|hum)e?s"
    r"|went|came|left|got|broke|spilt|wrote|rang|said|told|took|made|sold|bought|began|ran|fell"
    r"|felt"
    r"|cost"
)

TELLS = re.compile(
    rf"(?!.*\b(?:{_WISHES}|{_NEEDS})\b)(?!.*'(?:d|ll)\b)"
    r"(?:(?:and|but|well|so|because|since|as|look|hey|ok|okay|right|anyway|also|sadly|luckily) )*"
    rf"(?:{_PERSON}(?:'(?:m|s|re|ve)\b| (?!(?:{_BEING})\b)[a-z]+\b| (?:{_BEING})\b)"
    rf"|{_THING}(?:'s (?:a|an|in|not|so|very|too|always)\b| (?:{_BEING}|{_DOING})\b)"
    rf"|(?!(?:if|when|while|once|until|unless|whenever|as|after|before|what|how|why|who|where"
    rf"|which|whichever|whatever|say|suppose|imagine|assume|assuming|given|with|let)\b)"
    rf"[a-z'-]+(?: [a-z'-]+)? (?:am|is|are|was|were|has|have|had|starts|closes|ends|opens|comes"
    rf"|goes|leaves|arrives)\b)",
    re.IGNORECASE,
)
"""A subject with a verb in the indicative that is no wish."""

_PAST = r"was|were|had|wasn't|weren't|hadn't|didn't|came|went|got|broke|wrote|rang|told|took"
_HABIT = r"works?|teach(?:es)?|lives?|commutes?|stud(?:y|ies)|pays?"
_BEGINS = r"starts?|begins?|opens?|closes?|ends?|finish(?:es)?|arrives?|goes|leaves?"

TELLS_SURELY = re.compile(
    rf"(?!.*\b(?:{_WISHES}|at most|no more|max|maximum|up to|not)\b)(?!.*'(?:d|ll)\b)"
    rf"(?:(?:{_PERSON}|{_THING}) (?:{_PAST})\b|(?:i|we|he|she|they) (?:{_HABIT})\b)",
    re.IGNORECASE,
)
"""What was so, or what somebody does for a living: whatever is understood of it, it is told."""

TELLS_OF_OTHERS = re.compile(
    rf"(?!.*\b(?:{_WISHES})\b)(?!.*'(?:d|ll)\b)"
    rf"(?!(?:the|a) (?:cycle|program|programme|wash|load|job|run|charge|charging|lot|rest)\b)"
    rf"{_THING} (?:{_BEGINS})\b",
    re.IGNORECASE,
)
"""When something begins or ends that is no device."""
