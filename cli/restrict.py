"""`recordwatch restrict`: what is kept and shown to nobody, and for how long that holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import Exit
from cli.output import HomeOption, JsonOption, emit, open_catalog, warn, when
from config.home import open_home

if TYPE_CHECKING:
    from archive.access import Order
    from archive.holdings import Holdings

ByOption = Annotated[str, typer.Option("--by", help="Who decides.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason; it is kept, and shown to editors.")]
UntilOption = Annotated[
    str,
    typer.Option(
        "--until", metavar="DATE", help="It ends by itself then: 2027-03-01 (as that day begins, UTC), or a time."
    ),
]
ReviewOption = Annotated[
    str, typer.Option("--review-by", metavar="DATE", help="Somebody looks at it again until then; it holds on.")
]
_SHORT = 8


def register(app: typer.Typer) -> None:
    restrict = typer.Typer(
        no_args_is_help=True, help="What is shown to nobody: an embargo, a privacy request, an order."
    )
    app.add_typer(restrict, name="restrict")
    _kinds(restrict)
    _over(restrict)


def _kinds(restrict: typer.Typer) -> None:
    """What can be restricted."""

    @restrict.command()
    def capture(
        captures: Annotated[
            list[str], typer.Argument(metavar="CAPTURE", help="Ids of captures, or their last characters.")
        ],
        by: ByOption,
        why: WhyOption,
        until: UntilOption = "",
        review_by: ReviewOption = "",
        home: HomeOption = None,
    ) -> int:
        """Show the bytes of these captures to nobody, wherever else they are. Nothing is deleted or changed."""
        holdings = _opened(home)
        from releases.restricting.commit import shut_captures

        order = _order(by, why, until, review_by)
        done = _unlocked(lambda: shut_captures(holdings, captures, order))
        return _told(done, f"{_files(done)} shown to nobody from now on", "these bytes are under a restriction already")

    @restrict.command()
    def record(
        slug: Annotated[str, typer.Argument(metavar="PORTAL", help="The portal's slug.")],
        key: Annotated[str, typer.Argument(help="The record's key, or any other name it is known by.")],
        by: ByOption,
        why: WhyOption,
        until: UntilOption = "",
        review_by: ReviewOption = "",
        home: HomeOption = None,
    ) -> int:
        """Show a record to nobody: not its fields, its files, its history, nor pages and lists that tell of it."""
        holdings = _opened(home)
        from releases.ledger.queries import find_any
        from releases.restricting.commit import shut_record

        order = _order(by, why, until, review_by)
        done = _unlocked(lambda: shut_record(holdings, find_any(slug, key), order))
        return _told(done, "the record is shown to nobody from now on", "this record is under a restriction already")

    @restrict.command()
    def passage(
        capture: Annotated[str, typer.Argument(metavar="CAPTURE", help="Id of a capture, or its last characters.")],
        words: Annotated[
            str, typer.Argument(help="The words, as the text of the page has them; wherever they stand on it.")
        ],
        by: ByOption,
        why: WhyOption,
        page: Annotated[int, typer.Option(min=0, help="The page; 0 for a text without pages.")] = 1,
        until: UntilOption = "",
        review_by: ReviewOption = "",
        home: HomeOption = None,
    ) -> int:
        """Mask some words of a document's page, for everybody. Its bytes are given to nobody any more, its text is."""
        holdings = _opened(home)
        from archive.access import digest_of
        from releases.restricting.commit import shut_passage
        from releases.restricting.plan import found_in_page

        order = _order(by, why, until, review_by)
        portal, digest = digest_of(capture)
        spans = found_in_page(holdings, digest, page, words)
        done = _unlocked(lambda: shut_passage(holdings, portal, digest, page, spans, order))
        times = "once" if len(spans) == 1 else f"{len(spans)} times"
        return _told(done, f"masked from now on, {times} on this page", "nothing to mask")

    @restrict.command()
    def name(
        words: Annotated[str, typer.Argument(metavar="NAME", help="The whole name. `-`: read it from standard input.")],
        by: ByOption,
        why: WhyOption,
        until: UntilOption = "",
        review_by: ReviewOption = "",
        home: HomeOption = None,
    ) -> int:
        """Mask a name wherever it stands: titles, fields, texts, transcripts; whatever case or accents it has there."""
        import sys

        holdings = _opened(home)
        from releases.restricting.commit import shut_name

        chosen = sys.stdin.readline().strip() if words == "-" else words
        order = _order(by, why, until, review_by)
        done = _unlocked(lambda: shut_name(holdings, chosen, order))
        return _told(done, "the name is masked from now on", "this name is under a restriction already")


