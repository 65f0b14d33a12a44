"""English: how a clause begins that tells something and asks for nothing."""

from __future__ import annotations

import re

from tarl.planning.language.lexicon import OfThings

_WISHES = (
    r"had better|needs?|needed|wants?|wanted|must|should|shall|can|could|may|might|will|would|'ll"
    r"|'d|ought|have to|has to|had to|got to|like(?! (?:god|a|an|in|last|that)\b)|love|prefer|wish"
    r"|hope|hoping|expect|wonder|wondering|thinking|is to|are to|am to|be|let|make|please|ready by"
    r"|done by|full by|allowed|supposed|going to|gonna|due|i mean|i say"
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
    r"(?:my|our|his|her|their|the|a|an|some|these|those|last|[a-z]{3,}'s|every"
    r"(?! (?:single )?(?:day|morning|afternoon|evening|night|week\w*|month|hour|\w+day)\b))"
    r"(?: (?!(?:at|by|to"
    r"|in|on|off|from|for|with|and|until|before|after|between)\b)[\w'-]+){1,4}?(?: (?:in|of|on|from"
    r"|at|next) (?:(?:the|my|our|a|to) )?[\w'-]+(?: [\w'-]+)?)?"
)
_DOING = (
    r"[a-z]+ed|(?:start|close|end|open|go|come|leave|arrive|love|hate|hold|cost|complain|work|say"
    r"|smell|feel|call|write|ring|run|look|seem|live|teach|play|sleep|begin|take|sit|stand|think"
    r"|know|keep|get|bring|eat|drink|charge|pay|mean|own|drive|fly|belong|happen|face|snore|hurt"
    r"|itch|ache|stink|bark|grow|move|travel|visit|stay|return|finish|rise|wake|watch|cook|drip"
    r"|leak|rattle|hum)e?s|went|came|left|got|broke|spilt|wrote|rang|said|told|took|made|sold"
    r"|bought|began|ran|fell|felt|cost"
)

