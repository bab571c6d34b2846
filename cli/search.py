"""`recordwatch search`: full text over records, pages and files."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from cli.output import HomeOption, JsonOption, warn, write_json
from config.home import open_home
from releases.model import DEPOSITED

_TOLD = 12
"""Values of a facet that are told in words; with --json all are."""


class Sorts(StrEnum):
    """Orders of hits, as `releases.search.ranking.Sort`."""

    best = "best"
    newest = "newest"
    oldest = "oldest"


def register(app: typer.Typer) -> None:
    @app.command()
    def search(
        query: Annotated[
            str,
            typer.Argument(
                help='Words, "phrases", pol*, OR, -without; portal: kind: key: title: file: state: since: before: asof:, '
                "any field of a record: district:04, shots:>3; anywhere: words of a record and all its files"
            ),
        ] = "",
        portal: Annotated[str, typer.Option(help="Only of this portal.")] = "",
        limit: Annotated[int, typer.Option(min=1, max=1000, help="Hits at most.")] = 20,
        sort: Annotated[Sorts, typer.Option(help="What comes first.")] = Sorts.best,
        after: Annotated[str, typer.Option(help="Go on where earlier hits ended: their `next`.")] = "",
        asof: Annotated[str, typer.Option(help="As it was held then: a day, or a time in UTC.")] = "",
        facets: Annotated[
            bool, typer.Option("--facets", help="Count by portal, type, kind, year and state too.")
        ] = False,
        rebuild: Annotated[
            bool, typer.Option("--rebuild", help="Make the index anew; with a query, search then.")
        ] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Search records, page text and the text of documents, page by page."""
        from releases.search.query import QueryError, parse

        as_of = moment(asof) if asof else None
        if not query and not rebuild:
            raise QueryError("there is nothing to look for", "", 0, todo='recordwatch search "taser"')
        if query:
            parse(query)  # before anything is opened: a wrong query costs nothing
        opened = open_home(home)
        from archive.holdings import Holdings

        holdings = Holdings(opened)
        from config.errors import RecordwatchError
        from releases.search.catch_up import catch_up, rebuild_index
        from releases.search.search import search as find
        from releases.search.texts import archived_texts

        texts = archived_texts(holdings)
        if rebuild:
            done = rebuild_index(opened.index, texts)
            warn("the index is made anew" if done else "another process is writing the index; it was left alone")
        else:
            try:
                if not catch_up(opened.index, texts):
                    warn("another process is bringing the index up to date; the newest may be missing")
            except RecordwatchError as error:
                warn(f"the index is not up to date: {error}")
        if not query:
            return
        found = find(
            opened.index, query, portal=portal, limit=limit, sort=sort.value, after=after, as_of=as_of, facets=facets
        )
        if as_json:
            _as_json(found, facets=facets)
            return
        from releases.search.place import opened as opened_index
        from releases.search.spelling import respelled

        index = opened_index(opened.index) if not found.hits else None
        _say(found, facets=facets, spelled=respelled(query, index.searcher) if index is not None else "")


def _as_json(found: Any, *, facets: bool) -> None:
    for place, hit in enumerate(found.hits, 1):
        write_json(_row(hit) | {"next": found.next if place == len(found.hits) else ""})
    if facets:
        counts = {name: {one.value: one.count for one in values} for name, values in found.facets.items()}
        write_json({"documents": found.documents, "facets": counts})


def _say(found: Any, *, facets: bool, spelled: str) -> None:
    for hit in found.hits:
        _tell(hit)
    if facets:
        for name, values in found.facets.items():
            told = ", ".join(f"{_short(one.value)} {one.count:,}" for one in values[:_TOLD])
            more = f", and {len(values) - _TOLD} more" if len(values) > _TOLD else ""
            typer.echo(f"{name}: {told or '-'}{more}")
    if not found.hits:
        typer.echo(f"nothing found; perhaps {spelled}" if spelled else "nothing found")
    elif found.documents > len(found.hits):
        typer.echo(f"{len(found.hits)} hits shown; {found.documents:,} records, files and pages match in all")
    if found.next:
        typer.echo(f"the next: --after {found.next}")


def _row(hit: Any) -> dict[str, Any]:
    return {
        "type": hit.type, "portal": hit.portal, "key": hit.key, "printed_key": hit.printed_key, "title": hit.title,
        "state": hit.state, "file": hit.file, "page": hit.page, "confidence": hit.confidence, "url": hit.url,
        "capture": hit.capture, "at": hit.at, "score": round(hit.score, 3), "snippet": hit.snippet.text, "marks": hit.snippet.marks,
        "record": hit.record, "file_id": hit.file_id, "version": hit.version, "kind": hit.kind, "seconds": hit.seconds,
        "because": _row(hit.because) if hit.because is not None else None,
    }  # fmt: skip


def _tell(hit: Any) -> None:
    where = [hit.portal]
    if hit.printed_key:
        where.append(hit.printed_key)
    if hit.title and hit.title != hit.printed_key:
        where.append(_short(hit.title))
    if hit.file or hit.page or hit.seconds is not None:
        where.append(_where(hit))
    if hit.confidence:
        where.append(f"read off a picture, {hit.confidence} % sure")
    if hit.state == "withdrawn":
        where.append("withdrawn")
    if hit.state == DEPOSITED:
        where.append("deposited, not captured")
    typer.echo(typer.style(" · ".join(where), bold=True))
    typer.echo(f"  {hit.snippet.marked('»', '«')}")
    typer.echo(typer.style(f"  {hit.url}  {hit.at:%Y-%m-%d}", dim=True))
    if hit.because is not None:
        typer.echo(f"  said in {_where(hit.because)}: {hit.because.snippet.marked('»', '«')}")


def _where(hit: Any) -> str:
    """The file, its page or second; the record itself, or its page, where there is none."""
    where = [_short(hit.file) or hit.type]
    if hit.page:
        where.append(f"page {hit.page}")
    if hit.seconds is not None:
        where.append(f"at {int(hit.seconds) // 3600:02}:{int(hit.seconds) // 60 % 60:02}:{int(hit.seconds) % 60:02}")
    return " · ".join(where)


def moment(text: str) -> datetime:
    """`--asof`, as `asof:` in a query takes it. Raises QueryError."""
    from releases.search.compile import moment_of
    from releases.search.query import QueryError, parse

    found = moment_of(parse(f"asof:{text}")) if not any(map(str.isspace, text)) else None
    if found is None:
        raise QueryError(f"--asof {text!r} is no date", text, 0, todo="--asof 2031-05-31, or --asof 2031-05-31T14:00")
    return found.moment


def _short(text: str) -> str:
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return line if len(line) <= 80 else line[:79] + "…"
