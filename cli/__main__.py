"""`recordwatch`: finds the verb. `run` with nothing due ends here, before anything heavy is imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

VERBS = (
    "init", "portals", "crawl", "run", "releases", "record", "timeline", "diff", "retract", "merge", "deposit", "search", "deadlines", "alerts",
    "quarantine", "restrict", "serve", "accounts", "verify", "doctor", "recover", "rebuild", "export", "documentcloud", "tables", "replay", "replayer", "demo",
)  # fmt: skip
"""In the order of the pipeline; one file each."""
_NEWSROOM = frozenset({"serve", "accounts", "replayer"})
"""Verbs that know the newsroom's own tables: accounts, notes, tokens."""
_CARRYING = frozenset({("alerts", "export"), ("alerts", "import")})
"""So do these of another verb, which stays quick otherwise."""


def main() -> None:
    """The console script. Exits with `cli.exits.Exit`."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["run"] and _nothing_due(arguments[1:]):
        sys.exit(0)
    import gc

    # What is imported is never garbage: looking through it, again and again and at the end, is a third of a quick verb's time.
    gc.disable()
    from cli.failing import guarded

    sys.exit(guarded(_alone, arguments))


def _nothing_due(arguments: list[str]) -> bool:
    """What cron calls every minute: decided with the standard library alone (about 50 ms)."""
    home = None
    rest = [word for word in arguments if word not in {"--due", "--json"}]
    if rest[:1] == ["--home"] and len(rest) == 2:
        home, rest = rest[1], []
    elif rest and rest[0].startswith("--home="):
        home, rest = rest[0].removeprefix("--home="), rest[1:]
    if rest:
        return False
    from crawler.schedule import nothing_due

    return nothing_due(home)


def _alone(arguments: list[str]) -> int:
    """`_dispatch` in a process that is its own."""
    import gc

    def imported() -> None:
        gc.freeze()
        gc.enable()

    return _dispatch(arguments, imported)


def _dispatch(arguments: list[str], imported: Callable[[], None] = lambda: None) -> int:
    """The exit code of the verb. `imported` is called once it is there, and before it begins."""
    import logging
    import os
    import signal

    import typer

    from cli.exits import Exit
    from cli.screen import prepare

    prepare()
    logging.basicConfig(level=logging.WARNING, format="recordwatch: %(message)s")
    # As Ctrl-C: the crawl closes its WARCs and ends with a sentence.
    # Shells start background jobs with SIGINT ignored; then SIGTERM, which becomes it, would be ignored too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    app = typer.Typer(
        name="recordwatch", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        help="Watches police-oversight and public-records portals: archives them byte-exactly, works out what was "
        "released, changed or withdrawn, and tells those who asked.",
    )  # fmt: skip

    @app.callback(invoke_without_command=True)
    def _root(
        version: bool = typer.Option(False, "--version", help="Say which version this is."),
        debug: bool = typer.Option(False, "--debug", help="Print the traceback of what was not foreseen. Any verb takes it."),
    ) -> None:  # fmt: skip
        """Verbs in the order of the pipeline."""
        del debug  # `cli.failing` has seen it already, wherever it stood
        if version:
            from importlib.metadata import version as installed

            typer.echo(f"recordwatch {installed('recordwatch')}")
            raise typer.Exit

    wanted = arguments[0] if arguments and arguments[0] in VERBS else None
    if wanted not in {None, "init"} and "--help" not in arguments:
        if wanted in _NEWSROOM or tuple(arguments[:2]) in _CARRYING:
            os.environ["DJANGO_SETTINGS_MODULE"] = "web.settings"
        from archive.catalog.database import prepare_models

        prepare_models()  # before any verb imports what needs them
    for verb in VERBS if wanted is None else (wanted,):
        importlib.import_module(f"cli.{verb}").register(app)
    imported()
    colour = False if os.environ.get("NO_COLOR") else None
    result = app(arguments or ["--help"], standalone_mode=False, color=colour)
    return int(result) if isinstance(result, int) else Exit.OK


if __name__ == "__main__":
    main()
