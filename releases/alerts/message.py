"""A story as plain text and as HTML that reads well on a phone. Pure."""

from __future__ import annotations

from html import escape

from releases.alerts.story import Happening, Release, Story
from releases.alerts.wording import PLAIN_KINDS

_DIM, _LINE = "#757575", "#999999"  # readable on white and on black alike


def as_text(story: Story) -> str:
    """The plain text of `story`, lines not wrapped: phones wrap them themselves."""
    lines = [story.headline, ""]
    for release in story.releases:
        lines += _text_release(release, story.portal)
    if story.more:
        lines += [_more(story), ""]
    lines.append("-- ")
    if story.vouch:
        lines.append(story.vouch)
    lines += [f"Why you get this: {story.why}", f"Mute it: recordwatch alerts mute {story.subscription}"]
    if story.mute_link:
        lines.append(f"Mute it in one click: {story.mute_link}")
    return "\n".join(lines) + "\n"


def _text_release(release: Release, portal: str) -> list[str]:
    lines = [" · ".join(filter(None, (release.key, release.title))) or portal]
    for happening in release.happenings:
        lines.append(f"  {happening.sentence}")
        for name, before, after in happening.changes:
            if happening.kind in PLAIN_KINDS:
                lines.append(f"    {name}: {after}")
            else:
                lines.append(f"    {name}: {before or '(nothing)'} → {after or '(nothing)'}")
        lines += [f"    {name}{f' <{url}>' if url and url != name else ''}" for name, url in happening.files]
    if release.url:
        lines.append(f"  At the source: {release.url}")
    if captures := _captures(release):
        lines.append(f"  Our copy: {captures}")
    if release.stable_key:
        lines.append(f"  More: recordwatch record {portal} {shell_word(release.stable_key)}")
    return [*lines, ""]


def _captures(release: Release) -> str:
    found = list(dict.fromkeys(c for happening in release.happenings for c in happening.captures))
    if not found:
        return ""
    more = f" and {len(found) - 2} more" if len(found) > 2 else ""
    return f"capture {', '.join(found[:2])}{more}"


def _more(story: Story) -> str:
    how = f"recordwatch releases --portal {story.portal}"
    if not story.releases:
        return f"{story.more:,} records are watched from now on; you hear of what changes. See them: {how}"
    return f"and {story.more:,} more: {how}"


def shell_word(text: str) -> str:
    """`text` so that it can be pasted into a shell as one word."""
    import shlex

    return shlex.quote(text)


def as_html(story: Story) -> str:
    """A whole HTML document, styles inline, no picture, no script, nothing fetched from anywhere."""
    body = "".join(_html_release(release, story.portal) for release in story.releases)
    if story.more:
        body += f'<p style="margin:16px 0;color:{_DIM}">{escape(_more(story))}</p>'
    foot = [escape(story.vouch)] if story.vouch else []
    foot.append(f"Why you get this: {escape(story.why)}")
    if story.mute_link:
        foot.append(f'<a href="{escape(story.mute_link)}" style="color:{_DIM}">Mute this subscription</a>')
    foot.append(f"Mute it from a terminal: <code>recordwatch alerts mute {escape(story.subscription)}</code>")
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(story.headline)}</title></head>"
        '<body style="margin:0;padding:0">'
        '<div style="max-width:640px;margin:0 auto;padding:16px;font:16px/1.5 -apple-system,Segoe UI,Roboto,'
        'Helvetica,Arial,sans-serif;overflow-wrap:anywhere;word-break:break-word">'
        f'<h1 style="font-size:20px;line-height:1.3;margin:0 0 16px">{escape(story.headline)}</h1>'
        f"{body}"
        f'<div style="border-top:1px solid {_LINE};margin-top:24px;padding-top:12px;font-size:13px;color:{_DIM}">'
        + "".join(f'<p style="margin:6px 0">{line}</p>' for line in foot)
        + "</div></div></body></html>"
    )


def _html_release(release: Release, portal: str) -> str:
    name = escape(release.key or release.title or portal)
    if release.url:
        name = f'<a href="{escape(release.url)}" style="color:inherit">{name}</a>'
    title = escape(release.title) if release.key and release.title != release.key else ""
    heading = f'<h2 style="font-size:17px;line-height:1.3;margin:0">{name}</h2>'
    parts = [f'<div style="border-top:1px solid {_LINE};padding:12px 0">', heading]
    if title:
        parts.append(f'<p style="margin:2px 0 0">{title}</p>')
    parts += [as_html_event(happening) for happening in release.happenings]
    if captures := _captures(release):
        parts.append(f'<p style="margin:8px 0 0;font-size:13px;color:{_DIM}">Our copy: {escape(captures)}</p>')
    return "".join(parts) + "</div>"


def as_html_event(happening: Happening) -> str:
    """One event as a piece of HTML."""
    out = [f'<p style="margin:8px 0 2px;font-weight:600">{escape(happening.sentence)}</p>']
    for name, before, after in happening.changes:
        value = escape(after) if after else f'<span style="color:{_DIM}">(nothing)</span>'
        if happening.kind not in PLAIN_KINDS:
            was = f"<del>{escape(before)}</del>" if before else f'<span style="color:{_DIM}">(nothing)</span>'
            now = f'<ins style="text-decoration:none;font-weight:600">{value}</ins>'
            value = f"{was} → {now}"
        out.append(f'<p style="margin:2px 0"><span style="color:{_DIM}">{escape(name)}:</span> {value}</p>')
    for name, url in happening.files:
        shown = f'<a href="{escape(url)}" style="color:inherit">{escape(name)}</a>' if url else escape(name)
        out.append(f'<p style="margin:2px 0"><span style="color:{_DIM}">File:</span> {shown}</p>')
    return "".join(out)
