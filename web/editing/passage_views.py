"""Masking some lines of a document's page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from archive.access import RestrictionRefused, restricted
from archive.catalog.models import Capture
from config.errors import RecordwatchError
from releases.access import without_names
from releases.quarantine.gate import hidden, masked
from releases.restricting.commit import shut_passage
from releases.restricting.in_force import in_force
from releases.restricting.texts import page_text, pages_with_text
from releases.text.passages import Spans
from web.editing.doing import LONGEST_ID, acted, unkept, who
from web.editing.forms import Restricting
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed

MOST_LINES = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page's text."""

    number: int
    """0-based."""
    text: str
    """As it may be shown: what is hidden already is masked."""
    start: int
    end: int
    chosen: bool


@allowed("edit")
def passages(request: HttpRequest, capture: str) -> HttpResponse:
    """`?page=N`: its text line by line, to tick those that are to be masked."""
    row = Capture.objects.filter(id=capture).first() if len(capture) <= LONGEST_ID and "\0" not in capture else None
    if row is not None and restricted([row.payload_digest]):
        raise Shown(404, _("These bytes, or a record that they tell of, are under a restriction already."))
    pages = pages_with_text(row.payload_digest) if row is not None else []
    if row is None or not pages:
        raise Shown(
            404, _("There is no text of this capture in the archive."), _("Restrict the file or the capture instead.")
        )
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else pages[0]
    if number not in pages:
        number = pages[0]
    try:
        text = page_text(place.holdings(), row.payload_digest, number)
    except RestrictionRefused as error:
        raise Shown(404, f"{error.what[:1].upper()}{error.what[1:]}.", error.todo) from error
    ticked = {
        int(one)
        for one in request.POST.getlist("line")[:MOST_LINES]
        if one.isascii() and one.isdigit() and len(one) < 7
    }
    lines = _lines(text, hidden({row.payload_digest}).get(row.payload_digest, {}).get(number, []), ticked)
    form = Restricting(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        spans = [(line.start, line.end) for line in lines if line.chosen]
        if not spans:
            form.add_error(None, _("Tick the lines that are to be masked."))
        if form.is_valid():
            digest, portal = row.payload_digest, row.portal
            try:
                order = form.order(who(request))
                answer = acted(
                    request,
                    lambda: shut_passage(place.holdings(), portal, digest, number, spans, order),
                    _("Masked: these lines are shown to nobody from now on."),
                    ("restriction.passage", row.id, {"page": number, "lines": len(spans)}),
                )
            except RecordwatchError as error:
                answer = f"{error.what[:1].upper()}{error.what[1:]}."
            if not isinstance(answer, str):
                return answer
            form.add_error(None, answer)
    shown = {
        "capture": row,
        "address": without_names(row.url),
        "pages": pages,
        "number": number,
        "lines": lines,
        "form": form,
    }
    return unkept(render(request, "editing/passages.html", shown, status=status))


def _lines(text: str, held: Spans, ticked: set[int]) -> list[Line]:
    """Lines with their places in `text`. A name may go on over a line's end: neither line shows its part."""
    made, at = [], 0
    held = [*held, *in_force().names.places(text)]
    for number, line in enumerate(text.splitlines(keepends=True)[:MOST_LINES]):
        bare = line.rstrip("\r\n")
        start, end = at, at + len(bare)
        at += len(line)
        if not bare.strip():
            continue
        inside = [
            (max(first, start) - start, min(last, end) - start) for first, last in held if first < end and last > start
        ]
        shown = masked(bare, inside)
        made.append(Line(number, shown, start, end, number in ticked))
    return made
