"""What is done on a page: each behaviour on a page that needs it, and what must never be pressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawler.capture.browser.behaviours import scroll, turn
from crawler.capture.browser.behaviours.wanted import Wanted
from crawler.capture.browser.media import kinds
from tests.browser.visits import Visits, visits

ROWS = "const rows = document.querySelector('ul'), add = text => rows.insertAdjacentHTML('beforeend', `<li><a href='/case/${text}'>${text}</a></li>`);"
LIST = Wanted(rows="ul li")


@pytest.fixture(scope="module")
def opened() -> Iterator[Visits]:
    with visits() as one:
        for number in range(1, 5):
            one.serve(f"/api/{number}", f"[{number}, {number}.5]", "application/json")
        yield one


def rows(document: bytes | None) -> list[str]:
    assert document is not None
    return [node.text() for node in LexborHTMLParser(document).css("ul li")]


def test_a_page_with_nothing_to_act_on_is_left_alone(opened: Visits):
    rendered = opened.show("<p>Nothing here</p><a href='/next'>Next</a><button disabled>Load more</button>", LIST)
    assert opened.told() == {}
    assert opened.asked() == []
    assert (rendered.states, rendered.unfinished, rendered.notes) == ((), "", ())


def test_more_is_loaded_until_there_is_no_more(opened: Visits):
    rendered = opened.show(
        f"""<ul></ul><button type=button>Cargar más</button><script>{ROWS}
        let n = 0; const button = document.querySelector("button");
        button.onclick = async () => {{
          for (const one of await (await fetch(`/api/${{++n}}`)).json()) add(one);
          if (n === 3) button.remove();
        }};</script>""",
        LIST,
    )
    assert rows(rendered.document) == ["1", "1.5", "2", "2.5", "3", "3.5"]
    assert opened.asked() == ["GET /api/1", "GET /api/2", "GET /api/3"]
    assert opened.told()["did"] == ["pressed 'Cargar más' 3 times"]
    assert rendered.unfinished == ""


def test_more_that_does_not_come_is_said(opened: Visits):
    rendered = opened.show(
        f"""<ul></ul><span class=again role=button tabindex=0>↓</span><script>{ROWS} add("one"); let n = 3;
        document.querySelector(".again").onclick = async () => {{
          const answer = await fetch(`/api/${{++n}}`);
          if (answer.ok) for (const one of await answer.json()) add(one);
        }};</script>""",
        Wanted(rows="ul li", more=".again"),
    )
    assert rows(rendered.document) == ["one", "4", "4.5"]
    assert rendered.unfinished == "there was more behind '↓' after it was pressed 2 times"


def test_a_list_that_grows_when_it_is_scrolled_is_read_to_its_end(opened: Visits):
    page = f"""<style>li {{ height: 900px }}</style><ul></ul><i id=end>.</i><script>{ROWS} add("a"); add("b"); let n = 0;
        new IntersectionObserver(async seen => {{
          if (!seen[0].isIntersecting || n >= LAST) return;
          const here = ++n; await fetch(`/api/${{here % 4 + 1}}`); add("row " + here);
        }}).observe(document.querySelector("#end"));</script>"""
    rendered = opened.show(page.replace("LAST", "4"), LIST)
    assert rows(rendered.document) == ["a", "b", "row 1", "row 2", "row 3", "row 4"]
    assert rendered.unfinished == ""


def test_a_feed_without_end_is_left_after_so_many_steps(opened: Visits, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scroll, "MOST", 3)
    rendered = opened.show(
        f"""<style>li {{ height: 900px }}</style><ul></ul><script>{ROWS} add("a"); add("b");
        addEventListener("scroll", () => {{ if (scrollY > 0) add("more"); }});</script>""",
        LIST,
    )
    assert rendered.unfinished == "the page still went on after it was scrolled to its end 3 times"
    assert rendered.notes == (f"{rendered.unfinished}, and was read as it stood",)


def test_what_is_folded_behind_tabs_and_above_the_page_is_opened_and_kept(opened: Visits):
    rendered = opened.show(
        """<details><summary>Findings</summary><p>Sustained</p></details>
        <h3><button aria-expanded=false aria-controls=a>Officers</button></h3><div id=a></div>
        <div role=tablist><button role=tab aria-selected=true>Case</button><button role=tab aria-selected=false>Files</button></div>
        <div id=panel>The case</div>
        <button aria-haspopup=dialog>Details</button><dialog>The details of the case <button>Close</button></dialog>
        <script>
        const fold = document.querySelector("[aria-expanded]");
        fold.onclick = async () => { fold.ariaExpanded = "true"; await fetch("/api/1"); a.textContent = "Officer 1234"; };
        for (const tab of document.querySelectorAll("[role=tab]")) tab.addEventListener("mousedown", () => {
          for (const other of document.querySelectorAll("[role=tab]")) other.ariaSelected = String(other === tab);
          panel.textContent = tab.textContent === "Case" ? "The case" : "The files of the case";
        });
        const box = document.querySelector("dialog");
        document.querySelector("[aria-haspopup]").onclick = () => { box.showModal(); box.insertAdjacentText("beforeend", "Opened"); };
        </script>"""
    )
    assert rendered.document is not None
    assert b"Officer 1234" in rendered.document
    assert b"<details open" in rendered.document
    assert b"The case</div>" in rendered.document, "the tab that was open is open"
    assert b"<dialog open" not in rendered.document
    kept = opened.shelf.named("rendered")
    assert set(kept) == {"", "tab-1", "modal-1"}
    assert b"The files of the case" in kept["tab-1"]
    assert b"<dialog open" in kept["modal-1"]
    assert opened.told()["did"] == ["unfolded 2 parts", "opened 1 of 1 tabs", "opened 1 of 1 modals"]


PAGED = f"""<ul></ul><button type=button>NEXT</button><script>{ROWS} let n = 1; const button = document.querySelector("button");
const show = async page => {{
  const answer = await fetch(`/api/${{page}}`);
  if (!answer.ok) return;
  const found = await answer.json(); rows.textContent = ""; n = page; found.forEach(add); button.disabled = page === LAST;
}};
button.onclick = () => {{ rows.textContent = "Loading"; show(n + 1); }}; show(1);</script>"""


def test_each_page_of_a_list_is_a_document(opened: Visits):
    rendered = opened.show(PAGED.replace("NEXT", "Siguiente ›").replace("LAST", "3"), LIST)
    assert [rows(one) for one in (rendered.document, *rendered.states)] == [["1", "1.5"], ["2", "2.5"], ["3", "3.5"]]
    assert rendered.unfinished == ""
    assert set(opened.shelf.named("rendered")) == {"", "page-2", "page-3"}
    assert opened.told()["did"] == ["turned 2 pages of the list"]


def test_a_page_that_does_not_come_is_no_end(opened: Visits):
    rendered = opened.show(PAGED.replace("NEXT", "→").replace("LAST", "9"), Wanted(rows="//ul/li", next="ul + button"))
    assert len(rendered.states) == 3
    assert rendered.unfinished == "page 5 of the list did not come"


def test_a_list_that_begins_anew_has_ended(opened: Visits):
    rendered = opened.show(
        f"""<ul></ul><a href="#" aria-label="Next page">›</a><script>{ROWS} let n = 0;
        const show = () => {{ rows.textContent = ""; add("page " + (n++ % 2)); }}; show();
        document.querySelector("[aria-label]").onclick = show;</script>""",
        LIST,
    )
    assert [rows(one) for one in rendered.states] == [["page 1"]]
    assert rendered.unfinished == ""


def test_a_list_longer_than_is_turned_is_not_called_whole(opened: Visits, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turn, "MOST", 2)
    rendered = opened.show(PAGED.replace("NEXT", "Next").replace("LAST", "4"), LIST)
    assert len(rendered.states) == 2
    assert rendered.unfinished == "the list has more than 2 pages"


def test_without_rows_nothing_is_turned(opened: Visits):
    assert opened.show(PAGED.replace("NEXT", "Next").replace("LAST", "3")).states == ()


NEVER = """
<form action=/harm/form><button>Load more</button><button type=button onclick="this.form.submit()">Show more</button></form>
<a href=/harm/link role=tab aria-selected=false>Tab that leaves</a>
<a href="/harm/file.pdf" download>Load more</a>
<button aria-expanded=false onclick="fetch('/harm/delete')">Delete this request</button>
<button role=tab aria-selected=false onclick="fetch('/harm/subscribe')">Subscribe</button>
<button aria-haspopup=dialog onclick="fetch('/harm/login')">Log in</button>
<button aria-haspopup=dialog onclick="fetch('/harm/send')">Enviar solicitud</button>
<div id=cookie-banner><button aria-expanded=false onclick="fetch('/harm/consent')">Options</button></div>
<nav><button aria-expanded=false onclick="fetch('/harm/menu')">Menu</button></nav>
<a href="javascript:__doPostBack('a','b')">Load more</a>
<p>As it was</p>
"""


def test_nothing_is_sent_bought_deleted_or_left(opened: Visits):
    rendered = opened.show(NEVER)
    assert opened.asked() == []
    assert rendered.document is not None
    assert b"As it was" in rendered.document


def test_a_press_that_would_lead_away_is_stopped_and_said(opened: Visits):
    rendered = opened.show(
        """<ul><li>One</li></ul><button type=button onclick="location.href = '/elsewhere'">Load more</button>
        <button aria-haspopup=dialog onclick="document.body.append(Object.assign(document.createElement('form'),
          {action: '/posted', method: 'post'})); document.forms[0].submit()">Details</button>""",
        LIST,
    )
    assert opened.asked() == []
    assert [note.partition("would have")[2] for note in rendered.notes] == [
        f" led to {opened.site.url}/elsewhere, and was stopped",
        f" led to {opened.site.url}/posted, and was stopped",
    ]
    assert rows(rendered.document) == ["One"]


def test_players_are_started_and_what_they_play_is_known(opened: Visits):
    opened.serve("/film.mp4", b"\0" * 3_000_000, "video/mp4")
    opened.serve("/list.m3u8", "#EXTM3U\n", "application/vnd.apple.mpegurl")
    rendered = opened.show(
        """<video src=/film.mp4 preload=none></video><button type=button onclick="fetch('/list.m3u8')">Play video</button>"""
    )
    assert kinds(rendered.media) == {
        f"{opened.site.url}/film.mp4": "video/mp4",
        f"{opened.site.url}/list.m3u8": "application/vnd.apple.mpegurl",
    }
    assert opened.told()["media"] == kinds(rendered.media)
    ranges = [seen.headers.get("Range") for seen in opened.site.seen if seen.path == "/film.mp4"]
    assert ranges[0] == "bytes=0-1048575", "a film is for the file lane, not for the browser"
