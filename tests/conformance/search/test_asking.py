"""What can be asked besides words, the same whichever database holds the catalog: fields, times, orders, counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.catalog.models import Portal
from releases.search import place, ranking
from releases.search.catch_up import catch_up, rebuild_index
from releases.search.compile import compiled
from releases.search.document_texts import text_documents
from releases.search.documents import file_documents, record_documents
from releases.search.errors import CursorError, IndexBusy
from releases.search.facets import FacetValue
from releases.search.memory import Memory
from releases.search.query import QueryError, parse
from releases.search.search import every, search
from releases.search.spelling import respelled
from releases.speech.model import Segment, Transcript
from releases.speech.vtt import write_vtt
from tests.conformance.search.world import START


def found(root, query, **options):
    hits = search(root, query, **options).hits
    return sorted(" ".join(filter(None, (hit.type, hit.key, hit.file, str(hit.page or "")))) for hit in hits)


ONE = ["file LH-1 Camera", "file LH-1 Report 1", "page LH-1", "record LH-1"]
TWO = ["file LH-2 Ferry camera", "record LH-2"]
ANSWERS = {
    "district:04": ONE, "district:4": ONE, "District:14": TWO, "district:1": [], "district:*": ONE + TWO,
    "officer district:04": ["file LH-1 Report 1"],
    "taser district:04 kind:video": ["file LH-1 Camera"],
    "taser kind:video -district:04": [],
    'incident_type:"taser discharge"': ONE, 'incident_type:"discharge taser"': [], "incident_type:disch*": ONE,
    "finding:sust*": ONE, 'finding:"sustained exonerated"': [], "finding:exonerated": ONE,
    "incident_date:>=2030-03-05": ONE + TWO, "incident_date:>2030-03-05": TWO, "incident_date:2030-01..2030-03": ONE,
    "incident_date:<2030": [], "incident_date:..2030": ONE + TWO, "shots:>3": TWO, "shots:3..12": ONE + TWO, "shots:<3": [],
    "amount:$1,000..": TWO, "shots:12": TWO, "ferry OR shots:<=3": sorted({*ONE, *TWO}),
    "agency:review": [*ONE, *TWO], "place:harb*": [*ONE, *TWO], "agency:elsewhere": [],
    "file:camera": ["file LH-1 Camera", "file LH-2 Ferry camera"], "state:present shots:12": TWO, "state:withdrawn": [],
    "after:2031-01-01 before:2031-01-04": ["record LH-1", "record LH-2"],
}  # fmt: skip


def test_fields_are_found_at_files_and_pages_and_follow_their_record(world, root):
    Portal.objects.create(slug="harbor", name="Harbor Review Board", url="", first_crawl_at=START)
    one = world.record("LH-1", "Pier", {
        "District": "04", "Incident Type": "Taser Discharge", "Finding": ["Sustained", "Exonerated"],
        "Incident date": "2030-03-05T21:10", "Shots": 3,
    })  # fmt: skip
    two = world.record(
        "LH-2", "Ferry", {"District": 14, "Incident date": "June 7, 2030", "Shots": "12", "Amount": "$1,250.50"}
    )
    world.file(one, "Report", "The officer ran")
    world.file(one, "Camera", kind="video")
    world.file(two, "Ferry camera", kind="video")
    world.page("https://harbor.example/LH-1", "", "Narrative")
    catch_up(root, world.read)
    assert {query: found(root, query) for query in ANSWERS} == {query: sorted(one) for query, one in ANSWERS.items()}
    # A saved search is asked of what a commit brings: it finds there what it would find in the index.
    rows = [*record_documents({one, two}), *file_documents({"f3", "f7", "f8"})]
    rows += text_documents({"d5", "d10"}, world.read)
    told = dict(Memory(rows).ask(ANSWERS))
    searcher = place.opened(root).searcher
    counts = {query: searcher.search(compiled(parse(query), query, searcher), 100).count for query in ANSWERS}
    assert {query: len(told.get(query, [])) for query in ANSWERS} == counts
    with pytest.raises(QueryError, match=r"no record has a field 'distrikt'.*close to it: district"):
        search(root, "distrikt:4")
    with pytest.raises(QueryError, match=r"'type'.*close to it: kind, incident_type"):
        search(root, "type:video")
    world.asked.clear()
    world.record("LH-1", "Pier", {"District": "09"}, version=2)
    catch_up(root, world.read)
    assert (found(root, "district:9"), found(root, "district:04"), found(root, "shots:3")) == (ONE, [], [])
    world.event(one, "withdrawn")
    catch_up(root, world.read)
    assert found(root, "state:withdrawn") == ONE
    world.event(two, "file_withdrawn", "f8")
    catch_up(root, world.read)
    assert found(root, "state:withdrawn kind:video") == ["file LH-1 Camera", "file LH-2 Ferry camera"]
    assert world.asked == []  # words were taken from the index


def test_as_of_a_time_what_was_held_and_current_then(world, root):
    one = world.record("LH-1", "Pier Street", {"Status": "Open"})
    file = world.file(one, "Report", "a first wording")
    world.page("https://harbor.example/about", "About", "we began small")
    then = START + timedelta(days=world.count)
    catch_up(root, world.read)
    world.record("LH-1", "Pier Street, closed", {"Status": "Closed"}, version=2)
    world.file_version(file, "a second wording", number=2)
    world.page("https://harbor.example/about", "About", "we grew large")
    later = START + timedelta(days=world.count)
    catch_up(root, world.read)

    def answers():
        asked = {"before": START, "then": then, "later": later, "now": None}
        queries = ("status:open OR open", "closed", "first", "second", "small", "large", "kind:record")
        return {name: [len(found(root, query, as_of=at)) for query in queries] for name, at in asked.items()}

    expected = {
        "before": [0, 0, 0, 0, 0, 0, 0], "then": [1, 0, 1, 0, 1, 0, 1], "later": [0, 1, 0, 1, 0, 1, 1],
        "now": [0, 1, 1, 1, 1, 1, 1],
    }  # fmt: skip
    assert answers() == expected
    assert found(root, f"wording asof:{then:%Y-%m-%dT%H:%M}") == ["file LH-1 Report 1"]
    assert [hit.version for hit in search(root, "wording", as_of=then).hits] == [1]
    assert [hit.version for hit in search(root, "wording", as_of=later).hits] == [2]
    rebuild_index(root, world.read)
    assert answers() == expected
    gone = world.event(one, "withdrawn")
    catch_up(root, world.read)
    hour = timedelta(hours=1)
    assert [len(found(root, "wording OR closed", as_of=at)) for at in (gone - hour, gone + hour, None)] == [2, 0, 2]
    back = world.event(one, "restored")
    catch_up(root, world.read)
    assert [len(found(root, "wording OR closed", as_of=at)) for at in (gone + hour, back + hour)] == [0, 2]
    with pytest.raises(QueryError, match="in the query and beside it"):
        search(root, "a asof:2031", as_of=then)


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_words_of_a_report_find_the_videos_of_its_case(world, root):
    one = world.record("LH-1", "Pier", {"District": "04"})
    report = world.file(one, "Report", "An officer ran", "He drew his taser")
    world.file(one, "Camera", kind="video")
    two = world.record("LH-2", "Ferry", {"District": "04"})
    world.file(two, "Camera", kind="video")
    world.file(two, "Letter", "No baton")
    then = START + timedelta(days=world.count)
    world.file_version(report, "An officer ran", "He drew his pistol", number=2)
    catch_up(root, world.read)
    videos = {
        "taser district:04 kind:video": ["file LH-1 Camera"], "officer taser kind:video": ["file LH-1 Camera"],
        '"his taser" kind:vid*': ["file LH-1 Camera"], "baton OR tas* kind:video": ["file LH-1 Camera", "file LH-2 Letter 1"],
        "(baton OR tas*) kind:video": ["file LH-1 Camera", "file LH-2 Camera"], "district:04 kind:video -taser": ["file LH-2 Camera"],
        "anywhere:taser kind:record": ["record LH-1"], "taser kind:record": [], "title:camera taser kind:video": ["file LH-1 Camera"],
        "pistol kind:video": ["file LH-1 Camera"],
    }  # fmt: skip
    assert {query: found(root, query) for query in videos} == videos
    assert (found(root, "pistol kind:video", as_of=then), found(root, "taser kind:video", as_of=then)) == (
        [],
        ["file LH-1 Camera"],
    )
    (hit,) = search(root, "taser district:04 kind:video", facets=True).hits
    assert hit.because is not None
    assert (hit.because.file, hit.because.page, hit.because.version, hit.because.snippet.marked()) == (
        "Report", 2, 1, "He drew his [taser]"
    )  # fmt: skip
    (hit,) = search(root, "camera kind:video taser").hits
    assert hit.because is None  # what was found says a word itself
    (page,) = search(root, '"his taser"').hits
    world.restrict("bytes", digest=world.digest_of(page.capture))
    with pytest.raises(IndexBusy):  # which records say it is not told from an index that still has it
        search(root, "taser kind:video")
    catch_up(root, world.read)
    assert found(root, "taser kind:video") == []


def test_orders_pages_and_counts(world, root, monkeypatch):
    for number in range(30):
        record = world.record(
            f"R{number:02}", f"Pier {'pier ' * (number % 4)}", {"n": number}, kind="case" if number % 3 else "policy"
        )
        if number % 10 == 0:
            world.file(record, "Report", f"The pier at night {number}")
    world.event("r-harbor-R07", "withdrawn")
    world.record("X", "Pier elsewhere", portal="elsewhere")
    catch_up(root, world.read)
    newest = [hit.key for hit in search(root, "kind:record pier", sort="newest", limit=100).hits]
    assert newest == ["X", *(f"R{number:02}" for number in reversed(range(30)))]
    assert [hit.key for hit in search(root, "kind:record pier", sort="oldest", limit=100).hits] == newest[::-1]
    assert [hit.key for hit in search(root, "kind:record", limit=3).hits] == newest[:3]
    newest_first: list[tuple[str, str]] = []
    for sort in ("newest", "best", "oldest"):
        whole = [(hit.key, hit.type) for hit in search(root, "pier", sort=sort, limit=100).hits]
        paged, after = [], ""
        while True:
            page = search(root, "pier", sort=sort, limit=7, after=after)
            paged += [(hit.key, hit.type) for hit in page.hits]
            after = page.next
            if not after:
                break
        assert paged == whole
        assert len(whole) == len(set(whole)) == 34
        monkeypatch.setattr(ranking, "_ONWARDS", 7)
        walked = [(hit.key, hit.type) for hit in every(root, "pier", sort=sort)]
        assert walked == (newest_first if sort == "best" else whole)
        newest_first = whole if sort == "newest" else newest_first
    first = search(root, "pier", sort="newest", limit=5)
    world.record("NEW", "Pier of today")
    catch_up(root, world.read)
    second = search(root, "pier", sort="newest", limit=5, after=first.next)
    assert [hit.key for hit in (*first.hits, *second.hits)] == newest[:10]  # nothing twice, nothing left out
    for wrong in ("x", "é" * 300, first.next[:-2], search(root, "pier", limit=1).next):
        with pytest.raises(CursorError, match="no place in the hits"):
            search(root, "pier", sort="newest", after=wrong)
    counted = search(root, "pier", limit=1, facets=True).facets
    assert counted["portal"] == (FacetValue("harbor", 34), FacetValue("elsewhere", 1))
    assert counted["type"] == (FacetValue("record", 32), FacetValue("file", 3))
    assert counted["state"] == (FacetValue("present", 34), FacetValue("withdrawn", 1))
    assert counted["year"] == (FacetValue("2031", 35),)
    for name, asked in (("kind", "kind"), ("portal", "portal"), ("type", "kind"), ("state", "state")):
        for value in counted[name]:
            assert search(root, f"pier {asked}:{value.value}").documents == value.count


def test_words_of_a_recording_say_when_they_are_said(world, root):
    spoken = ["Unit four responding.", "He has a taser.", "Shots fired, shots fired!"]
    said = Transcript(tuple(Segment(10.5 * n, 10.5 * n + 5, text) for n, text in enumerate(spoken, 1)), "en", "x")
    record = world.record("LH-1", "Pier", {"District": "04"})
    file = world.file(record, "Camera", kind="video")
    capture = world.capture("https://harbor.example/c.mp4", "bytes", mime="video/mp4")
    world.text(capture, write_vtt(said, 60).decode(), mime="text/vtt; charset=utf-8")
    world.bytes_of(file, capture)
    world.file(record, "Report", "a taser")
    catch_up(root, world.read)
    for version in (2, 3):
        assert [(hit.file, hit.seconds) for hit in search(root, "shots OR fired").hits] == [("Camera", 31.5)]
        assert {hit.file: hit.seconds for hit in search(root, "taser").hits} == {"Camera": 21.0, "Report": None}
        assert [hit.seconds for hit in search(root, "district:04 kind:video unit").hits] == [10.5]
        world.record("LH-1", "Pier", {"District": "4"}, version=version)  # indexed anew, from the index
        catch_up(root, world.read)
    world.restrict("passage", digest=world.digest_of(capture), page=0, spans=[[0, 30]])
    catch_up(root, world.read)
    (hit,) = search(root, "fired").hits
    assert (hit.seconds, "four" in hit.snippet.text) == (31.5, False)


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_word_that_occurs_nowhere_is_spelled_like_one_that_does(world, root):
    record = world.record("LH-1", "Policía de la ciudad")
    world.file(record, "Report", "The seargent drew a taser; el policía disparó. Handcuffs, handcuffs")
    catch_up(root, world.read)
    searcher = place.opened(root).searcher
    spelled = {
        "tazer": "taser", "tasre": "taser", "handcufs": "handcuffs", "policai": "policia", "disparo": "", "polcía OR taser": "policia OR taser",
        'tazer district:polcia "tazer" -tazer taze*': 'taser district:polcia "tazer" -tazer taze*', "zzzzqq": "", "the": "", "": "",
    }  # fmt: skip
    assert {query: respelled(query, searcher) for query in spelled} == spelled
