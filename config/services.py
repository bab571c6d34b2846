"""Services of the organisation's own that messages and documents go to, and how their secrets are read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from config.errors import ConfigError


class Slack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The organisation's Slack app: what `slack:CHANNEL` subscriptions post with. Its bot token is named by one of both."""

    token_env: str = ""
    """Name of the environment variable that holds the bot token (`xoxb-…`)."""
    token_file: str = ""
    """Or a file that holds it: relative to the home, or absolute; readable by its owner alone."""
    api: str = "https://slack.com/api"
    """Slack's Web API; `https://slack-gov.com/api` for GovSlack."""

    @property
    def there(self) -> bool:
        """Whether it is set up."""
        return bool(self.token_env or self.token_file)


class DocumentCloud(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The organisation's DocumentCloud account, for files that reporters send there."""

    username: str = ""
    password_env: str = ""
    """Name of the environment variable that holds its password."""
    password_file: str = ""
    """Or a file that holds it: relative to the home, or absolute; readable by its owner alone."""
    project: int = 0
    """Number of the project that documents are put into; 0: none."""
    api: str = "https://api.www.documentcloud.org/api"
    accounts: str = "https://accounts.muckrock.com/api"
    """Where the account signs in."""

    @property
    def there(self) -> bool:
        """Whether it is set up."""
        return bool(self.username and (self.password_env or self.password_file))


def secret(env: str, file: str, home: Path, key: str) -> str:
    """The secret that `env` or `file` names; `key` is what recordwatch.toml calls it. It is never part of an error.

    Raises:
        ConfigError: there is none, or others can read it.
    """
    if env:
        found = os.environ.get(env, "").strip()
        if not found:
            raise ConfigError(
                f"the environment has no {env}, which {key}_env names", todo="set it where recordwatch runs"
            )
        return found
    if not file:
        raise ConfigError(f"{key}_env or {key}_file is missing in recordwatch.toml", todo="docs/reference/settings.md")
    path = home / file
    try:
        mode = path.stat().st_mode
        found = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{key}_file cannot be read: {type(error).__name__}", where=str(path)) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{key}_file can be read by others", where=str(path), todo=f"chmod 600 {path}")
    if not found:
        raise ConfigError(f"{key}_file is empty", where=str(path))
    return found
