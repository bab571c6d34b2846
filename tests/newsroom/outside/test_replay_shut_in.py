"""A hostile page, archived by a real crawl and opened in a real browser by an editor who is logged in: it runs, and reaches
nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Frame, Page, sync_playwright

from archive.catalog.models import Capture
from tests.newsroom.inside import Newsroom
from tests.newsroom.outside.hostile import PAGE, WAYS
from tests.newsroom.served import Served, free_port, serving
from tests.services.browser import needs_chromium
from tests.services.replay import needs_replay
from tests.unit.cli.conftest import command
from tests.unit.crawler.door.door_site import Site

PORTAL = """slug = "ill"
name = "A portal that means ill"
agency = "Nobody"
place = "Nowhere"
url = "{url}/page.html"
spider = "pages"
allow_private_network = true
[politeness]
delay = 0
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A newsroom with a hostile page in its archive, and the web around it."""

    served: Served
    replay: str
    """Origin of the replay."""
    capture: str
    session: str
    """An editor's."""
    ill: Site
    """Where the page came from; gone by now, but for `live`."""


@pytest.fixture(scope="module")
def ill() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, ill: Site) -> Iterator[Scene]:
    needs_chromium()
    home, port = tmp_path_factory.mktemp("ill") / "home", free_port()
    assert command("init", "--home", str(home)).returncode == 0
    needs_replay(home)
    settings = home / "recordwatch.toml"
    settings.write_text(f'{settings.read_text("utf-8")}\n[newsroom]\nreplay_listen = "127.0.0.1:{port}"\n', "utf-8")
    (home / "portals" / "ill.toml").write_text(PORTAL.format(url=ill.url), "utf-8")
    with serving(home) as served:
        ill.pages["/page.html"] = (200, [("Content-Type", "text/html")], (PAGE % {"there": served.url}).encode())
        done = command("crawl", "ill", "--home", str(home))
        with Newsroom.over(home) as inside:
            found = Capture.objects.filter(url=f"{ill.url}/page.html", kind="response").first()
            assert found is not None, done
            session = inside.client("editor").cookies["recordwatch_session"].value
        yield Scene(served, f"http://localhost:{port}", found.id, session, ill)


@pytest.fixture(scope="module")
def browser(scene: Scene) -> Iterator[Browser]:
    del scene  # first: Django does not work under Playwright's event loop
    path = needs_chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path)
        yield chromium
        chromium.close()


def entered(browser: Browser, scene: Scene) -> tuple[BrowserContext, Page, list[str]]:
    """A browser in which an editor is logged in, and what was answered to what the hostile page asked for."""
    context = browser.new_context()
    context.add_cookies([{"name": "recordwatch_session", "value": scene.session, "url": scene.served.url}])
    answered: list[str] = []

    def heard(url: str) -> None:
        if "hostile=" in url and not url.startswith(f"{scene.replay}/"):
            answered.append(url)

    context.on("response", lambda answer: heard(answer.url))
    return context, context.new_page(), answered


def tried(frame: Frame) -> dict[str, str]:
    """What the hostile page could read, when it has tried everything."""
    frame.wait_for_selector("body#ready", timeout=30_000)
    assert frame.locator("#tried > li").all_text_contents() == list(WAYS)
    return dict(json.loads(frame.locator("#got").text_content() or ""))


def shown(page: Page, scene: Scene) -> Frame:
    found = next(frame for frame in page.frames if frame.parent_frame is page.main_frame)
    found.wait_for_selector("#seen")
    assert found.url.startswith(f"{scene.replay}/")
    return found


def test_where_nothing_shuts_it_in_it_does_reach_the_newsroom(browser: Browser, scene: Scene) -> None:
    """What the page tries does work: else the tests below would show nothing."""
    context, page, _ = entered(browser, scene)
    asked: set[str] = set()
    context.on("request", lambda one: asked.update(re.findall("hostile=([a-z-]+)", one.url)))
    with page.expect_request("**hostile=top"):  # it leads the window away
        page.goto(f"{scene.ill.url}/page.html")
    context.close()
    assert {"fetch", "fetch-post", "xhr", "beacon", "image", "script", "form"} <= asked


