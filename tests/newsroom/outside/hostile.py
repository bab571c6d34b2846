"""A page that means ill to who looks at its replay: it tries to reach the newsroom, another server of the same machine, the web,
and what the browser knows.
"""

from __future__ import annotations

import socket
import threading

WAYS = (
    "fetch", "fetch-post", "fetch-follow", "xhr", "socket", "events", "beacon", "image", "frame", "script", "style", "font", "media",
    "form", "window", "service-worker", "worker", "blob-worker", "import", "prefetch", "preload", "preconnect", "speculate", "srcdoc", "data-frame",
    "refresh", "ping",
)  # fmt: skip
"""Each asks both servers for an address with `hostile=<way>` in it."""
LEAVING = ("top", "parent", "link-top", "refresh-self")
"""These lead the window away, where they may."""

RTC = """new Promise(done => { const one = new RTCPeerConnection({iceServers: [
    {urls: "stun:127.0.0.1:%(trap)s"}, {urls: "turn:127.0.0.1:%(trap)s?transport=tcp", username: "x", credential: "x"}]});
  one.onicegatheringstatechange = () => one.iceGatheringState === "complete" && done("gathered");
  one.createDataChannel("x"); one.createOffer().then(offer => one.setLocalDescription(offer)); })"""
"""Done when the browser has asked both; what is asked for of them is another thing."""
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page that means ill</title></head><body>
<h1 id="seen">A page that means ill</h1><ul id="tried"></ul><p id="got"></p>
<script>
let N = "";
const U = way => N + "/accounts/leave?hostile=" + way;
const element = (name, set) => { const one = Object.assign(document.createElement(name), set); document.body.append(one); return one; };
const ways = {
  "fetch": () => fetch(U("fetch"), {credentials: "include", mode: "no-cors"}),
  "fetch-post": () => fetch(U("fetch-post"), {method: "POST", credentials: "include", mode: "no-cors", body: "to=es"}),
  "fetch-follow": () => fetch(U("fetch-follow"), {method: "POST", credentials: "include", keepalive: true,
    headers: {"X-CSRFToken": "x"}}),
  "xhr": () => new Promise(done => { const x = new XMLHttpRequest(); x.onloadend = done; x.withCredentials = true;
    x.open("POST", U("xhr")); x.send("x"); }),
  "socket": () => new WebSocket(U("socket").replace("http", "ws")),
  "events": () => new EventSource(U("events"), {withCredentials: true}),
  "beacon": () => navigator.sendBeacon(U("beacon"), "x"),
  "image": () => element("img", {src: U("image")}),
  "frame": () => element("iframe", {src: U("frame")}),
  "script": () => element("script", {src: U("script")}),
  "style": () => element("link", {rel: "stylesheet", href: U("style")}),
  "font": () => new FontFace("f", "url(" + U("font") + ")").load(),
  "media": () => element("video", {src: U("media"), autoplay: true, muted: true}),
  "form": () => { const name = "into" + N.length + N.slice(-5); element("iframe", {name});
    element("form", {method: "post", target: name, action: U("form")}).submit(); },
  "window": () => window.open(U("window")),
  "service-worker": () => navigator.serviceWorker.register(U("service-worker"), {scope: "/"}),
  "worker": () => new Worker(U("worker")),
  "blob-worker": () => new Worker(URL.createObjectURL(new Blob(['fetch("' + U("blob-worker") + '", {mode: "no-cors"})']))),
  "import": () => import(U("import")),
  "prefetch": () => element("link", {rel: "prefetch", href: U("prefetch")}),
  "preload": () => element("link", {rel: "preload", as: "image", href: U("preload")}),
  "preconnect": () => { element("link", {rel: "dns-prefetch", href: N}); element("link", {rel: "preconnect", href: N}); },
  "speculate": () => element("script", {type: "speculationrules",
    textContent: JSON.stringify({prefetch: [{source: "list", urls: [U("speculate")], eagerness: "immediate"}]})}),
  "srcdoc": () => element("iframe", {srcdoc: '<img src="' + U("srcdoc") + '">'}),
  "data-frame": () => element("iframe", {src: 'data:text/html,<img src="' + U("data-frame") + '">'}),
  "refresh": () => element("iframe", {srcdoc: '<meta http-equiv="refresh" content="0;url=' + U("refresh") + '">'}),
  "ping": () => element("a", {href: "#x", ping: U("ping")}).click(),
  "top": () => { window.top.location = U("top"); },
  "parent": () => { window.parent.location.href = U("parent"); },
  "link-top": () => element("a", {target: "_top", href: U("link-top"), textContent: "x"}).click(),
  "refresh-self": () => document.head.append(Object.assign(document.createElement("meta"),
    {httpEquiv: "refresh", content: "0;url=" + U("refresh-self")})),
};
const RTC = `%(rtc)s`;
const reads = {
  cookie: () => { document.cookie = "recordwatch_session=tossed; path=/"; document.cookie = "hostile=1; path=/"; return document.cookie; },
  storage: () => { localStorage.setItem("hostile", "1"); return JSON.stringify(Object.entries(localStorage)); },
  above: () => window.parent === window ? "itself" : window.parent.document.body.textContent,
  top: () => window.top === window ? "itself" : window.top.document.cookie,
  opener: () => window.opener && window.opener.document.body.textContent,
  message: () => { window.parent.postMessage({hostile: "message"}, "*"); window.top.postMessage("x", "*"); return "sent"; },
};
const tried = async to => { N = to;
  const each = %(ways)s.map(async name => { try { await ways[name](); } catch (error) {} });
  await Promise.race([Promise.all(each), new Promise(done => setTimeout(done, 1000))]); };
