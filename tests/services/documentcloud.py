"""A server shaped after DocumentCloud's documentation: accounts, documents, storage; it refuses what that says is refused.

https://www.documentcloud.org/help/api: access tokens and presigned addresses hold five minutes; a token is not for the
storage; bytes need their length; only what has bytes is processed, and only once at a time.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.services.listening import listening

PASSWORD = "correct horse, made up"
WRITABLE = {
    "access", "data", "description", "language", "noindex", "original_extension", "projects", "published_url",
    "related_article", "source", "title",
}  # fmt: skip


@dataclass
class Cloud:
    """`plan`: what the next requests whose `METHOD path` begins so get instead: (a beginning, status or "cut": done, and
    the answer lost). `tokens`: those that hold.
    """

    url: str = ""
    plan: list[tuple[str, int | str]] = field(default_factory=list)
    documents: dict[int, dict[str, Any]] = field(default_factory=dict)
    bytes: dict[int, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    presigned: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    signed_in: int = 0

    @property
    def settings(self) -> str:
        return (
            f'[documentcloud]\nusername = "desk"\npassword_env = "DESK_CLOUD"\nproject = 77\n'
            f'api = "{self.url}/api"\naccounts = "{self.url}/accounts"\n'
        )


@contextmanager
def documentcloud() -> Iterator[Cloud]:
    mine = Cloud()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = self.headers.get("content-length")
            body = self.rfile.read(int(length)) if length else b""
            asked = f"{self.command} {self.path}"
            with lock:
                mine.asked.append(asked)
                step = next((one for one in mine.plan if asked.startswith(one[0])), None)
                if step:
                    mine.plan.remove(step)
                if step and step[1] != "cut":
                    status, said = int(step[1]), {"error": "planned"}
                else:
                    status, said = answer(self, body)
            if step and step[1] == "cut":
                self.close_connection = True
                return
            data = json.dumps(said).encode() if said is not None else b""
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _do

        def log_message(self, *_: Any) -> None:
            pass

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any]:
        parts = urlsplit(request.path)
        if parts.path == "/accounts/token/":
            given = json.loads(body)
            if given != {"username": "desk", "password": PASSWORD}:
                return 401, {"detail": "No active account found with the given credentials"}
            mine.signed_in += 1
            mine.tokens.add(f"token-{mine.signed_in}")
            return 200, {"access": f"token-{mine.signed_in}", "refresh": "r"}
        if parts.path.startswith("/storage/"):
            if "authorization" in request.headers or "content-length" not in request.headers:
                return 400, None
            if request.path not in mine.presigned or request.command != "PUT":
                return 403, None
            mine.bytes[mine.presigned[request.path]] = body
            return 200, None
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in mine.tokens:
            return 403, {"detail": "Authentication credentials were not provided."}
        found = re.fullmatch(r"/api/documents/(?:(\d+)/(process/|errors/)?)?", parts.path)
        if not found:
            return 404, {"detail": "Not found."}
        if not found[1]:
            return made(json.loads(body)) if request.command == "POST" else listed(parse_qs(parts.query))
        number = int(found[1])
        if number not in mine.documents:
            return 404, {"detail": "Not found."}
        one = mine.documents[number]
        if found[2] == "errors/":
            return 200, {"results": [{"id": 1, "message": "no page can be read"}]}
        if found[2] == "process/":
            if number not in mine.bytes:
                return 400, {"error": "no file"}
            if one["status"] == "pending":
                return 400, {"error": "Already processing"}
            one["status"] = "pending"
            return 200, "OK"
        return 200, shown(one)

    def made(given: Any) -> tuple[int, Any]:
        if wrong := sorted(set(given) - WRITABLE):
            return 400, {name: ["may not be set"] for name in wrong}
        if not given.get("title") or given.get("access") not in {"public", "private", "organization"}:
            return 400, {"title": ["This field is required."]}
        for key, values in given.get("data", {}).items():
            if not re.fullmatch(r"[\w-]+", key) or not all(isinstance(v, str) and len(v) <= 300 for v in values):
                return 400, {"data": ["keys of letters, digits, - and _; values: lists of texts"]}
        number = 24_000_000 + len(mine.documents) + 1
        page = f"https://www.documentcloud.org/documents/{number}-it/"
        mine.documents[number] = {**given, "id": number, "status": "nofile", "canonical_url": page}
        return 201, shown(mine.documents[number])

    def listed(query: dict[str, list[str]]) -> tuple[int, Any]:
        found = [shown(one) for one in mine.documents.values() if [one["status"]] == query.get("status")]
        return 200, {"next": None, "previous": None, "results": found}

    def shown(one: dict[str, Any]) -> dict[str, Any]:
        address = f"/storage/{one['id']}?signature={len(mine.presigned) + 1}"
        mine.presigned[address] = one["id"]
        return {**one, "presigned_url": mine.url + address}

    with listening(Handler) as address:
        mine.url = address
        yield mine