def test_it_runs_and_reaches_nobody(browser: Browser, scene: Scene) -> None:
    live = len(scene.ill.seen)
    context, page, answered = entered(browser, scene)
    page.goto(f"{scene.served.url}/replay/{scene.capture}")
    shown(page, scene)
    # As the component gives the bytes, not rewritten: with nothing between script and browser but our policy.
    opened = page.evaluate("document.querySelector('iframe.replay').src")
    raw = requests.get(opened, timeout=30).url.replace("mp_/", "id_/")
    assert "id_/" in raw
    with page.expect_response(raw):
        page.evaluate("raw => { document.querySelector('iframe.replay').src = raw; }", raw)
    frame = shown(page, scene)
    assert scene.served.url in frame.content()
    got = tried(frame)
    assert answered == []
    assert len(scene.ill.seen) == live, "the live page was asked for nothing"
    assert page.url == f"{scene.served.url}/replay/{scene.capture}"
    assert len(context.pages) == 1
    cookies = {one["name"]: one["value"] for one in context.cookies()}
    assert cookies.get("recordwatch_session") == scene.session
    assert "hostile" not in cookies
    said = frame.content() + json.dumps(got)
    assert not [word for word in ("a-editor", scene.session, "Log out") if word in said]
    assert (got["above"], got["top"]) == ("refused", "refused")
    assert (got["cookie"], got["storage"]) == ("refused", "refused"), "an origin of its own has neither"
    assert page.evaluate("Object.keys(localStorage).length") == 0
    page.goto(f"{scene.served.url}/accounts/me")
    assert "a-editor" in page.content(), "the session is what it was"
    context.close()


def test_the_gate_opens_to_tickets_alone(browser: Browser, scene: Scene) -> None:
    """Whoever guesses the port gets nothing, nor does a ticket open more than pages in a frame."""
    context, page, _ = entered(browser, scene)
    page.goto(f"{scene.served.url}/replay/{scene.capture}")
    inner = shown(page, scene).url
    own, ticket, shelf = re.match(r"(http://[^/]+)/([^/]+)/([^/]+)/", inner).groups()  # type: ignore[union-attr]
    top = page.goto(inner)
    assert top is not None
    assert top.status == 403, "not as a page of its own"
    context.close()
    forged = ticket[:-1] + ("0" if ticket[-1] != "0" else "1")
    asked = {
        inner: 200,
        inner.replace(ticket, forged): 403,
        inner.replace(ticket, "00000000" + ticket[8:]): 403,
        own: 403, f"{own}/": 403, f"{own}/{shelf}/": 403, f"{own}/%00": 403, f"{own}/{'9' * 5000}": 403,
        f"{own}/{ticket}/": 404, f"{own}/{ticket}/{shelf}/": 404, f"{own}/{ticket}/{shelf}/cdx?url=*": 404,
        f"{own}/{ticket}/{shelf}/*/{scene.ill.url}/": 404, f"{own}/{ticket}/collinfo.json": 404,
        f"{own}/{ticket}/live/2026mp_/http://example.org/": 404, f"{own}/{ticket}/static/..%2f..%2fconfig.yaml": 404,
        f"{own}/{ticket}/open/{'0' * 36}": 404, f"{own}/{ticket}/open/%00": 404,
        f"{own}/{ticket}/{shelf}/2026mp_/http://never.example/": 404,
    }  # fmt: skip
    for url, status in asked.items():
        answer = requests.get(url, timeout=30, allow_redirects=False)
        assert answer.status_code == status, url
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Security-Policy"].startswith("sandbox"), url
        assert "allow-same-origin" not in answer.headers["Content-Security-Policy"]
    assert requests.get(inner, headers={"Host": "evil.example"}, timeout=30).status_code == 403
    assert requests.post(inner, data="x", timeout=30).status_code == 405


def test_what_is_restricted_is_gone_at_once(scene: Scene) -> None:
    opened = requests.get(f"{scene.served.url}/replay/{scene.capture}", timeout=30)
    assert opened.status_code == 200
    address = re.search(r'<iframe[^>]* src="([^"]+)"', opened.text)[1]  # type: ignore[index]
    inner = requests.get(address, timeout=30)
    assert "A page that means ill" in inner.text
    why = ("--by", "an editor", "--why", "a test", "--home", str(scene.served.home))
    assert command("restrict", "capture", scene.capture, *why).returncode == 0
    assert requests.get(f"{scene.served.url}/replay/{scene.capture}", timeout=30).status_code == 404
    for url in (address, inner.url, inner.url.replace("mp_/", "id_/")):
        answer = requests.get(url, timeout=30)
        assert answer.status_code == 404, url
        assert "means ill" not in answer.text
