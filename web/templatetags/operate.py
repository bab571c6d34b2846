"""Words of the operators' pages."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from releases.alerts.story_portal import coverage_words
from web.accounts.actions import ACTIONS
from web.accounts.audit import COMMAND_LINE, NEWSROOM
from web.accounts.forms import ROLE_WORDS

register = template.Library()
register.filter("coverage_words", coverage_words)


@register.filter
def state_words(state: str) -> str:
    """A delivery's state, in words."""
    known = {
        "dead": _("given up"), "owed": _("owed"), "sending": _("being sent"), "held": _("waits for a digest"),
        "sent": _("sent"), "gathered": _("in a digest"), "dropped": _("taken back before"),
    }  # fmt: skip
    return known.get(state, state)


@register.filter
def answer_words(answer: str) -> str:
    """What a crawl answers to one of the five questions."""
    return {"yes": _("yes"), "no": _("no"), "unknown": _("unknown")}.get(answer, answer)


@register.filter
def done_words(action: str) -> str:
    """What was done, in words."""
    return str(ACTIONS.get(action, action.replace(".", " ").replace("-", " ")))


@register.filter
def who_words(name: str) -> str:
    """Who did it: an account's name; whoever had the machine itself; the newsroom, for who has not logged in."""
    return {COMMAND_LINE: _("(command line)"), NEWSROOM: _("(newsroom)")}.get(name, name)


@register.filter
def role_words(role: str) -> str:
    """What an account of this role may do, in words."""
    return str(ROLE_WORDS.get(role, role))


@register.filter
def stage_words(stage: str) -> str:
    """What a crawl is at, in words."""
    known = {
        "listing": _("reads lists and records"), "files": _("asks for files"), "media": _("asks for recordings"),
        "scans": _("reads scans"), "transcripts": _("writes down recordings"),
    }  # fmt: skip
    return known.get(stage, stage)


@register.filter
def stage_counts(stage: str) -> str:
    """What a crawl counts meanwhile, in words."""
    known = {
        "listing": _("records"), "files": _("files"), "media": _("recordings"), "scans": _("scans"),
        "transcripts": _("recordings"),
    }  # fmt: skip
    return known.get(stage, "")
