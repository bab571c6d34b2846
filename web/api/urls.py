"""Addresses of this part."""

from __future__ import annotations

from django.urls import URLPattern, include, path, re_path

from releases.tables.forms import FORMS
from releases.tables.rows import TABLES
from web.api import docs_views, exporting, token_views
from web.api.document import api
from web.api.guard import guarded
from web.api.rows import ROWS
from web.api.selecting import selecting

_TABLES, _FORMS = "|".join(TABLES), "|".join(FORMS)
_SEARCHES, _COMPARES = guarded("search", 3), guarded("read", 5)
_STEADY, _OTHER = guarded(steady=True), guarded()
_OWN = guarded("subscribe", 2, own=True)
_GUARDS = {
    "subscriptions": _OWN, "subscribe_to": _OWN, "subscription": _OWN, "stop": _OWN, "search": _SEARCHES, "diff": _COMPARES, "portals": _OTHER, "portal": _OTHER, "deadlines": _OTHER, "file": _OTHER, "capture": _OTHER,
}  # fmt: skip
"""By operation; of all others the answer follows from what is committed."""


def _paths() -> list[URLPattern]:
    made = []
    for one in api.urls[0]:
        assert isinstance(one, URLPattern)
        if one.name == "api-root":
            continue
        route = str(one.pattern)
        name = one.name or ""
        view = selecting(one.callback, ROWS[name]) if name in ROWS else one.callback
        made.append(path(f"api/v1/{route}", _GUARDS.get(name, _STEADY)(view), name=f"api-{name}"))
    return made


urlpatterns = [
    path("api/v1", docs_views.docs),
    path("api/v1/docs", docs_views.docs, name="api-docs"),
    path("api/v1/openapi.json", docs_views.openapi, name="api-openapi"),
    path("accounts/me/tokens", token_views.tokens, name="tokens"),
    path("accounts/me/tokens/<int:number>/revoke", token_views.revoke, name="revoke_token"),
    re_path(rf"^api/v1/export/(?P<table>{_TABLES})\.(?P<form>{_FORMS})$", exporting.export, name="api-export"),
    *_paths(),
    path("", include("web.outside.urls_captures")),  # under the same guard
]
