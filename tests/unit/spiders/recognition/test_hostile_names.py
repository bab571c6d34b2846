"""Whatever a page calls itself: the portal file reads back to just that, cleaned, and lies in its folder."""

from __future__ import annotations

import re
import tomllib

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.portal import Portal
from config.portal_text import portal_text
from spiders.recognition.draft import Said, drafted
from spiders.recognition.model import Proposal

NOBODY = Said()
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ODD = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from([
    '"""', "'''", "]\n[politeness]\nrobots = false", 'x"\nallow_private_network = true #', "\\", "../../etc/passwd", "\x00\x1b[2J",
    "\u202e", "a\rb", "\ud800", "\x85\u2028\u2029", "# x", "{}", "CON", ".", "~",
])  # fmt: skip


@settings(deadline=None)
@given(ODD, ODD, ODD, ODD, st.sampled_from(["pages", "listing", "govqa"]))
@example("x" * 1_000_000, "y" * 1_000_000, "z", "w", "pages")
def test_a_portal_file_is_what_was_meant(name: str, agency: str, place: str, column: str, spider: str) -> None:
    parameters = {"columns": {column.encode("utf-8", "replace").decode(): "td"}}
    proposal = Proposal(
        spider, "https://portal.example/a/b", name=name, agency=agency, place=place, parameters=parameters, evidence=(name,)
    )  # fmt: skip
    draft = drafted(proposal, NOBODY, None, frozenset())
    text = portal_text(draft.portal, [name, agency], {**draft.notes, "parameters": place})
    assert msgspec.convert(tomllib.loads(text), Portal) == draft.portal
    said = (draft.portal.name, draft.portal.agency, draft.portal.place)
    assert all(words.isprintable() and 0 < len(words) <= 200 for words in said)
    assert SLUG.fullmatch(draft.portal.slug)
    assert len(draft.portal.slug) < 64
    assert draft.portal.allow_private_network is False
    assert draft.portal.politeness.robots


@pytest.mark.parametrize(
    "url",
    ["https://../..%2f..%2fetc/", "https://x.example/..%2f..%2f/passwd.toml", "https://\u4f8b.example/\u4f8b/", "http://[::1]/", "https://-.example/"],
)  # fmt: skip
def test_no_address_makes_a_slug_that_leaves_its_folder(url: str) -> None:
    for spider in ("pages", "table", "muckrock"):
        assert SLUG.fullmatch(drafted(Proposal(spider, url), NOBODY, None, frozenset()).portal.slug)