def _over(restrict: typer.Typer) -> None:
    """What becomes of restrictions."""

    @restrict.command()
    def lift(
        ids: Annotated[list[str], typer.Argument(metavar="ID", help="Ids of restrictions, or their last characters.")],
        by: ByOption,
        why: WhyOption,
        home: HomeOption = None,
    ) -> int:
        """Show it again. That it was restricted, and why, stays known."""
        from datetime import UTC, datetime

        holdings = _opened(home)
        from releases.restricting.commit import lift

        done = _unlocked(lambda: lift(holdings, ids, by, why, datetime.now(UTC)))
        return _told(done, f"{_restrictions(done)} lifted: shown again", "nothing to lift")

    @restrict.command()
    def review(
        ids: Annotated[list[str], typer.Argument(metavar="ID", help="Ids of restrictions, or their last characters.")],
        by: ByOption,
        why: WhyOption,
        review_by: ReviewOption,
        home: HomeOption = None,
    ) -> int:
        """Say that somebody looked at it again: it holds on, and is looked at again until another day."""
        from datetime import UTC, datetime

        holdings = _opened(home)
        from releases.restricting.commit import review

        done = _unlocked(lambda: review(holdings, ids, by, why, review_by, datetime.now(UTC)))
        return _told(done, f"{_restrictions(done)} to be looked at again until {review_by}", "nothing to look at")

    @restrict.command("list")
    def list_(
        everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
        names: Annotated[bool, typer.Option("--names", help="Print names too. Who may see this screen?")] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """What is restricted, since when, by whom and why; what somebody should look at again comes first."""
        open_catalog(open_home(home))
        from archive.access import listed

        rows = [_row(row, names=names) for row in listed(lifted=everything)]
        shown = rows if as_json else [_line(row) for row in rows]
        columns = ["id", "what", "of", "since", "ends", "look", "by", "why", *(["lifted"] if everything else [])]
        emit(
            shown,
            as_json=as_json,
            columns=columns,
            empty="nothing is restricted" if everything else "nothing is restricted (--all shows what was)",
        )


def _opened(home: str | None) -> Holdings:
    from archive.holdings import Holdings

    return Holdings(open_home(home))


def _order(by: str, why: str, until: str, review_by: str) -> Order:
    from datetime import UTC, datetime

    from archive.access import Order
    from releases.restricting.plan import end_of

    return Order(by, why, datetime.now(UTC), end_of(until), review_by.strip()).checked()


def _unlocked(act: Callable[[], int]) -> int:
    """What it gives; -1 where a crawl was running, which has been said."""
    from archive.portal_lock import PortalLocked

    try:
        return act()
    except PortalLocked as error:
        warn(f"recordwatch: {error}")
        return -1


def _told(done: int, said: str, nothing: str) -> int:
    if done < 0:
        return int(Exit.LOCKED)
    warn(f"{said}; `recordwatch restrict list` has it" if done else nothing)
    return int(Exit.OK)


def _files(count: int) -> str:
    return "the bytes of 1 file are" if count == 1 else f"the bytes of {count} files are"


def _restrictions(count: int) -> str:
    return "1 restriction" if count == 1 else f"{count} restrictions"


def _row(row: Any, *, names: bool) -> dict[str, Any]:
    from releases.restricting.plan import named

    return {
        "id": row.id, "kind": row.kind, "of": row.name if names and row.name else named(row), "portal": row.portal,
        "digest": row.digest, "record": row.record, "page": row.page, "since": row.at, "by": row.by, "why": row.why,
        "lifts_at": row.lifts_at, "review_by": row.review_by,
        "lifted_at": row.lifted_at, "lifted_by": row.lifted_by, "lifted_why": row.lifted_why,
    }  # fmt: skip


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"][-_SHORT:], "what": row["kind"], "of": row["of"],
        "since": when(row["since"]), "ends": when(row["lifts_at"]) if row["lifts_at"] else "",
        "look": row["review_by"], "by": row["by"], "why": row["why"].partition("\n")[0],
        "lifted": f"{when(row['lifted_at'])} by {row['lifted_by']}" if row["lifted_at"] else "",
    }  # fmt: skip
