"""Words made to steer a terminal, a mail, a feed or a database: kept as published, harmless wherever they are said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.newsroom import Mailbox
from tests.hostile.lists import Cases
from tests.hostile.portal_server import Canary, HostilePortal, http, page
from tests.hostile.scene import SLUG, Scene

EVIL = (
    "Re: \x1b]0;owned\x07\x1b[2J\x1b[31m \u202egnp.exe \0 &#0; &#xD800; \udcff \x9b31m\x85 [bold red]x[/] [/oops] {0} %s "
    "&lt;script&gt;alert(1)&lt;/script&gt; &quot;&gt;&lt;img src=x onerror=alert(2)&gt; &#13;&#10;Bcc: evil@example.com&#13;&#10;"
    "&#13;&#10;&#13;&#10;body =?utf-8?q?=0D=0ABcc:_evil@example.com?= ' OR 1=1; DROP TABLE x; -- "
)
MAIL = '[mail]\nsender = "recordwatch@example.org"\nhost = "127.0.0.1"\nport = {port}\n'


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.close()


def harmless(text: str) -> bool:
    """Nothing that steers a terminal: no control character but the line's end, none that turns the writing around."""
    return all(char == "\n" or char.isprintable() for char in text)


def test_a_title_that_wants_to_be_a_command(
    tmp_path: Path, portal: HostilePortal, canary: Canary, mailbox: Mailbox
) -> None:
    scene = Scene(tmp_path / "home", portal, canary, tables=MAIL.format(port=mailbox.port))
    title = "A plain case"
    Cases(lambda _: ["lh-1"], pages=1, title=lambda key: title).on(portal)
    scene.watch(spider="sample")
    assert scene.command("alerts", "subscribe", "mailto:reporter@example.org", "--portal", SLUG).code == 0
    scene.crawl()
    title = EVIL
    done = scene.command("crawl", SLUG)
    assert "changed" in done.printed
    spoken = [
        done,
        scene.command("releases"),
        scene.command("record", SLUG, "lh-1"),
        scene.command("alerts", "deliveries"),
    ]
    for outcome in spoken:
        assert harmless(outcome.printed), repr(outcome.printed)
        assert "\ufffd" not in outcome.said
    assert "[bold red]x[/]" in spoken[1].printed, "brackets are words, not markup"
    messages = mailbox.messages
    assert messages
    for message in messages:
        assert message["To"] == "reporter@example.org"
        assert message["Bcc"] is None
        assert "\n" not in message["Subject"]
        assert message["Subject"].isprintable()
        assert len(message.get_all("Subject", [])) == 1
        rich = message.get_body(("html",))
        plain = message.get_body(("plain",))
        assert rich is not None
        assert plain is not None
        html = rich.get_content()
        assert "<script>" not in html
        assert "<img" not in html
        told = plain.get_content().replace("\r\n", "\n")
        assert harmless(told), repr(told)
    scene.is_intact()


def test_words_that_no_database_holds(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", http(page(EVIL, [f"/{number}.pdf" for number in range(3)], title=EVIL)))
    portal.on("*", http(b"%PDF" + b" " * 500, "application/pdf\x1b[31m"))
    scene.watch()
    done = scene.crawl()
    assert (done.verdict, done.result["files"]) == ("healthy", 3)
    said = scene.command("crawl", SLUG)
    assert harmless(said.printed), repr(said.printed)
    found = scene.command("search", "owned")
    assert harmless(found.printed), repr(found.printed)


def test_reasons_quote_no_control_characters(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", b"HTP/1.1 \x1b[31m\x9b\xe2\x80\xae 200 \x00\r\n\r\n")
    scene.watch()
    done = scene.command("crawl", SLUG)
    assert done.code == 3
    assert harmless(done.printed), repr(done.printed)
