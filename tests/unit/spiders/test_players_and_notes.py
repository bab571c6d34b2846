from __future__ import annotations

import pytest

from spiders.links import Identity, players_of
from spiders.page import parse
from spiders.players import media_file
from spiders.sites.copa_files import document_kind
from spiders.withheld import withheld

PAGE = "https://www.chicagocopa.org/case/1/"


@pytest.mark.parametrize(
    ("link", "host", "identity"),
    [
        ("https://player.vimeo.com/video/123456", "vimeo", "vimeo:123456"),
        ("https:\\/\\/player.vimeo.com\\/video\\/123456?h=ab12&amp;dnt=1", "vimeo", "vimeo:123456"),
        ("//vimeo.com/123456/ab12cd", "vimeo", "vimeo:123456"),
        ("https://www.youtube.com/embed/AbCdEfGhIjK?rel=0", "youtube", "youtube:AbCdEfGhIjK"),
        ("https://www.youtube.com/watch?t=3&v=AbCdEfGhIjK", "youtube", "youtube:AbCdEfGhIjK"),
        ("https://youtu.be/AbCdEfGhIjK", "youtube", "youtube:AbCdEfGhIjK"),
        (
            "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/99%3Fsecret_token%3Ds-x&amp;auto_play=false",
            "soundcloud",
            "soundcloud:tracks/99",
        ),
        ("https://soundcloud.com/agency/call-1", "soundcloud", "soundcloud:agency/call-1"),
        ("https://cdn.example.org/a/clip.MP4?x=1", "direct", ""),
        ("https://player.example.org/embed/9", "embed", ""),
        ("https://vimeo.com/showcase/abc", "embed", ""),
    ],
)
def test_a_player_is_known_by_its_hosts_own_number(link: str, host: str, identity: str) -> None:
    file = media_file(PAGE, link, "Clip", "video")
    assert file is not None
    assert (file.host, file.identity) == (host, identity)
    assert file.url.startswith("https://")
    assert "&amp;" not in file.url
    assert "\\" not in file.url


@pytest.mark.parametrize("link", ["", "about:blank", "javascript:x", "#"])
def test_what_is_no_link_is_no_file(link: str) -> None:
    assert media_file(PAGE, link, "Clip", "video") is None


def test_players_of_a_page_are_its_files_and_what_a_script_plays_is_the_pages() -> None:
    page = parse(
        PAGE,
        """<nav><video></video></nav><p>no player</p>
        <iframe src="https://player.example.org/e/9?sig=1" title="Body camera"></iframe><iframe src="about:blank"></iframe>
        <video><source src="/clip.mp4"></video><video src="blob:https://x/1"></video><video src="/live/m.m3u8?t=1"></video>
        <audio aria-label="911 call"></audio><iframe src="https://player.vimeo.com/video/12?h=a"></iframe>""",
    )
    files = players_of(page.many("*"), Identity(ignore_parameters=("sig",)))
    assert [(file.url, file.name, file.kind, file.host, file.identity) for file in files] == [
        ("https://player.example.org/e/9?sig=1", "Body camera", "video", "embed", "/e/9"),
        ("https://www.chicagocopa.org/clip.mp4", "video", "video", "direct", ""),
        (PAGE, "video", "video", "embed", ""),
        ("https://player.vimeo.com/video/12?h=a", "video", "video", "vimeo", "vimeo:12"),
    ], "the page once, whatever its scripts play"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("2021-0000001_FSR", "final-summary-report"),
        ("2021-0000001_FSR 2021-0000001 FSR.pdf", "final-summary-report"),
        ("Supplemental FSR", "supplemental-summary-report"),
        ("Nonconcur", "non-concurrence"),
        ("Non-Concurrence Letter", "non-concurrence"),
        ("Original Case Incident Repor", "incident-report"),
        ("Markham Incident/Offense Report", "incident-report"),
        ("Tactical Response Report (Example) 2 of 3", "tactical-response-report"),
        ("Officer\u2019s Battery Report", "officers-battery-report"),
        ("Arrest Report", "arrest-report"),
        ("Map", "document"),
    ],
)
def test_kinds_of_documents(name: str, kind: str) -> None:
    assert document_kind(name) == kind


@pytest.mark.parametrize(
    ("note", "what", "law"),
    [
        ("Three\u00a0911 calls have been withheld pursuant to the Privacy Act of 1996.", "Three\u00a0911 calls", "Privacy Act of 1996"),
        ("A recording was withheld under court order 12.", "A recording", "court order 12"),
        (
            ("Pursuant to the Juvenile Act, 7 ILCS 4/1-1, et seq., the City is prohibited from releasing records. "
            "As a result, the City is restricted from releasing certain records of this incident."),
            "certain records of this incident",
            "Juvenile Act, 7 ILCS 4/1-1, et seq.",
        ),
        ("Materials are withheld by order of court.", "", ""),
    ],
)  # fmt: skip
def test_what_is_withheld_and_by_which_law(note: str, what: str, law: str) -> None:
    assert withheld(note) == {"what": what, "law": law, "note": note}


@pytest.mark.parametrize("note", ["", "This is a summary.", "Video begins at 9 minutes."])
def test_other_notes_withhold_nothing(note: str) -> None:
    assert withheld(note) is None
