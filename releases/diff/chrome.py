"""Which parts of a page are its menus, headers and footers: by what they are called, not by how they look."""

from __future__ import annotations

import re
from typing import Any

_CHROME_TAGS = frozenset({"nav", "footer", "select"})
_CHROME_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar"})
_CHROME_WORDS = re.compile(
    r"^(?:(?:site|page|main|top|primary|secondary|global|mobile|sub|side|left|right|footer|header|section|nav|wp)[-_]?)*"
    r"(?:nav(?:bar|igation)?|menus?|breadcrumbs?|footer|masthead|sidebar|pagination|pager|skip[-_]?(?:link|nav|to)?\w*|"
    r"cookie\w*|social\w*|share\w*|addtoany\w*|screen-reader-\w+)(?:[-_](?:\w+))*$",
    re.IGNORECASE,
)
_NAMED = frozenset({"div", "ul", "ol", "section", "aside", "table", "td", "span", "p", "a", "form"})
_CONTENT = re.compile(r"content|main|article|listing|table|result", re.IGNORECASE)


def is_declared(node: Any, tag: str, attributes: dict[str, str | None], *, in_content: bool = False) -> bool:
    """Whether the page itself says so, by element or role. What heads a `<main>` or `<article>` it stands in
    (`in_content`) is not the site's header.
    """
    if tag in _CHROME_TAGS or (attributes.get("role") or "").casefold() in _CHROME_ROLES:
        return True
    return tag == "header" and not in_content and node.parent is not None and node.parent.tag in {"body", "div", "form"}


def is_called(tag: str, attributes: dict[str, str | None]) -> bool:
    """Whether an element's class or id sounds like it."""
    if tag not in _NAMED:
        return False
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".split()
    return any(map(_CHROME_WORDS.match, names)) and not any(map(_CONTENT.search, names))
