"""What replay gives: each capture as what it stands for, and nothing that is restricted, from the moment it is."""

from __future__ import annotations

import re

import requests

from tests.newsroom.outside.scene import DRAWN, WHOLE, Scene
from tests.unit.cli.conftest import command


def test_each_capture_is_given_as_what_it_stands_for(scene: Scene) -> None:
    same = scene.replayed("/same.html", "revisit-not-modified")
    assert (same.status_code, "<h1>The same</h1>" in same.text) == (200, True), "a 304, with the bytes it spares"
    assert len(scene.ill.asked("/same.html")) == 2
    fixed = scene.replayed("/fixed.html", "revisit-identical")
    assert (fixed.status_code, "<h1>Nothing moves</h1>" in fixed.text) == (200, True)
    assert fixed.text.startswith("<!DOCTYPE html><script>"), "our script is first, and the doctype before it"
    old = scene.replayed("/old.html")
    assert [one.status_code for one in old.history] == [302, 302], "to the capture, and from there where it led"
    assert old.url.endswith("/new.html")
    assert "The new one" in old.text


def test_a_film_that_came_in_pieces_is_whole_and_can_be_asked_in_ranges(scene: Scene) -> None:
    whole = scene.replayed("/film.mp4", "assembled")
    assert (whole.status_code, whole.headers["Content-Type"]) == (200, "video/mp4")
    assert whole.content == WHOLE
    part = requests.get(whole.url, headers={"Range": "bytes=290000-310000"}, timeout=30)
    assert (part.status_code, part.content) == (206, WHOLE[290_000:310_001])
    assert scene.served.get(f"/replay/{scene.captures['/film.mp4', 'response']}").status_code == 404, (
        "a piece is no film"
    )


def test_documents_that_our_script_cannot_lead_run_none(scene: Scene) -> None:
    drawn = scene.replayed("/drawn.svg")
    assert drawn.content == DRAWN
    assert "allow-scripts" not in drawn.headers["Content-Security-Policy"]
    part = scene.replayed("/drawn.svg", **{"Sec-Fetch-Dest": "image"})
    assert part.content == DRAWN


def test_what_is_restricted_is_gone_at_once(scene: Scene) -> None:
    capture = scene.captures["/secret.html", "response"]
    opened = scene.opened("/secret.html")
    inner = requests.get(opened, headers={"Sec-Fetch-Dest": "iframe"}, timeout=30)
    assert "Shown by mistake" in inner.text
    later = inner.url.replace(re.search(r"/(\d{14})mp_/", inner.url)[1], "2099")  # type: ignore[index]
    raw = inner.url.replace("mp_/", "id_/")
    for url in (raw, later):
        assert "Shown by mistake" in requests.get(url, timeout=30).text, "the component has it, its index too"
    why = ("--by", "an editor", "--why", "a test", "--home", str(scene.served.home))
    assert command("restrict", "capture", capture, *why).returncode == 0
    assert scene.served.get(f"/replay/{capture}").status_code == 404
    for url in (opened, inner.url, raw, later):
        answer = requests.get(url, timeout=30)
        assert answer.status_code == 404, url
        assert "by mistake" not in answer.text
