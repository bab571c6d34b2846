"""Words of the deadlines page."""

from __future__ import annotations

from django import template

from web.due.told import status_words

register = template.Library()
register.filter("status_words", status_words)
