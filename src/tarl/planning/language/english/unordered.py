"""English: how that is said which is no order, whatever of the home it names."""

from __future__ import annotations

import re

from tarl.planning.language.lexicon import Unordered

_DOES = (
    r"(?:opens?|clos(?:e|es)|shuts?|locks?|unlocks?|turns?|switch(?:es)?|runs?|starts?|stops?"
    r"|charges?|heats?|vacuums?|hoovers?|dims?|sets?|puts?|keeps?|leaves?|uses?)"
)
_DID = (
    r"(?:opened|closed|shut|locked|unlocked|turned|switched|ran|started|stopped|charged|heated"
    r"|vacuumed|hoovered|dimmed|set|put|kept|left|did|forgot|had|raised|lowered|plugged|unplugged"
    r"|washed|dried|wanted|tried|went|came|used)"
)
_DONE = (
    r"(?:opened|closed|shut|locked|unlocked|turned|switched|run|started|stopped|charged|heated"
    r"|vacuumed|hoovered|dimmed|set|put|kept|left|done|forgotten|raised|lowered|plugged|unplugged"
    r"|washed|dried|been|gone|come|had|told|known)"
)
_DOING = (
    r"(?:opening|closing|shutting|unlocking|locking|turning|switching|setting|putting|raising"
    r"|lowering)"
)
_KIN = (
    r"(?:neighbou?rs?|mum|mom|dad|mother|father|sister|brother|son|daughter|wife|husband|partner"
    r"|parents|kids|children|boss|colleagues?|friends?|landlord|landlady|plumber|cleaner|gardener"
    r"|police|burglars?|thief|thieves|guests?|visitors?|babysitter|nanny|grandma|grandpa|gran|nan"
    r"|aunt|uncle|cousin|teacher|flatmate|roommate|tenant|electrician|builder|man|woman|guy|boy"
    r"|girl|lady|people|experts?|family|twins|teenager|in-laws|folks|couple|postman|courier"
    r"|owners?|tenants?|previous owners?|grandmother|grandfather|granddad|grandad)"
)
_OTHER = (
    rf"(?:he|she|they|someone|somebody|nobody|no one|everybody|everyone|people|experts|grandma"
    rf"|grandad|granddad|nana|nan"
    rf"|grandpa|granny|mum|mom|dad|daddy|mummy"
    rf"|(?:my|our|his|her|their|your|the|a|some) (?:[a-z'-]+ )?{_KIN}(?: (?:of mine|of ours"
    rf"|next door"
    r"|across the street|opposite|upstairs|downstairs|at work))?)"
)
_NAME = r"(?-i:[A-Z][a-z]+)"
_WHOSE = (
    r"(?:herself|himself|themselves|us|me|everything|the|my|our|his|her|their|its|your|all|both|a"
    r"|an|every)"
)
_OFTEN = (
    r"(?:always|usually|often|never|sometimes|normally|typically|generally|mostly|rarely|tend to)"
)
_ADVERB = (
    r"(?:already|just|also|even|once|accidentally|finally|only|almost|nearly|actually|really|then"
    r"|never|always|quickly|mistakenly|secretly)"
)
_PAST_TIME = (
    r"(?:yesterday|the day before yesterday|last (?:night|week|month|year|winter|summer|spring"
    r"|autumn|time|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|[\w ]{1,14} ago)"
)
_GOOD = (
    r"(?:safe|wise|worth|sensible|allowed|legal|dangerous|risky|bad"
    r"|harmful|necessary|needed|permitted|smart|advisable|normal|true|right|wrong|good|clever"
    r"|stupid|silly|healthy|recommended|a (?:good|bad|great|terrible|stupid|wise|smart) idea"
    r"|a (?:problem|risk|danger|mistake|crime|waste))"
)

LEADS = re.compile(
    r"(?:(?:and|but|so|well|luckily|fortunately|thankfully|sadly|oh|ah|hey|hi|hello|ok|okay|right"
    r"|look|listen|actually|anyway|also|hmm"
    r"|erm|um|please|sorry|honestly|seriously|by the way|btw|quick question|question|then"
    r"|yes|no|yeah|you know|you know what|guess what|really|also|besides|though|now)"
    r"(?:\s*,\s*|\s+|$))*",
    re.IGNORECASE,
)

