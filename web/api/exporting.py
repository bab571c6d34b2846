"""Whole tables: streamed as they are read, so that their size costs no memory here."""

from __future__ import annotations

import tempfile

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from releases.tables.forms import FORMS, csv_lines, jsonl, xlsx
from releases.tables.model import Wanted
from releases.tables.rows import TABLES
from web.accounts.audit import note
from web.api.guard import guarded
from web.front.filters import moment
from web.shell.errors import Shown
from web.shell.slots import begun, until_sent
from web.shell.viewer import viewer_of

_LONGEST = 512


@guarded("export", 20)
def export(request: HttpRequest, table: str, form: str) -> HttpResponseBase:
    """One table in one form. `after`: behind the row of this id, where a download broke off."""
    wanted = _wanted(request)
    if viewer_of(request).account is not None:
        note(request, "export", f"{table}.{form}")
    answer: HttpResponseBase
    if form == "xlsx":
        answer = _sheet(request, table, wanted)
    else:
        lines = (jsonl if form == "jsonl" else csv_lines)(TABLES[table], wanted)
        answer = StreamingHttpResponse(lines, content_type=FORMS[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="{table}.{form}"'
    return answer


def _sheet(request: HttpRequest, table: str, wanted: Wanted) -> HttpResponseBase:
    """A spreadsheet is whole before its first byte is sent: that takes minutes, and a thread, in its longest form."""
    release = begun(request)
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the answer
        xlsx(TABLES[table], wanted, file)
        file.seek(0)
    except BaseException:
        release()
        raise
    return until_sent(FileResponse(file, content_type=FORMS["xlsx"]), release)


def _wanted(request: HttpRequest) -> Wanted:
    text = {name: request.GET.get(name, "") for name in ("portal", "kind", "state", "after")}
    for name, value in text.items():
        if len(value) > _LONGEST or not value.isprintable():
            raise Shown(400, _("“%(name)s” makes no sense.") % {"name": name})
    return Wanted(**text, since=moment(request, "since"), until=moment(request, "until"))
