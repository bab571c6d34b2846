"""A list of cases as the sample spider reads it, whose pages are made up as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.hostile.portal_server import Answer, HostilePortal, http

FACTS = ("Type", "Force"), ("Date of incident", "January 1, 2025"), ("District", "1"), ("Status", "Open"), ("Closed", "-"), (
    "Civilians involved", "None",
)  # fmt: skip


class Cases:
    """`keys`: page number → keys of its rows. `shown`: page asked for → page it says it is."""

    def __init__(
        self,
        keys: Callable[[int], Sequence[str]],
        *,
        shown: Callable[[int], int] = lambda number: number,
        pages: int = 1_000_000_000,
        title: Callable[[str], str] = lambda key: f"Case {key}",
    ) -> None:
        self.keys, self.shown, self.pages, self.title = keys, shown, pages, title

    def on(self, portal: HostilePortal) -> None:
        """Answer every path of `portal` that has no answer of its own."""
        portal.otherwise = self.answer

    def answer(self, path: str) -> Answer | None:
        if path == "/cases/" or path.startswith("/cases/?page="):
            return http(self._list(int(path.partition("=")[2] or 1)))
        if path.startswith("/cases/"):
            return http(self._case(path.split("/")[2]))
        return None

    def _list(self, asked: int) -> bytes:
        number = self.shown(asked)
        rows = "".join(
            f'<tr><td><a href="/cases/{key}/">{key}</a></td><td>Force</td><td>Open</td></tr>'
            for key in self.keys(asked)
        )
        more = f'<a rel="next" href="/cases/?page={asked + 1}">next</a>' if number < self.pages else ""
        return (
            f'<html><body><main><table id="cases"><thead><tr><th>Case number<th>Type<th>Status</tr></thead>'
            f'<tbody>{rows}</tbody></table><div class="pagination">Page {number} of {self.pages} '
            f"({(self.pages - 1) * 10 + len(self.keys(asked))} cases) {more}</div></main></body></html>"
        ).encode("utf-8", "surrogateescape")

    def _case(self, key: str) -> bytes:
        facts = "".join(f"<dt>{name}<dd>{value}" for name, value in FACTS)
        return (
            f'<html><body><main><h1>{self.title(key)}</h1><article class="case"><dl class="facts">{facts}</dl>'
            f"</article></main></body></html>"
        ).encode("utf-8", "surrogateescape")