TELLS = re.compile(
    rf"(?!.*\b(?:{_WISHES}|{_NEEDS})\b)(?!.*'(?:d|ll)\b)"
    r"(?:(?:and|but|well|so|because|since|as|look|hey|ok|okay|right|anyway|also|sadly|luckily"
    r"|otherwise|or|else) )*"
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
    rf"(?:(?:{_PERSON}|{_THING}) (?:{_PAST})\b|(?:i|we|he|she|they) (?:{_HABIT})\b"
    r"|(?:[a-z]+|the [a-z]+) (?:forgot(?! to\b)|spilt|spilled|dropped|lost|broke|drained"
    r"|emptied)\b)"
    r"|(?:i|we|he|she|they)(?:'m|'re|'s|'ll|'ve| am| are| is| will| have)? [\w' ]+"
    r" (?:by hand|(?:my|him|her)self|ourselves|themselves)\b"
    r"|i(?:'ll| will) (?:do|wash|handle|see to|deal with|take care of) (?:the|my|our|your)\b"
    r"|it(?:'ll| will|'s going to| is going to) (?:be )?(?:freez|rain|snow|pour|hail|icy|cold|hot"
    r"|boiling|windy|stormy|frosty)"
    r"|(?:i|we|he|she|they)(?:'ll| will) be (?:home|back)\b",
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

_LEADS = r"(?:(?:and|but|well|so|because|since|as|oh|look|or|or else|otherwise|anyway|honestly) )*"
_KIN = (
    r"(?:nan|nana|gran|granny|grandma|grandpa|grandad|granddad|mum|mom|dad|daddy|mummy|auntie"
    r"|uncle|baby|everyone|everybody|someone|somebody|nobody|people|she|he|they|i|we)"
)

TELLS_LOOSELY = re.compile(
    rf"{_LEADS}(?!(?:it|they|i|we|you)(?: (?:should|must|has|have|need|needs|had)) )"
    rf"(?:(?:i|we|he|she|they)(?:'ll| will|'d| would| won't| can't| could| might| may)"
    rf" (?!(?:like|love|need|want|prefer|rather|be back|be home)\b)[a-z]+"
    r"|(?:how|when|where|what|which|whose) (?:is|are|was|were|do|does|did|will|has|have)\b"
    rf"|you(?:'d| would) think\b|{_KIN}(?:'s)? (?!(?:should|must|needs?|wants?|likes?|would|could"
    rf"|mean|say)\b)[a-z']+ [a-z]+"
    rf"|(?:my|his|her|their|your|our|the|those|these) [\w'-]+(?: [\w'-]+){{0,2}}? [a-z]+s\b)",
    re.IGNORECASE,
)
"""Whatever has a subject that is nothing of the home: ``I'll have my feet up``."""

TELLS_IN_VAIN = re.compile(
    rf"{_LEADS}(?:who (?!(?:is|'s|was|will be)\b)(?!(?:at|outside)\b)\w+ [\w' ]+"
    r"|who's (?:been|gone|left|always|the|my|a)\b|why (?!(?:not|don't|do not|do you not)\b)\w+ "
    r"|(?:did|didn't|have|haven't) i (?:not )?(?:say|said|tell|told|ask|asked)\b"
    r"|(?:were|are) you (?:born|deaf|blind|kidding|serious|joking|asleep|mad)\b"
    r"|how come\b|how (?:dare|on earth|often do|many times)\b|what (?:on earth|kind of|sort of"
    r"|were|was|have)\b"
    r"|have you (?:seen|any idea|lost|gone)\b|(?:do|must|should) i (?:have|always|really|ever)\b"
    r"|is (?:anybody|anyone|somebody|someone) (?!(?:home|in|at|asleep|awake|there|up|about)\b)\w+"
    r"|what(?:'s| is) the (?:point|use|sense|matter)\b"
    r"|would (?:that|this|it) (?:help|matter|work|be enough|make a difference)\b"
    r"|(?:should|shall) i \w+"
    r"|when (?:will|are) (?:this|we|you|they|people|somebody|someone|he|she) \w+"
    r"|would (?:anyone|anybody|somebody) (?:mind|notice|care|object|believe)\b|can nobody\b"
    r"|(?:did|does|do) (?:anyone|anybody|someone|somebody) \w+|how is it (?:always|that|still"
    r"|never)\b|what did i\b"
    r"|(?:has|have|hasn't|haven't) (?:nobody|no one|anyone|anybody|you|we) \w+"
    r"|am i\b|is (?:it|that|this) (?:too|so|really|just|any wonder|asking|not)\b"
    r"|(?:would|will|do|does|did) (?:i|he|she|something|anything"
    r"|nobody|the (?:kids|children|neighbours|neighbors|baby|dog|cat)) \w+)",
    re.IGNORECASE,
)
"""What complains or wonders, and is no request."""

_HOW = "".join(
    rf"(?<!\b{word})"
    for word in ("is", "are", "was", "were", "be", "been", "not", "has", "have", "had", "and", "or")
)
_JOINING = (
    "as|which|whichever|whatever|what|who|whoever|that|if|when|whenever|where|wherever|while|whilst"
    "|once|until|till|unless|after|before|because|since|provided|providing|assuming|suppose"
    "|supposing|say|imagine|given|so|how|why|whether|than|long|soon|only|not|never|it|there|i|we"
    "|you|they"
)

TELLS_OF_THINGS = OfThings(
    re.compile(
        r"(?:(?:the|my|our|his|her|their|your|this|these|those|some|all) )?"
        rf"(?P<subject>(?!(?:{_JOINING})\b)[a-z][a-z'-]*"
        rf"(?: (?!(?:{_JOINING}|is|are|was|were|has|have|had)\b)[a-z][a-z'-]*){{0,3}}?)"
        r"(?: (?:is|are|was|were|has|have|had)|'s|'re)(?! (?:to|got to|for|at|by|not to)\b) (?=\S)"
    ),
    re.compile(
        rf"[,;:!?]| - |\.(?!\w)|(?<!'s)(?<!'re){_HOW} so"
        r" (?!(?:that|much|many|far|long|few|as|to)\b)"
    ),
)
"""That a thing is so: ``the tiles are freezing``; it is parted from the rest by punctuation, and by
``so`` where that says no degree."""
