"""What a person should look at before a portal is watched: one sentence each, with what to do about it."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crawler.health import Judgement
from crawler.questions import count_of
from releases.model import Record
from spiders.tally import Tally

MOSTLY_EMPTY = 0.5
"""A field that is empty in more than this share of the rows is perhaps looked for in the wrong place."""
FEW = 3
"""Records that are too few to say what they have in common."""
DATES = {
    r"\d{1,2}/\d{1,2}/\d{4}": '"%m/%d/%Y" (or "%d/%m/%Y")',
    r"\d{1,2}-\d{1,2}-\d{4}": '"%m-%d-%Y" (or "%d-%m-%Y")',
    r"[A-Z][a-z]+ \d{1,2}, \d{4}": '"%B %d, %Y"',
    r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d [AaPp][Mm]": '"%m/%d/%Y %I:%M %p"',
    r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d [AaPp][Mm]": '"%m/%d/%Y %I:%M:%S %p"',
}


@dataclass(frozen=True, slots=True)
class SecondRead:
    """What the first page of the list showed when it was asked for again."""

    keys: frozenset[str]
    files: Mapping[str, frozenset[str]]
    """Key → identities of its files."""


def doubts(
    judgement: Judgement, records: Sequence[Record], sighted: Iterable[str], selectors: Mapping[str, Tally]
) -> Iterator[str]:
    """What looks wrong in what one crawl found; with `selectors`, which only the declarative kinds have, what to write instead."""
    listed = set(sighted)
    for name, answer in judgement.answers.items():
        bad = "yes" if name == "blocked" else "no"
        if answer.answer == bad and answer.evidence not in judgement.reason:
            yield f"{name}: {answer.evidence}"
    yield from _selectors(selectors)
    if listed and not records:
        yield "the listing shows records, but none of them could be read"
    elif not judgement.reason.endswith("--max-records.") and len(listed) > len({one.key for one in records}) > 0:
        yield f"the listing shows {len(listed)} records, {len({one.key for one in records})} of them were read"
    yield from _keys(records)
    if untitled := [record.key for record in records if not record.title.strip()]:
        yield f"{len(untitled)} records have no title, first {untitled[0]}"
    titles = Counter(record.title for record in records)
    if len(records) >= FEW and titles and titles.most_common(1)[0][1] == len(records):
        yield f"every record has the same title, {records[0].title[:80]!r}: is it the site's instead of the record's?"
    if len(records) >= FEW and not any(record.files for record in records):
        yield "no record has a file" + (
            ": where links to files do not end like documents (.pdf), `files` in the portal file says which links they are"
            if selectors
            else ""
        )
    addresses = Counter(file.url for record in records for file in record.files)
    if shared := [url for url, count in addresses.items() if count > max(2, len(records) // 2)]:
        yield f"{shared[0]} stands on most records: is it taken from the navigation?"
    if bare := [record.key for record in records if not record.fields]:
        yield (
            f"{len(bare)} records have no fields, first {bare[0]}"
            if len(bare) < len(records)
            else "no record has any field: only titles and files will be compared; `fields` says what else to read"
        )
    if selectors:  # code that keeps a day as it is printed has its reasons, and no key `date`
        yield from _dates(records)


def _selectors(selectors: Mapping[str, Tally]) -> Iterator[str]:
    for name, tally in selectors.items():
        what = f"{name} ({tally.selector})"
        if tally.in_navigation and tally.found:
            yield (
                f"{what}: {tally.in_navigation} of {tally.found + tally.in_navigation} matches stand in the site's "
                "navigation and are left out; begin the selector with what holds the list, e.g. `main …`"
            )
        if not tally.places:
            continue
        if tally.per in {"sitemap", "feed"}:
            if not tally.found:
                yield f"{name}: none of its addresses is meant by parameters.only ({tally.selector})"
            continue
        if tally.per == "table row":
            empty = tally.without + tally.empty
            if empty == tally.places >= FEW:
                yield f"{what}: empty in all {tally.places} rows; is it the right column?"
            continue
        if not tally.found and name not in {"next", "link"}:
            yield (
                f"{what}: matches nothing on any of {count_of(tally.places, tally.per)}; compare it with the page's source "
                "(not with the browser's inspector: what scripts add is not served)"
            )
        elif name == "row" and tally.most == 1:
            yield f"{what}: 1 row per page; does it match the list instead of its rows?"
        elif name == "next" and not tally.found:
            yield f"{what}: matches nothing on {count_of(tally.places, 'page')}; where the list has more pages, they are not read"
        elif (
            tally.per != "page"
            and "files" not in name
            and (empty := tally.without + tally.empty) > MOSTLY_EMPTY * tally.places
        ):
            share = 100 * empty // tally.places
            yield f"{what}: empty in {empty} of {tally.places} {tally.per}s ({share} %); is it the right place?"


def _keys(records: Sequence[Record]) -> Iterator[str]:
    """Keys that stand for several records, or for none in particular."""
    told: dict[str, set[str]] = defaultdict(set)
    for record in records:
        content = json.dumps([record.title, dict(record.fields), sorted(f.url for f in record.files)], default=str)
        told[record.key].add(content)
    twice = [key for key, contents in told.items() if len(contents) > 1]
    if twice:
        yield (
            f"the key {twice[0]!r} stands for {len(told[twice[0]])} rows that say different things"
            f"{f', as do {len(twice) - 1} other keys' if len(twice) > 1 else ''}; "
            "`key` in the portal file says what tells records apart"
        )


def _dates(records: Sequence[Record]) -> Iterator[str]:
    """Fields that are dates to a reader and texts to us."""
    values: dict[str, list[str]] = defaultdict(list)
    for record in records:
        for name, value in record.fields.items():
            if isinstance(value, str) and value:
                values[name].append(value)
    for name, texts in values.items():
        for pattern, form in DATES.items():
            if all(re.fullmatch(pattern, text) for text in texts):
                yield f"{name} looks like a date ({texts[0]}): date = {form} makes it one, and any other form an error"
                break


def unsteady(records: Sequence[Record], first_page: Iterable[str], second: SecondRead) -> Iterator[str]:
    """What differs between two reads of the same page, seconds apart: it would be news with each crawl."""
    before = list(first_page)
    gone = [key for key in before if key not in second.keys]
    if len(gone) > len(before) / 2:
        many = f"all {len(before)}" if len(gone) == len(before) else f"{len(gone)} of {len(before)}"
        other = min(second.keys - set(before), default="")
        yield (
            f"{many} keys were others when the list was asked for again, e.g. {other!r} for {gone[0]!r}: such records "
            "would be new with each crawl; identity.ignore_parameters leaves parameters of the address aside, "
            "`key` says what stays the same"
        )
    files = {record.key: frozenset(file.identity or file.url for file in record.files) for record in records}
    moved = [key for key in second.files if key in files and files[key] != second.files[key]]
    if moved:
        one = next(iter(sorted(second.files[moved[0]] - files[moved[0]])), "")
        yield (
            f"{len(moved)} records have files at other addresses when asked for again, e.g. {one}: "
            "identity.ignore_parameters says which parameters of the address mean nothing ('*' for all)"
        )
