"""Chains of authority, for programs and for people: from the operator down to an agent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tarl.errors import TarlError
from tarl.interfaces.cli.grant_words import as_words, grant_words
from tarl.interfaces.cli.trust import Trust, instant

if TYPE_CHECKING:
    from tarl.interfaces.cli.output import Output
    from tarl.trust.chain import Link

GRANTS_SHOWN_MAX = 8
DIGEST_CHARS = 12


class Holding(NamedTuple):
    """Something that an agent holds: its chain, the topmost record first, and why it does not
    count now, if so; ``error`` where the chain does not hold at all.
    """

    digest: str
    links: tuple[Link, ...]
    void: str | None
    error: TarlError | None = None

    @property
    def leaf(self) -> Link:
        """What the agent holds."""
        return self.links[-1]


def holdings(trust: Trust, agent: str) -> list[Holding]:
    """All that an agent holds and has not expired, whatever it is worth; the oldest first."""
    book = trust.ledger.book(trust.tenant)
    found = []
    for digest in book.holdings(agent, trust.now_ms):
        try:
            leaf = book.get(digest)
        except TarlError as error:
            found.append(Holding(digest, (), error.message, error))
            continue
        found.append(Holding(digest, tuple(leaf.up())[::-1], why_void(trust, leaf)))
    return sorted(found, key=lambda each: each.leaf.place.seq if each.links else 0)


def why_void(trust: Trust, link: Link) -> str | None:
    """Why a record does not count now, in words; None when it does."""
    book = trust.ledger.book(trust.tenant)
    if trust.now_ms >= link.expires_at_ms:
        return f"expired at {instant(link.expires_at_ms)}"
    if trust.now_ms < link.not_before_ms:
        return f"begins at {instant(link.not_before_ms)}"
    reason = book.standing.why_void(link, trust.now_ms) or book.why_nobody(link)
    return None if reason is None else reason.text


def holding_data(holding: Holding) -> dict[str, Any]:
    """A holding as JSON values."""
    if holding.error is not None:
        return {
            "grant": holding.digest,
            "counts": False,
            "void": holding.void,
            "error": holding.error.code,
        }
    leaf = holding.leaf
    return {
        "grant": holding.digest,
        "counts": holding.void is None,
        "void": holding.void,
        "chain": leaf.chain_digest,
        "effective": leaf.terms.as_data(),
        "expires_at_ms": _known_end(leaf),
        "records": [record_data(link) for link in holding.links],
    }


def record_data(link: Link) -> dict[str, Any]:
    """A record of a chain as JSON values, with what it is about and who signed it."""
    import msgspec

    return {
        "kind": link.kind,
        "digest": link.digest,
        "subject": link.subject,
        "signed_by": [label for label, _ in link.signed.signatures],
        "stream": link.place.stream,
        "seq": link.place.seq,
        "record": msgspec.to_builtins(link.record),
    }


def draw(output: Output, trust: Trust, found: Sequence[Holding]) -> None:
    """The chains as one tree, from the operator down: drawn on a terminal, plain elsewhere."""
    top = _Branch(f"operator of {trust.ledger.store.origin}")
    for holding in found:
        if holding.error is not None:
            top.below(holding.digest, f"{holding.digest[:DIGEST_CHARS]}: {holding.void}", True)
            continue
        branch = top
        for link in holding.links:
            void = why_void(trust, link)
            branch = branch.below(link.digest, _title(link, void), void is not None)
        branch.leaves = [_on_one_line(words) for words in terms_words(holding.leaf)]
    if output.plain or not output.stdout.isatty() or not _drawn(top, output):
        for line in top.lines():
            output.data(line)


def terms_words(link: Link) -> list[str]:
    """What a record permits, a line for each grant and for each constraint of the whole."""
    grants = [grant_words(grant) for grant in link.terms.grants]
    lines = [f"may {text}" for text in grants[:GRANTS_SHOWN_MAX]]
    if len(grants) > GRANTS_SHOWN_MAX:
        lines.append(f"and {len(grants) - GRANTS_SHOWN_MAX} grants more; --json has all")
    return lines + as_words(link.terms.envelope)


def _known_end(link: Link) -> int | None:
    from tarl.trust.chain import NEVER_MS

    return None if link.expires_at_ms >= NEVER_MS else link.expires_at_ms


def _title(link: Link, void: str | None) -> str:
    record, digest = link.record, link.digest[:DIGEST_CHARS]
    if link.kind == "authority":
        named = "" if record.name == record.authority else f" ({record.name})"
        text = f"authority {record.authority}{named}"
        if len(record.keys) > 1:
            text += f", {record.threshold} of {len(record.keys)} sign"
    elif link.kind == "genesis":
        origin = record.human_origin
        behind = f", for {origin.name} ({origin.human})" if origin is not None else ""
        text = f"agent {record.agent} begins{behind}"
    elif link.kind == "attestation":
        text = f"{record.agent} is attested{_scope(record)}"
    else:
        text = f"{record.delegator} delegates to {record.delegatee}{_scope(record)}"
    end = instant(record.expires_at_ms)
    text += f", until {end}" if end is not None else ""
    return f"{text}  [{digest}]" + (f"  NOT VALID: {void}" if void is not None else "")


def _scope(record: Any) -> str:
    parts = [f"as {', '.join(record.roles)}"] if getattr(record, "roles", ()) else []
    parts += [f"for task {record.task}"] if record.task is not None else []
    parts += [f"at {record.audience}"] if record.audience is not None else []
    parts += [f"may delegate {record.depth_left} deep"] if record.depth_left else []
    return "".join(f", {part}" for part in parts)


class _Branch:
    """A node of the tree."""

    def __init__(self, text: str, *, is_void: bool = False) -> None:
        self.text = _on_one_line(text)
        self.is_void = is_void
        self.leaves: list[str] = []
        self._below: dict[str, _Branch] = {}

    def below(self, key: str, text: str, is_void: bool) -> _Branch:
        """The node of that key below this one, made if there is none."""
        return self._below.setdefault(key, _Branch(text, is_void=is_void))

    @property
    def branches(self) -> Iterable[_Branch]:
        """The nodes below, in order."""
        return self._below.values()

    def lines(self) -> Iterator[str]:
        """The tree as text."""
        yield self.text
        yield from self._inner_lines("")

    def _inner_lines(self, indent: str) -> Iterator[str]:
        below = [(leaf, None) for leaf in self.leaves]
        nodes: list[tuple[str, _Branch | None]] = [*below, *((b.text, b) for b in self.branches)]
        for place, (text, branch) in enumerate(nodes):
            is_last = place + 1 == len(nodes)
            yield f"{indent}{'└── ' if is_last else '├── '}{text}"
            if branch is not None:
                yield from branch._inner_lines(indent + ("    " if is_last else "│   "))


def _drawn(top: _Branch, output: Output) -> bool:
    """Draw the tree with rich, if it is there."""
    try:
        from rich.console import Console
        from rich.tree import Tree
    except ImportError:
        return False

    def grown(tree: Tree, branch: _Branch) -> Tree:
        for leaf in branch.leaves:
            tree.add(_text(leaf, "green"))
        for below in branch.branches:
            grown(tree.add(_text(below.text, "red" if below.is_void else "")), below)
        return tree

    Console(file=output.stdout, highlight=False).print(grown(Tree(_text(top.text, "bold")), top))
    return True


def _on_one_line(text: str) -> str:
    """A name must not pose as a part of the tree."""
    return text.replace("\n", "⏎").replace("\t", " ")


def _text(text: str, style: str) -> Any:
    from rich.text import Text

    from tarl.interfaces.cli.output import printable

    return Text(printable(text), style=style)
