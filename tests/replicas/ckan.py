"""A CKAN portal as a real server: pages, the action API, uploads.

Hazards besides those of every replica:
    unfiltered: `fq` is ignored
    repeats: `start` is ignored, every page is the first
    short: the count says two data sets more than there are
    failing: every action answers 200 and `success: false`
    signed: uploads answer 302 to a link with another signature each time
    harvested: linked resources have other ids each time
"""

from __future__ import annotations

import re
import zlib
from typing import Any

from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

SITE, STORE = "data.riverbend.example", "store.riverbend.example"
POLICE, WATER = "police-department", "water-works"
TITLES = ("Use of force", "Traffic stops", "Complaints closed", "Calls for service")


class CkanReplica(PlatformReplica):
    """Riverbend's open data; `packages` and `bytes` may be changed between crawls."""

    hosts = (SITE, STORE)
    start = f"https://{SITE}/organization/{POLICE}"
    most = 2
    """Data sets on a page, whatever is asked for."""

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.packages: dict[str, dict[str, Any]] = {}
        self.bytes: dict[str, bytes] = {}
        for number, title in enumerate(TITLES):
            self.add(number, title)
        self.add(7, "Water quality", organization=WATER)
        self.add(8, "Overtime, not yet public", private=True)
        self.packages[_id(1)]["extras"] = [
            {"key": "Frequency", "value": "weekly"},
            {"key": "harvest_date", "value": "2031-05-01"},
        ]
        super().__init__(*hazards, hosts=hosts)

    def add(self, number: int, title: str, organization: str = POLICE, *, private: bool = False) -> None:
        id_, name = _id(number), re.sub(r"\W+", "-", title.lower()).strip("-")
        upload, file = f"r{number}-upload", f"{name}.csv"
        self.bytes[f"/dataset/{id_}/resource/{upload}/download/{file}"] = (
            f"date,what\n2031-01-0{number + 1},{title}\n".encode() * 9
        )
        self.bytes[f"/files/{name}.pdf"] = f"%PDF-1.4 {title}, fictional. ".encode() + b"." * 120
        self.packages[id_] = {
            "id": id_, "name": name, "title": title, "notes": f"{title} of Riverbend.", "private": private, "state": "active",
            "type": "dataset", "organization": {"id": organization, "name": organization, "title": organization.replace("-", " ").title()},
            "license_id": "cc-by", "license_title": "Creative Commons Attribution", "author": "A Clerk",
            "maintainer_email": "clerk@riverbend.example", "metadata_created": f"2030-0{number + 1}-02T03:04:05.678901",
            "metadata_modified": f"2031-0{number + 1}-02T03:04:05.678901", "num_resources": 4,
            "tags": [{"name": "police", "display_name": "police"}, {"name": "open", "display_name": "open"}],
            "groups": [{"name": "public-safety", "title": "Public safety"}],
            "resources": [
                _resource(upload, f"{title} (CSV)", "CSV", f"https://{SITE}/dataset/{id_}/resource/{upload}/download/{file}", "upload"),
                _resource(f"r{number}-link", "Data dictionary", "PDF", f"https://{STORE}/files/{name}.pdf", ""),
                _resource(f"r{number}-api", "Feature service", "Esri REST", f"https://{STORE}/arcgis/rest/{number}", ""),
                _resource(f"r{number}-page", "About", "", f"https://{STORE}/about/{number}", ""),
            ],
        }  # fmt: skip

    def reply(self, asked: Asked) -> Reply:
        if asked.path.startswith("/api/3/action/"):
            return self._action(asked, asked.path.removeprefix("/api/3/action/"))
        path = asked.path.removeprefix("/signed")
        if (content := self.bytes.get(path)) is not None:
            return self._file(asked, path, content)
        if asked.host == SITE:
            return Reply(
                "<meta name='generator' content='ckan 2.10.4'><body data-site-root='/' data-locale-root='/'>Riverbend</body>"
            )
        return NOT_FOUND

    def _file(self, asked: Asked, path: str, content: bytes) -> Reply:
        if "signed" in self.hazards and "/download/" in path and asked.host == SITE:
            return Reply(
                b"",
                302,
                headers=(("Location", f"https://{STORE}/signed{path}?X-Amz-Signature={len(self.asked):064x}"),),
            )
        etag = f'"{zlib.crc32(content):x}"'
        if asked.headers.get("if-none-match") == etag:
            return Reply(b"", 304, headers=(("ETag", etag),))
        return Reply(
            content, kind="text/csv" if path.endswith(".csv") else "application/pdf", headers=(("ETag", etag),)
        )

    def _action(self, asked: Asked, action: str) -> Reply:
        query = asked.query
        if "failing" in self.hazards:
            return _failed(200, "Search Query Error", "Search index is down")
        if action == "status_show":
            return _result({"site_title": "Riverbend Open Data", "ckan_version": "2.10.4"})
        if action == "organization_show" and query.get("id") in {POLICE, WATER}:
            return _result({"name": query["id"], "title": query["id"].replace("-", " ").title()})
        if action == "package_show":
            named = [one for one in self.packages.values() if query.get("id") in {one["id"], one["name"]}]
            if not named:
                return _failed(404, "Not Found Error", "Not found")
            return _failed(403, "Authorization Error", "Access denied") if named[0]["private"] else _result(named[0])
        if action == "package_search":
            return self._search(query)
        return _failed(400, "Bad request", f"Action name not known: {action}")

    def _search(self, query: dict[str, str]) -> Reply:
        found = [one for _, one in sorted(self.packages.items()) if not one["private"]]
        if query.get("sort") != "id asc":  # the platform's own order is by relevance, then the newest change first
            oldest = query.get("sort") == "metadata_created asc"
            found.sort(key=lambda one: one["metadata_created" if oldest else "metadata_modified"], reverse=not oldest)
        owner = re.search(r'organization:"([\w-]+)"', query.get("fq", ""))
        if owner and "unfiltered" not in self.hazards:
            found = [one for one in found if one["organization"]["name"] == owner[1]]
        if "(bad" in query.get("fq", ""):
            return _failed(409, "Search Query Error", "Invalid search query")
        found = [one for one in found if query.get("q", "").lower() in f"{one['title']} {one['notes']}".lower()]
        start = 0 if "repeats" in self.hazards else int(query.get("start", 0))
        rows = min(int(query.get("rows", 10)), self.most)
        count = len(found) + 2 * ("short" in self.hazards)
        return _result({"count": count, "sort": query.get("sort", ""), "facets": {}, "search_facets": {},
                        "results": [self._shown(one) for one in found[start : start + rows]]})  # fmt: skip

    def _shown(self, package: dict[str, Any]) -> dict[str, Any]:
        if "harvested" not in self.hazards:
            return package
        resources = [
            one
            if one["url_type"]
            else {**one, "id": f"{one['id']}-{len(self.asked)}", "created": f"2031-05-01T00:00:{len(self.asked):02d}"}
            for one in package["resources"]
        ]
        return {**package, "resources": resources}


def _id(number: int) -> str:
    return f"0000000{number}-1111-4222-8333-444444444444"


def _resource(id_: str, name: str, form: str, url: str, kind: str) -> dict[str, Any]:
    return {"id": id_, "name": name, "format": form, "url": url, "url_type": kind, "hash": "", "size": None, "mimetype": None,
            "created": "2031-01-02T03:04:05.678901", "last_modified": None, "state": "active"}  # fmt: skip


def _result(value: Any) -> Reply:
    return Reply({"help": "…", "success": True, "result": value})


def _failed(status: int, kind: str, message: str) -> Reply:
    return Reply({"help": "…", "success": False, "error": {"__type": kind, "message": message}}, status)
