"""English: how a clause begins that tells something and asks for nothing."""

from __future__ import annotations

import re

_WISHES = (
    r"needs?|needed|wants?|wanted|must|should|shall|can|could|may|might|will|would|'ll|'d|ought"
    r"|have to|has to|had to|got to|like|love|prefer|wish|hope|hoping|expect|wonder|wondering"
    r"|thinking|is to|are to|am to|be|let|make|please|ready by|done by|full by|allowed|supposed"
    r"|going to|gonna|due|i mean|i say"
)
"""What is said so is asked for, or may be."""

_BEING = (
    r"am|is|are|was|were|has|have|had|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|hasn't"
    r"|haven't|never|always|just|really|still|both|all|often|usually|only"
)
_PERSON = r"(?:i|we|he|she|they|it|that|this|there|everyone|everybody|someone|nobody|people)"
_THING = (
    r"(?:my|our|his|her|their|the|a|an|some|these|those|last|every|anna's|mika's)"
    r"(?: (?!(?:at|by|to|in|on|off|from|for|with|and|until|before|after|between)\b)[\w'-]+){1,4}?"
)
_DOING = (
    r"[a-z]+ed|(?:start|close|end|open|go|come|leave|arrive|love|hate|hold|cost|complain|work|say"
    r"|smell|feel|call|write|ring|run|look|seem|live|teach|play|sleep|begin|take|sit|stand|think"
    r"|know|keep|get|bring|eat|drink|charge|pay|mean|own|drive|fly|belong|happen)e?s"
    r"|went|came|left|got|broke|spilt|wrote|rang|said|told|took|made|sold|bought|began|ran|fell|felt"
    r"|cost"
)

TELLS = re.compile(
    rf"(?!.*\b(?:{_WISHES})\b)(?!.*'(?:d|ll)\b)"
    r"(?:(?:and|but|well|so|because|since|as|look|hey|ok|okay|right|anyway|also|sadly|luckily) )*"
    rf"(?:{_PERSON}(?:'(?:m|s|re|ve)\b| (?!(?:{_BEING})\b)[a-z]+\b| (?:{_BEING})\b)"
    rf"|{_THING}(?:'s (?:a|an|in|not|so|very|too|always)\b| (?:{_BEING}|{_DOING})\b)"
    rf"|(?!(?:if|when|while|once|until|unless|whenever|as|after|before|what|how|why|who|where|which|whichever|whatever|say|suppose|imagine|assume|assuming|given|with|let)\b)"
    rf"[a-z'-]+(?: [a-z'-]+)? (?:am|is|are|was|were|has|have|had|starts|closes|ends|opens|comes"
    rf"|goes|leaves|arrives)\b)",
    re.IGNORECASE,
)
"""A subject with a verb in the indicative that is no wish."""
