"""A Socrata domain as a real server: descriptions of tables, SoQL questions, row questions.

Hazards besides those of every replica:
    capped: `$limit` above 3 gives 3 rows, without a word
    unordered: `$order` is ignored
    endless: `$offset` is ignored, every page is the first
    short: `count(*)` says two rows more than there are
    preparing: rows are answered 202, still being prepared
    renamed: the column `current_status` is called `status`
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.replicas.server import Asked, PlatformReplica, Reply

SUMMARY, OFFICERS = "qv7k-3mzt", "h2ra-88xd"
STATUSES = ("Pending Investigation", "Closed - No Finding", "Closed/Final")
Row = dict[str, str]


def cases(count: int = 7) -> list[Row]:
    """Fictional complaints: nulls are left out, a beat may be two, a location is an object."""
    rows = []
    for number in range(1, count + 1):
        row: dict[str, Any] = {
            "log_no": f"2031-{number:07d}", "complaint_date": f"2031-0{1 + number % 6}-1{number % 9}T0{number % 9}:15:00.000",
            "case_type": "Complaint", "current_status": STATUSES[number % 3], "assignment": "OPA" if number % 4 else "BIA",
            "beat": "0101 | 0203" if number == 2 else f"0{number}11",
        }  # fmt: skip
        if number % 3 == 0:
            row |= {"closed_date": "2031-07-01T00:00:00.000", "finding": "No Finding"}
        if number == 5:
            del row["beat"]
            row["report"] = {"url": f"https://data.portmerrow.example/reports/{number}.pdf", "description": "Report"}
            row["location"] = {"latitude": "41.5", "longitude": "-87.25"}
        rows.append(row)
    return rows


def officers() -> list[Row]:
    """One row per officer involved, several of one case."""
    found = []
    for number, ranks in enumerate((["Officer"], ["Sergeant", "Officer"], ["Officer", "Officer"], ["Detective"]), 1):
        for place, rank in enumerate(ranks):
            found.append({
                "log_no": f"2031-{number:07d}", "case_type": "Complaint", "current_status": STATUSES[number % 3],
                "rank_of_involved_officer": rank, "years_on_force": f"{5 * place}-{5 * place + 4}",
            })  # fmt: skip
    return found


KINDS = {"complaint_date": "calendar_date", "closed_date": "calendar_date", "report": "url", "location": "location"}
COLUMNS: dict[str, list[str]] = {
    SUMMARY: ["log_no", "complaint_date", "case_type", "current_status", "assignment", "beat", "closed_date", "finding",
              "report", "location"],
    OFFICERS: ["log_no", "case_type", "current_status", "rank_of_involved_officer", "years_on_force"],
}  # fmt: skip


class SocrataReplica(PlatformReplica):
    """Port Merrow's open data; `tables` may be changed between crawls."""

    hosts = ("data.portmerrow.example",)
    start = f"https://data.portmerrow.example/Public-Safety/Complaints-Summary/{SUMMARY}/about_data"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.tables: dict[str, list[Row]] = {SUMMARY: cases(), OFFICERS: officers()}
        self.columns = dict(COLUMNS)
        self.updated = 1_924_992_000
        """Seconds since 1970: 2031-01-01."""
        super().__init__(*hazards, hosts=hosts)

    def reply(self, asked: Asked) -> Reply:
        headers = (("X-Socrata-RequestId", "0000"), ("X-Socrata-Region", "aws-us-east-1-fedramp-prod"))
        reply = self._reply(asked)
        return Reply(reply.body, reply.status, reply.kind, (*reply.headers, *headers))

    def _reply(self, asked: Asked) -> Reply:
        if found := re.fullmatch(r"/api/views/([\w-]+)\.json", asked.path):
            return self._about(found[1])
        if found := re.fullmatch(r"/resource/([\w-]+)\.json", asked.path):
            return self._rows(found[1], asked.query)
        page = re.fullmatch(r".*/([a-z0-9]{4}-[a-z0-9]{4})(?:/about_data)?", asked.path)
        if page and page[1] in self.tables:
            return Reply("<title>Port Merrow data</title><script>window.socrata = {}</script><div id=app></div>")
        if asked.path.startswith("/reports/"):
            return Reply(b"%PDF-1.4 a fictional report " + b"." * 200, kind="application/pdf")
        return Reply({"code": "not_found", "error": True, "message": "Cannot find view"}, 404)

    def _columns(self, table: str) -> list[str]:
        names = self.columns[table]
        return ["status" if n == "current_status" else n for n in names] if "renamed" in self.hazards else names

    def _about(self, table: str) -> Reply:
        rows = self.tables.get(table)
        if rows is None:
            return Reply({"code": "not_found", "error": True, "message": f"Cannot find view with id {table}"}, 404)
        columns = [
            {"name": name.replace("_", " ").upper(), "fieldName": name, "dataTypeName": KINDS.get(name, "text"),
             "cachedContents": {"non_null": str(sum(name in row for row in rows)),
                                "cardinality": str(len({str(row[name]) for row in rows if name in row}))}}
            for name in self._columns(table)
        ]  # fmt: skip
        computed = {"name": "Wards", "fieldName": ":@computed_region_wxyz", "dataTypeName": "number"}
        return Reply({
            "id": table, "name": "Complaints - Summary" if table == SUMMARY else "Complaints - By Officer",
            "assetType": "dataset", "attribution": "Office of Police Accountability", "category": "Public Safety",
            "description": "Complaints about members of the Port Merrow police.", "rowsUpdatedAt": self.updated,
            "viewCount": len(self.asked), "columns": [*columns, computed],
        })  # fmt: skip

    def _rows(self, table: str, query: dict[str, str]) -> Reply:
        if table not in self.tables:
            return Reply({"message": "Not found", "errorCode": "dataset.missing"}, 404)
        if "preparing" in self.hazards:
            return Reply({"code": "accepted", "message": "Dataset is being prepared"}, 202)
        rows = [dict(row) for row in self.tables[table]]
        if where := query.get("$where"):
            found = re.fullmatch(r"(\w+) = '([^']*)'", where)
            if not found or found[1] not in COLUMNS[table]:
                return Reply({"message": f"Query coordinator error: query.soql.no-such-column; No such column: {where.split()[0]}",
                              "errorCode": "query.soql.no-such-column"}, 400)  # fmt: skip
            rows = [row for row in rows if row.get(found[1]) == found[2]]
        for name, value in query.items():
            if not name.startswith("$"):
                rows = [row for row in rows if row.get(name) == value]
        if query.get("$select") == "count(*) as total":
            return Reply([{"total": str(len(rows) + 2 * ("short" in self.hazards))}])
        return Reply(list(self._page(rows, query)))

    def _page(self, rows: list[Row], query: dict[str, str]) -> Iterator[Row]:
        if "unordered" not in self.hazards:
            for name in reversed(query.get("$order", "").split(",")):
                if name and not name.startswith(":"):
                    rows = sorted(rows, key=lambda row, name=name: row.get(name, ""))  # type: ignore[misc]
        limit = int(query.get("$limit", 1000))
        limit = min(limit, 3) if "capped" in self.hazards else limit
        offset = 0 if "endless" in self.hazards else int(query.get("$offset", 0))
        for row in rows[offset : offset + limit]:
            yield {"status" if n == "current_status" and "renamed" in self.hazards else n: v for n, v in row.items()}
