"""Addresses of this part."""

from __future__ import annotations

from django.urls import path

from web.editing import ledger_views, passage_views, queue_views, restrict_views

urlpatterns = [
    path("editing", queue_views.queue, name="editing"),
    path("editing/decide", queue_views.decide, name="editing-decide"),
    path("editing/held/<str:ident>", queue_views.held, name="editing-held"),
    path("editing/held/<str:ident>/words", queue_views.words, name="editing-words"),
    path("editing/restrict", restrict_views.restrict, name="editing-restrict"),
    path("editing/lift", restrict_views.lift, name="editing-lift"),
    path("editing/review", restrict_views.review, name="editing-review"),
    path("editing/history", restrict_views.history, name="editing-history"),
    path("editing/passages/<str:capture>", passage_views.passages, name="editing-passages"),
    path("editing/merge", ledger_views.merge, name="editing-merge"),
    path("editing/unmerge", ledger_views.unmerge, name="editing-unmerge"),
    path("editing/retract", ledger_views.retract, name="editing-retract"),
]
