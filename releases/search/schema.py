"""What the index holds, and how text becomes words: lowercase, accents folded, no stemming."""

from __future__ import annotations

from functools import cache
from typing import Any

import tantivy

VERSION = 1
"""Raise it when the schema or the documents change: an index of another version is rebuilt."""
ANALYZER = "recordwatch"
CURSOR = "cursor"
"""Id of the document that says how far the change log is indexed; committed with what it speaks of."""
LONGEST_WORD = 64


@cache
def analyzer() -> Any:
    """Letters and digits are words, everything else separates them."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .build()
    )


@cache
def schema() -> Any:
    """Searched: title, body, portal, kind, key, at. Stored: what a hit shows (`shown`, JSON) and the body."""
    made = tantivy.SchemaBuilder()
    for name in ("id", "group", "portal", "kind", "key"):
        made.add_text_field(name, stored=name == "id", tokenizer_name="raw", index_option="basic")
    made.add_text_field("title", stored=True, tokenizer_name=ANALYZER)
    made.add_text_field("body", stored=True, tokenizer_name=ANALYZER)
    made.add_date_field("at", stored=True, indexed=True, fast=True)
    made.add_bytes_field("shown", stored=True)
    return made.build()


def folded(value: str) -> str:
    """`portal`, `kind` and `key` values as they are indexed: case does not matter."""
    return " ".join(value.casefold().split())[:512]
