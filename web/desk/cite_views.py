"""The page that says how to cite something."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from web.accounts.links import base_of
from web.desk.citing import bibtex, cite, csl, markdown, plainly
from web.desk.mine import plain
from web.desk.numbers import number
from web.shell.viewer import allowed

WRITERS = {"txt": (plainly, "text/plain"), "md": (markdown, "text/markdown"), "bib": (bibtex, "application/x-bibtex")}


@allowed("read")
def page(request: HttpRequest, kind: str, ident: str, form: str | None = None) -> HttpResponse:
    """`?v=` a version, `?page=` of a file."""
    base = base_of(request)
    version, at = number(request.GET.get("v")), number(request.GET.get("page"))
    found = cite(kind, plain(ident, 36), base, version=version, page=at if kind == "file" else 0)
    if form == "json":
        return HttpResponse(csl(found), content_type="application/vnd.citationstyles.csl+json")
    if form:
        write, mime = WRITERS[form]
        return HttpResponse(write(found), content_type=f"{mime}; charset=utf-8")
    told = {
        "cited": found, "plain": plainly(found), "markdown": markdown(found), "bibtex": bibtex(found),
        "csl": csl(found).decode(), "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "desk/cite.html", told)