REQUESTS = re.compile(
    r"should (?:the|my|our|it) [\w ]+? (?:shut|close|lock|turn|switch|stop) (?:it|them)\b|"
    r"(?:someone|somebody|everyone|everybody) (?:open|close|shut|lock|unlock|turn|switch|run|start"
    r"|stop|charge|heat|vacuum|hoover|dim|set|put|keep)\b|"
    r"(?:can|could|will|would|won't) (?:you|someone please|somebody please)\b"
    r"|(?:would|do) you mind\b|why (?:don't|not|do not|don't) ?(?:you|we)?\b|how about\b"
    r"|what about\b|(?:may|can|could|might) (?:i|we) (?:ask|have|get|please)\b"
    r"|is it possible (?:to|for you)\b|would it be (?:possible|ok|okay|all right)\b"
    r"|is (?:it|that) (?:ok|okay|all right|fine) (?:if|for) you\b"
    r"|do you (?:think|reckon|suppose|believe) (?:you|we|it|someone) (?:could|can|might)\b"
    r"|(?:he|she|they|mum|mom|dad|[a-z]+) (?:says|said|asks|asked|wonders|wondered)(?: (?:if"
    r"|whether|that))?"
    r" (?:(?:can|could|would|will) (?:you|we|it)|you (?:can|could|would|will))\b|.*\bplease\b"
    r"|are you able to\b|i (?:was|am|'m) (?:wondering|thinking|hoping)\b"
    r"|(?:i|we) (?:told|asked|said|want(?:ed)? you)(?: to)?(?: you)?\b(?! (?:anna|mika|her|him"
    r"|them))",
    re.IGNORECASE,
)

ADVICE = re.compile(
    r"could it be\b|how \w+ is it to\b|do (?:the|my|our) (?:lights?|doors?|windows|blinds|kids"
    r"|lamps) \w+ "
    r"|can (?:a|an|any|some) \w+ |(?:i )?(?:wonder|wondering) (?:if|whether|why|who"
    r"|when) (?!you (?:could|can|would|might"
    r"|will))"
    r"|(?:i'm |i am |we're )?(?:not |un)sure (?:if|whether|why|how) |(?:i|we) (?:don't|do not"
    r"|can't) (?:know"
    r"|remember|recall|say) (?:if|whether|why|how) |(?:check|see|find out|tell me"
    r"|let me know) (?:if|whether)"
    r" (?:(?:the|my|our) [\w ]+? (?:is|are|was|were|has|have|did)|i|we) "
    r"|is it (?:about )?time (?:to|for|that)\b"
    r"|any (?:reason|point|need|sense) (?:to|in|not to)\b"
    r"|(?:should|shall|ought|must) (?:i|we|one|the|my|our)\b|(?:may|might) (?:i|we|one)\b"
    r"|do (?:i|we|you|they|people|guests|neighbou?rs) |(?:does|did|doesn't|didn't) [\w']+ "
    r"|can (?:i|anyone|anybody|guests?|people|strangers?|burglars?|kids|children"
    r"|the kids) (?!have\b"
    r"|get\b|ask\b)"
    r"|could (?:i|anyone|anybody|guests?|people|burglars?) (?!have\b|get\b|ask\b)"
    r"|can (?:the|my|our) [\w ]+? (?:run|charge|heat|open|close|shut|start|turn|be opened"
    r"|be closed by hand|work|stay|lock|unlock)\b(?!.*\b(?:by|before|until|within|between"
    r"|from [\w :]+ to"
    r"|please)\b)"
    r"|(?:can|could|would|will) (?:it|that) be (?:dangerous|safe|bad|harmful|a problem|wise"
    r"|risky)\b"
    rf"|(?:is|isn't|is it not|wasn't|was) (?:it|this|that|there) (?:really |actually |still "
    rf"|even |ever"
    rf" |too |so |any |a )?(?:{_GOOD}|reason|danger|point|need|harm|risk|better to)\b"
    r"|is it (?:ok|okay|all right|alright|fine) to (?:unlock|open|leave)\b"
    r"|wouldn't (?:it|that) be (?:better|safer|wiser|smarter)\b"
    r"|is (?:unlocking|opening|closing|locking|turning|switching|leaving|running|charging) "
    r"|(?:has|have|had|haven't|hasn't) (?:i|we|you|he|she|they|anyone|anybody|someone|nobody)\b"
    rf"|(?:has|hasn't|had|hadn't) (?:the|my|our|{_NAME})\b|have the [\w ]+? been\b"
    r"|(?:was|were|wasn't|weren't) (?:i|we|you|he|she|they|it|the|my|our|anyone|somebody)\b"
    r"|will (?:the|my|our|it|he|she|they|i|we) |are you (?:going|planning|about|supposed"
    r"|allowed) to\b"
    r"|(?:am|are) (?:i|we) (?:allowed|supposed|meant|permitted|right|to)\b"
    r"|who (?!wants|is at|was at)\w+|who's (?!at)|whose |why (?!don't|not|do not)\w+|where (?!it"
    r"|there)\w+ (?:i|we|the|do|is)"
    r"\b|when (?:did|do|does|will|was|were|has|have|is|are|should) \w+"
    r"|how (?:do|does|did|can|could|often|long|come|many times|should) "
    r"|what (?:time|day) (?:did|do|does|will|was|is)\b|what happens\b|what(?:'s"
    r"| is) the best time to"
    r" (?:open|unlock|close|lock)\b|what do you (?:think|say|mean|do)\b|what does\b"
    r"|what would you (?:do|say|think)\b|which (?:lights?|doors?|devices?) (?:is|are|was|were)\b",
    re.IGNORECASE,
)

