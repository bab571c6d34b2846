"""Somebody at a screen: by keys alone, or with a finger on a phone. Each page they see must be fit to be seen."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, Page, expect

ROOT = Path(__file__).resolve().parents[3]
PICTURES = Path(os.environ.get("RECORDWATCH_SCREENSHOTS") or ROOT / "test-artefacts" / "screenshots")
STOPS = 150
"""Presses of Tab after which whoever is still on the way is in a trap."""

# What has the focus: its place in the page, whether one sees that it has it (players show it on a button inside), and
# whether it lies on the screen.
_FOCUSED = """target => {
  const now = document.activeElement, box = now.getBoundingClientRect(), style = getComputedStyle(now);
  const before = window.journeyBefore;
  window.journeyBefore = now;
  return {
    there: now === target,
    what: now.outerHTML.slice(0, 120),
    page: now === document.body,
    again: now === before,
    inner: /^(VIDEO|AUDIO|INPUT)$/.test(now.tagName),
    forward: !before || !before.isConnected || before === document.body || now === before
      || Boolean(before.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING),
    outlined: /^(VIDEO|AUDIO)$/.test(now.tagName) || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    shown: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


@dataclass
class Visitor:
    """A person, their language, and what went wrong on the pages they saw."""

    page: Page
    home: str
    name: str
    language: str
    keys: bool
    journey: str
    looked_at: set[str]
    """Pages that axe has seen already on such a screen, from this journey or another: it is slow."""
    forbidden: str = ""
    """Words that no page may show this person."""
    wrong: list[str] = field(default_factory=list)
    steps: int = 0

    def t(self, words: str) -> str:
        """A text of the newsroom in this person's language."""
        return _words(self.language).gettext(words)

    # --- going about ---

    def comes_to(self, path: str, step: str) -> None:
        """Type an address, or open a link from outside."""
        self.page.goto(path if path.startswith("http") else f"{self.home}{path}")
        self.sees(step)

    def reads(self, words: str) -> Locator:
        """This text of the newsroom is on the page."""
        found = self.page.get_by_text(self.t(words)).locator("visible=true").first
        expect(found).to_be_visible()
        return found

    def link(self, words: str, within: str = "main") -> Locator:
        return self.page.locator(within).get_by_role("link", name=self.t(words)).first

    def button(self, words: str) -> Locator:
        return self.page.locator("main").get_by_role("button", name=self.t(words)).first

    def opens(self, target: Locator, step: str) -> None:
        """Press a link or a button, and look at the page that comes."""
        with self.page.expect_navigation():
            self.press(target)
        self.sees(step)

    def press(self, target: Locator) -> None:
        """With Enter, or a finger."""
        if self.keys:
            self._go_to(target)
            self.page.keyboard.press("Enter")
        else:
            target.tap()

    def writes(self, label: str, words: str) -> None:
        """Into the field of this label."""
        target = self.page.locator("main").get_by_label(self.t(label), exact=True)
        if self.keys:
            self._go_to(target)
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(words)
        else:
            target.fill(words)

    def searches(self, query: str, step: str) -> None:
        """By the box on top of every page."""
        if self.keys:
            self.page.keyboard.press("/")
            expect(self.page.locator("#q")).to_be_focused()
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(query)
        else:
            self.page.locator("#q").fill(query)
        with self.page.expect_navigation():
            self.page.locator("#q").press("Enter")
        self.sees(step)

    def _go_to(self, target: Locator) -> None:
        """With Tab alone: always forward through the page, always seen where one is."""
        expect(target).to_be_visible()
        there = target.element_handle()
        self.page.evaluate("window.journeyBefore = document.activeElement")
        if target.evaluate("one => one === document.activeElement"):
            return
        for _ in range(STOPS):
            self.page.keyboard.press("Tab")
            now = self.page.evaluate(_FOCUSED, there)
            if now["page"]:  # once around
                continue
            assert now["forward"], f"{self.page.url}: back to {now['what']}"
            assert now["inner"] or not now["again"], f"{self.page.url}: a trap at {now['what']}"
            assert now["outlined"], f"{self.page.url}: one cannot see that this has the focus: {now['what']}"
            assert now["shown"], f"{self.page.url}: this has the focus and is not on the screen: {now['what']}"
            if now["there"]:
                return
        raise AssertionError(f"{self.page.url}: {STOPS} times Tab do not lead to {target}")

    # --- looking ---

    def sees(self, step: str) -> None:
        """The page as it stands: a picture of it, and nothing that axe, a narrow screen or a browser minds."""
        self.steps += 1
        page = self.page
        folder = PICTURES / self.journey
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{self.name}-{self.steps:02}-{step}.png", full_page=True, animations="disabled")
        assert page.locator("h1").count() == 1, page.url
        assert page.evaluate("document.documentElement.lang") == self.language, page.url
        wide = page.evaluate("""() => [document.documentElement.scrollWidth - innerWidth, [...document.body.querySelectorAll("*")]
          .filter(one => one.getBoundingClientRect().right > innerWidth + 1).slice(-3).map(one => one.outerHTML.slice(0, 160))]""")
        assert wide[0] <= 0, f"{page.url} is {wide[0]} px too wide: {wide[1]}"
        if self.forbidden:
            assert self.forbidden not in page.content(), page.url
        assert self.wrong == [], f"{page.url}: {self.wrong}"
        this = f"{self.name} {_TOKEN.sub('', page.content())}"
        if this in self.looked_at:
            return
        self.looked_at.add(this)
        found = Axe().run(page, options=_RULES).response["violations"]
        serious = [
            (one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found if one["impact"] in _SERIOUS
        ]
        assert serious == [], f"{page.url}: {serious}"


_RULES = {"resultTypes": ["violations"]}
_TOKEN = re.compile(r'value="[A-Za-z0-9]{64}"')
"""Against forged forms; another one on each page."""
_SERIOUS = {"serious", "critical"}


def _words(language: str) -> NullTranslations:
    return translation("django", ROOT / "web" / "locale", [language], fallback=True)


@contextmanager
def visiting(
    browser: Browser, home: str, name: str, journey: str, looked_at: set[str], forbidden: str
) -> Iterator[Visitor]:
    """`keys`: at a desk, in English, by day, without a mouse. `phone`: 360 px, dark, in Spanish, with a finger."""
    keys = name == "keys"
    options: dict[str, Any] = (
        {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light", "locale": "en-US"}
        if keys
        else {
            "viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": "es-US", "has_touch": True,
            "is_mobile": True,
        }
    )  # fmt: skip
    context = browser.new_context(**options)
    page = context.new_page()
    visitor = Visitor(page, home, name, "en" if keys else "es", keys, journey, looked_at, forbidden)
    wrong = visitor.wrong
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
    context.on("request", lambda asked: None if asked.url.startswith(home) else wrong.append(f"asks {asked.url}"))
    context.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 500 else None)
    try:
        yield visitor
        assert wrong == []
    finally:
        context.close()
