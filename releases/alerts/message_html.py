"""A story as HTML for mail clients: styles inline, a dark style where it is asked for; no picture, no script,
nothing fetched from anywhere. Colour never says anything that words do not. Pure.
"""

from __future__ import annotations

from html import escape

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from releases.alerts.message_ways import all_releases, rest_of, ways
from releases.alerts.message_words import counted, names_of, our_copy
from releases.alerts.story_shape import Certificate, Happening, Release, Section, Story
from releases.alerts.wording import PLAIN_KINDS

_FONT = "-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,sans-serif"
_INK, _PAPER, _DIM, _LINE = "#1b1b1f", "#ffffff", "#5c5c66", "#d5d5dc"
_DIM_STYLE = f"color:{_DIM}"
_STYLE = """
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page{background:#141417!important;color:#ececf1!important}
.dim,.dim a{color:#a9a9b4!important}
.line{border-color:#3b3b44!important}
.note{background:#2b2413!important;border-color:#d9a520!important}
.was{color:#f2a29b!important}
.now{color:#9fdfae!important}
a{color:#9cc2ff!important}
}
@media (max-width:480px){.box{padding:16px 14px!important}.cell{display:block!important;width:auto!important}td.cell{border:0!important;padding-top:0!important}}
"""


def as_html(story: Story) -> str:
    """A whole HTML document."""
    several = len(story.sections) > 1 or bool(story.corrections)
    body = [f'<h1 style="font-size:21px;line-height:1.3;margin:0 0 12px">{escape(story.headline)}</h1>']
    if story.waited:
        body.append(_dim(escape(story.waited)))
    if story.corrections:
        body.append(_corrections(story))
    body += [_section(section, story, named=several) for section in story.sections]
    if beyond := story.more - sum(section.more for section in story.sections):
        body.append(
            _dim(
                f"{escape(_('and %(n)s more of other portals') % {'n': f'{beyond:,}'})}: {_there(all_releases(story))}"
            )
        )
    if story.certificate is not None:
        body.append(_certificate(story.certificate))
    return "\n".join((
        f'<!DOCTYPE html>\n<html lang="{(get_language() or "en")[:2]}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
        f"<title>{escape(story.headline)}</title>\n<style>{_STYLE}</style></head>",
        f'<body class="page" style="margin:0;padding:0;background:{_PAPER};color:{_INK}">',
        f'<div style="display:none;max-height:0;overflow:hidden">{escape(_preview(story))}</div>',
        f'<div class="page" style="background:{_PAPER};color:{_INK}"><div class="box" style="max-width:640px;margin:0 auto;'
        f'padding:24px 20px;font:16px/1.5 {_FONT};overflow-wrap:anywhere;word-break:break-word">',
        *body,
        _foot(story),
        "</div></div></body></html>\n",
    ))  # fmt: skip


def _preview(story: Story) -> str:
    """What a list of mails shows beside the subject: not the subject again."""
    if story.certificate is not None and not story.releases:
        return story.certificate.summary
    first = story.corrections[:1] or story.releases[:1]
    if not first:
        return story.vouch
    return " · ".join(filter(None, (first[0].title or first[0].key, *(h.sentence for h in first[0].happenings[:2]))))


def _corrections(story: Story) -> str:
    told = enumerate(story.corrections)
    inside = "\n".join(_release(release, story.portal, story, first=not place) for place, release in told)
    return (
        '<div class="note" style="background:#fff8e5;border-left:4px solid #b8860b;padding:12px 14px;margin:0 0 20px">'
        f'<h2 style="font-size:15px;margin:0 0 6px">{escape(_("Corrections"))}</h2>\n{inside}</div>'
    )


def _section(section: Section, story: Story, *, named: bool) -> str:
    parts = []
    if named:
        parts.append(f'<h2 style="font-size:18px;line-height:1.3;margin:28px 0 4px">{escape(section.name)}</h2>')
    parts += [_release(release, section.portal, story) for release in section.releases]
    if section.more:
        parts.append(_dim(f"{escape(counted(section, story.kind))}: {_there(rest_of(section, story))}"))
    return "\n".join(parts)


