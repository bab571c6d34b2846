"""Nothing is said in English alone; what is stored is said in no language but English."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from django.utils import translation

from releases.alerts.counting import counted, in_a_tally
from releases.alerts.story_releases import happening
from releases.alerts.waited import late, many, told
from releases.alerts.wording import SENTENCE
from releases.models import Event
from tests.lint.translations import PACKAGES, catalogue, english, folder, holes, wrong

AGAIN = "run `python -m tests.lint.translations`, and translate what it names"


@pytest.fixture(autouse=True)
def _begin_in_english() -> None:
    translation.deactivate()


def _key(message: Message) -> tuple[str, str | None]:
    return (message.id if isinstance(message.id, str) else message.id[0]), message.context


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_has_its_spanish(package: str) -> None:
    said, known = english(package), catalogue(package)
    missing = [message.id for message in said if message.id and known.get(_key(message)[0], message.context) is None]
    assert not missing, f"not in the catalogue: {AGAIN}"
    faults = {str(message.id): fault for message in known if message.id and (fault := wrong(message))}
    assert not faults, AGAIN
    left = {_key(message) for message in known} - {_key(message) for message in said}
    assert not left, f"said nowhere any more: {AGAIN}"


@pytest.mark.parametrize("package", PACKAGES)
def test_what_runs_is_what_was_written(package: str) -> None:
    with (folder(package) / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    runs = {_key(message): _forms(message) for message in compiled if message.id}
    assert runs == {_key(message): _forms(message) for message in catalogue(package) if message.id}, AGAIN


def test_one_text_is_said_in_one_way_in_pages_and_messages() -> None:
    pages, messages = ({_key(m): _forms(m)[0] for m in catalogue(package) if m.id} for package in ("web", "releases"))
    assert not {
        key: (pages[key], messages[key]) for key in pages.keys() & messages.keys() if pages[key] != messages[key]
    }


def test_faults_of_a_translation_are_found() -> None:
    book = Catalog(locale="es")
    assert wrong(book.add("%(n)s pages", "páginas")).startswith("fills in")
    assert wrong(book.add("Open <b>it</b>", "Abrir")).startswith("fills in")
    assert wrong(book.add(("%(n)s page", "%(n)s pages"), ("%(n)s página", "páginas"))).startswith("fills in")
    assert not wrong(book.add(("This file has one page.", "It has %(n)s pages."), ("Una página.", "%(n)s páginas.")))
    assert wrong(book.add("Search", "")) == "not translated"
    assert wrong(book.add("Find", "Buscar", flags=["fuzzy"])) == "marked as fuzzy"
    assert holes("%(free).1f GB, %d %% {name}") == sorted(["freef", "d", "%%", "name"])


@pytest.mark.parametrize(
    ("number", "adjective", "noun", "english", "spanish"),
    [
        (1, "new", "case", "1 new case", "1 caso nuevo"),
        (3, "withdrawn", "policy", "3 withdrawn policies", "3 políticas retiradas"),
        (1200, "replaced", "file", "1,200 replaced files", "1,200 archivos sustituidos"),
        (2, "quarantined", "record", "2 quarantined records", "2 registros en cuarentena"),
        (2, "overdue", "flibbertigibbet", "2 overdue flibbertigibbets", "2 registros vencidos"),
        (2, "", "correction", "2 corrections", "2 correcciones"),
    ],
)
def test_words_bend_with_what_they_stand_beside(
    number: int, adjective: str, noun: str, english: str, spanish: str
) -> None:
    assert counted(number, adjective, noun) == english
    with translation.override("es"):
        assert counted(number, adjective, noun) == spanish


def test_every_kind_of_event_is_told_in_both_languages() -> None:
    for kind in SENTENCE:
        event = Event(id="e", kind=kind, portal="lake", key="1", record="r", at=datetime(2026, 3, 1, tzinfo=UTC))
        told_in_english = happening(event).sentence
        with translation.override("es"):
            assert happening(event).sentence != told_in_english, kind
            assert in_a_tally(2, kind) != f"2 {kind.replace('_', ' ')}", kind
        assert happening(event).sentence == told_in_english


def test_why_a_message_waited_is_kept_without_a_language() -> None:
    chicago = ZoneInfo("America/Chicago")
    due, now = datetime(2026, 11, 20, 14, tzinfo=UTC), datetime(2026, 11, 22, 14, tzinfo=UTC)
    with translation.override("es"):
        kept = late(due, now, 2)
        assert told(kept, chicago).startswith("Este resumen tocaba el viernes 20 de noviembre, 08:00")
        assert told(many(5), chicago) == "5 mensajes tocaban a la vez; aquí están en uno."
    assert told(kept, chicago).startswith("This digest was due on Fri 20 Nov 08:00, and 2 more digests were due since.")
    assert told("Taken down in words, once.", chicago) == "Taken down in words, once."
