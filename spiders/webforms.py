"""ASP.NET WebForms: the state that a page wants back, as a browser would post it.

A control without a link of its own is pressed by posting the page's whole form with the control's name in
`__EVENTTARGET`. A DevExpress grid turns its page by a callback: the same form, with the grid's name in
`__CALLBACKID` and its wish in `__CALLBACKPARAM`; the answer is a script that holds HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from spiders.errors import PageError
from spiders.page import Part, clean_link

POSTBACK = re.compile(r"__doPostBack\(\s*['\"]([^'\"\\]{1,300})['\"]")
CALLED_BACK = re.compile(r"['\"]?html['\"]?\s*:\s*'([^'\\]*+(?:\\.[^'\\]*+)*+)'", re.DOTALL)
CALLED_BACK_ERROR = re.compile(
    r"['\"]?(?:generalError|error)['\"]?\s*:\s*(?:\{[^{}]{0,200}?:\s*)?'([^'\\]{1,300})", re.DOTALL
)
ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
UNSENT = frozenset({"submit", "button", "image", "reset", "file"})


@dataclass(frozen=True, slots=True)
class WebForm:
    """A page's form: where it is posted to, and what a browser would send of it."""

    page: str
    """URL the page came from; the Referer of what is posted."""
    action: str
    fields: dict[str, str] = field(repr=False)
    controls: dict[str, str]
    """Name of each control that is pressed by a script → its text."""

    def pressed(self, control: str) -> dict[str, str]:
        """What is posted when `control` is pressed."""
        return {**self.fields, "__EVENTTARGET": control, "__EVENTARGUMENT": ""}

    def called_back(self, control: str, parameter: str) -> dict[str, str]:
        """What is posted when `control` calls back."""
        return {**self.fields, "__CALLBACKID": control, "__CALLBACKPARAM": parameter}


def read_form(page: Part, url: str) -> WebForm:
    """The only form of `page` with a view state; `url` is where the page came from, session token and all.

    Raises:
        PageError: there is none, or several: a page of another kind (an error, a login of another product); or it is
            posted to another host, or from https to http.
    """
    found = [form for form in page.many("form") if form.many("input[name=__VIEWSTATE]")]
    if len(found) != 1:
        raise PageError(page.url, "form input[name=__VIEWSTATE]", "1 form with a view state", str(len(found)))
    form = found[0]
    action = clean_link(url, form.attribute("action")) or url
    ours, theirs = urlsplit(url), urlsplit(action)
    if theirs.netloc != ours.netloc or theirs.scheme not in {ours.scheme, "https"}:
        raise PageError(page.url, "form[action]", f"an address on {ours.netloc}", repr(action))
    controls = {
        match[1]: link.text for link in form.many("a[href]") if (match := POSTBACK.search(link.attribute("href")))
    }
    return WebForm(url, action, dict(_fields(form)), controls)


def grid_page(number: int) -> str:
    """The callback parameter that turns a DevExpress grid to page `number`, counted from 1."""
    command, argument = "PAGERONCLICK", f"PN{number - 1}"
    wish = f"{len(command)}|{command}{len(argument)}|{argument}"
    return f"c0:GB|{len(wish)};{wish};"


def called_back_html(url: str, text: str) -> str:
    """The HTML in a DevExpress callback's answer (`0|/*DX*/({'result':{'html':'…'}…})`).

    Raises:
        PageError: the answer has none; with the words of its error where it has one.
    """
    found = CALLED_BACK.search(text)
    if found is None:
        failed = CALLED_BACK_ERROR.search(text)
        raise PageError(url, "the grid's callback", "a script with HTML", repr(failed[1] if failed else text[:80]))
    return ESCAPED.sub(_unescaped, found[1])


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else PLAIN.get(match[3], match[3])


def _fields(form: Part) -> Iterator[tuple[str, str]]:
    """Successful controls (HTML, section 4.10.21.4), without buttons: none was clicked."""
    for control in form.many("input[name], textarea[name], select[name]"):
        name = control.attribute("name")
        if not name or control.has("disabled"):
            continue
        if control.tag == "select":
            options = control.many("option")
            chosen = next((option for option in options if option.has("selected")), None) or (
                options[0] if options else None
            )
            if chosen is not None:
                yield name, chosen.attribute("value") if chosen.has("value") else chosen.text
        elif control.tag == "textarea":
            yield name, control.source
        else:
            kind = control.attribute("type").lower()
            if kind in UNSENT or (kind in {"checkbox", "radio"} and not control.has("checked")):
                continue
            yield name, control.attribute("value") or ("on" if kind in {"checkbox", "radio"} else "")
