"""Chinese: reasons and courtesies, which mean nothing, and what joins."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "reason": ("(因为|毕竟|反正|由于)....",),
    "polite": (
        "(晚上好|早上好|下午好|中午好)",
        "(能否|可否|能不能|可不可以|方便的话|如果可以的话|可以的话|有可能的话|记得|别忘了|不要忘了|不要忘记|别忘记|务必|一定要|希望你能|希望能|劳驾|拜托|辛苦"
        "|麻烦你|麻烦您)",
    ),
    "separator.and": ("(和|与|跟|以及|及|还有|,和)",),
}
