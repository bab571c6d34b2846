"""A page that means ill to who looks at its replay: it tries to reach the newsroom, the web, and what the browser knows."""

from __future__ import annotations

WAYS = (
    "fetch", "fetch-post", "fetch-follow", "xhr", "socket", "events", "beacon", "image", "frame", "script", "style", "font", "media",
    "form", "window", "top", "parent", "link-top", "worker", "blob-worker", "import", "prefetch", "srcdoc", "data-frame", "refresh", "ping",
)  # fmt: skip
"""Each asks for an address with `hostile=<way>` in it."""

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page that means ill</title></head><body>
<h1 id="seen">A page that means ill</h1><ul id="tried"></ul><p id="got"></p><iframe name="into" hidden></iframe>
<script>
const N = "%(there)s", U = way => N + "/accounts/leave?hostile=" + way;
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
  "form": () => element("form", {method: "post", target: "into", action: U("form")}).submit(),
  "window": () => window.open(U("window")),
  "top": () => { window.top.location = U("top"); },
  "parent": () => { window.parent.location.href = U("parent"); },
  "link-top": () => element("a", {target: "_top", href: U("link-top"), textContent: "x"}).click(),
  "worker": () => navigator.serviceWorker.register(U("worker"), {scope: "/"}),
  "blob-worker": () => new Worker(URL.createObjectURL(new Blob(['fetch("' + U("blob-worker") + '", {mode: "no-cors"})']))),
  "import": () => import(U("import")),
  "prefetch": () => element("link", {rel: "prefetch", href: U("prefetch")}),
  "srcdoc": () => element("iframe", {srcdoc: '<img src="' + U("srcdoc") + '">'}),
  "data-frame": () => element("iframe", {src: 'data:text/html,<img src="' + U("data-frame") + '">'}),
  "refresh": () => element("iframe", {srcdoc: '<meta http-equiv="refresh" content="0;url=' + U("refresh") + '">'}),
  "ping": () => element("a", {href: "#x", ping: U("ping")}).click(),
};
const reads = {
  cookie: () => { document.cookie = "recordwatch_session=tossed; path=/"; document.cookie = "hostile=1; path=/"; return document.cookie; },
  storage: () => JSON.stringify(Object.entries(localStorage)),
  above: () => window.parent.document.body.textContent,
  top: () => window.top.document.cookie,
  opener: () => window.opener && window.opener.document.body.textContent,
};
(async () => {
  const got = {};
  for (const [name, read] of Object.entries(reads)) try { got[name] = String(read()); } catch (error) { got[name] = "refused"; }
  window.parent.postMessage({hostile: "message"}, "*"); window.top.postMessage("x", "*");
  document.getElementById("got").textContent = JSON.stringify(got);
  for (const [name, way] of Object.entries(ways)) {
    try { await Promise.race([way(), new Promise(done => setTimeout(done, 300))]); } catch (error) {}
    await new Promise(done => setTimeout(done, 30));  // a form is sent when the script rests
    const line = document.createElement("li"); line.textContent = name; document.getElementById("tried").append(line);
  }
  document.body.id = "ready";
})();
</script></body></html>"""
