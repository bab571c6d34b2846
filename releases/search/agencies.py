"""Portals by the words of their names: `agency:harbor`."""

from __future__ import annotations

from archive.catalog.models import Portal
from releases.search.schema import analyzer, folded


def portals_named(words: tuple[str, ...], *, prefix: bool = False) -> list[str]:
    """Portals whose name, as the index takes words, has `words` in a row; `prefix`: the last one may go on. As the
    index has portals. Reads the database.
    """
    return sorted(
        folded(slug)
        for slug, name in Portal.objects.values_list("slug", "name")
        if _stand(words, list(analyzer().analyze(f"{name} {slug}")), prefix=prefix)
    )


def _stand(words: tuple[str, ...], name: list[str], *, prefix: bool) -> bool:
    *first, last = words
    for start in range(len(name) - len(first)):
        end = start + len(first)
        if name[start:end] == first and (name[end].startswith(last) if prefix else name[end] == last):
            return True
    return False
