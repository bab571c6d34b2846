"""`[token]` of a portal file: an API token that the operator holds. It is never written in the file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Literal

import msgspec

from config.errors import ConfigError

NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""RFC 9110 section 5.6.2: a header's name."""
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sent as a header with every request to the portal's own host, by https or the way of the portal's own address; masked
    in WARC and log.
    """

    variable: str
    """Environment variable that holds it, e.g. `MUCKROCK_TOKEN`."""
    header: str = "Authorization"
    form: str = "Bearer {}"
    """What the header says; `{}` stands for the token."""
    hosts: tuple[str, ...] = ()
    """Further hosts it is sent to; those below them are not."""
    needed: Literal["always", "for more"] = "always"
    """`for more`: the portal answers without one too, at lower limits."""

    def value(self, environment: Callable[[str], str | None] = os.environ.get) -> str:
        """The header's value; empty where the variable is not set and the token is only `for more`.

        Raises:
            ConfigError: the variable is not set, or holds what no header may hold.
        """
        secret = (environment(self.variable) or "").strip()
        if not secret:
            if self.needed == "for more":
                return ""
            raise ConfigError(
                f"the environment variable {self.variable} is not set: this portal answers only who has an API token",
                where="portal file [token]", todo=f"get one from the portal's operator and set {self.variable}",
            )  # fmt: skip
        if not secret.isascii() or not secret.isprintable():
            raise ConfigError(
                f"the environment variable {self.variable} holds what no header may hold",
                where="portal file [token]", todo="set it to the token alone, on one line",
            )  # fmt: skip
        return self.form.replace("{}", secret)


def check_token(token: Token, where: str) -> None:
    """Checks that no type expresses. Raises ConfigError."""
    if not VARIABLE.fullmatch(token.variable):
        raise ConfigError(
            f"token.variable = {token.variable!r}: use the name of an environment variable such as 'MUCKROCK_TOKEN', "
            "never the token itself", where=where,
        )  # fmt: skip
    if not NAME.fullmatch(token.header):
        raise ConfigError(f"token.header = {token.header!r}: use a header's name such as 'Authorization'", where=where)
    if token.form.count("{}") != 1 or not token.form.isascii() or not token.form.isprintable():
        raise ConfigError(f"token.form = {token.form!r}: use a text with one {{}} for the token", where=where)
    for host in token.hosts:
        if not host or set(host) & set("/:@ *"):
            raise ConfigError(
                f"token.hosts has {host!r}: use names of hosts alone, such as 'api.example.org'", where=where
            )
