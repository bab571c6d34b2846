"""Every recogniser: it is there, it has a spider and a replica of its name, and no answer can upset it."""

from __future__ import annotations

import random

import pytest
from scrapy.http import HtmlResponse, Response, TextResponse

from crawler.recognise import UNREADABLE
from spiders.recognition.model import HINT, PROOF, STRONG, Seen
from spiders.recognition.registry import RECOGNISERS, recognisers
from spiders.registry import spider_class
from tests.replicas.asking import recognised
from tests.replicas.names import REPLICAS, replica_class

NAMES = sorted(RECOGNISERS)
ADDRESSES = (
    "https://x.example/",
    "http://[::1]/a(S(b))/c;d=1?e=%ZZ&&=#f",
    "https://xn--e1afmkfd.example/" + "a/" * 500,
)
BODIES = (b"", b"\x00\xff\xfe" * 50, b"<" * 3000, b"<html><head><title>" * 200, b'{"a":' * 3000, b"[]", b"null", b"<a href='http://[bad'>", b"<script>" + b"wp-content" * 500)  # fmt: skip
KINDS = ("text/html", "application/json", "text/plain; charset=nonesuch", "application/pdf", "\xff")


@pytest.mark.parametrize("name", NAMES)
def test_it_belongs_to_a_spider_and_a_replica(name: str) -> None:
    one = recognisers()[name]
    spider = spider_class(name)
    assert one.spider == name
    assert one.platform == spider.platform != ""
    assert name in REPLICAS


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_upsets_it(name: str) -> None:
    one = recognisers()[name]
    chance = random.Random(name)
    for url in ADDRESSES:
        for body in BODIES:
            for made in (HtmlResponse, TextResponse, Response):
                headers = {
                    "Content-Type": chance.choice(KINDS),
                    "Link": '<x>; rel="https://api.w.org/"' * chance.randrange(2),
                    "Server": "\xe9" * 9,
                }
                seen = Seen(made(url, status=chance.choice((200, 302, 404, 500)), headers=headers, body=body))
                signs = one.signs(seen)
                assert all(sign.words and sign.weight in {HINT, STRONG, PROOF} for sign in signs)
                questions = one.questions(seen)
                assert len({question.name for question in questions}) == len(questions)
                answers = {question.name: seen for question in questions[: chance.randrange(9)]}
                try:
                    one.propose(seen, answers)
                except UNREADABLE:
                    continue


@pytest.mark.parametrize("name", NAMES)
def test_it_says_nothing_of_the_other_platforms(name: str) -> None:
    """Strong signs are its own: no other platform's start page has them."""
    for other in NAMES:
        if other != name:
            with replica_class(other)() as replica:
                signs, _ = recognised(recognisers()[name], replica)
            assert sum(sign.weight for sign in signs) < STRONG, other
