"""The reference names every shape and every field."""

import re
from pathlib import Path
from typing import get_args

import msgspec

from releases.diff import clauses_model, model

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "reference" / "diff.md").read_text("utf-8")
SHAPES = [
    made
    for made in {**vars(model), **vars(clauses_model)}.values()
    if isinstance(made, type) and issubclass(made, msgspec.Struct) and made is not msgspec.Struct
]


def test_shapes_and_fields():
    for shape in SHAPES:
        (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{shape.__name__}` |"))
        told = set(re.findall(r"`([a-z_0-9]+)`", row))
        missing = {field.name for field in msgspec.structs.fields(shape)} - told
        assert not missing, f"{shape.__name__}: {missing}"


def test_kinds_of_noise():
    for kind in get_args(model.NoiseKind):
        assert f"`{kind}`" in PAGE.partition("## Noise")[2]
    assert f"`form` (now {model.FORM})" in PAGE
