"""`portals add` and a first answer that means ill: one clear sentence, no file, an end within limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.portal_server import Answer, Canary, HostilePortal, for_ever, gzip_bomb, http, page, redirect
from tests.hostile.scene import Scene
from tests.portals.home import replica_home
from tests.replicas.server import Asked, PlatformReplica, Reply
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
LINKS = b"".join(b'<a href="/%d">%d</a>' % (number, number) for number in range(500_000))

HAZARDS: dict[str, tuple[Answer, str]] = {
    "endless body": (for_ever(HEAD + b"\r\n", b"<p>hello</p>" * 1000), "limits.page_bytes"),
    "gzip bomb": (http(gzip_bomb(300), "text/html", "200 OK", "Content-Encoding: gzip"), "unpacks"),
    "redirect loop": (redirect("/"), "where it already was"),
    "redirect to a file": (redirect("file:///etc/passwd"), "which cannot be fetched"),
    "redirect inside": (redirect("http://169.254.169.254/latest/"), "not on the public internet"),
    "half a million links": (http(b"<main><h1>Links</h1>" + LINKS), "at most 500,000 tags"),
    "no answer": (lambda sock: sock.close(), "without an answer"),
    "a challenge": (
        http(b"<title>Just a moment...</title>", "text/html", "403 Forbidden", "cf-mitigated: challenge"),
        "block or challenge page",
    ),
    "an error": (http(page("Away"), "text/html", "500 Oh"), "500"),
}


@pytest.mark.parametrize("name", HAZARDS)
def test_a_first_answer_that_means_ill(tmp_path: Path, portal: HostilePortal, canary: Canary, name: str) -> None:
    answer, said = HAZARDS[name]
    portal.on("/", answer)
    portal.on("*", http(b"", "text/plain", "404 Not Found"))
    scene = Scene(tmp_path / "home", portal, canary)
    done = scene.command("portals", "add", portal.url + "/", "--yes", seconds=120)
    assert done.code in {1, 2, 3}, (done.code, done.said, done.printed)
    assert said in done.said + done.printed
    assert list((scene.path / "portals").iterdir()) == []
    scene.is_intact()


def test_a_private_host_is_not_asked_unless_that_is_wanted(
    tmp_path: Path, portal: HostilePortal, canary: Canary
) -> None:
    scene = Scene(tmp_path / "home", portal, canary)
    done = scene.command("portals", "add", f"http://127.0.0.1:{canary.port}/", "--yes")
    assert done.code in {1, 2, 3}
    assert "not on the public internet" in done.said
    assert "--allow-private-network" in done.said
    assert list((scene.path / "portals").iterdir()) == []
    scene.is_intact()


def test_only_the_address_that_was_given_may_be_private(verb: Verb, tmp_path: Path) -> None:
    """`--allow-private-network` opens one host, not the whole network behind it."""

    class Leading(PlatformReplica):
        hosts = ("intranet.example",)

        def reply(self, asked: Asked) -> Reply:
            inside = f"http://{self.resolve['intranet.example']}/secret"
            return Reply(status=302, headers=(("Location", inside),))

    with Leading() as replica:
        home = replica_home(tmp_path / "home", [replica])
        said = verb("portals", "add", "http://intranet.example/", "--allow-private-network", "--yes", "--home", home)
        assert said.code != 0
        assert [asked.target for asked in replica.asked if asked.target == "/secret"] == []
        assert not (home / "portals").exists() or not list((home / "portals").iterdir())