(async () => {
  const got = {}, names = %(ways)s;
  for (const [name, read] of Object.entries(reads)) try { got[name] = String(read()); } catch (error) { got[name] = "refused"; }
  try { got.rtc = await Promise.race([eval(RTC), new Promise(done => setTimeout(done, 5000, "waits"))]); }
  catch (error) { got.rtc = error.name; }
  for (const to of %(to)s) await tried(to);
  for (const name of names) document.getElementById("tried").append(Object.assign(document.createElement("li"), {textContent: name}));
  document.getElementById("got").textContent = JSON.stringify(got);
  document.body.id = "ready";
})();
</script></body></html>"""
WITHIN = """<!DOCTYPE html><html lang="en"><head><title>Frames</title></head><body><h1 id="seen">Frames</h1><script>
onmessage = said => { document.body.id = "ready"; };
const within = `<img src="/ran.png"><script>(async () => { let said = "gathered";
  try { await Promise.race([%(rtc)s, new Promise(done => setTimeout(done, 5000))]); } catch (error) { said = error.name; } parent.postMessage(said, "*"); })()<` + "/script>";
document.body.append(Object.assign(document.createElement("iframe"), {srcdoc: within}));
</script></body></html>"""
"""Its frame has no address, and asks by WebRTC."""


class Trap:
    """A port of this machine where nobody has any business: whoever knocks, by UDP or TCP, is counted."""

    def __init__(self) -> None:
        self.knocked: list[str] = []
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._tcp.getsockname()[1])
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        for hear in (self._hear_udp, self._hear_tcp):
            threading.Thread(target=hear, daemon=True).start()

    def close(self) -> None:
        for end in (self._tcp, self._udp):
            end.close()

    def _hear_udp(self) -> None:
        while True:
            try:
                self.knocked.append(f"udp {self._udp.recvfrom(4096)}")
            except OSError:
                return

    def _hear_tcp(self) -> None:
        while True:
            try:
                end, peer = self._tcp.accept()
            except OSError:
                return
            self.knocked.append(f"tcp {peer}")
            end.close()