_REPORTED = (
    rf"(?:{_OTHER}|{_NAME}) (?!(?:asked|told|wants|wanted) you )(?:{_ADVERB} )?(?:(?:said|told"
    rf"|asked|warned|ordered|reminded|begged"
    rf"|wanted|wants|recommended?|advised?|suggested?|claims?|thinks?)\b"
    r"(?: (?:me|us|him|her|them|anna|mika))?(?: (?:to|that|not to|if|whether|i|we|you|people"
    r"|turning|running|charging"
    r"|opening|closing|locking|unlocking)\b))"
)

_SENSED = r"(?:saw|heard|watched|caught|noticed|found|spotted|overheard)"
_SUPPOSED = r"(?:hope|assume|guess|bet|believe|think|suppose|suspect|reckon|doubt|know|swear)"
_WORK = (
    r"(?:opening|closing|shutting|locking|unlocking|turning (?:on|off)|switching (?:on|off)"
    r"|charging"
    r"|running|starting|heating)"
)

BEGINS = re.compile(
    rf"(?:i|we|you|{_OTHER}|{_NAME}) {_SENSED}\b"
    rf"|(?:i|we) {_SUPPOSED} (?:that )?(?:{_OTHER}|{_NAME}|you|we|i|it|(?:the|my|our) [\w ]+?)"
    rf" (?:(?:{_ADVERB} )*(?!set|put|shut|run){_DID}|has|have|had|was|were)\b"
    r"|(?:i|we) (?:assume|guess|bet|believe|suppose|suspect) (?:that )?(?:the|my"
    r"|our) [\w ]+? (?:is|are)\b"
    rf"|(?:somebody|someone|people|a (?:guy|man|woman)) (?:at work|next door|in town) {_DID}\b"
    r"|(?:on \w+day|this (?:morning|afternoon)|earlier(?: today)?|just now|the other day|one day"
    r"|once)"
    rf" (?:i|we|{_OTHER}|{_NAME}|(?:the|my|our) [\w ]+?) (?:{_ADVERB} )*(?!set|put|shut"
    rf"|run){_DID}\b"
    rf"|(?:after|when|while|before|as) (?:i|we|{_OTHER}|{_NAME}) (?!set|put){_DID}\b.* (?:i|we|he"
    rf"|she|they)"
    rf" {_DID}\b"
    rf"|let (?:{_NAME}|him|her|them|{_OTHER}) (?!in\b|out\b|know\b){_DOES}\b"
    rf"|(?:a|an|some|the) \w+ (?:that|which|who) {_DOES}\b|(?:someone|somebody"
    rf"|anyone) who {_DOES}\b"
    r"|(?:my|the|our) \w+ (?:told|reminded|asked|warned) (?:me|us)\b|it(?:'s| is) too (?:late"
    r"|early|soon) to\b"
    rf"|(?:i|we)(?:'d| would) (?:have (?:liked|loved|preferred) to|(?:like|love"
    rf"|prefer) to have {_DONE})\b"
    r"|(?:a |what a )?(?:pity|shame|good thing|lucky|good job)\b"
    rf"|{_WORK} (?:the|my|our) [\w ]+? (?:takes|costs|makes|saves|is|was|woke|needs|means|hurts"
    rf"|helps)\b(?! to\b)"
    rf"|spare (?:yourself|me|us) the\b|"
    # What somebody did.
    rf"(?:i|we|you (?!put|set|shut)|{_OTHER}) ?(?:{_ADVERB} )*{_DID}\b(?! (?:like|to ask|you to)\b)"
    rf"|{_NAME} (?:{_ADVERB} )*(?!put|set|shut){_DID}(?: (?:on|off|up|down|out))? {_WHOSE}\b"
    rf"|(?:i|we|you|they)(?: have|'ve| had|'d)(?: not)? (?:{_ADVERB} )*{_DONE}\b"
    rf"|(?:{_OTHER}|{_NAME})(?: has| have|'s| had|'ve|'d) (?:{_ADVERB} )+{_DONE}\b"
    rf"|(?:{_OTHER}|{_NAME})(?: has| have| had) {_DONE}\b"
    r"|(?:i|we) (?:just|already) (?:did|have)\b|already (?:did|done)\b"
    rf"|(?:i|we) (?:remember|regret|recall|promised?|refuse|forgot|dreamt|dreamed|read|heard"
    rf"|thought"
    rf"|hoped|wished|meant|planned|intended|imagined|believed)\b(?! to (?:lock|close|shut) (?:it"
    rf"|them)\b)"
    r"|(?:i|we|he|she|they|you|it|there|everything|nobody|{0}|the [\w ]+?|my [\w ]+?|our [\w ]+?"
    r") (?:was|were|wasn't|weren't|had been|has been|have been|had) (?!better|to\b|got|wondering"
    r"|thinking|hoping)"
    r"|the (?![\w ]*\b(?:be|get|gets) )[\w ]+? (?:ran|came|went|opened|unlocked|turned itself"
    r"|shut itself|didn't|did not"
    r"|hadn't|"
    r"closed itself|broke)\b".replace("{0}", _NAME)
    + rf"|(?:the|my|our) [\w ]+? (?:charged|closed|started|stopped|ran|locked|turned (?:on"
    rf"|off)) .*\b"
    rf"{_PAST_TIME}\b"
    rf"|{_PAST_TIME}\b(?! (?:as|like))|once upon\b|back then\b|in the old days\b|as a (?:child"
    rf"|kid)\b"
    r"|when (?:i|we) (?:was|were) |in my (?:dreams?|nightmare|last|old|previous|former|first)\b"
    r"|(?:at|in) (?:my|his|her|their|our|the) (?:[\w]+ )?(?:parents'?|sister's|brother's|mother's"
    r"|friend's"
    r"|neighbou?r'?s'?|old|last|former|previous|other) (?:house|home|place|flat|apartment)\b"
    r"|at (?:work|school) (?:we|they|i|the)\b|in the (?:film|movie|book|story|song|show|game"
    r"|dream)\b"
    r"|according to\b"
    # Habits, other people's homes.
    rf"|(?:i|we|they|people|{_OTHER}|{_NAME}) {_OFTEN} (?:{_DOES}|say|said|come|go)\b"
    rf"|(?:{_OTHER}) (?:{_ADVERB} )?(?:{_DOES}|locks up|opens up)(?: (?:on|off|up|down|out))?\b"
    rf"|{_NAME} (?:opens|closes|locks|unlocks|turns|switches|runs|starts|charges)(?: (?:on|off"
    rf"|up))?"
    rf" {_WHOSE}\b"
    rf"|(?:my|our|his|her|the) {_KIN}(?:'s?) [\w ]+? (?:opens|closes|locks|unlocks|turns|switches"
    r"|runs|starts|charges|goes|comes|is|was)\b"
    rf"|{_NAME}'s (?:[\w]+ )+?(?:opens|closes|locks|unlocks|turns|switches|runs|starts|charges|goes"
    r"|comes|was)\b"
    rf"|(?:i|we|{_OTHER}) used to\b|you(?:'re| are) (?:always|forever|constantly) {_DOING}\b"
    # What others say, or will do.
    rf"|{_REPORTED}|(?:they|experts|people) (?:say|recommend|advise|suggest)\b"
    r"|the (?:manual|paper|ad|advert|book|leaflet|article|instructions?|sign|sticker|notice|letter"
    r"|website|radio|label|note|text|phrase|command|song|poem|joke) (?:says?|said|reads?|tells"
    r"|told|goes"
    r"|recommends?|suggests?)?"
    rf"|(?:{_OTHER}|{_NAME}) (?:will|is going to|are going to|'ll) {_DOES}\b"
    r"|.*\b(?:my|him|her|your|them|our)sel(?:f|ves)$"
    # Contrary to fact.
    rf"|(?:i|we|you|{_OTHER}|{_NAME}|it|everything|(?:the|my|our) [\w ]+?) (?:should|could|would"
    rf"|might"
    rf"|may|must|ought to)(?:'ve|n't have| have| not have|n't've) {_DONE}\b(?! (?:its|by then"
    rf"|before))"
    rf"|(?:i|we|he|she|they|you|it)'d(?: rather| better)? have {_DONE}\b"
    rf"|(?:i|we) wish (?:that )?(?:(?!the heating were|you would)[\w' ]+?) (?:had|hadn't)\b"
    rf"|(?:i|we) wish(?:ed)? (?:{_NAME}|i|we|you|he|she|they)(?:'d|'d not) {_DONE}\b"
    r"|if only (?!you would|you could|you'd)[\w' ]+? (?:had|hadn't|was|were)\b"
    rf"|(?:if )?had (?:i|we|you|he|she|they|the|it)\b|if (?:i|we|you|he|she|they|it|the [\w ]+?)"
    r" had (?:not )?(?!to\b)\w+|would that\b"
    r"|(?:i|we|he|she) (?:almost|nearly|could've|should've|would've)\b|too bad\b|what a (?:pity"
    r"|shame)\b"
    r"|it(?:'s| is) a (?:pity|shame)\b|as if (?:i|we)\b|(?:i|we)(?:'d| would) never\b"
    # How somebody feels about it.
    r"|(?:thanks|thank you|cheers) for |sorry (?:for|about|that) |(?:good|great|nice|well) (?:job"
    r"|work|done) "
    r"|(?:i'm|i am|we're|we are) (?:tired|sick|fed up|bored|afraid|scared|glad|happy|sad|proud"
    r"|ashamed|sorry)"
    r" (?:of|with|about|that|you)\b|(?:i|we) (?:really )?(?:love|like|enjoy|hate|can't stand"
    r"|dislike|loathe)"
    r" (?:having to|how|that|[a-z]+ing the)\b|it(?:'s| is) (?:so )?(?:nice|good|great|bad|sad|odd"
    r"|strange"
    r"|funny|lucky) that\b|(?:i'm|i am|we're|we are) (?:supposed|meant) to\b|it turned out\b"
    r"|while (?:i|we) was"
    r" |while we were \w+ing the\b"
    # Forbidden or needless.
    r"|the last thing (?:i|we)\b|(?:nobody|no one) (?:told|asked|said|wants)\b|(?:hands|paws"
    r"|fingers) off\b"
    rf"|god forbid\b|heaven forbid\b|without {_DOING}\b[\w ]*$"
    r"|(?:nobody|no one|none of us|neither of us) (?:should|may|must|can|is to|are to|shall"
    r"|gets to|needs"
    r" to|has to)\b"
    rf"|(?:do )?anything but {_DOES}\b|instead of {_DOING}\b[\w ]*$|rather than {_DOES}\b[\w ]*$"
    r"|(?:i|we) (?:forbid|won't have|won't let|refuse)\b"
    rf"|(?:stop|quit|cease) {_DOING}\b|keep your (?:hands|paws|fingers) off\b"
    r"|be careful not to\b|take care not to\b|see that you don't\b"
    r"|(?:scrap|drop|forget|bin|ditch|shelve) (?:the (?:idea|plan|thought)|my (?:plan|idea))\b"
    r"|not only (?:did|has|had|was)\b",
    re.IGNORECASE,
)

