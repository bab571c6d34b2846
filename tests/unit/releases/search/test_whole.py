"""Words asked of whole records: what is found is what trying every document and every record finds."""

import os
from datetime import UTC, datetime

import django
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()  # the modules under test hold models

from releases.search import whole  # noqa: E402
from releases.search.documents import Shown  # noqa: E402
from releases.search.memory import Memory  # noqa: E402
from releases.search.query import parse  # noqa: E402
from releases.search.whole import whole_words  # noqa: E402

WORDS = ["taser", "officer", "baton", "ferry"]
AT = datetime(2031, 1, 1, tzinfo=UTC)


def document(owners, kind, body, *, past):
    return {
        "group": "text:x", "portal": ["harbor"], "kind": [kind, "record" if kind == "case" else "file"], "key": [], "title": "",
        "body": body, "at": AT, "state": ["past" if past else "present"],
        "shown": Shown("file", [("harbor", owner, "") for owner in owners]),
    }  # fmt: skip


documents = st.builds(
    document,
    st.lists(st.sampled_from(["r1", "r2", "r3"]), max_size=2, unique=True), st.sampled_from(["video", "report", "case"]),
    st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join), past=st.integers(0, 9).map(lambda one: one == 0),
)  # fmt: skip


@pytest.mark.parametrize(("many", "few"), [(1, 500), (1000, 0), (1000, 500)])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(documents, min_size=1, max_size=14), one=st.sampled_from(WORDS), other=st.sampled_from(WORDS))
def test_equals_trying_every_document(monkeypatch, many, few, rows, one, other):
    monkeypatch.setattr(whole, "_MANY", many)
    monkeypatch.setattr(whole, "_FEW", few)
    now = [at for at, row in enumerate(rows) if row["state"] != ["past"]]

    def own(at, word):
        return word in rows[at]["body"].split()

    def owners(at):
        return {record for _, record, _ in rows[at]["shown"].owners}

    def says(at, word):
        return own(at, word) or any(own(by, word) and owners(at) & owners(by) for by in now)

    expected = {
        f"anywhere:{one}": [at for at in now if says(at, one)],
        f"anywhere:{one} {other}": [at for at in now if says(at, one) and own(at, other)],
        f"anywhere:{one} kind:report": [at for at in now if says(at, one) and "report" in rows[at]["kind"]],
        f"{one} {other} kind:video": [at for at in now if says(at, one) and says(at, other) and "video" in rows[at]["kind"]],
        f"kind:video -{one}": [at for at in now if "video" in rows[at]["kind"] and not says(at, one)],
        f"({one} kind:video) OR {other}": [
            at for at in now if (says(at, one) and "video" in rows[at]["kind"]) or own(at, other)
        ],
        f"{one} (kind:video OR kind:report)": [at for at in now if own(at, one) and set(rows[at]["kind"]) & {"video", "report"}],
    }  # fmt: skip
    found = {query: sorted(hits) for query, hits in Memory(rows).ask(expected)}
    # A document of two records may be found where one says the one word and the other the other.
    assert {query: found.get(query, []) for query in expected} == expected


def test_which_words_are_asked_of_whole_records():
    def asked(query):
        return [words.text for words in whole_words(parse(query))]

    assert asked("taser kind:video -training title:pier") == ["taser", "training"]
    assert asked("taser district:04") == asked("taser (kind:video OR kind:report)") == asked("taser kind:report") == []
    assert asked("taser (kind:video OR kind:aud*)") == ["taser"]
    assert asked("(taser OR baton kind:image) officer") == ["baton"]
    assert asked('anywhere:"use of force" officer kind:record') == ["use of force"]
