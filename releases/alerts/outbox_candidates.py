"""What filters look at in the events of a commit, from the commit's own rows: they may not be applied yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archive.commit import Commit, Insert
from releases.alerts.filters import Candidate, flatten
from releases.models import Alias, Record

Row = dict[str, Any]


def event_rows(commit: Commit) -> list[Row]:
    """The events that `commit` brings, in order."""
    return _rows(commit, "releases.Event")


def commit_candidates(commit: Commit, rows: list[Row]) -> Iterable[Candidate]:
    """A candidate for each of these rows of `commit`, in order. Without the fields of records."""
    wanted = sorted({row["record"] for row in rows if row.get("record")})
    kinds: dict[str, str] = {}
    names: dict[str, set[str]] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        for ident, kind, printed in Record.objects.filter(id__in=part).values_list("id", "kind", "printed_key"):
            kinds[ident] = kind
            names.setdefault(ident, set()).add(printed)
        for ident, name in Alias.objects.filter(record__in=part, ended_at=None).values_list("record", "name"):
            names.setdefault(ident, set()).add(name)
    for row in _rows(commit, "releases.Record"):
        kinds[row["id"]] = row.get("kind", "")
        names.setdefault(row["id"], set()).add(row.get("printed_key", ""))
    for row in _rows(commit, "releases.Alias"):
        names.setdefault(row["record"], set()).add(row.get("name", ""))
    for row in rows:
        own = {row.get("key", ""), *names.get(row.get("record", ""), ())} - {""}
        files = [file.get("name") for file in row.get("files") or []]
        texts = flatten(row.get("title"), row.get("old"), row.get("new"), files)
        yield Candidate(
            portal=row["portal"],
            kind=row["kind"],
            record=row.get("record", ""),
            record_kind=kinds.get(row.get("record", ""), ""),
            names=frozenset(name.casefold() for name in own),
            text="\n".join((*texts, *sorted(own))),
            backfill=bool(row.get("backfill")),
        )


def _rows(commit: Commit, table: str) -> list[Row]:
    inserts = (step for step in commit.operations if isinstance(step, Insert) and step.table.lower() == table.lower())
    return [row for insert in inserts for row in insert.rows]
