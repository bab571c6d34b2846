"""Which fields the records in an index have: a query that asks for another is told which come close."""

from __future__ import annotations

import difflib
from typing import Any

from releases.search.place import Opened
from releases.search.terms import FIELDS
from releases.search.tree import All, Compared, Either, Field, Node, QueryError
from releases.search.values import NAMED

_LOOKED_AT = 5_000
_MEANT = {
    "type": "kind", "format": "kind", "date": "since", "from": "since", "to": "until", "site": "portal", "source": "portal",
    "name": "title", "filename": "file", "case": "key", "number": "key", "id": "key", "status": "state",
}  # fmt: skip
"""What people write for one of FIELDS."""


def check_fields(tree: Node, query: str, opened: Opened) -> None:
    """Raises QueryError where `tree` asks for a field that no record of the index has."""
    for node in _fields(tree):
        if not opened.searcher.doc_freq("field", NAMED + node.name):
            raise _unknown(node, query, opened)


def field_names(opened: Opened) -> list[str]:
    """Names of the fields that records have."""
    found = opened.once("field names", lambda: opened.searcher.terms_with_prefix("field", NAMED, limit=_LOOKED_AT))
    return [term[len(NAMED) :] for term, _ in found]


def _fields(node: Node) -> list[Field | Compared]:
    if isinstance(node, (Field, Compared)):
        return [node]
    children: Any = (*node.wanted, *node.unwanted) if isinstance(node, All) else ()
    children = node.choices if isinstance(node, Either) else children
    return [one for child in children for one in _fields(child)]


def _unknown(node: Field | Compared, query: str, opened: Opened) -> QueryError:
    names = field_names(opened)
    near = difflib.get_close_matches(node.name, [*names, *FIELDS], n=4, cutoff=0.6)
    if node.name in _MEANT:
        near = [_MEANT[node.name], *near]
    near += [name for name in names if len(node.name) > 2 and node.name in name][:4]
    hint = f"close to it: {', '.join(dict.fromkeys(near))}" if near else f"fields of every record: {', '.join(FIELDS)}"
    return QueryError(
        f"no record has a field {node.name!r}", query, node.at, todo=f"{hint}; in quotes a colon is a sign like any other"
    )  # fmt: skip
