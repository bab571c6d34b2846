"""Every address of the newsroom, asked by everybody, in a home with things under restriction: none tells of them.

Addresses are taken from the resolver: a new one is asked too, and fails here where it leaks, or where nobody has said
what its arguments may be.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import get_resolver, path

from releases.models import File, Record
from releases.search.catch_up import catch_up
from releases.search.texts import archived_texts
from tests.newsroom.editing.addresses import Samples, addresses, filled
from tests.newsroom.editing.kept import keep
from tests.newsroom.editing.restricted import PORTAL, Restricted, flat, leave_traces, restrict
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of
from web.shell.viewer import allowed

ROLES = ("", "reader", "reporter", "editor", "operator")
OWN = ("/editing", "/editing/history")
"""The editors' own lists say what is restricted."""


@pytest.fixture(scope="module")
def restricted(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Newsroom, Restricted]]:
    home = copy_of(told, tmp_path_factory.mktemp("restricted") / "home")
    with Newsroom.over(home) as newsroom:

        def before(chosen: Restricted) -> None:
            KEPT.extend(keep(newsroom, chosen))
            TRACES.extend(leave_traces(chosen))

        shut = restrict(home, newsroom.holdings, before)
        catch_up(newsroom.home.index, archived_texts(newsroom.holdings))
        yield newsroom, shut


KEPT: list[str] = []
"""Addresses of what a reporter kept of things while they were still shown."""
TRACES: list[str] = []
"""Ids of captures that brought none of its bytes, and tell of the record all the same."""


def told_by(answer: Any) -> str:
    """Everything that an answer says."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{heads}\n{body.decode('latin-1')}\n{body.decode('utf-8', 'replace')}"


def leaks(client: Client, role: str, address: str, shut: Restricted) -> list[str]:
    """The secrets that an answer tells; what the address itself says may be said back."""
    answer = client.get(address)
    said = flat(unquote(told_by(answer)))
    for part in re.split(r"[?&=/]", unquote(address)):
        if len(flat(part)) > 5:
            said = said.replace(flat(part), "")
    if role in {"editor", "operator"} and address in OWN:
        return [one for one in (shut.passage, shut.words) if flat(one) in said]
    # Editors find restricted bytes by their digest.
    digests = () if role in {"editor", "operator"} else (shut.digest,)
    return [one for one in (*shut.secrets, *digests) if flat(one) in said]


def test_no_address_tells_anybody_of_what_is_restricted(
    restricted: tuple[Newsroom, Restricted], monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom, shut = restricted
    for whose in ("ANONYMOUS", "KNOWN"):
        monkeypatch.setattr(f"web.api.guard.{whose}", 10**6)
    samples = Samples(shut, TRACES)
    asked = list(dict.fromkeys([*addresses(get_resolver(), samples), *samples.asked]))
    found = []
    for number, role in enumerate(ROLES):
        client = newsroom.client(role)
        # Nobody sees more than an operator, or less than whoever comes; the others ask for a share of it each.
        mine = asked if role in {"", "operator"} else asked[number::6]
        kept = {"": [one for one in KEPT if one.startswith(("/shared", "/feeds"))], "reporter": KEPT}
        mine = [*mine, *kept.get(role, ())]
        found += [(role, address, told) for address in mine if (told := leaks(client, role, address, shut))]
    assert found == []


def test_what_is_not_restricted_is_still_told(restricted: tuple[Newsroom, Restricted]) -> None:
    newsroom, shut = restricted
    page = newsroom.get(f"/records/{PORTAL}/{shut.named}")
    assert page.status_code == 200
    assert "█████" in page.content.decode()
    assert newsroom.get(f"/records/{PORTAL}/{shut.record}").status_code == 404
    assert newsroom.get(f"/records/{PORTAL}/{shut.filed}").status_code == 200
    assert shut.passed.upper() in newsroom.get("/search.json?q=case").content.decode().upper()


@allowed("read")
def _leak(request: HttpRequest, ident: str) -> HttpResponse:
    del request
    file = File.objects.filter(id=ident).first()
    record = Record.objects.filter(id=file.record).first() if file else None
    return HttpResponse(record.title if record else "")


def test_an_address_that_leaks_is_found(restricted: tuple[Newsroom, Restricted]) -> None:
    newsroom, shut = restricted
    module = ModuleType("leaky")
    module.urlpatterns = [path("leak/<str:ident>", _leak)]  # type: ignore[attr-defined]
    module.handler404 = "web.shell.errors.missing"  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "leaky", module)
        with override_settings(ROOT_URLCONF="leaky"):
            client = newsroom.client()
            asked = list(addresses(get_resolver("leaky"), Samples(shut)))
            assert any(leaks(client, "", address, shut) for address in asked)
    with pytest.raises(AssertionError, match="say so in Samples"):
        list(filled("new/<str:unheard_of>", Samples(shut)))
