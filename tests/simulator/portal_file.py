"""The portal file of a simulated portal: the product's own `listing`, told what to read."""

from __future__ import annotations

from config.portal import Portal
from tests.simulator.site import EMPTY, Site

NAMES = ("status", "incident", "note", "district", "flag", "views")


def portal_of(site: Site, layout: int, *, delay: str = "0.0") -> Portal:
    """The portal as its maintainer knows it, for the layout that `layout` numbers."""
    import msgspec

    return msgspec.convert(table_of(site, layout, delay=delay), Portal)


def table_of(site: Site, layout: int, *, delay: str = "0.0") -> dict[str, object]:
    """As `portal_of`, as TOML has it."""
    cell = {1: "td.{name}", 2: "div[data-name={name}]"}[layout]

    def place(name: str) -> str:
        return cell.format(name=name)

    own = site.reads_pages
    in_row = {"number": place("number"), "status": place("status")}
    inside: dict[str, object] = {name: place(name) for name in NAMES if name != "status"}
    parameters: dict[str, object] = {
        "row": {1: "table.cases tr.case", 2: "ul.cards li.card"}[layout],
        "link": {"select": f"{place('title')} a", "count": "?"},
        "title": place("title"),
        "kind": "case",
        "files": "a.file",
        "empty_words": EMPTY,
        "identity": {"ignore_parameters": ["*"]},
        "flapping": [] if own else ["views"],
    }
    if own:
        parameters["fields"] = in_row
        details = {name: f"article.case dd.{name}" for name in ("incident", "note", "district", "flag")}
        parameters["detail"] = {"fields": details, "files": ["article.case a.file"]}
    else:
        parameters["fields"] = {"status": place("status"), **inside}
        parameters["key"] = {"select": place("number"), "pattern": r"\d{4}-\d+", "several": "records"}
    if site.kind != "rows":
        parameters["next"] = "a.next"
    if site.kind in {"paged", "large"}:
        parameters["last"] = {"select": ".count", "pattern": r"of (\d+)", "count": "?"}
        parameters["total"] = {"select": ".count", "pattern": r"(\d+) cases", "count": "?"}
    return {
        "slug": site.name, "name": f"Portal {site.name}", "agency": "Office of Nothing", "place": "Nowhere",
        "url": site.url, "spider": "simulated capped" if site.kind == "capped" else "listing",
        "scope": [f"www.{site.name}.example", f"data.{site.name}.example"],
        "parameters": parameters, "politeness": {"delay": float(delay)}, "allow_private_network": True,
    }  # fmt: skip
