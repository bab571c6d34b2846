"""Words, times and marks as every page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.context import Context
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from releases.alerts.wording import clean
from releases.in_words import in_words
from releases.retold import LONGEST, pieces
from web.shell.tongues import tongue_of

register = template.Library()


@register.filter
def when(at: datetime | None) -> SafeString:
    """To the minute, in UTC, as every log and WARC has it."""
    if at is None:
        return format_html("<span class='none'>{}</span>", _("never"))
    moment = at.astimezone(UTC)
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), f"{moment:%Y-%m-%d %H:%M}")


@register.filter
def day(at: datetime | date | None) -> SafeString:
    """The day alone."""
    if at is None:
        return format_html("<span class='none'>{}</span>", _("never"))
    moment = at.astimezone(UTC).date() if isinstance(at, datetime) else at
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), moment.isoformat())


@register.filter
def ago(at: datetime | None) -> SafeString:
    """How long ago, with the exact time behind it."""
    if at is None:
        return format_html("<span class='none'>{}</span>", _("never"))
    seconds = (datetime.now(UTC) - at).total_seconds()
    if seconds < 120:
        said = _("just now")
    elif seconds < 7200:
        said = _("%(n)d min ago") % {"n": seconds // 60}
    elif seconds < 2 * 86400:
        said = _("%(n)d h ago") % {"n": seconds // 3600}
    else:
        said = _("%(n)d days ago") % {"n": seconds // 86400}
    moment = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>', moment.isoformat(), f"{moment:%Y-%m-%d %H:%M}", said
    )


@register.filter
def words(value: Any) -> str:
    """A field's value without brackets and braces."""
    return in_words(value)


@register.filter
def retold(text: str | None, most: int = LONGEST) -> SafeString:
    """A sentence that was written down in English, in the reader's language; what stays English says so. At most `most`
    characters.
    """
    out, left = [], most
    for said, english in pieces(str(text or "")):
        shown = clean(said, left) if len(said) > left else said
        left -= len(shown)
        out.append(format_html('<span class="stored" lang="en">{}</span>', shown) if english else escape(shown))
        if shown != said or left <= 0:
            break
    return mark_safe("".join(out))  # noqa: S308  every piece is escaped


@register.filter
def tongue(slug: str) -> str:
    """The language in which the portal writes, for `lang`: the first of its file; empty where it is not known."""
    return tongue_of(str(slug))


@register.filter
def label(name: str) -> str:
    """A field's name in words."""
    return str(name).strip("_").replace("_", " ")


@register.filter
def size(count: int | None) -> str:
    """Bytes in decimal units."""
    number = float(count or 0)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


@register.filter
def thousands(number: int | None) -> str:
    """1234567 as 1,234,567."""
    return "" if number is None else f"{number:,}"


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as 1:02:03."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def short_digest(digest: str) -> str:
    """`sha256:` and the first characters of what follows."""
    kind, _colon, rest = digest.partition(":")
    return f"{kind}:{rest[:12]}…" if rest else digest


@register.filter
def marked(text: str, spans: Sequence[Sequence[int]]) -> SafeString:
    """`text` with `<mark>` around each of `spans`, in characters."""
    out, at = [], 0
    for start, end in spans:
        out += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    out.append(escape(text[at:]))
    return mark_safe("".join(out))  # noqa: S308  every piece is escaped


_EVENTS = {
    "new": ("+", "good"), "changed": ("~", "note"), "file_added": ("+", "good"), "file_replaced": ("≠", "warn"),
    "file_withdrawn": ("−", "bad"), "withdrawn": ("−", "bad"), "restored": ("↺", "good"), "overdue": ("!", "bad"),
    "retracted": ("✗", "warn"), "quarantined": ("■", "bad"), "blocked": ("?", "blind"), "broken": ("?", "blind"),
    "mass_withdrawal": ("−−", "blind"), "recovered": ("✓", "good"), "upcoming": ("→", "note"),
}  # fmt: skip


@register.simple_tag
def event_mark(kind: str) -> SafeString:
    """The kind of an event: a sign, a word, a colour; never colour alone."""
    sign, tone = _EVENTS.get(kind, ("·", "note"))
    return format_html(
        '<span class="mark {}"><span aria-hidden="true">{}</span> {}</span>', tone, sign, event_words(kind)
    )


_EVENT_WORDS = {
    "new": gettext_noop("new"), "changed": gettext_noop("changed"), "file_added": gettext_noop("file added"), "file_replaced": gettext_noop("file replaced"),
    "file_withdrawn": gettext_noop("file withdrawn"), "withdrawn": gettext_noop("withdrawn"), "restored": gettext_noop("restored"),
    "overdue": gettext_noop("overdue"), "retracted": gettext_noop("taken back"), "quarantined": gettext_noop("quarantined"),
    "blocked": gettext_noop("blocked"), "broken": gettext_noop("broken"), "mass_withdrawal": gettext_noop("many gone at once"),
    "recovered": gettext_noop("seen again"), "upcoming": gettext_noop("coming up"),
}  # fmt: skip


