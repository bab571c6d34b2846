"""The query language of docs/reference/search-syntax.md: text to a tree. Pure and strict: what is
not understood is refused with its place and a way out, never guessed.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.errors import ConfigError

MOST_CHARACTERS = 1000
MOST_TERMS = 64
DEEPEST = 16
SHORTEST_PREFIX = 2

TYPES = ("record", "page", "file")
"""Every document is one of these."""
FIELDS = {
    "title": "words in the title",
    "portal": "a portal's name, as in `recordwatch portals`",
    "kind": "record, page or file; or what the record or file is: case, policy, report, video, ...",
    "key": "a record's key, printed key or alias",
    "since": "a date: YYYY, YYYY-MM or YYYY-MM-DD",
    "until": "a date: YYYY, YYYY-MM or YYYY-MM-DD",
}


class QueryError(ConfigError):
    """A query that means nothing. `at` is the place in it, counted from 0."""

    def __init__(self, what: str, query: str, at: int, *, todo: str = "") -> None:
        mark = f"{query[max(0, at - 30) : at]}»{query[at : at + 30]}".encode("utf-8", "replace").decode()
        super().__init__(what, where=f"at character {at + 1}: {mark}", todo=todo)
        self.at = at


@dataclass(frozen=True, slots=True)
class Words:
    """Text that must occur: its words next to each other, in this order. `prefix`: the last one may go on.

    `title`: in the title; else in title or text.
    """

    text: str
    at: int
    prefix: bool = False
    title: bool = False


@dataclass(frozen=True, slots=True)
class Exactly:
    """`portal`, `kind` or `key` is `value` (case aside), or begins with it."""

    field: str
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """Captured at or after `since`, and before `until`."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every one of `wanted`, none of `unwanted`; `wanted` is never empty."""

    wanted: tuple[Node, ...]
    unwanted: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of `choices`."""

    choices: tuple[Node, ...]


Node = Words | Exactly | When | All | Either

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<open>\()|(?P<close>\))|(?P<minus>-(?=[^\s)]))"""
    r"""|(?:(?P<field>[A-Za-z_]+):)?(?:"(?P<phrase>[^"]*)"(?P<star>\*?)|(?P<word>[^\s()"]+))"""
    r"""|(?P<bare>[A-Za-z_]+:)|(?P<quote>")"""
)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


def parse(query: str) -> Node:
    """The tree of `query`.

    Raises:
        QueryError: says what is wrong, where, and what to write instead.
    """
    if len(query) > MOST_CHARACTERS:
        raise QueryError(f"the query has more than {MOST_CHARACTERS} characters", query, MOST_CHARACTERS)
    if not query.isascii() and (odd := re.search("[\ud800-\udfff]", query)):
        raise QueryError("half a character stands here", query, odd.start(), todo="type it again")
    parser = _Parser(query)
    if not parser.tokens:
        raise QueryError("there is nothing to look for", query, 0, todo="write a word, or words in quotes")
    node = parser.either(0)
    if parser.place < len(parser.tokens):
        raise QueryError("this ) closes nothing", query, parser.tokens[parser.place].start())
    return node


def leaves_out(query: str) -> bool:
    """Whether there can be documents that `query` does not find: a date or `kind:record` alone says nothing
    of what is looked for, and a choice of everything is none. Raises QueryError.
    """
    return _narrows(parse(query))


def _narrows(node: Node) -> bool:
    if isinstance(node, Words):
        return True
    if isinstance(node, Exactly):
        return node.field != "kind" or not any(
            kind.startswith(node.value.lower()) if node.prefix else kind == node.value.lower() for kind in TYPES
        )
    if isinstance(node, All):
        return any(map(_narrows, node.wanted))
    return isinstance(node, Either) and all(map(_narrows, node.choices))


