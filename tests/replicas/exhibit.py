"""A fictional page with one of everything that browsers load: what is archived of it must show it again.

Real counterparts: transparency pages with a design system on another host, a search that posts, dates in
addresses, numbers against caches, a player that seeks.
"""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import ClassVar

from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

HOST = "exhibit.gull-bay.example"
ASSETS = "design.webware.example"
PAGE = f"https://{HOST}/board"
HTML = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Board</title>
<link rel="stylesheet" href="https://design.webware.example/site.css?v=%(edition)s">
<script>window.early = [];</script></head><body><h1>Board of review, edition %(edition)s</h1>
<img id="dot" alt="" srcset="/dot.png?w=1 1x, /dot.png?w=2 2x" src="/dot.png">
<iframe src="https://design.webware.example/frame.html" width="300" height="60"></iframe>
<ul id="said"></ul><video id="clip" src="/clip.webm" preload="auto" muted width="160"></video>
<p style="margin-top: 3000px"><img alt="" id="late" loading="lazy" src="/late.png"></p>
<script type="module" src="https://design.webware.example/app.mjs"></script></body></html>"""
STYLES = '@import "more.css"; @font-face { font-family: Own; src: url(own.woff2) } body { background: %s }'
MORE = "h1 { color: rgb(1, 2, 3); font-family: Own, serif }"
APP = """
import {tell} from "./part.mjs";
const json = async (address, options) => (await fetch(address, options)).json();
const xhr = address => new Promise(done => {
  const asking = new XMLHttpRequest();
  asking.open("GET", address);
  asking.onload = asking.onerror = () => done(asking.status);
  asking.send();
});
const beat = setInterval(() => fetch("/api/beat"), 100);  // nobody may think that the page is at rest
document.cookie = "seen=by-script; path=/";
tell("cookie", document.cookie);
tell("items", (await json("/api/items?b=2&a=1")).join());
tell("posted", (await json("/api/search", {method: "POST", headers: {"Content-Type": "application/json"},
  body: JSON.stringify({page: 2, sent: Date.now()})})).page);