def _release(release: Release, portal: str, story: Story, *, first: bool = False) -> str:
    key, title = names_of(release)
    name = escape(key or _("This portal"))
    if release.url:
        name = f'<a href="{escape(release.url)}" style="color:#0b57d0">{name}</a>'
    line = "" if first else f"border-top:1px solid {_LINE};"
    parts = [
        f'<div class="line" style="{line}padding:12px 0">',
        f'<h3 style="font-size:17px;line-height:1.3;margin:0">{name}</h3>',
    ]
    if title:
        parts.append(f'<p style="margin:2px 0 0">{escape(title)}</p>')
    parts += [as_html_event(happening) for happening in release.happenings]
    if story.newsroom:
        parts += [
            f'<p style="margin:4px 0">{escape(label)} {_there(to)}</p>' for label, to in ways(release, portal, story)
        ]
    if captures := our_copy(release):
        parts.append(_dim(f"{escape(_('Our copy:'))} {escape(captures)}", small=True))
    return "\n".join(parts) + "</div>"


def as_html_event(happening: Happening) -> str:
    """One event as a piece of HTML."""
    out = [f'<p style="margin:8px 0 2px;font-weight:600">{escape(happening.sentence)}</p>']
    if happening.correction:
        out.append(f'<p style="margin:2px 0">{escape(_("This was wrong:"))} {escape(happening.correction)}</p>')
    for name, before, after in happening.changes:
        value = escape(after) if after else escape(_("(nothing)"))
        if happening.kind not in PLAIN_KINDS:
            was = f'<del class="was" style="color:#a3231a">{escape(before)}</del>' if before else escape(_("(nothing)"))
            value = f'{was} → <ins class="now" style="color:#14662b;text-decoration:none;font-weight:600">{value}</ins>'
        label = f'<span class="dim" style="{_DIM_STYLE}">{escape(name)}:</span>'
        out.append(f'<p style="margin:2px 0">{label} {value}</p>')
    for name, url in happening.files:
        shown = f'<a href="{escape(url)}" style="color:#0b57d0">{escape(name)}</a>' if url else escape(name)
        out.append(
            f'<p style="margin:2px 0"><span class="dim" style="{_DIM_STYLE}">{escape(_("File:"))}</span> {shown}</p>'
        )
    return "\n".join(out)


def _certificate(certificate: Certificate) -> str:
    """A table that becomes one column on a phone."""
    rows = []
    for portal in certificate.portals:
        mark = escape(_("✓ Seen") if portal.clear else _("! Not always seen"))
        said = "<br>".join(escape(sentence) for sentence in portal.sentences)
        rows.append(
            f'<tr><th scope="row" class="cell line" style="border-top:1px solid {_LINE};padding:8px 12px 8px 0;'
            f'text-align:left;vertical-align:top;width:34%;font-weight:600">{escape(portal.name)}<br>'
            f'<span style="font-weight:400">{mark}</span></th>'
            f'<td class="cell line" style="border-top:1px solid {_LINE};padding:8px 0;vertical-align:top">{said}</td></tr>'
        )
    table = (
        f'<table style="border-collapse:collapse;width:100%;font-size:14px;line-height:1.45">{"".join(rows)}</table>'
        if rows
        else ""
    )
    return (
        f'<h2 style="font-size:18px;line-height:1.3;margin:28px 0 4px">{escape(_("What was checked"))}</h2>\n'
        f"{_dim(escape(certificate.period))}\n"
        f'<p style="margin:4px 0 12px">{escape(certificate.summary)}</p>\n{table}'
    )


def _foot(story: Story) -> str:
    lines = [escape(story.vouch)] if story.vouch else []
    lines.append(f"{escape(_('Why you get this:'))} {escape(story.why)}")
    if story.mute_link:
        lines.append(f'<a href="{escape(story.mute_link)}" style="{_DIM_STYLE}">{escape(_("Stop these messages"))}</a>')
    if not story.newsroom:
        mute = f"recordwatch alerts mute {story.subscription}"
        lines.append(f"{escape(_('From a terminal:'))} {_there(mute)}")
    inside = "\n".join(f'<p style="margin:6px 0">{line}</p>' for line in lines)
    return (
        f'<div class="dim line" style="border-top:1px solid {_LINE};margin-top:28px;padding-top:12px;font-size:13px;'
        f'{_DIM_STYLE}">\n{inside}</div>'
    )


def _there(to: str) -> str:
    """An address as a link, a command as one."""
    shown = escape(to)
    return f'<a href="{shown}" style="color:#0b57d0">{shown}</a>' if to.startswith("http") else f"<code>{shown}</code>"


def _dim(html: str, *, small: bool = False) -> str:
    size = ";font-size:13px" if small else ""
    return f'<p class="dim" style="margin:8px 0;{_DIM_STYLE}{size}">{html}</p>'
