"""Terms such as `portal:copa` in a query: found, added, taken away. Pure; the query's own parser decides what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

_TOKEN = re.compile(r'(?P<term>-?[^\W\d]\w*:(?:"[^"]*"\*?|[^\s()"]+))|"[^"]*"\*?|[()]|[^\s()"]+|"')
_FACETS = {"portal": "portal", "type": "kind", "kind": "kind", "state": "state"}
"""Facet → field of the query language."""
_PLAIN = re.compile(r"[^\s()\":]+")


def term(field: str, value: str) -> str:
    """`field:value`, quoted where it has to be."""
    quoted = value.replace('"', " ")
    return f"{field}:{quoted}" if _PLAIN.fullmatch(quoted) else f'{field}:"{quoted}"'


def terms(query: str) -> list[str]:
    """The fielded terms of `query`, in order."""
    return [found["term"] for found in _TOKEN.finditer(query) if found["term"]]


def with_term(query: str, wanted: str) -> str:
    """`query`, narrowed by `wanted`."""
    if not query:
        return wanted
    loose = any(found[0] == "OR" for found in _TOKEN.finditer(query))
    return f"({query}) {wanted}" if loose else f"{query} {wanted}"


def without_term(query: str, unwanted: str) -> str:
    """`query` without that term; what stood in parentheses only because of it stands freely again."""
    for found in _TOKEN.finditer(query):
        if found["term"] and found["term"].casefold() == unwanted.casefold():
            left = " ".join(f"{query[: found.start()]} {query[found.end() :]}".split())
            return _freed(re.sub(r"\(\s*\)", " ", left).strip())
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


def anywhere(query: str) -> str:
    """`query`, its plain words asked of whole records."""
    made, at = "", 0
    for found in _TOKEN.finditer(query):
        one, sign = found[0], ""
        if one.startswith("-") and not found["term"]:
            one, sign = one[1:], "-"
        plain = one and not found["term"] and one not in {"(", ")", "OR", "AND", '"'}
        made += query[at : found.start()] + (f"{sign}anywhere:{one}" if plain else found[0])
        at = found.end()
    return made + query[at:]


def address(query: str, given: Mapping[str, str]) -> str:
    """The search page of `query`, else as it is."""
    kept = {name: value for name, value in given.items() if name not in {"q", "after"} and value}
    return f"/search?{urlencode({'q': query, **kept})}"


def _freed(query: str) -> str:
    """`query` without parentheses around all of it."""
    depth = 0
    for found in _TOKEN.finditer(query):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return query[1:-1].strip() if found[0] == ")" and found.start() > 0 and found.end() == len(query) else query
    return query
