"""What tests of accounts share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def settings_hasher(newsroom: object) -> Iterator[None]:
    """Django's hasher with few rounds: the tests are not about how slow it is."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    del newsroom
    usual = PBKDF2PasswordHasher.iterations
    PBKDF2PasswordHasher.iterations = 1000
    yield
    PBKDF2PasswordHasher.iterations = usual
