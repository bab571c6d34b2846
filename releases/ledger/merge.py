"""Two records that are one. Merging is said by a person, kept, and can be undone."""

from __future__ import annotations

from datetime import datetime

from config.errors import ConfigError
from releases.access import shut_records
from releases.ledger.observation import Plan
from releases.ledger.rows import Rows
from releases.models import Alias, Event, Record


class MergeRefusedError(ConfigError):
    """These two can not become one, or were never made one."""


def plan_merge(record: str, into: str, at: datetime) -> Plan:
    """Let the record with id `record` be known as another name of `into`. Its history stays its own.

    Raises:
        MergeRefusedError: unknown ids, one and the same, other portals, or one is merged already.
    """
    first, second = _record(record), _record(into)
    if first.id == second.id or first.portal != second.portal or "merged" in {first.state, second.state}:
        raise MergeRefusedError(
            "two different, unmerged records of one portal are needed", where=f"{first.key}, {second.key}"
        )
    _open(first, second)
    rows = Rows(first.portal, "", at)
    rows.alias(second.id, first.key)
    rows.update("releases.Record", first.id, state="merged")
    return Plan(operations=rows.operations())


def plan_unmerge(record: str, at: datetime) -> Plan:
    """Undo `plan_merge`: the record stands for itself again, in the state it had.

    Raises:
        MergeRefusedError: it is not merged.
    """
    merged = _record(record)
    if merged.state != "merged":
        raise MergeRefusedError("this record is not merged", where=merged.key)
    _open(merged)
    rows = Rows(merged.portal, "", at)
    names = Alias.objects.filter(portal=merged.portal, name=merged.key, ended_at=None).exclude(record=merged.id)
    rows.assign("releases.Alias", names.values_list("id", flat=True), ended_at=at)
    last = (
        Event.objects.filter(record=merged.id, kind__in=["new", "withdrawn", "restored"]).order_by("-at", "-id").first()
    )
    state = "withdrawn" if last is not None and last.kind == "withdrawn" else "present"
    rows.update("releases.Record", merged.id, state=state)
    return Plan(operations=rows.operations())


def _open(*records: Record) -> None:
    """Merged, the restricted one's key would stand on the other's page as a name of it; parted, what was merged into it
    would be shown again.
    """
    shut = shut_records()
    if any(record.id in shut for record in records):
        raise MergeRefusedError(
            "a record under a restriction is neither merged nor parted", where=records[0].portal,
            todo="lift the restriction first: `recordwatch restrict list`",
        )  # fmt: skip


def merged_record(portal: str, key: str) -> Record:
    """The merged record with this key. Raises MergeRefusedError."""
    found = Record.objects.filter(portal=portal, key=key, state="merged").first()
    if found is None:
        raise MergeRefusedError("no record with this key is merged", where=f"{portal}: {key}")
    return found


def _record(id_: str) -> Record:
    found = Record.objects.filter(id=id_).first()
    if found is None:
        raise MergeRefusedError("no record has this id", where=id_)
    return found