@register.filter
def event_words(kind: str) -> str:
    """The kind of an event in words."""
    return _(_EVENT_WORDS[kind]) if kind in _EVENT_WORDS else label(kind)


_KINDS = {
    "archive": gettext_noop("archive"), "audio": gettext_noop("audio"), "case": gettext_noop("case"), "contract": gettext_noop("contract"),
    "data": gettext_noop("data"), "dataset": gettext_noop("data set"), "decision": gettext_noop("decision"), "directive": gettext_noop("directive"),
    "document": gettext_noop("document"), "file": gettext_noop("file"), "filing": gettext_noop("filing"), "hearing": gettext_noop("hearing"),
    "image": gettext_noop("image"), "incident": gettext_noop("incident"), "letter": gettext_noop("letter"), "link": gettext_noop("link"),
    "meeting": gettext_noop("meeting"), "news": gettext_noop("news"), "order": gettext_noop("order"), "other": gettext_noop("other"),
    "page": gettext_noop("page"), "record": gettext_noop("record"), "policy": gettext_noop("policy"), "report": gettext_noop("report"), "request": gettext_noop("request"),
    "spreadsheet": gettext_noop("spreadsheet"), "statement": gettext_noop("statement"), "table": gettext_noop("table"),
    "text": gettext_noop("text"), "video": gettext_noop("video"),
}  # fmt: skip


_STATES = {
    "present": gettext_noop("listed"), "withdrawn": gettext_noop("withdrawn"), "deposited": gettext_noop("deposited"),
    "merged": gettext_noop("merged"), "missing": gettext_noop("missing"),
}  # fmt: skip


@register.filter
def record_state(state: str) -> str:
    """How a record stands, in a word."""
    return _(_STATES[state]) if state in _STATES else label(state)


@register.filter
def kind_words(kind: str) -> str:
    """The kind of a record or file in words; one that only a portal knows as it stands."""
    return _(_KINDS[kind]) if kind in _KINDS else label(kind)


_VERDICTS = {
    "healthy": ("✓", "good"), "empty": ("○", "good"), "partial": ("◐", "warn"), "blocked": ("✗", "blind"),
    "broken": ("✗", "blind"), "down": ("✗", "blind"), "running": ("…", "note"),
}  # fmt: skip


@register.simple_tag
def verdict_mark(verdict: str) -> SafeString:
    """A verdict: a sign, a word, a colour."""
    sign, tone = _VERDICTS.get(verdict, ("·", "note"))
    return format_html(
        '<span class="mark {}"><span aria-hidden="true">{}</span> {}</span>', tone, sign, verdict_words(verdict)
    )


_VERDICT_WORDS = {
    "healthy": gettext_noop("healthy"), "empty": gettext_noop("empty"), "partial": gettext_noop("partial"), "blocked": gettext_noop("blocked"),
    "broken": gettext_noop("broken"), "down": gettext_noop("down"), "running": gettext_noop("running"), "": gettext_noop("never crawled"),
}  # fmt: skip


@register.filter
def verdict_words(verdict: str) -> str:
    """A verdict in words."""
    return _(_VERDICT_WORDS[verdict]) if verdict in _VERDICT_WORDS else verdict


@register.simple_tag(takes_context=True)
def address(context: Context, **changes: Any) -> str:
    """This page's query with `changes`; None takes a key away. A change of anything begins at the first page."""
    query = context["request"].GET.copy()
    query.pop("after", None)
    for name, value in changes.items():
        query.pop(name, None)
        if isinstance(value, (list, tuple)):
            query.setlist(name, [str(one) for one in value])
        elif value not in (None, ""):
            query[name] = str(value)
    return f"?{urlencode(sorted(query.lists()), doseq=True)}" if query else "?"


@register.simple_tag(takes_context=True)
def sibling(context: Context, ending: str) -> str:
    """This listing as `.json`, `.csv`, `.atom`: same query, without a place in the list."""
    request = context["request"]
    query = request.GET.copy()
    query.pop("after", None)
    return f"{request.path}.{ending}" + (f"?{query.urlencode()}" if query else "")


@register.simple_tag
def counted(number: int, one: str, many: str) -> str:
    """`1 page`, `1,200 pages`. `one` and `many` have a translation."""
    return f"{number:,} {ngettext(one, many, number)}"


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """`mapping[key]`, None where it is not."""
    return mapping.get(key)
