"""A fictional portal that is an empty shell: its scripts ask an API and fill the page, as many agencies' do.

Real counterparts: single-page applications (React, Vue, Angular) in front of a JSON API, assets on another
host. The first answer to every address is the same shell; what there is to read only a browser has.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import ClassVar

from tests.replicas.server import JSON, NOT_FOUND, Asked, PlatformReplica, Reply

HOST = "cases.pine-hollow.example"
ASSETS = "assets.webware.example"
PER_PAGE = 3
ODD = random.Random(1).randbytes(6 << 20) + b"\r\n0\r\n\r\n"
"""Bytes that no proxy may touch, more than the archive keeps in memory."""
SHELL = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Case finder</title>
<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="https://assets.webware.example/app.css"></head>
<body><noscript>You need to enable JavaScript to run this app.</noscript><div id="app"></div>
<script>window.HAZARDS = %s;</script><script src="https://assets.webware.example/app.js"></script></body></html>"""
CHECK = """<!DOCTYPE html><title>Just a moment...</title><script>
setTimeout(() => { document.cookie = "ran=1; path=/"; location.reload(); }, 800);</script>"""
SCRIPT = """
const app = document.getElementById("app"), has = name => window.HAZARDS.includes(name);
const ask = async (path, options) => (await fetch(path, options)).json();
function element(tag, text, attributes) {
  const made = document.createElement(tag);
  made.textContent = text || "";
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  return made;
}
function row(one) {
  const row = element("li", "", {"data-case": one.number});
  row.append(element("a", one.number, {href: "/case/" + one.number}), element("time", one.opened), element("p", one.subject));
  return row;
}
async function inPlace() {
  const rows = element("ul"), button = element("button", has("pager") ? "Next" : "Load more", {type: "button"});
  let page = 0;
  const show = async () => {
    const found = await ask("/api/cases?page=" + ++page);
    if (has("pager")) rows.textContent = "";
    rows.append(...found.cases.map(row));
    button.disabled = !found.more;
  };
  button.onclick = show;
  app.append(element("h1", "Cases"), rows, button);
  await show();
}
async function list() {
  if (has("pager") || has("more")) return inPlace();
  const page = Number(new URLSearchParams(location.search).get("page") || "1");
  const found = has("post")
    ? await ask("/api/search", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({page})})
    : await ask((has("api-redirect") ? "/api/moved?page=" : "/api/cases?page=") + page);
  const rows = element("ul", "", {class: "x" + Math.random().toString(36).slice(2)});
  rows.append(...found.cases.map(row));
  app.append(element("h1", "Cases"), rows);
  if (!found.cases.length) app.append(element("p", "No cases found."));
  if (found.more) app.append(element("a", "Next", {rel: "next", href: "/?page=" + (page + 1)}));
}
async function one() {
  if (has("crash")) await fetch("/api/crash" + location.pathname);
  const found = await ask("/api" + location.pathname);
  app.append(element("h1", found.number), element("p", found.outcome, {id: "outcome"}),
             element("a", "Report", {href: "/files/" + found.number + ".pdf"}));
}
async function hazards() {
  if (has("frame")) app.append(element("iframe", "", {src: "https://assets.webware.example/frame.html"}));
  if (has("loopback")) await fetch(window.SENTINEL, {mode: "no-cors"}).then(() => 0, () => 0)
    .then(() => app.append(element("p", "asked", {id: "asked"})));
  if (has("websocket")) await new Promise(done => { new WebSocket("wss://" + location.host + "/ws").onerror = done; })
    .then(() => app.append(element("p", "opened", {id: "opened"})));
  if (has("dialogs")) {
    alert("Welcome"); confirm("Cookies?"); window.open("/popup");
    const link = element("a", "", {href: "/files/brochure.zip", download: "brochure.zip"});
    app.append(link); link.click();
  }
  if (has("worker")) await navigator.serviceWorker.register("/worker.js").catch(() => 0);
  if (has("digest")) {
    const bytes = await (await fetch("/odd.bin")).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    app.append(element("p", Array.from(digest, one => one.toString(16).padStart(2, "0")).join(""), {id: "digest"}));
  }
  if (has("huge")) await fetch("/huge").then(answer => answer.blob()).catch(() => 0);
  if (has("endless")) { const again = () => fetch("/api/poll").then(() => setTimeout(again, 50)); again(); }
  if (has("storm")) for (let n = 0; n < 10000; n++) fetch("/api/poll?" + n).catch(() => 0);
  if (has("hog")) { window.kept = []; const more = () => { window.kept.push(new Uint8Array(32 * 1024 * 1024).fill(7)); setTimeout(more, 20); }; more(); }
  if (has("hang")) { await fetch("/api/poll"); for (;;) {} }
  if (has("cookies")) { document.cookie = "seen=by-script; path=/"; await ask("/api/session"); }
  if (has("webrtc")) await new Promise(done => {
    const peer = new RTCPeerConnection({iceServers: [{urls: window.STUN}]});
    peer.createDataChannel("x");
    peer.onicegatheringstatechange = () => { if (peer.iceGatheringState === "complete") done(); };
    peer.createOffer().then(offer => peer.setLocalDescription(offer));
    setTimeout(done, 3000);
  });
}
(async () => {
  await (location.pathname.startsWith("/case/") ? one() : list());
  await hazards();
})();
"""


