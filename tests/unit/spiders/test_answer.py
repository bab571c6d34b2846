"""Reading JSON with stated kinds: what is not as expected raises, and names the path."""

from __future__ import annotations

import pytest
from scrapy.http import TextResponse

from spiders.answer import DEEPEST, Answer, decoded, read_json
from spiders.errors import PageError

URL = "https://api.example/requests"
DOCUMENT = (
    b'{"total": "1,204", "page": 2, "open": false, "name": " A\\u00a0 b ", "none": null, "empty": "",'
    b' "one": {"id": 7}, "items": [{"id": 1}, {"id": null}], "mixed": [1, {}], "tags": ["x", " ", 3]}'
)


def document() -> Answer:
    return read_json(TextResponse(URL, body=DOCUMENT))


def test_what_is_there_is_read() -> None:
    found = document()
    assert (found.number("total"), found.number("page"), found.flag("open"), found.text("name")) == (
        1204,
        2,
        False,
        "A b",
    )
    assert (found.text("page"), found.one("one").number("id"), found.texts("tags")) == ("2", 7, ["x", "3"])
    assert [item.optional_number("id") for item in found.many("items")] == [1, None]
    assert (found.optional_text("none"), found.optional_text("absent"), found.optional("none")) == (None, None, None)
    assert (found.optional_flag("none"), found.optional_number("empty"), found.texts("absent")) == (None, None, [])
    assert found.has("one")
    assert not found.has("none")


@pytest.mark.parametrize(
    ("look", "path"),
    [
        (lambda a: a.text("none"), "none"),
        (lambda a: a.text("empty"), "empty"),
        (lambda a: a.text("one"), "one"),
        (lambda a: a.text("open"), "open"),
        (lambda a: a.number("name"), "name"),
        (lambda a: a.flag("page"), "page"),
        (lambda a: a.one("items"), "items"),
        (lambda a: a.many("one"), "one"),
        (lambda a: a.many("mixed"), "mixed[0]"),
        (lambda a: a.many("items")[1].number("id"), "items[1].id"),
        (lambda a: a.texts("items"), "items"),
        (lambda a: a.many(), "the answer"),
    ],
)
def test_what_is_not_as_expected_names_its_path(look, path) -> None:
    with pytest.raises(PageError) as raised:
        look(document())
    assert (raised.value.url, raised.value.selector) == (URL, path)


@pytest.mark.parametrize("body", [b"", b" ", b"<html></html>", b'{"a": 1', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_says_so(body: bytes) -> None:
    with pytest.raises(PageError, match="expected JSON"):
        read_json(TextResponse(URL, body=body))


def test_what_is_nested_without_end_is_not_read() -> None:
    deepest = b'{"a":' * (DEEPEST - 1) + b"[]" + b"}" * (DEEPEST - 1)
    assert isinstance(decoded(deepest), dict)
    with pytest.raises(RecursionError, match=f"deeper than {DEEPEST}"):
        decoded(b"[" + deepest + b"]")
    with pytest.raises(PageError, match="nested deeper than"):
        read_json(TextResponse("https://x.example/", body=b"[" + deepest + b"]"))