tell("other page", (await json("/api/search", {method: "POST", body: new URLSearchParams({page: "3"})})).page);
tell("today", (await json("/api/days?until=" + new Date().toISOString().slice(0, 10))).until.length);
tell("fresh", (await json("/api/fresh?_=" + Date.now())).fresh);
tell("stamped", (await json("/api/fresh?stamp=" + Date.now() + "&kind=x")).fresh);
tell("drawn", (await json("/api/fresh?" + Math.random())).fresh);
tell("moved", (await json("/moved")).length);
tell("across", (await json("https://design.webware.example/api/shared", {headers: {"X-Own": "1"}})).shared);
tell("gone", await xhr("/api/gone"));
let state = "";
for (let turn = 0; turn < 20 && state !== "done"; turn++) state = (await json("/api/job")).state;
tell("job", state);
tell("frame", (await (await fetch("/words.txt")).text()).length);
await document.fonts.load("12px Own").catch(() => 0);
const clip = document.getElementById("clip");
await new Promise(done => { if (clip.readyState > 0 || clip.error) done(); clip.onloadedmetadata = clip.onerror = done; });
if (!clip.error) {
  clip.currentTime = 3;
  await new Promise(done => { clip.onseeked = clip.onerror = done; });
}
tell("film", clip.error ? "broken" : Math.round(clip.duration) + " s, at " + Math.round(clip.currentTime) + " s");
tell("whole film", (await (await fetch("/clip.webm")).arrayBuffer()).byteLength > 10000);
tell("clock", new Date().constructor === Date && new Date() instanceof Date);
clearInterval(beat);
document.body.id = "ready";
"""
PART = """export const tell = (name, what) => {
  const line = document.createElement("li");
  line.textContent = name + ": " + what;
  document.getElementById("said").append(line);
};"""


@cache
def film() -> bytes:
    """Four seconds of WebM, with its length in its head: only where it can seek does ffmpeg write it there."""
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=4", "-g", "5"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.webm"
        subprocess.run([*command, "-c:v", "libvpx", str(path)], check=True)
        return path.read_bytes()


@cache
def picture(colour: str, side: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


class ExhibitReplica(PlatformReplica):
    """`edition` is what changes between two visits: the words, the colour, the items."""

    hosts: ClassVar[tuple[str, ...]] = (HOST, ASSETS)
    start: ClassVar[str] = PAGE

    def __init__(self, *hazards: str) -> None:
        self.edition = 1
        self.jobs = 0
        super().__init__(*hazards)

    def reply(self, asked: Asked) -> Reply:
        if asked.host == ASSETS:
            return self._asset(asked)
        if asked.path.startswith("/api/"):
            return self._api(asked)
        if asked.path == "/":
            return Reply("", 302, headers=(("Location", "/board"),))
        if asked.path == "/board":
            body = gzip.compress((HTML % {"edition": self.edition}).encode(), mtime=0)
            headers = (("Content-Encoding", "gzip"), ("Strict-Transport-Security", "max-age=31536000"),
                       ("Content-Security-Policy", f"default-src 'self' https://{ASSETS} 'unsafe-inline'"),
                       ("Set-Cookie", "board=served; Path=/"))  # fmt: skip
            return Reply(body, kind="text/html; charset=utf-8", headers=headers)
        if asked.path in {"/dot.png", "/late.png"}:
            return Reply(picture("teal" if asked.path == "/dot.png" else "navy", 24), kind="image/png")
        if asked.path == "/moved":
            return Reply("", 302, headers=(("Location", "/moved/again"),))
        if asked.path == "/moved/again":
            return Reply("", 307, headers=(("Location", "/api/items?a=1&b=2"),))
        if asked.path == "/words.txt":
            return Reply("words " * 20_000, kind="text/plain")
        if asked.path == "/clip.webm":
            return self._film(asked)
        return NOT_FOUND

    def _asset(self, asked: Asked) -> Reply:
        shared = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", "X-Own"))
        texts = {
            "/site.css": (STYLES % ("#eef" if self.edition == 1 else "#efe"), "text/css"),
            "/more.css": (MORE, "text/css"),
            "/app.mjs": (APP, "text/javascript"),
            "/part.mjs": (PART, "text/javascript"),
            "/frame.html": ("<!DOCTYPE html><p>a frame</p><script>document.title = 1 + 1</script>", "text/html"),
            "/api/shared": ('{"shared": "by all"}', "application/json"),
        }
        if asked.path == "/own.woff2":
            return Reply(b"wOF2 but not really", kind="font/woff2", headers=shared)
        if asked.path not in texts:
            return NOT_FOUND
        text, kind = texts[asked.path]
        return Reply(text, kind=kind, headers=shared)

    def _api(self, asked: Asked) -> Reply:
        if asked.path == "/api/items":
            return Reply([f"item {number} of {self.edition}" for number in range(3)])
        if asked.path == "/api/search" and asked.method == "POST":
            page = asked.json["page"] if asked.body.startswith(b"{") else asked.form["page"]
            return Reply({"page": f"page {page}"})
        if asked.path == "/api/days":
            return Reply({"until": asked.query["until"]})
        if asked.path == "/api/fresh":
            return Reply({"fresh": f"edition {self.edition}"})
        if asked.path == "/api/beat":
            return Reply({}, headers=(("Cache-Control", "no-store"),))
        if asked.path == "/api/job":
            self.jobs += 1
            return Reply(
                {"state": "done" if self.jobs % 3 == 0 else "pending"}, headers=(("Cache-Control", "no-store"),)
            )
        return NOT_FOUND

    def _film(self, asked: Asked) -> Reply:
        whole, found = film(), re.fullmatch(r"bytes=(\d+)-(\d*)", asked.headers.get("range", ""))
        if found is None:
            return Reply(whole, kind="video/webm", headers=(("Accept-Ranges", "bytes"),))
        first, last = int(found[1]), min(int(found[2] or len(whole)), len(whole) - 1)
        given = (("Accept-Ranges", "bytes"), ("Content-Range", f"bytes {first}-{last}/{len(whole)}"))
        return Reply(whole[first : last + 1], 206, "video/webm", given)
