"""Our hashes against those of another implementation, and what they are for."""

import imagehash
import pytest
from PIL import Image, ImageDraw

from releases.facts.pictures import dhash, phash
from tests.unit.releases.facts.media_files import drawn


def apart(a: str, b: str) -> int:
    return (int(a, 16) ^ int(b, 16)).bit_count()


@pytest.mark.parametrize("seed", range(20))
def test_equal_those_of_imagehash(seed):
    image = drawn(seed, (300 + 7 * seed, 200 + 3 * seed))
    assert dhash(image) == str(imagehash.dhash(image))
    assert apart(phash(image), str(imagehash.phash(image))) <= 1  # a coefficient that is the median but for rounding


@pytest.mark.parametrize("seed", range(5))
def test_near_for_what_looks_alike_and_far_for_what_does_not(seed):
    image = drawn(seed, (640, 480))
    smaller = image.resize((200, 150))
    marked = image.copy()
    ImageDraw.Draw(marked).rectangle((10, 10, 30, 18), fill="black")
    assert apart(phash(image), phash(smaller)) <= 4
    assert apart(phash(image), phash(marked)) <= 8
    assert apart(phash(image), phash(drawn(seed + 7, (640, 480)))) >= 12


def test_blank_pages_have_one():
    assert phash(Image.new("L", (10, 10), 255)) == phash(Image.new("RGB", (2000, 3000), "white"))
