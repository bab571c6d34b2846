"""The sample portal's pages and documents: what stands at a path on a day. Pure: no sockets, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from sample.pdf import Blackened, pdf
from sample.recordings import audio, video
from sample.story import AGENCY
from sample.world import Case, Document, World

CASES_PER_PAGE = 5
HTML = "text/html; charset=utf-8"
MEDIA_TYPES = {"pdf": "application/pdf", "wav": "audio/x-wav", "mp4": "video/mp4"}
ROBOTS = "User-agent: *\nDisallow: /admin/\n"


@dataclass(frozen=True, slots=True)
class Resource:
    """What stands at a path. `since` is the day its bytes last changed, where that is known."""

    body: bytes
    mime: str
    since: int = 1


def resource(world: World, path: str, page: int, *, broken: bool) -> Resource | None:
    """What `path` (without its query) shows; None where nothing stands. `broken`: columns moved into comments."""
    simple: dict[str, Callable[[], str]] = {
        "/": lambda: _home(world),
        "/policies/": lambda: _policies(world),
        "/contracts/": lambda: _contracts(world),
        "/records-requests/": lambda: _requests(world),
    }
    if path in simple:
        return Resource(simple[path]().encode(), HTML)
    if path == "/robots.txt":
        return Resource(ROBOTS.encode(), "text/plain")
    if path == "/cases/":
        listing = _cases(world, page, broken=broken)
        return None if listing is None else Resource(listing.encode(), HTML, world.day)
    for case in world.cases:
        if path == f"/cases/{case.slug}/":
            return Resource(_case(case).encode(), HTML, world.day)
    for policy in world.policies:
        if path == f"/policies/{policy.slug}/":
            text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in policy.text)
            return Resource(
                _frame(
                    f"Policy {policy.number} {policy.title}",
                    f'<article><dl class="facts"><dt>Effective</dt><dd>{policy.effective}</dd></dl>{text}'
                    f"{_documents((policy.document,))}</article>",
                ).encode(),
                HTML,
            )
    for document in documents(world):
        if path == document.path:
            return Resource(document_bytes(document), MEDIA_TYPES[document.made], document.since)
    return None


def documents(world: World) -> Iterable[Document]:
    """Everything to download."""
    for case in world.cases:
        yield from case.documents
    for policy in world.policies:
        yield policy.document
    for contract in world.contracts:
        yield contract.document
    for request in world.requests:
        if request.document:
            yield request.document


def document_bytes(document: Document) -> bytes:
    """The document itself, "FICTIONAL" inside."""
    if document.made == "wav":
        return audio(document.name, 330 + sum(document.path.encode()) % 440)
    if document.made == "mp4":
        return video(document.name)
    black = [Blackened(paragraph, live=document.legible) for paragraph in document.black]
    return pdf(document.name, [f"{AGENCY}. This document is FICTIONAL.", *document.text, *black])


def access_denied(url: str) -> bytes:
    """A content network's block page, which it sends with status 200 on some days."""
    address = "".join(f"&#{ord(c)};" if c in ":/" else c for c in url)
    return (
        "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n \n"
        f'You don\'t have permission to access "{address}" on this server.<P>\n'
        "Reference&#32;&#35;18&#46;2d351ab8&#46;1557333295&#46;a4e16ab\n"
        "<P>https&#58;&#47;&#47;errors&#46;edgesuite&#46;net&#47;18&#46;2d351ab8&#46;1557333295&#46;a4e16ab</P>\n"
        "</BODY>\n</HTML>\n"
    ).encode()


def _frame(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)} | {AGENCY} (FICTIONAL)</title></head>\n<body>\n"
        '<header class="site-header"><nav><a href="/">Home</a> <a href="/cases/">Cases</a> '
        '<a href="/policies/">Policies</a> <a href="/contracts/">Contracts</a> '
        '<a href="/records-requests/">Records requests</a> '
        '<a href="/documents/contract-sergeants-2024.pdf">Latest contract</a></nav></header>\n'
        f"<main>\n<h1>{escape(title)}</h1>\n{body}\n</main>\n"
        "<footer><p>FICTIONAL portal for demonstrations. Lake Harbor does not exist.</p></footer>\n</body></html>\n"
    )


def _table(name: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{header}</th>' for header in headers)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f'<table id="{name}">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>'


def _documents(shown: Iterable[Document]) -> str:
    # The literal newline in href is a real portal's habit.
    items = "".join(
        f'<li class="{document.made}"><a href="{document.path}\n">{escape(document.name)}</a></li>\n'
        for document in shown
    )
    return f'<ul class="documents">\n{items}</ul>' if items else '<p class="none">No documents have been posted.</p>'


def _home(world: World) -> str:
    return _frame(
        AGENCY,
        f"<p>{len(world.cases)} cases, {len(world.policies)} policies, {len(world.contracts)} contracts, "
        f"{len(world.requests)} records requests.</p>",
    )


def _cases(world: World, page: int, *, broken: bool) -> str | None:
    pages = -(-len(world.cases) // CASES_PER_PAGE)
    if not 1 <= page <= pages:
        return None
    headers = ["Case number", "Type", "Status"]
    rows = [
        [f'<a href="/cases/{case.slug}/">{case.number}</a>', case.type, case.status]
        for case in world.cases[(page - 1) * CASES_PER_PAGE : page * CASES_PER_PAGE]
    ]
    table = _table("cases", headers, rows)
    if broken:
        table = table.replace('<th scope="col">Case number</th>', "<!-- <th>Case number</th> -->")
        for row in rows:
            table = table.replace(f"<td>{row[0]}</td>", f"<!-- <td>{row[0]}</td> -->")
    following = f'<a rel="next" href="/cases/?page={page + 1}&amp;sort=number">Next</a>' if page < pages else ""
    return _frame(
        "Cases",
        f'{table}\n<div class="pagination"><p>Page {page} of {pages} ({len(world.cases)} cases)</p>{following}</div>',
    )


def _case(case: Case) -> str:
    facts = {
        "Type": case.type,
        "Date of incident": case.incident,
        "District": case.district,
        "Status": case.status,
        "Closed": case.closed,
        "Civilians involved": "; ".join(case.civilians),
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>\n" for name, value in facts.items())
    note = f'<p class="note">{escape(case.note)}</p>\n' if case.note else ""
    return _frame(
        f"Case {case.number}",
        f'<article class="case">\n<dl class="facts">\n{rows}</dl>\n{note}{_documents(case.documents)}\n</article>',
    )


def _policies(world: World) -> str:
    return _frame(
        "Policies",
        _table(
            "policies",
            ["Number", "Title", "Effective"],
            (
                [policy.number, f'<a href="/policies/{policy.slug}/">{policy.title}</a>', policy.effective]
                for policy in world.policies
            ),
        ),
    )


def _contracts(world: World) -> str:
    return _frame(
        "Union contracts",
        _table(
            "contracts",
            ["Employer", "Bargaining unit", "Term", "Document"],
            (
                [c.employer, c.unit, c.term, f'<a href="{c.document.path}">{escape(c.document.name)}</a>']
                for c in world.contracts
            ),
        ),
    )


def _requests(world: World) -> str:
    return _frame(
        "Records requests",
        _table(
            "requests",
            ["Request", "Subject", "Received", "Status", "Answer"],
            (
                [
                    request.number,
                    escape(request.subject),
                    request.received,
                    request.status,
                    f'<a href="{request.document.path}">{escape(request.document.name)}</a>'
                    if request.document
                    else "-",
                ]
                for request in world.requests
            ),
        ),
    )
