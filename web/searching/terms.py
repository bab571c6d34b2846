"""Terms such as `portal:copa` in a query: found, added, taken away. Pure; the query's own parser decides what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

_FIELDED = re.compile(r'(?<![^\s(])-?[^\W\d]\w*:(?:"[^"]*"\*?|[^\s()"]+)')
_FACETS = {"portal": "portal", "type": "kind", "kind": "kind", "state": "state"}
"""Facet → field of the query language."""
_PLAIN = re.compile(r"[^\s()\":]+")


def term(field: str, value: str) -> str:
    """`field:value`, quoted where it has to be."""
    quoted = value.replace('"', " ")
    return f"{field}:{quoted}" if _PLAIN.fullmatch(quoted) else f'{field}:"{quoted}"'


def terms(query: str) -> list[str]:
    """The fielded terms of `query`, in order."""
    return [query[found.start() : found.end()] for found in _FIELDED.finditer(_blanked(query))]


def with_term(query: str, wanted: str) -> str:
    """`query`, narrowed by `wanted`."""
    if not query:
        return wanted
    loose = re.search(r"(?<!\S)OR(?!\S)", _blanked(query))
    return f"({query}) {wanted}" if loose else f"{query} {wanted}"


def without_term(query: str, unwanted: str) -> str:
    """`query` without that term; what stood in parentheses only because of it stands freely again."""
    for found in _FIELDED.finditer(_blanked(query)):
        if query[found.start() : found.end()].casefold() == unwanted.casefold():
            left = f"{query[: found.start()]} {query[found.end() :]}"
            left = re.sub(r"\(\s*\)", " ", left)
            return " ".join(left.split())
    return query


def facet_term(facet: str, value: str) -> str:
    """What to add to a query for one value of a facet; empty where the language has no word for it."""
    if facet == "year" and value.isdecimal():
        return f"since:{value} until:{value}"
    return term(_FACETS[facet], value) if facet in _FACETS else ""


def toggled(query: str, wanted: str) -> tuple[str, bool]:
    """The query after a click on a facet's value whose term is `wanted`, and whether it has the term now."""
    have = {one.casefold() for one in terms(query)}
    parts = wanted.split(" ") if wanted.startswith("since:") else [wanted]
    if all(part.casefold() in have for part in parts):
        for part in parts:
            query = without_term(query, part)
        return query, True
    return with_term(query, wanted), False


def address(query: str, given: Mapping[str, str]) -> str:
    """The search page of `query`, else as it is."""
    kept = {name: value for name, value in given.items() if name not in {"q", "after"} and value}
    return f"/search?{urlencode({'q': query, **kept})}"


def _blanked(query: str) -> str:
    """`query` with the insides of plain phrases blanked, so that a colon in them is no field; same length."""
    return re.sub(r'(?<![\w]:)"[^"]*"', lambda found: '"' + "_" * (len(found[0]) - 2) + '"', query)
