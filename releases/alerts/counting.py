"""`3 new cases`, `3 casos nuevos`: numbers of things, and what is said of them, in the language that is active.

Words that bend with what they stand beside need grammar, not a catalogue: each language has its few rules here.
"""

from __future__ import annotations

import re

from django.utils.translation import get_language

_SPANISH = {
    "": ("registro", "registros"), "record": ("registro", "registros"), "case": ("caso", "casos"),
    "correction": ("corrección", "correcciones"), "contract": ("contrato", "contratos"),
    "data set": ("conjunto de datos", "conjuntos de datos"), "dataset": ("conjunto de datos", "conjuntos de datos"),
    "date": ("fecha", "fechas"), "decision": ("decisión", "decisiones"), "directive": ("directriz", "directrices"),
    "document": ("documento", "documentos"), "file": ("archivo", "archivos"), "filing": ("escrito", "escritos"),
    "hearing": ("audiencia", "audiencias"), "incident": ("incidente", "incidentes"), "letter": ("carta", "cartas"),
    "meeting": ("reunión", "reuniones"), "news": ("noticia", "noticias"), "order": ("orden", "órdenes"),
    "page": ("página", "páginas"), "policy": ("política", "políticas"), "release": ("publicación", "publicaciones"),
    "report": ("informe", "informes"), "request": ("solicitud", "solicitudes"), "statement": ("declaración", "declaraciones"),
    "video": ("video", "videos"), "crawl": ("rastreo", "rastreos"), "row": ("fila", "filas"), "day": ("día", "días"),
    "business day": ("día hábil", "días hábiles"), "hour": ("hora", "horas"), "minute": ("minuto", "minutos"),
    "change": ("cambio", "cambios"), "other": ("otro", "otros"),
}  # fmt: skip
_FEMININE = frozenset({
    "corrección", "fecha", "decisión", "directriz", "audiencia", "carta", "reunión", "noticia", "orden", "página",
    "política", "publicación", "solicitud", "declaración", "fila", "hora",
})  # fmt: skip
_SPANISH_STEM = {
    "new": "nuev", "changed": "cambiad", "withdrawn": "retirad", "restored": "restablecid", "overdue": "vencid",
    "upcoming": "próxim", "corrected": "rectificad", "replaced": "sustituid", "added": "añadid",
}  # fmt: skip
_SPANISH_AS_IT_IS = {"quarantined": "en cuarentena"}


_SPANISH_TALLY = {
    "file_added": ("archivo", "añadido"), "file_replaced": ("archivo", "sustituido"), "file_withdrawn": ("archivo", "retirado"),
    "mass_withdrawal": ("retirada", "masiva"), "blocked": ("", "bloqueado"), "broken": ("", "roto"), "recovered": ("", "recuperado"),
}  # fmt: skip


def in_a_tally(number: int, kind: str) -> str:
    """So many events of a kind: `3 new`, `1 file added`."""
    if not (get_language() or "en").startswith("es"):
        return f"{number:,} {kind.replace('_', ' ')}"
    if kind in _SPANISH_TALLY:
        return " ".join(filter(None, (f"{number:,}", *(_plural(word, number) for word in _SPANISH_TALLY[kind]))))
    stem = _SPANISH_STEM.get({"retracted": "corrected"}.get(kind, kind))
    said = _plural(f"{stem}o", number) if stem else _SPANISH_AS_IT_IS.get(kind, kind.replace("_", " "))
    return f"{number:,} {said}"


def _plural(word: str, number: int) -> str:
    return word if number == 1 or not word else f"{word}s"


def counted(number: int, adjective: str, noun: str) -> str:
    """So many of these. `adjective`: one of the English ones, or empty; `noun`: a kind in the singular."""
    if (get_language() or "en").startswith("es"):
        return _spanish(number, adjective, noun)
    if number != 1:
        if re.search(r"[^aeiou]y$", noun):
            noun = noun[:-1] + "ies"
        else:
            noun += "es" if re.search(r"(?:s|x|ch|sh)$", noun) else "s"
    return " ".join(filter(None, (f"{number:,}", adjective, noun)))


def _spanish(number: int, adjective: str, noun: str) -> str:
    """A kind that only a portal knows is a record."""
    singular, plural = _SPANISH.get(noun.casefold(), _SPANISH[""])
    said = _SPANISH_AS_IT_IS.get(adjective, adjective)
    if stem := _SPANISH_STEM.get(adjective):
        said = stem + ("a" if singular in _FEMININE else "o") + ("" if number == 1 else "s")
    return " ".join(filter(None, (f"{number:,}", singular if number == 1 else plural, said)))