def some_cases(many: int) -> dict[str, dict[str, str]]:
    """Number → subject, opened, outcome."""
    return {
        f"2026-{number:03d}": {"subject": f"Complaint {number} about a stop", "opened": f"2026-03-{number:02d}",
                               "outcome": "Sustained" if number % 2 else "Open"}
        for number in range(1, many + 1)
    }  # fmt: skip


class SpaReplica(PlatformReplica):
    """Cases in `cases`: number → subject, opened, outcome.

    Hazards, each on the list's page unless `on_case` has them on a case's: `endless` (polls for ever), `storm` (10,000 requests), `hang` (a script
    that never ends), `hog` (takes all memory), `crash` (of a case's page: calls
    `on_crash` with the case's number before it has what it shows, once), `huge` (a body of
    8 MiB), `digest` (the SHA-256 of `ODD`, as the script got it), `dialogs` (alert, confirm, popup, download), `loopback` (asks `sentinel`), `webrtc` (asks
    `stun`), `websocket`, `worker` (service worker), `post` (the API wants POST), `redirect` and `api-redirect`
    (chains), `frame` (an iframe of another host), `cookies` (the API wants the script's cookie),
    `pager` (a button shows the next rows in the place of these), `more` (a button shows more), `checks` (who has not
    run a script first gets 403 and that script),
    `cached` (the shell may be kept for an hour), `elsewhere` (leads to another host), `missing` (404 with the shell).
    """

    hosts: ClassVar[tuple[str, ...]] = (HOST, ASSETS)
    start: ClassVar[str] = f"https://{HOST}/"

    def __init__(self, *hazards: str) -> None:
        self.cases = some_cases(5)
        self.sentinel = self.stun = ""
        self.on_case: dict[str, str] = {}
        """Number of a case → the hazard on its page."""
        self.on_crash: Callable[[str], None] = lambda number: None
        self.lost_page = 0
        """The page of the list that the API does not give."""
        self.crashed: set[str] = set()
        """Cases whose page has crashed; from then on it is well."""
        self.sent: list[tuple[Asked, Reply]] = []
        """Every request with its answer."""
        super().__init__(*hazards)

    def answer(self, asked: Asked) -> Reply:
        reply = super().answer(asked)
        self.sent.append((asked, reply))
        return reply

    def reply(self, asked: Asked) -> Reply:
        if asked.host == ASSETS:
            return self._asset(asked)
        if asked.path.startswith("/api/"):
            return self._api(asked)
        if asked.path.startswith("/files/"):
            name = asked.path.rpartition("/")[2]
            return Reply(b"%PDF-1.4 " + name.encode(), kind="application/pdf")
        if asked.path in {"/ws", "/favicon.ico", "/worker.js"}:
            return NOT_FOUND
        if asked.path == "/odd.bin":
            return Reply(ODD)
        if asked.path == "/huge":
            return Reply(b"x" * (8 << 20), kind="application/octet-stream")
        if "checks" in self.hazards and "ran=1" not in asked.headers.get("cookie", ""):
            return Reply(CHECK, 403, headers=(("cf-mitigated", "challenge"),))
        if asked.target == "/" and "redirect" in self.hazards:
            return Reply("", 302, headers=(("Location", "/start"), ("Set-Cookie", "route=a; Path=/; HttpOnly")))
        if asked.path == "/start":
            return Reply("", 301, headers=(("Location", f"https://{HOST}/list"),))
        hazards = self._hazards(asked.path)
        if "elsewhere" in hazards:
            return Reply("", 302, headers=(("Location", f"https://{ASSETS}/frame.html"),))
        return self._shell(200 if "missing" not in self.hazards else 404, hazards)

    def _hazards(self, path: str) -> list[str]:
        """Those of one page."""
        if path.startswith("/case/"):
            return [name for number, name in self.on_case.items() if path.endswith(number)]
        return sorted(self.hazards)

    def _shell(self, status: int, hazards: list[str]) -> Reply:
        known = str(hazards).replace("'", '"')
        marks = f"window.SENTINEL = '{self.sentinel}'; window.STUN = '{self.stun}';"
        kept = "public, max-age=3600" if "cached" in self.hazards else "no-cache"
        body = (SHELL % known).replace("<script src", f"<script>{marks}</script><script src")
        return Reply(
            body, status, headers=(("Last-Modified", "Mon, 02 Mar 2026 10:00:00 GMT"), ("Cache-Control", kept))
        )

    def _asset(self, asked: Asked) -> Reply:
        cached = (("Cache-Control", "public, max-age=86400"), ("Access-Control-Allow-Origin", "*"))
        if asked.path == "/app.js":
            return Reply(SCRIPT, kind="text/javascript; charset=utf-8", headers=cached)
        if asked.path == "/app.css":
            return Reply("h1 { color: #123456 }", kind="text/css", headers=cached)
        if asked.path == "/frame.html":
            return Reply("<!DOCTYPE html><p>A chat window</p><img src='/dot.gif'>")
        return NOT_FOUND

    def _api(self, asked: Asked) -> Reply:
        if asked.path == "/api/moved":
            return Reply("", 307, headers=(("Location", f"/api/cases?page={asked.query['page']}"),))
        if asked.path == "/api/search" and asked.method == "POST":
            return self._listed(int(asked.json["page"]))
        if asked.path == "/api/cases":
            return self._listed(int(asked.query.get("page", "1")))
        if asked.path.startswith("/api/crash/"):
            number = asked.path.rpartition("/")[2]
            if number not in self.crashed:
                self.crashed.add(number)
                self.on_crash(number)
            return Reply({})
        if asked.path in {"/api/poll", "/api/session"}:
            return Reply({}, kind=JSON)
        number = asked.path.rpartition("/")[2]
        if number in self.cases:
            return Reply({"number": number, **self.cases[number]})
        return NOT_FOUND

    def _listed(self, page: int) -> Reply:
        if page == self.lost_page:
            return Reply({"error": "not found"}, 404)
        numbers = sorted(self.cases)[(page - 1) * PER_PAGE : page * PER_PAGE]
        rows = [{"number": number, **self.cases[number]} for number in numbers]
        return Reply({"cases": rows, "more": page * PER_PAGE < len(self.cases)})
