"""A server that answers as the documentation of Slack's `chat.postMessage` says: it refuses what Slack would refuse.

No workspace can be asked from a test. What is checked here is what is written at docs.slack.dev: the token in the
Authorization header, JSON with its charset, channels that the bot is in, thread_ts of a message that is there.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.services.listening import listening

TOKEN = "xoxb-1-made-up"


@dataclass
class Workspace:
    """`channels`: name → id, those that the bot is in; `plan`: what the next requests get instead of the usual: an error's
    code, or (status, Retry-After).
    """

    api: str = ""
    channels: dict[str, str] = field(default_factory=lambda: {"police": "C0POLICE01", "courts": "C0COURTS02"})
    plan: list[str | tuple[int, str]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0

    def texts(self, thread: str | None = None) -> list[str]:
        """Of all posts, or of those that answer in `thread`."""
        return [post["text"] for post in self.posts if thread is None or post.get("thread_ts") == thread]


@contextmanager
def slack() -> Iterator[Workspace]:
    mine = Workspace()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with lock:
                status, headers, answer = said(self, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in (*headers.items(), ("content-type", "application/json; charset=utf-8")):
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    def said(request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
        mine.asked += 1
        if request.path != "/api/chat.postMessage":
            return 404, {}, {"ok": False, "error": "unknown_method"}
        step = mine.plan.pop(0) if mine.plan else ""
        if isinstance(step, tuple):
            return step[0], {"retry-after": step[1]}, {"ok": False, "error": "ratelimited"}
        code = step or wrong(request, body)
        if code:
            return 200, {}, {"ok": False, "error": code}
        post = json.loads(body)
        channel = mine.channels.get(post["channel"], post["channel"])
        ts = f"1799999999.{len(mine.posts) + 1:06}"
        mine.posts.append({**post, "ts": ts, "in": channel})
        return 200, {}, {"ok": True, "channel": channel, "ts": ts, "message": {"text": post["text"], "ts": ts}}

    def wrong(request: BaseHTTPRequestHandler, body: bytes) -> str:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return "invalid_auth" if request.headers.get("authorization") else "not_authed"
        if request.headers.get("content-type") != "application/json; charset=utf-8":
            return "missing_charset"
        try:
            post = json.loads(body)
        except ValueError:
            return "invalid_json"
        if not post.get("text"):
            return "no_text"
        if len(post["text"]) > 40_000:
            return "msg_too_long"
        channel = mine.channels.get(post.get("channel", ""), post.get("channel", ""))
        if channel not in mine.channels.values():
            return "channel_not_found"
        thread = post.get("thread_ts")
        roots = {one["ts"] for one in mine.posts if one["in"] == channel and "thread_ts" not in one}
        if thread is not None and (not isinstance(thread, str) or thread not in roots):
            return "thread_not_found"
        metadata = post.get("metadata", {})
        if set(metadata) - {"event_type", "event_payload"} or not isinstance(metadata.get("event_payload", {}), dict):
            return "invalid_metadata_format"
        return ""

    with listening(Handler) as address:
        mine.api = f"{address}/api"
        yield mine