OPENS = re.compile(
    r"(?:(?:can|could|would|will) you (?:please |kindly )?|don't )?(?:remind\b(?! me (?:how|what"
    r"|why|when|who)\b)"
    r"|(?:tell|ask|text|call|phone|ring|email|message|warn|order|beg|teach|show|inform"
    r"|notify) (?!(?:me|us"
    r"|the (?:house|home|robot|hoover|vacuum|dishwasher|washer|washing machine|dryer|car|heating"
    r"|heat"
    r" pump|camera|light|boiler|charger|thermostat|system))\b)"
    rf"(?:{_NAME}|(?:the|my|our|his|her) [\w' ]+|mum|mom|dad|her|him|them|everyone|everybody"
    rf"|grandma|nan)"
    r" (?:to|that|not to|whether|if|how|and tell|and ask|and say|and remind)\b"
    r")|(?:set|make|add|create) (?:me )?(?:a|an|the) reminder\b|leave a (?:note|message)\b"
    r"|(?:the|my) (?:password|motto|code word|answer|favou?rite \w+) is\b"
    r"|.* keeps? (?:yelling|saying|shouting|telling|asking|singing)\b"
    rf"|whisper (?:to )?|leave (?:{_NAME}|mum|dad|him|her|them) a\b|email (?:{_NAME}|mum|dad|him"
    rf"|her|them)\b"
    r"|(?:put|stick|write) .* on the (?:fridge|wall|board|whiteboard|mirror)\b"
    rf"|let (?:{_NAME}|mum|dad|him|her|them|(?:my|the|our) {_KIN}) know\b"
    rf"|send (?:{_NAME}|mum|dad|him|her|them|(?:my|the|our) {_KIN}) a (?:message|text|note)\b"
    r"|send a (?:message|text|note) to\b|write (?:down|a note|that)\b|note (?:to (?:self|myself)"
    r"|down)\b"
    r"|make a note\b|(?:add|put|write) .* (?:to|on|in) (?:my|the|our|a) (?:[\w-]+ )?(?:list"
    r"|calendar|diary"
    r"|notes|agenda|to-do)\b|my (?:to-do|todo)\b|quote\b|repeat after me\b"
    rf"|(?:{_NAME}|mum|dad|{_OTHER})(?:'s (?:text|note|message)\b| (?:shouted|whispered|yelled"
    r"|cried|sang|screamed|muttered|murmured|wrote|replied|called out)\b)"
    r"|(?:play|sing|put on) (?:the |a )?(?:song|track|tune|film|movie|video|album)\b"
    r"|(?:the|a) (?:song|film|movie|book|show|band|poem|phrase|command|word|words) "
    r"|(?:there's|there is|i'm (?:reading|watching)|i am (?:reading|watching)) a (?:song|film"
    r"|movie|book|show"
    r"|joke)\b|translate\b|spell\b|say \W|google\b|look up\b|search (?:for|the web)\b|explain\b"
    r"|show me (?:a video|how)\b|knock knock\b|simon says\b|a man walks\b|imagine (?:i|we|you"
    r"|that)\b"
    r"|pretend\b|if i were\b|if it were up to\b|(?:when|if|whenever) (?:i|we|you|somebody"
    r"|someone) (?:say|says|said|shout|type)\b(?!.*\bi mean\b)"
    r"|(?:oh,? )?(?:yeah,? right|sure,? just|oh sure|sure thing, because)\b"
    r"|why don't (?:we|you|i) just (?:leave|open|unlock) .*\b(?:thie(?:f|ves)|burglars?|everyone"
    r"|world)\b",
    re.IGNORECASE,
)

