"""The API described: its OpenAPI document, and the same as a page."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from web.api.document import document
from web.api.guard import ANONYMOUS, KNOWN
from web.shell.viewer import allowed


@allowed("read")
def openapi(request: HttpRequest) -> HttpResponse:
    """The document that generators of clients read."""
    del request
    return HttpResponse(msgspec.json.encode(document()), content_type="application/json")


@allowed("read")
def docs(request: HttpRequest) -> HttpResponse:
    """Every path, its parameters, and what it answers."""
    whole = document()
    paths = [
        _operation(method.upper(), path, told)
        for path, methods in whole["paths"].items()
        for method, told in methods.items()
    ]
    shapes = [
        {"name": name, "about": told.get("description", ""), "fields": [_field(*one) for one in told["properties"].items()]}
        for name, told in sorted(whole["components"]["schemas"].items())
        if "properties" in told and not name.startswith("Page_")
    ]  # fmt: skip
    shown = {
        "version": whole["info"]["version"],
        "paths": paths,
        "shapes": shapes,
        "anonymous": ANONYMOUS,
        "known": KNOWN,
    }
    return render(request, "api/docs.html", shown)


def _operation(method: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
    answers = told["responses"]
    answer = next(answers[code] for code in (200, 201, "200", "201") if code in answers)
    shape = _kind(answer["content"]["application/json"]["schema"])
    return {
        "method": method,
        "path": path,
        "ident": told["operationId"],
        "about": told.get("description", ""),
        "shape": shape.removeprefix("Page_").rstrip("_"),
        "listed": shape.startswith("Page_"),
        "parameters": [
            {"name": one["name"], "required": one.get("required", False), "kind": _kind(one["schema"]),
             "about": one.get("description") or one["schema"].get("description", "")}
            for one in told.get("parameters", ())
        ],
    }  # fmt: skip


def _field(name: str, told: dict[str, Any]) -> dict[str, str]:
    return {"name": name, "kind": _kind(told), "about": told.get("description", "")}


def _kind(told: dict[str, Any]) -> str:
    if "$ref" in told:
        return str(told["$ref"]).rpartition("/")[2]
    if "anyOf" in told:
        return " | ".join(_kind(one) for one in told["anyOf"])
    if told.get("type") == "array":
        return f"list of {_kind(told.get('items', {}))}"
    return str(told.get("format") or told.get("type") or "any")
