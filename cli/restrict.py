"""`recordwatch restrict`: bytes that are kept and shown to nobody, and for how long that held."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.output import HomeOption, JsonOption, emit, open_catalog, warn, when
from config.home import Home, open_home

ByOption = Annotated[str, typer.Option("--by", help="Who decides.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason; it is kept.")]
_SHORT = 8


def register(app: typer.Typer) -> None:
    restrict = typer.Typer(
        no_args_is_help=True, help="Bytes that are shown to nobody: an embargo, a privacy request, an order."
    )
    app.add_typer(restrict, name="restrict")

    @restrict.command()
    def capture(
        captures: Annotated[
            list[str], typer.Argument(metavar="CAPTURE", help="Ids of captures, or their last characters.")
        ],
        by: ByOption,
        why: WhyOption,
        home: HomeOption = None,
    ) -> None:
        """Show the bytes of these captures to nobody, wherever else they are. Nothing is deleted or changed."""
        opened = open_home(home)
        open_catalog(opened)
        from archive.access import bytes_of, plan_restriction
        from archive.holdings import Holdings

        done = sum(
            _commit(opened, portal, "restricted", lambda at, p=portal, d=digest: plan_restriction(p, d, by, why, at))
            for portal, digest in bytes_of(Holdings(opened, opened=True), captures)
        )
        if done:
            warn(f"{_files(done)} shown to nobody from now on; `recordwatch restrict lift` ends it")
        else:
            warn("these bytes are under a restriction already")

    @restrict.command()
    def lift(
        ids: Annotated[list[str], typer.Argument(metavar="ID", help="Ids of restrictions, or their last characters.")],
        by: ByOption,
        why: WhyOption,
        home: HomeOption = None,
    ) -> None:
        """Show these bytes again. That they were restricted, and why, stays known."""
        opened = open_home(home)
        open_catalog(opened)
        from archive.access import chosen, plan_lift

        done = 0
        for portal, rows in chosen(ids).items():
            done += _commit(
                opened,
                portal,
                "restriction lifted",
                lambda at, r=rows: plan_lift(r, by, why, at),
            )
        warn(f"{_files(done)} shown again")

    @restrict.command("list")
    def list_(
        everything: Annotated[bool, typer.Option("--all", help="Those that were lifted, too.")] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """What is restricted, since when, by whom and why."""
        open_catalog(open_home(home))
        from archive.access import listed

        rows = [_row(row) for row in listed(lifted=everything)]
        shown = rows if as_json else [_line(row) for row in rows]
        columns = ["id", "portal", "bytes", "since", "by", "why", *(["lifted"] if everything else [])]
        emit(
            shown,
            as_json=as_json,
            columns=columns,
            empty="nothing is restricted" if everything else "nothing is restricted (--all shows what was)",
        )


def _commit(home: Home, portal: str, reason: str, make: Any) -> int:
    """Rows committed."""
    from datetime import UTC, datetime

    from releases.amend import amend
    from releases.ledger.plan import Plan

    plan = amend(home, portal, reason, lambda: Plan(operations=make(datetime.now(UTC))))
    return sum(len(operation.rows) for operation in plan.operations if hasattr(operation, "rows"))


def _files(count: int) -> str:
    return "the bytes of 1 file are" if count == 1 else f"the bytes of {count} files are"


def _row(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "portal": row.portal, "digest": row.digest, "since": row.at, "by": row.by, "why": row.why,
        "lifted_at": row.lifted_at, "lifted_by": row.lifted_by, "lifted_why": row.lifted_why,
    }  # fmt: skip


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"][-_SHORT:], "portal": row["portal"], "bytes": row["digest"].partition(":")[2][:12],
        "since": when(row["since"]), "by": row["by"], "why": row["why"],
        "lifted": f"{when(row['lifted_at'])} by {row['lifted_by']}" if row["lifted_at"] else "",
    }  # fmt: skip
