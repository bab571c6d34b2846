"""What was written down in English, said in Spanish by its form; what has none stays as it is, and is told apart."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

import crawler.questions
from releases.alerts.waited import moment
from releases.retold import LONGEST, pieces, retold

SAID = {
    "24 records seen; the list ends after 7 pages, as the portal says.":
        "24 registros vistos; la lista termina tras 7 páginas, como indica el portal.",
    "1 record seen; the list ends after 1 page, no further one is named.":
        "1 registro visto; la lista termina tras 1 página; no se nombra ninguna más.",
    "The portal refused us: 4 pages refused, first https://x.gov/a?b=1 (Akamai block page). Open it in a browser, then ask its operator.":
        "El portal nos rechazó: 4 páginas rechazadas, la primera https://x.gov/a?b=1 (página de bloqueo de Akamai). "
        "Ábralo en un navegador y luego pregunte a quien lo opera.",
    "262 days late: due 2026-03-05, counted from incident date 2026-01-04; covered, as type says “Firearm; Discharge”":
        "262 días de retraso: vencía el 2026-03-05, contado desde «incident date» (2026-01-04); sujeto al plazo: "
        "el campo «type» dice «Firearm; Discharge»",
    "1 business day late: due 2026-03-05, counted from asked 2026-03-04; the portal no longer lists it":
        "1 día hábil de retraso: vencía el 2026-03-05, contado desde «asked» (2026-03-04); el portal ya no lo incluye en su lista",
    "This crawl found what changed meanwhile: 1 new, 2 file added; it happened between 2026-03-01 06:00 UTC and "
    "2026-03-09 06:00 UTC, the exact day is unknown.":
        "Este rastreo encontró lo que cambió entretanto: 1 nuevo, 2 archivos añadidos; ocurrió entre el 2026-03-01 06:00 UTC y "
        "el 2026-03-09 06:00 UTC, no se sabe qué día exacto.",
    "daily, a few minutes early so as not to slip; the last crawl began 2026-03-01 06:00 UTC":
        "cada día, unos minutos antes para no atrasarse; el último rastreo empezó el 2026-03-01 06:00 UTC",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _spanish() -> Iterator[None]:
    with translation.override("es"):
        yield


@pytest.mark.parametrize("english", SAID)
def test_a_known_form_is_said_anew(english: str) -> None:
    assert retold(english) == SAID[english]
    assert not any(left for _said, left in pieces(english))


def test_a_moment_has_its_day_of_the_week() -> None:
    at, chicago = datetime(2026, 11, 22, 16, 8, tzinfo=UTC), ZoneInfo("America/Chicago")
    assert moment(at, chicago) == "domingo 22 de noviembre, 10:08"
    with translation.override("en"):
        assert moment(at, chicago) == "Sun 22 Nov 10:08"


def test_what_has_no_form_is_told_apart() -> None:
    assert pieces("An editor wrote this by hand.") == [("An editor wrote this by hand.", True)]
    assert pieces("The portal can not be reached: https://x.gov/: tls handshake failed. Try its address in a browser.") == [
        ("No se puede llegar al portal: https://x.gov/: ", False), ("tls handshake failed", True),
        (". Pruebe su dirección en un navegador.", False),
    ]  # fmt: skip
    with translation.override("en"):
        assert pieces("An editor wrote this by hand.") == [("An editor wrote this by hand.", False)]


@pytest.mark.parametrize("hostile", [
    "", " ", "; ; . . ", "type says “" + "; a says “" * 400, "https://a: " * 300 + "x", "\ue000<script>\ue001", "%(n)s %s %",
    "x" * (LONGEST + 1), "x, and " * 500 + "y, which every crawl had listed, is missing", "999999999999999999999 records seen; x",
])  # fmt: skip
def test_nothing_that_a_portal_writes_breaks_it(hostile: str) -> None:
    assert isinstance(retold(hostile), str)


def test_every_answer_of_a_crawl_has_a_form() -> None:
    """A sentence that is written otherwise from now on needs its form."""
    tree = ast.parse(Path(crawler.questions.__file__).read_text("utf-8"))
    evidence = [
        call.args[1] for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Answer" and len(call.args) == 2
        and isinstance(call.args[1], ast.Constant | ast.JoinedStr)
    ]  # fmt: skip
    assert len(evidence) > 20
    unknown = [ast.unparse(one) for one in evidence if not any(map(_known, _filled(one)))]
    # Begun elsewhere, ended here: "3 records read", with or without what was not opened.
    assert [one for one in unknown if not one.startswith(("f'{read}", "f'{each}"))] == []


def _known(text: str) -> bool:
    return not any(left for _said, left in pieces(text))


def _filled(evidence: ast.expr) -> Iterator[str]:
    if isinstance(evidence, ast.Constant):
        yield str(evidence.value)
        return
    assert isinstance(evidence, ast.JoinedStr)
    parts = [
        (str(part.value),) if isinstance(part, ast.Constant) else _values(ast.unparse(part)) for part in evidence.values
    ]
    yield from map("".join, itertools.product(*parts))


def _values(hole: str) -> tuple[str, ...]:
    """What may stand in a hole of a sentence."""
    if "count_of" in hole:
        return (f"2 {hole.rsplit(', ', maxsplit=1)[-1].strip(chr(34) + chr(39) + ')}')}s",)
    return ("7", "https://x.gov/", "as the portal says", "no further one is named", "", "status 403")
