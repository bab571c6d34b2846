"""What the index holds, and how text becomes words: lowercase, accents folded, no stemming."""

from __future__ import annotations

from functools import cache
from typing import Any

VERSION = 5
"""Raise it when the schema or the documents change: an index of another version is rebuilt."""
ANALYZER = "recordwatch"
CURSOR = "cursor"
"""Id of the document that says how far the change log is indexed; committed with what it speaks of."""
LONGEST_WORD = 64
SAMPLE = "sample"
"""Group that one document of thirty-two is of as well, wherever: what is said of all is guessed from these."""
SEVERAL = 0
"""`of` of a document that several records own."""
PAST = "past"
"""State of a document that only a search as of an earlier time finds: a record as it was."""


@cache
def analyzer() -> Any:
    """Letters and digits are words, everything else separates them."""
    import tantivy  # 3 MB of every crawl otherwise: alerts read queries with `values`, and most have none

    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .build()
    )


@cache
def schema() -> Any:
    """Searched: title, body, portal, kind, key, state, record, field, amount, at, begins, ends. Counted: told_*, year.
    Read in numbers: place, of. Stored: what a hit shows (`shown`, JSON; `cues`), title, body, about.
    """
    import tantivy

    made = tantivy.SchemaBuilder()
    for name in ("id", "group", "portal", "kind", "key", "state", "record"):
        made.add_text_field(name, stored=name == "id", tokenizer_name="raw", index_option="basic")
    made.add_text_field("title", stored=True, tokenizer_name=ANALYZER)
    made.add_text_field("body", stored=True, tokenizer_name=ANALYZER)
    # Of files whose bytes have no words: what their record says, to be shown; it is found at the record.
    made.add_bytes_field("about", stored=True)
    # A record's fields, `releases.search.values`: words of each, and what can be compared.
    made.add_text_field("field", tokenizer_name="whitespace")
    made.add_json_field("amount", fast=True, tokenizer_name="raw", index_option="basic")
    made.add_date_field("at", stored=True, indexed=True, fast=True)
    for name in ("begins", "ends"):
        made.add_date_field(name, fast=True)
    # All values of a document in one text: of several columns, and of several values, counting takes thrice as long.
    for name in ("told_portal", "told_kind"):
        made.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    made.add_unsigned_field("year", fast=True)
    made.add_integer_field("place", fast=True)
    # The record that owns it, as `record` has it, or SEVERAL.
    made.add_unsigned_field("of", fast=True)
    made.add_bytes_field("shown", stored=True)
    made.add_bytes_field("cues", stored=True)
    return made.build()


@cache
def asking() -> Any:
    """An empty index of the schema: what turns comparisons of `amount` into queries."""
    import tantivy

    return tantivy.Index(schema())


def folded(value: str) -> str:
    """`portal`, `kind`, `key` and `state` values as they are indexed: case does not matter."""
    return " ".join(value.casefold().split())[:512]
