"""The letters that the keeper writes into a folder, and the links in them."""

from __future__ import annotations

import email
import re
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.newsroom.inside import Newsroom
from web.accounts.kept import keep
from web.accounts.models import Link


def with_mail(home: Path, *lines: str) -> None:
    """Set up mail in the settings of `home`, and whatever else `lines` say."""
    file = home / "recordwatch.toml"
    text = re.sub(r"(?ms)^\[mail\].*?(?=^\[|\Z)", "", file.read_text("utf-8"))
    file.write_text(
        "\n".join(lines) + f"\n{text}\n[mail]\nfolder = 'letters'\nsender = 'newsroom@example.org'\n", "utf-8"
    )


def letters(newsroom: Newsroom) -> list[EmailMessage]:
    """Have the keeper write what is due; what it wrote since the last time, oldest first."""
    keep(newsroom.holdings)
    assert not Link.objects.exclude(letter_at=None).exists()
    found = []
    for path in sorted((newsroom.home.path / "letters").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns):
        found.append(email.message_from_bytes(path.read_bytes(), policy=default))
        path.unlink()
    return found


def link_in(letter: EmailMessage) -> str:
    """The address in a letter."""
    [found] = re.findall(r"https?://\S+", letter.get_content())
    return str(found)


def path_of(address: str) -> str:
    """Without scheme and host."""
    return "/" + address.split("/", 3)[3]