_NO = (
    r"(?:no|nope|nah|wait|hang on|hold on|stop|hmm|actually|oh|ah|er|sorry|on second thoughts?"
    r"|or rather|(?:i(?:'ve| have)? )?changed my mind|or|but|well|i(?:'ve| have)? changed my mind"
    r"|please|oh no|hm|just|then|maybe|perhaps)"
)
_LEAVE = (
    r"(?:leave|let|keep) (?:it|them|that|her|him|things)(?: (?:be|alone|as (?:it|they) (?:is|are)"
    r"|on"
    r"|off|open|closed|shut|locked|unlocked|running|there|like that))?"
)
TAKEN_BACK = re.compile(
    rf"(?:[,;.!?:\u2026-]|\s\u2013|\s\u2014|\bor\b|\bbut\b)\s*(?:{_NO}[\s,.!-]+)*"
    r"(?:(?:please )?(?:don't|do not)(?: (?:do (?:it|that)|bother|after all))?|never ?mind"
    r"|forget (?:it|that|about (?:it|that)|what i said|i said (?:that|it|anything)|i (?:asked"
    r"|spoke))"
    r"|cancel(?: (?:it|that|all that))?|scratch that|strike that|disregard (?:it|that)"
    r"|ignore (?:it|that|me|what i"
    r" (?:just )?said)|undo that|i take (?:it|that) back|take that back"
    r"|(?:just|only|i'm|i was|i'm just|i'm only)? ?(?:kidding|joking)|jk"
    r"|(?:maybe|perhaps|probably|rather|better) (?:better )?not|(?:maybe|perhaps) later"
    r"|not really|better not|or not|i(?:'d| would)"
    r" rather not|(?:better |just )?leave (?:it|them)(?: (?:alone|be|as (?:it is|they are)))?"
    r"|let it be|no way)[\s.!]*\Z"
    rf"|[,;.!?:\u2026-]\s*(?:{_NO}[\s,.!-]+)*(?:no|nope|nah|wait|stop|hang on|hold on"
    rf"|(?:i(?:'ve| have)? )?changed my mind)(?:[\s,.!-]+(?:{_NO}|i'm (?:still )?[\w ]+"
    rf"|[a-z]+ is still [\w ]+))*"
    rf"(?:[\s,.!-]+(?:{_LEAVE}|not (?:now|yet|today|that)))?[\s.!]*\Z",
    re.IGNORECASE,
)

APART = re.compile(
    r"[,;:!?\u2026\u2014\u2013]|\.(?!\d)|\s-\s|(?<=\s)(?<!anything )(?<!nothing )(?:but|so)(?=\s)"
    r"|(?<=\s)and(?=\s(?:remind|text|call|tell (?!me))\b)",
    re.IGNORECASE,
)

MOVES = re.compile(
    r"\b(?:open|close|shut|lock|unlock|turn|switch|run|start|stop|charge|heat|set|dim|vacuum)\b",
    re.IGNORECASE,
)

INSTEAD = re.compile(
    r"[,;.!?\u2026\u2014\u2013-]\s*(?:(?:oh|ah|er|or|but|well)\s+)?(?:no|nope|nah|wait|hang on"
    r"|hold on|sorry|oops|actually|i mean|or rather|rather|scratch that"
    r"|on second thoughts?|never ?mind|forget (?:it|that)|cancel that|no wait|no sorry"
    r"|wait no)(?:\s*[,;.!?\u2026\u2014\u2013-]|\s*\Z)",
    re.IGNORECASE,
)

UNORDERED = Unordered(BEGINS, ADVICE, OPENS, REQUESTS, TAKEN_BACK, LEADS, APART, MOVES, INSTEAD)
