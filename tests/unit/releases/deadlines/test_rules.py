"""What a portal file may say of deadlines, and how it is told that it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.portal import Portal, read_portal

HEAD = 'slug = "p"\nname = "P"\nagency = "A"\nplace = "X"\nurl = "https://p.example/"\nspider = "copa"\n'
RULE = '[[deadlines]]\nname = "R"\nfrom_field = "d"\ndays = 60\nbasis = "a law"\n'
ROOT = Path(__file__).resolve().parents[4]


def read(folder: Path, text: str) -> Portal:
    (folder / "p.toml").write_text(text, "utf-8")
    return read_portal(folder / "p.toml")


def test_what_files_said_before_still_holds(tmp_path):
    old = (
        RULE
        + 'to_event = "file_added"\nextension_days = 30\nsince = "2016-02-16"\n[deadlines.covered]\ntypes = ["Firearm Discharge"]\n'
    )
    (rule,) = read(tmp_path, HEAD + old).deadlines
    assert (rule.days, rule.extension_days, rule.covered) == (60, 30, {"types": ("Firearm Discharge",)})


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "howto").glob("deadlines.md")), ids=lambda path: path.name)
def test_the_examples_of_the_manual_are_valid(tmp_path, path):
    blocks = path.read_text("utf-8").split("```toml\n")[1:]
    texts = [block.split("```", 1)[0] for block in blocks]
    assert len(texts) == 2
    for text in texts:
        assert len(read(tmp_path, HEAD + text).deadlines) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + 'timezone = "Chicago"\n', "timezone = 'Chicago': use an IANA name"),
        (HEAD + 'timezone = "../../etc/passwd"\n', "timezone = '../../etc/passwd': use an IANA name"),
        (HEAD + 'date_order = "american"\n', "date_order"),
        (HEAD + RULE.replace("60", "0"), "deadlines[0].days = 0: use a number of days from 1 to 3650"),
        (HEAD + RULE.replace("60", '"60"'), "deadlines[0].days = '60': use a whole number"),
        (HEAD + RULE.replace('"R"', '" "'), "deadlines[0].name = ' ': must not be empty"),
        (HEAD + RULE + RULE, "deadlines[1].name = 'R': another rule has this name"),
        (HEAD + RULE + 'since = "February"\n', "deadlines[0].since = 'February': use a day such as '2016-02-16'"),
        (HEAD + RULE + 'since = "2016-02-30"\n', "deadlines[0].since = '2016-02-30'"),
        (HEAD + RULE + "extension_days = -1\n", "deadlines[0].extension_days = -1: use a number of days from 0"),
        (HEAD + RULE + 'to_event = "gone"\n', "deadlines[0].to_event = 'gone'"),
        (HEAD + RULE + 'to_event = "answered"\n', "needs `answered`"),
        (HEAD + RULE + 'basis_url = "javascript:alert(1)"\n', "use an http:// or https:// address"),
        (HEAD + RULE + "busness_days = true\n", "do you mean deadlines[0].business_days?"),
        (HEAD + RULE + "[deadlines.covered]\ntypes = []\n", "deadlines[0].covered.types = []: use one or more texts"),
        (HEAD + RULE + '[deadlines.extended_by]\nnotes = ["x"]\n', "has no effect without extension_days"),
        (HEAD + RULE + '[deadlines.closed_days]\ncountry = "Illinois"\n', "closed_days.country = 'Illinois': use a two-letter code"),
        (HEAD + RULE + '[deadlines.closed_days]\nsubdivision = "IL"\n', "needs closed_days.country"),
        (HEAD + RULE + '[deadlines.closed_days]\ncountry = "US"\nsubdivision = "Illinois"\n', "subdivision = 'Illinois': use one of AK, AL,"),
        (HEAD + RULE + '[deadlines.closed_days]\nclosed = ["Friday"]\n', "closed_days.closed = 'Friday': use days such as"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_key_value_and_what_is_allowed(tmp_path, text, says):
    with pytest.raises(ConfigError) as error:
        read(tmp_path, text)
    assert says in str(error.value)
    assert "p.toml" in str(error.value)