class _Parser:
    def __init__(self, query: str) -> None:
        self.query = query
        self.tokens: list[re.Match[str]] = []
        self.place = 0
        self.terms = 0
        at = 0
        while at < len(query):
            token = _TOKEN.match(query, at)
            if token is None or token["quote"]:
                raise QueryError("this quote is never closed", query, at, todo='write "words in a row"')
            if not token["space"]:
                self.tokens.append(token)
            at = token.end()

    def either(self, depth: int) -> Node:
        """`a b OR c d`: OR binds loosest."""
        if depth > DEEPEST:
            raise QueryError(f"more than {DEEPEST} parentheses deep", self.query, self._at())
        choices = [self.every(depth)]
        while self._is_word("OR"):
            self.place += 1
            choices.append(self.every(depth))
        return choices[0] if len(choices) == 1 else Either(tuple(choices))

    def every(self, depth: int) -> Node:
        """`a b -c`: all of them; AND may stand between."""
        start = self._at()
        wanted: list[Node] = []
        unwanted: list[Node] = []
        while self.place < len(self.tokens) and not self._next()["close"] and not self._is_word("OR"):
            if self._is_word("AND"):
                if not wanted and not unwanted:
                    raise QueryError("nothing stands before AND", self.query, self._at())
                self.place += 1
                if (
                    self.place == len(self.tokens)
                    or self._next()["close"]
                    or self._is_word("OR")
                    or self._is_word("AND")
                ):
                    raise QueryError("nothing stands after AND", self.query, self._at())
                continue
            if self._next()["minus"]:
                self.place += 1
                if self.place == len(self.tokens) or self._next()["minus"]:
                    raise QueryError("there is nothing to leave out after this -", self.query, self._at())
                unwanted.append(self.one(depth))
            else:
                wanted.append(self.one(depth))
        if wanted:
            return wanted[0] if len(wanted) == 1 and not unwanted else All(tuple(wanted), tuple(unwanted))
        if unwanted:
            raise QueryError(
                "this only says what to leave out", self.query, start, todo="add a word to look for, or portal:name"
            )
        raise QueryError("a word is missing here", self.query, self._at(), todo="OR and ( ) need words beside them")

    def one(self, depth: int) -> Node:
        token = self._next()
        self.place += 1
        if token["open"]:
            node = self.either(depth + 1)
            if self.place == len(self.tokens):
                raise QueryError("this ( is never closed", self.query, token.start())
            self.place += 1
            return node
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise QueryError(f"more than {MOST_TERMS} terms", self.query, token.start())
        return self._term(token)

    def _term(self, token: re.Match[str]) -> Node:
        at = token.start()
        if token["bare"] or ((token["word"] or "").endswith(":") and token["field"] is None):
            self._field((token["bare"] or token["word"]).rstrip(":"), at)
            raise QueryError(
                "nothing stands after the colon", self.query, token.end(), todo='no space: title:"two words"'
            )
        name = self._field(token["field"], at) if token["field"] else ""
        word = token["word"]
        prefix = bool(token["star"]) or (word is not None and word.endswith("*"))
        text = token["phrase"] if word is None else word.rstrip("*") if prefix else word
        if word is not None and "*" in text:
            raise QueryError(
                "a * can only end a word", self.query, self.query.index("*", at), todo="pol* finds police, policy"
            )
        if name in {"since", "until"}:
            return self._when(name, text, token)
        if name in {"portal", "kind", "key"}:
            if not text.strip():
                raise QueryError(f"{name}: names nothing", self.query, at)
            return Exactly(name, text.strip(), prefix)
        if not any(c.isalnum() for c in text):
            raise QueryError(
                "there is no word here", self.query, at, todo="letters and digits are searched, signs are not"
            )
        if prefix and len([c for c in text if c.isalnum()]) < SHORTEST_PREFIX:
            raise QueryError(f"a word needs {SHORTEST_PREFIX} letters before its *", self.query, at)
        return Words(text, at, prefix, title=name == "title")

    def _field(self, name: str, at: int) -> str:
        if name.lower() not in FIELDS:
            raise QueryError(
                f"there is no field {name!r}", self.query, at,
                todo=f"fields: {', '.join(FIELDS)}; in quotes a colon is a sign like any other",
            )  # fmt: skip
        return name.lower()

    def _when(self, name: str, text: str, token: re.Match[str]) -> When:
        found = _DATE.fullmatch(text)
        try:
            if found is None or token["star"]:
                raise ValueError  # noqa: TRY301  one message for every wrong date
            year, month, day = (int(part) if part else None for part in found.groups())
            first = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
            last_day = datetime(
                first.year, month or 12, day or calendar.monthrange(first.year, month or 12)[1], tzinfo=UTC
            )
            after = last_day + timedelta(days=1)
            if first.year < 1700:
                raise ValueError  # noqa: TRY301
        except (ValueError, OverflowError):
            raise QueryError(
                f"{text!r} is no date",
                self.query,
                token.start(),
                todo=f"write {name}:2024, {name}:2024-05 or {name}:2024-05-31",
            ) from None
        return When(since=first) if name == "since" else When(until=after)

    def _next(self) -> re.Match[str]:
        return self.tokens[self.place]

    def _is_word(self, word: str) -> bool:
        if self.place >= len(self.tokens):
            return False
        token = self._next()
        return token["word"] == word and token["field"] is None

    def _at(self) -> int:
        return self._next().start() if self.place < len(self.tokens) else len(self.query)
