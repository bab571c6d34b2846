"""The API's operations put together, and its OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from web.api import asking, held, ledger, portals

VERSION = "1.0"
"""Of what is answered: the first number grows when a field changes its meaning or goes, and `/api/v1` with it."""

api = NinjaAPI(
    title="recordwatch",
    version=VERSION,
    description="What was released, changed, replaced and withdrawn, and what proves it. Read only.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-1",
)
for _part in (portals, ledger, held, asking):
    api.add_router("", _part.router)


@api.exception_handler(ValidationError)
def wrong(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A parameter that means nothing: which, and why."""
    first = error.errors[0]
    name = str(first["loc"][-1]) if first.get("loc") else "?"
    return api.create_response(request, {"error": f"{name}: {str(first.get('msg', 'wrong'))[:200]}."}, status=400)


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
    return made
