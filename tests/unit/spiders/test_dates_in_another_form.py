"""A list that prints its dates in another form: those that happen to be readable are not believed either."""

from __future__ import annotations

from releases.model import Record
from tests.unit.spiders import test_listing, test_table

DAYS = ["13/04/2025", "03/04/2025", "25/12/2025", "01/02/2025"]
DATE = "%m/%d/%Y"


def test_of_a_table() -> None:
    body = "key,closed,kind\n" + "".join(f"{n},{day},Force\n" for n, day in enumerate(DAYS))
    columns = {"closed": {"column": "closed", "date": DATE}, "kind": "kind"}
    found = test_table.read(body, key="key", columns=columns)
    assert [(record.key, record.fields, record.absent_means_unknown) for record in found.of(Record)] == [
        ("1", {"kind": "Force"}, {"closed"}),
        ("3", {"kind": "Force"}, {"closed"}),
    ]
    (error,) = found.errors
    assert "'13/04/2025'" in error.found


def test_one_wrong_date_of_many_is_that_rows_alone() -> None:
    body = "key,closed\n" + "".join(f"{n},04/0{n}/2025\n" for n in range(1, 10)) + "x,13/04/2025\n"
    found = test_table.read(body, key="key", columns={"closed": {"column": "closed", "date": DATE}})
    assert [record.fields["closed"] for record in found.of(Record)] == [f"2025-04-0{n}" for n in range(1, 10)]


def test_of_a_list() -> None:
    rows = "".join(f"<li><a href=/{n}>{n}</a> <b>{day}</b> <i>Force</i></li>" for n, day in enumerate(DAYS))
    found = test_listing.read(
        f"<main><ul>{rows}</ul></main>", row="li", fields={"closed": {"select": "b", "date": DATE}, "kind": "i"}
    )
    assert [(record.key, record.fields, record.absent_means_unknown) for record in found.of(Record)] == [
        ("/1", {"kind": "Force"}, {"closed"}),
        ("/3", {"kind": "Force"}, {"closed"}),
    ]
