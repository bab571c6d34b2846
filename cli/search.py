"""`recordwatch search`: full text over records, pages and files."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.output import HomeOption, JsonOption, warn, write_json
from config.home import open_home
from releases.model import DEPOSITED


def register(app: typer.Typer) -> None:
    @app.command()
    def search(
        query: Annotated[
            str, typer.Argument(help='Words, "phrases", pol*, OR, -without, portal: kind: key: title: since: until:')
        ] = "",
        portal: Annotated[str, typer.Option(help="Only of this portal.")] = "",
        limit: Annotated[int, typer.Option(min=1, max=1000, help="Hits at most.")] = 20,
        rebuild: Annotated[
            bool, typer.Option("--rebuild", help="Make the index anew; with a query, search then.")
        ] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Search records, page text and the text of documents, page by page."""
        from releases.search.query import QueryError, parse

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
        found = find(opened.index, query, portal=portal, limit=limit)
        if as_json:
            for hit in found.hits:
                write_json(_row(hit))
            return
        for hit in found.hits:
            _tell(hit)
        if not found.hits:
            typer.echo("nothing found")
        elif found.documents > len(found.hits):
            typer.echo(f"{len(found.hits)} hits shown; {found.documents:,} records, files and pages match in all")


def _row(hit: Any) -> dict[str, Any]:
    return {
        "type": hit.type, "portal": hit.portal, "key": hit.key, "printed_key": hit.printed_key, "title": hit.title,
        "state": hit.state, "file": hit.file, "page": hit.page, "confidence": hit.confidence, "url": hit.url,
        "capture": hit.capture, "at": hit.at, "score": round(hit.score, 3), "snippet": hit.snippet.text, "marks": hit.snippet.marks,
    }  # fmt: skip


def _tell(hit: Any) -> None:
    where = [hit.portal]
    if hit.printed_key:
        where.append(hit.printed_key)
    if hit.title and hit.title != hit.printed_key:
        where.append(_short(hit.title))
    if hit.file:
        where.append(_short(hit.file))
    if hit.page:
        where.append(f"page {hit.page}")
    if hit.confidence:
        where.append(f"read off a picture, {hit.confidence} % sure")
    if hit.state == "withdrawn":
        where.append("withdrawn")
    if hit.state == DEPOSITED:
        where.append("deposited, not captured")
    typer.echo(typer.style(" · ".join(where), bold=True))
    typer.echo(f"  {hit.snippet.marked('»', '«')}")
    typer.echo(typer.style(f"  {hit.url}  {hit.at:%Y-%m-%d}", dim=True))


def _short(text: str) -> str:
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return line if len(line) <= 80 else line[:79] + "…"
