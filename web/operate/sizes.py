"""How much is held, of which portal and kind: counted by the keeper, since it reads whole tables."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Sum

from archive.catalog.models import AppliedCommit, Warc
from config.home import Home
from releases.models import File
from web.operate.models import Figure

EVERY = timedelta(hours=1)
_FILES = """
    SELECT file.portal, file.kind, COUNT(*), SUM(version.size)
    FROM releases_fileversion version JOIN releases_file file ON file.id = version.file
    GROUP BY file.portal, file.kind
"""
"""Every version of every file, by the kind of the file."""


def count(now: datetime) -> None:
    """Count anew, where the last count is old and something was committed since."""
    last = Figure.objects.filter(name="sizes").first()
    if last is not None and abs(now - last.at) < EVERY:
        return
    stamp = _stamp()
    if last is not None and last.stamp == stamp:
        Figure.objects.filter(name="sizes").update(at=now)
        return
    Figure.objects.update_or_create(name="sizes", defaults={"at": now, "stamp": stamp, "value": _counted()})


def room(home: Home) -> list[dict[str, Any]]:
    """Free and all bytes of the disks under the home and its store. Asks the system: cheap."""
    places: dict[int, dict[str, Any]] = {}
    wanted = {"home": home.path} | ({"store": home.archive} if home.settings.store.kind == "folder" else {})
    for name, path in wanted.items():
        try:
            device, used = path.stat().st_dev, shutil.disk_usage(path)
        except OSError:
            continue
        if device in places:
            places[device]["names"].append(name)
        else:
            places[device] = {"names": [name], "free": used.free, "all": used.total}
    return list(places.values())


def database_bytes(home: Home) -> int:
    """Size of the catalog: of its files, or of the database it has in PostgreSQL."""
    url = home.database_url
    if not url.startswith("sqlite:///"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    base = Path(url.removeprefix("sqlite:///"))
    files = (base, base.with_name(f"{base.name}-wal"))
    return sum(file.stat().st_size for file in files if file.is_file())


def _stamp() -> str:
    newest = AppliedCommit.objects.aggregate(newest=Max("id"))["newest"]
    return f"{newest or ''}"


def _counted() -> dict[str, Any]:
    portals: dict[str, dict[str, Any]] = {}
    for row in Warc.objects.values("portal").annotate(warcs=Count("key"), bytes=Sum("size")):
        portals[row["portal"]] = {"warcs": row["warcs"], "bytes": row["bytes"] or 0, "files": 0, "file_bytes": 0}
    kinds: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FILES)
        for portal, kind, versions, size in cursor.fetchall():
            one = portals.setdefault(portal, {"warcs": 0, "bytes": 0, "files": 0, "file_bytes": 0})
            one["files"] += versions
            one["file_bytes"] += int(size or 0)
            of_kind = kinds.setdefault(kind, [0, 0])
            of_kind[0] += versions
            of_kind[1] += int(size or 0)
    return {
        "portals": [{"portal": slug, **portals[slug]} for slug in sorted(portals)],
        "kinds": [{"kind": kind, "versions": kinds[kind][0], "bytes": kinds[kind][1]} for kind in sorted(kinds)],
        "counted": datetime.now(UTC).isoformat(),
        "files": File.objects.count(),
    }
