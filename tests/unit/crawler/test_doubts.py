"""What a check advises fits the portal file: only the declarative kinds have selectors to correct."""

from __future__ import annotations

import pytest

from crawler.doubts import doubts
from crawler.health import Judgement
from releases.model import Record
from spiders.tally import Tally

ROWS = [Record(str(n), "case", f"https://x.example/{n}", f"Case {n}", {"filed": "01/14/2031"}) for n in range(9)]


@pytest.mark.parametrize("declared", [True, False])
def test_advice_is_for_those_who_can_take_it(declared: bool) -> None:
    selectors = {"row": Tally("li", "page")} if declared else {}
    judgement = Judgement("healthy", "complete", complete=True, reason="", answers={})
    said = "\n".join(doubts(judgement, ROWS, [row.key for row in ROWS], selectors))
    assert ('date = "%m/%d/%Y" (or "%d/%m/%Y") makes it one' in said) == declared
    assert "no record has a file" in said
    assert ("`files` in the portal file" in said) == declared
