"""Where in a text the words of a query stand, as the index takes words: for pages that mark them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from releases.search.query import parse
from releases.search.schema import analyzer
from releases.search.tree import All, Either, Node, QueryError, Words


class Phrase(NamedTuple):
    """Words in a row. `prefix`: the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False


class Mark(NamedTuple):
    """Characters `start` to `end` of a text, and the number of the phrase that stands there."""

    start: int
    end: int
    phrase: int


def spans(text: str, query: str) -> list[tuple[int, int]]:
    """(start, end) of the characters of `text` that words of `query` match, ascending, none in another.

    Words that the query asks of titles, fields or file names, or leaves out, are not marked. A query that means
    nothing marks nothing.
    """
    try:
        wanted = list(phrases(parse(query)))
    except QueryError:
        return []
    return [(mark.start, mark.end) for mark in marked(text, wanted)]


def asked_of_texts(query: str) -> tuple[str, ...]:
    """The words of `query` that `spans` marks, as they were written; of a query that means nothing, none."""
    try:
        return tuple(dict.fromkeys(_written(parse(query))))
    except QueryError:
        return ()


def _written(node: Node) -> Iterator[str]:
    if isinstance(node, Words) and not node.title:
        yield f"{node.text}*" if node.prefix else node.text
    elif isinstance(node, (All, Either)):
        for child in node.wanted if isinstance(node, All) else node.choices:
            yield from _written(child)


def phrases(node: Node, *, titles: bool = False) -> Iterator[Phrase]:
    """What a text has to say for `node`; with `titles`, what a title has to say too."""
    if isinstance(node, Words):
        words = tuple(analyzer().analyze(node.text)) if titles or not node.title else ()
        if words:
            yield Phrase(words, node.prefix)
    elif isinstance(node, (All, Either)):
        for child in node.wanted if isinstance(node, All) else node.choices:
            yield from phrases(child, titles=titles)


def marked(text: str, wanted: Iterable[Phrase]) -> list[Mark]:
    """Every place in `text` where one of `wanted` stands, word by word, ascending; each word is marked once."""
    asked = list(enumerate(dict.fromkeys(wanted)))
    if not asked or not text:
        return []
    by_word: dict[str, list[tuple[int, Phrase]]] = {}
    beginnings: list[tuple[str, int]] = []
    for number, phrase in asked:
        if phrase.prefix and len(phrase.words) == 1:
            beginnings.append((phrase.words[0], number))
        else:
            by_word.setdefault(phrase.words[0], []).append((number, phrase))
    tokens = analyzer().pre_tokenize(text).tokens
    words = [token.text for token in tokens]
    found: dict[int, int] = {}
    for place, word in enumerate(words):
        if word not in by_word and not beginnings:  # most words, of which nothing is to be made
            continue
        for number, phrase in by_word.get(word, ()):
            if _stands(words, tokens, place, phrase):
                for step in range(len(phrase.words)):
                    found.setdefault(place + step, number)
        for beginning, number in beginnings:
            if word.startswith(beginning):
                found.setdefault(place, number)
    return [
        Mark(tokens[place].char_offset_from, tokens[place].char_offset_to, number)
        for place, number in sorted(found.items())
    ]


def _stands(words: Sequence[str], tokens: Sequence[Any], place: int, phrase: Phrase) -> bool:
    """Whether `phrase`, whose first word stands at `place`, goes on there."""
    last = len(phrase.words) - 1
    if place + last >= len(words):
        return False
    for step in range(1, last + 1):
        word, wanted = words[place + step], phrase.words[step]
        fits = word.startswith(wanted) if phrase.prefix and step == last else word == wanted
        if not fits or tokens[place + step].position != tokens[place].position + step:
            return False
    return True
