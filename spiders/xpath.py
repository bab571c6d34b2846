"""XPath beside CSS: a page's tree mirrored for lxml, so that an expression finds the page's own elements.

CSS cannot say "the list that follows this heading"; XPath can. Where it is used, the mirror is made once
per page.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml import etree
from selectolax.lexbor import LexborNode

from spiders.errors import PageError

EXPRESSION = re.compile(r"\(*\s*(?:\.{1,2})?/")
"""How an XPath begins: `/`, `//`, `./`, `../` or a bracket before one of these. No CSS selector does."""
_FROM_ROOT = re.compile(r"\A(\(*\s*)//")
_NAME = re.compile(r"[A-Za-z_][\w.-]*\Z", re.ASCII)
"""Fewer names than XML allows: lxml takes no \u00b2, which Python calls a word character."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_xpath(selector: str) -> bool:
    """Whether `selector` is an XPath expression, not a CSS selector."""
    return EXPRESSION.match(selector) is not None


def check_xpath(selector: str) -> str:
    """What is wrong with the expression; empty when nothing is."""
    try:
        etree.XPath(selector)
    except etree.XPathSyntaxError as error:
        return str(error)
    return ""


class PageRoot:
    """What all parts of one page share: where its links start from, and its mirror once XPath asked for it."""

    __slots__ = ("_mirror", "_node", "base")

    def __init__(self, url: str, node: LexborNode) -> None:
        self._node = node
        self._mirror: Mirror | None = None
        base = node.css_first("base[href]")
        href = (base.attributes.get("href") or "").strip() if base is not None else ""
        try:
            self.base = urljoin(url, href) if href else url
        except ValueError:
            self.base = url

    def mirror(self) -> Mirror:
        """The page's tree for lxml."""
        self._mirror = self._mirror or Mirror(self._node)
        return self._mirror


class Mirror:
    """The tree of one page for lxml, and which of its elements is which of the page's."""

    def __init__(self, root: LexborNode) -> None:
        self._mirrored: dict[int, etree._Element] = {}
        self._nodes: dict[etree._Element, LexborNode] = {}
        self._root = self._copy(root)

    def find(self, url: str, node: LexborNode, selector: str) -> list[LexborNode]:
        """Elements that `selector` finds, in page order. In an element, `//` begins at that element.

        Raises:
            PageError: it finds texts or attributes instead of elements, or can not be evaluated.
        """
        context = self._mirrored.get(node.mem_id, self._root)
        if context is not self._root:
            selector = _FROM_ROOT.sub(r"\1.//", selector)
        try:
            found = context.xpath(selector)
        except etree.XPathError as error:
            raise PageError(url, selector, "an XPath that can be evaluated", str(error)) from error
        if not isinstance(found, list) or any(not etree.iselement(one) for one in found):
            raise PageError(
                url, selector, "elements", 'texts or attributes (select the element, and say attribute = "href")'
            )
        return [self._nodes[one] for one in found if one in self._nodes]

    def _copy(self, root: LexborNode) -> etree._Element:
        top = self._element(root, None)
        stack = [(root, top)]
        while stack:
            node, parent = stack.pop()
            last: etree._Element | None = None
            for child in node.iter(include_text=True):
                if child.tag == "-text":
                    text = _CONTROL.sub("", child.text(deep=False, strip=False))
                    if last is None:
                        parent.text = (parent.text or "") + text
                    else:
                        last.tail = (last.tail or "") + text
                elif child.tag and not child.tag.startswith("-"):
                    last = self._element(child, parent)
                    stack.append((child, last))
        return top

    def _element(self, node: LexborNode, parent: etree._Element | None) -> etree._Element:
        tag = node.tag if node.tag and _NAME.match(node.tag) else "unknown"
        attributes = {
            name: _CONTROL.sub("", value or "") for name, value in node.attributes.items() if _NAME.match(name)
        }
        element = etree.Element(tag, attributes) if parent is None else etree.SubElement(parent, tag, attributes)
        self._mirrored[node.mem_id] = element
        self._nodes[element] = node
        return element
