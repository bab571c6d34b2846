"""Whole tables: over HTTP, and as files; the SQLite file opened by Datasette."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
from datasette.app import Datasette  # type: ignore[import-untyped]

from archive.catalog.models import Restriction
from config.errors import ConfigError
from releases.models import File, FileVersion, Record
from releases.tables.model import Wanted
from releases.tables.rows import TABLES
from releases.tables.write import write_all, write_one
from tests.newsroom.inside import Newsroom

KEY = "lh-2025-0105"


def _body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def test_every_table_in_every_form(newsroom: Newsroom) -> None:
    Record.objects.filter(key=KEY).update(title='=HYPERLINK("http://evil.example","x")')
    for name, table in TABLES.items():
        lines = _body(newsroom.get(f"/api/v1/export/{name}.jsonl", "reader")).splitlines()
        rows = [json.loads(line) for line in lines]
        assert rows, name
        assert all(list(row) == list(table.names) for row in rows), name
        behind = _body(
            newsroom.get(f"/api/v1/export/{name}.jsonl", "reader", data={"after": rows[0]["id"]})
        ).splitlines()
        assert behind == lines[1:], name
        text = _body(newsroom.get(f"/api/v1/export/{name}.csv", "reader")).decode("utf-8-sig")
        assert len(list(csv.DictReader(io.StringIO(text)))) == len(rows), name
        sheet = openpyxl.load_workbook(io.BytesIO(_body(newsroom.get(f"/api/v1/export/{name}.xlsx", "reader"))))[name]
        assert sheet.max_row == len(rows) + 1, name
        assert {one.data_type for line in sheet.iter_rows() for one in line} <= {"s", "n"}, name
        assert "=HYPERLINK" not in text.replace("'=HYPERLINK", ""), name
    filtered = _body(newsroom.get("/api/v1/export/files.jsonl?kind=video&since=2020-01-01")).splitlines()
    assert {json.loads(line)["kind"] for line in filtered} == {"video"}
    for wrong in ("records.pdf", "accounts.csv", "records.jsonl?since=x", "records.jsonl?portal=%00", "x.y.z"):
        assert newsroom.get(f"/api/v1/export/{wrong}", REMOTE_ADDR="10.2.2.2").status_code in {400, 404}, wrong


def test_a_file_for_datasette_without_what_is_restricted(newsroom: Newsroom, tmp_path: Path) -> None:
    record = Record.objects.get(key=KEY)
    version = FileVersion.objects.exclude(file__in=File.objects.filter(record=record.id).values("id")).first()
    assert version
    now = datetime.now(UTC)
    common: dict[str, Any] = {"portal": record.portal, "why": "privacy", "by": "editor", "at": now}
    Restriction.objects.create(id="r1", kind="record", record=record.id, **common)
    Restriction.objects.create(id="r2", kind="bytes", digest=version.digest, **common)
    path = tmp_path / "held.sqlite"
    path.write_bytes(b"what was there before")
    counts = write_all(path, Wanted())
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for name, number in counts.items():
            assert database.execute(f"SELECT count(*) FROM {name}").fetchone() == (number,), name
        dump = "\n".join(database.iterdump())
    assert record.id not in dump
    assert KEY not in dump.lower()
    assert not re.search(
        rf'INSERT INTO "(files|file_versions|captures)" .*{version.digest}', dump
    )  # what happened to it stays
    assert "2025-0103" in dump

    async def asked() -> tuple[Any, Any, Any]:
        served = Datasette([str(path)])
        late = await served.client.get("/held/who_is_late.json?_shape=array")
        page = await served.client.get("/held/records?_search=shots")
        replaced = await served.client.get("/held.json?sql=select+name,version+from+replaced_files&_shape=array")
        return late, page, replaced

    late, page, replaced = asyncio.run(asked())
    assert late.json()[0]["cases"] > 0
    assert page.status_code == 200
    assert "records_fts" in page.text or "_search" in page.text
    assert all(row["version"] > 1 for row in replaced.json())


def test_a_file_is_written_whole_or_not_at_all(newsroom: Newsroom, tmp_path: Path) -> None:
    assert newsroom.home.path
    for form in ("jsonl", "csv", "xlsx"):
        path = tmp_path / f"records.{form}"
        assert write_one(path, TABLES["records"], form, Wanted()) == Record.objects.count()
    with pytest.raises(ConfigError, match="cannot be written"):
        write_one(tmp_path / "nowhere" / "x.csv", TABLES["records"], "csv", Wanted())
    with pytest.raises(ConfigError, match="cannot be written"):
        write_all(tmp_path / "nowhere" / "x.sqlite", Wanted())
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith((".", "records"))) == [
        "records.csv", "records.jsonl", "records.xlsx",
    ]  # fmt: skip
