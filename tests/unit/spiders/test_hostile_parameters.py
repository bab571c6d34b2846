"""Every key of the declared kinds with every kind of wrong value: a sentence that names the key, never a crash."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from config.errors import RecordwatchError
from config.portal import Portal
from spiders.listing_settings import ListingSettings
from spiders.pages_settings import PagesSettings
from spiders.registry import spider_class
from spiders.table_settings import TableSettings

VALUES = [
    "1", "-1", "1.5", "true", '""', '" "', '"[["', '"{"', "[]", "[1]", '[""]', "{}", "{x = 1}", "{x = {y = 1}}",
    "1979-05-27", '"\\u0000"', "inf", "99999999999999999999", "{select = 1}", '{select = "a", count = "7"}', '{"" = "a"}',
    '"("', '{column = "("}', '{pattern = "a{99999999999}"}', "{by = 1}", '{by = "page", size = -1}', '"//["',
]  # fmt: skip
KINDS = [
    ("listing", ListingSettings, {"row": "li"}),
    ("table", TableSettings, {"key": "k"}),
    ("pages", PagesSettings, {}),
]


@pytest.mark.parametrize(("spider", "settings", "required"), KINDS, ids=[kind for kind, *_ in KINDS])
def test_no_value_crashes(spider: str, settings: type[msgspec.Struct], required: dict[str, str]) -> None:
    unnamed, refused = [], 0
    for field in msgspec.structs.fields(settings):
        for value in VALUES:
            parameters = required | tomllib.loads(f"{field.name} = {value}")
            portal = Portal("x", "x", "x", "x", "https://example.org/", spider, parameters=parameters)
            try:
                spider_class(spider)(portal)
            except RecordwatchError as error:
                refused += 1
                unnamed += [(field.name, value, str(error))] if field.name not in str(error) else []
    assert unnamed == []
    assert refused > len(VALUES)
