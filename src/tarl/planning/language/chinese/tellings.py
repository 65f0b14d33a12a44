"""Chinese: how a clause begins that tells something and asks for nothing."""

from __future__ import annotations

import re

_WISHES = (
    r"(?<!不)想|(?<!不)要(?!命|死)|希望|需要|应该|得在|必须|请|麻烦|让|帮|给我|最好|可以|能不能"
    r"|别|不许|记得"
)
"""What is said so is asked for, or may be."""

_WHO = (
    r"(?:我妈|我爸|我|我们|咱们|咱|他|她|他们|她们|奶奶|爷爷|外婆|外公|姥姥|姥爷|妈妈|爸爸|老妈|老爸"
    r"|老婆|老公|孩子们?|小孩|宝宝|娃|老人|儿子|女儿|客人|邻居|大家|谁|狗|猫|衣服|碗|地上|水槽|家里人)"
)

TELLS = re.compile(
    rf"(?!.*(?:{_WISHES}|时|以后|之后|后|前|期间|的话|如果|要是|只要|除非|当|等|一旦|再))(?:{_WHO}.*(?:了|呢|啊|过|着|太|很|都|老|总|怕|还|正|快|会|在|不)"
    r"|(?:上次|昨天|刚才|刚刚|前天|反正|不然|否则|要不然)|那?(?:本来|毕竟)|外面|(?:今天|明天|今晚|后天|周末)(?:可|又)?是)",
)
"""A subject with what it is or does, and no wish."""

TELLS_LOOSELY = re.compile(rf"(?:不然|否则|要不|反正)?{_WHO}")
"""Whatever has a subject that is nothing of the home."""

TELLS_SURELY = re.compile(
    r".{0,4}(?:我们?|他们?|她们?)(?:会|来)?(?:自己|亲手|用手|手动)"
    r"|(?:我们?|咱们?|大家|孩子们?|他们?|她们?)(?:马上|快|就|正|都|这就)*(?:要|准备)"
    r"(?:睡|睡觉|休息|出门|走|出发|上班|迟到|吃饭)了"
)
"""What somebody does without the home, or is about to do."""

TELLS_IN_VAIN = re.compile(
    r"(?:(?:是|又是|到底)?谁(?:又|老|总|把|没|忘|这么|让|刚|动|开|关)|怎么(?:又|老|总|还|没人|都)|为什么(?!不).*(?:总|老|又|每次)"
    r"|凭什么|干嘛(?:又|老|总))"
)
"""What complains or wonders, and is no request."""
