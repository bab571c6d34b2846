"""The API's operations put together, and its OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from web.api import asking, held, ledger, own, portals
from web.api.rows import ROWS
from web.api.selecting import ABOUT

VERSION = "1.0"
"""Of what is answered: the first number grows when a field changes its meaning or goes, and `/api/v1` with it."""

api = NinjaAPI(
    title="recordwatch",
    version=VERSION,
    description="What was released, changed, replaced and withdrawn, and what proves it. Read only, but for one's own subscriptions.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-1",
)
for _part in (portals, ledger, held, asking, own):
    api.add_router("", _part.router)


@api.exception_handler(ValidationError)
def wrong(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A parameter that means nothing: which, and why."""
    first = error.errors[0]
    name = str(first["loc"][-1]) if first.get("loc") else "?"
    return api.create_response(request, {"error": f"{name}: {str(first.get('msg', 'wrong'))[:200]}."}, status=400)


def _name(operation: dict[str, Any]) -> str:
    """Of its function: `web_api_ledger_records` is `records`."""
    return str(operation.get("operationId", "")).rpartition("_")[2]


_COMMON = {
    "after": "`next` of the page before.",
    "limit": "Rows in one answer.",
    "slug": "The portal's short name, as in its address here.",
    "portal": "The portal's short name; empty: all of them.",
    "key": "The record's key, or another name of it.",
    "ident": "The id, as lists tell it.",
    "crawl": "The id of a crawl; empty: of all.",
    "rule": "The rule's name, as the portal's file has it; empty: all of them.",
    "state": "In which state, as rows tell it; empty: in any.",
    "kind": "Of which kind, as rows tell it: case, policy, report, video, …; empty: all of them.",
    "until": "A day, itself included, or a moment.",
    "facets": "Whether to count what was found by portal, kind and so on.",
    "verdict": "healthy, empty, partial, blocked, broken, down or running; empty: all of them.",
}
"""What parameters mean wherever they stand, unless the operation says otherwise."""


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1 of every path."""
    made: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1"))
    made["components"].setdefault("securitySchemes", {})["token"] = {
        "type": "http",
        "scheme": "bearer",
        "description": "Made at /accounts/me/tokens. Without one: what the operator lets anybody read.",
    }
    made["security"] = [{}, {"token": []}]
    for parameter in (
        one for path in made["paths"].values() for told in path.values() for one in told.get("parameters", ())
    ):
        if parameter["name"] in _COMMON:
            parameter.setdefault("description", _COMMON[parameter["name"]])
    for told in made["paths"].values():
        operation = told.get("get", {})
        if _name(operation) in ROWS:
            chosen = {"in": "query", "name": "fields", "required": False, "description": ABOUT,
                      "schema": {"default": "", "maxLength": 2000, "title": "Fields", "type": "string"}}  # fmt: skip
            operation.setdefault("parameters", []).append(chosen)
    for path in ("/api/v1/subscriptions", "/api/v1/subscriptions/{ident}", "/api/v1/subscriptions/{ident}/stop"):
        for operation in made["paths"][path].values():
            operation["security"] = [{"token": ["subscribe"]}]
    return made
