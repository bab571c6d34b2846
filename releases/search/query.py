"""The query language of docs/reference/search-syntax.md: text to a tree. Pure and strict: what is
not understood is refused with its place and a way out, never guessed.
"""

from __future__ import annotations

import re

from releases.search.terms import term
from releases.search.tree import Agency, All, AsOf, Compared, Either, Exactly, Field, Node, Words
from releases.search.tree import QueryError as QueryError  # noqa: PLC0414  whoever parses catches it

MOST_CHARACTERS = 1000
MOST_TERMS = 64
DEEPEST = 16

TYPES = ("record", "page", "file")
"""Every document is one of these."""

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<open>\()|(?P<close>\))|(?P<minus>-(?=[^\s)]))"""
    r"""|(?:(?P<field>[^\W\d]\w*):)?(?:"(?P<phrase>[^"]*)"(?P<star>\*?)|(?P<word>[^\s()"]+))"""
    r"""|(?P<bare>[^\W\d]\w*:)|(?P<quote>")"""
)


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
    if isinstance(node, (Words, Field, Compared, Agency)):
        return True
    if isinstance(node, Exactly):
        if node.field == "state":
            return not ("present".startswith(node.value.lower()) if node.prefix else node.value.lower() == "present")
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
        self.asof = False
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
        if self.asof and not depth and len(choices) > 1:
            raise QueryError(
                "asof: is said of the whole search, not of one side of OR", self.query, 0,
                todo="(taser OR baton) asof:2031-05",
            )  # fmt: skip
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
                unwanted.append(self.one(depth, left_out=True))
            else:
                wanted.append(self.one(depth))
        if wanted:
            return wanted[0] if len(wanted) == 1 and not unwanted else All(tuple(wanted), tuple(unwanted))
        if unwanted:
            raise QueryError(
                "this only says what to leave out", self.query, start, todo="add a word to look for, or portal:name"
            )
        raise QueryError("a word is missing here", self.query, self._at(), todo="OR and ( ) need words beside them")

    def one(self, depth: int, *, left_out: bool = False) -> Node:
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
        return self._placed(term(token, self.query), token, depth, left_out=left_out)

    def _placed(self, node: Node, token: re.Match[str], depth: int, *, left_out: bool) -> Node:
        """`node`, where it may stand: a search is as of one time, all of it."""
        if isinstance(node, AsOf):
            if depth or left_out or self.asof:
                raise QueryError(
                    "asof: is said once, of the whole search", self.query, token.start(),
                    todo="write it outside ( ), without a -: (taser OR baton) asof:2031-05",
                )  # fmt: skip
            self.asof = True
        return node

    def _next(self) -> re.Match[str]:
        return self.tokens[self.place]

    def _is_word(self, word: str) -> bool:
        if self.place >= len(self.tokens):
            return False
        token = self._next()
        return token["word"] == word and token["field"] is None

    def _at(self) -> int:
        return self._next().start() if self.place < len(self.tokens) else len(self.query)
