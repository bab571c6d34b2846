"""`recordwatch`: finds the verb. `run` with nothing due ends here, before anything heavy is imported."""

from __future__ import annotations

import importlib
import sys

VERBS = (
    "init", "portals", "crawl", "run", "releases", "record", "search", "alerts",
    "verify", "recover", "rebuild", "export", "demo",
)  # fmt: skip
"""In the order of the pipeline; one file each."""


def main() -> None:
    """The console script. Exits with `cli.exits.Exit`."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["run"] and _nothing_due(arguments[1:]):
        sys.exit(0)
    sys.exit(_dispatch(arguments))


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


def _dispatch(arguments: list[str]) -> int:
    import logging

    import typer

    from cli.exits import Exit
    from config.errors import ConfigError, RecordwatchError

    logging.basicConfig(level=logging.WARNING, format="recordwatch: %(message)s")
    app = typer.Typer(
        name="recordwatch", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        help="Watches police-oversight and public-records portals: archives them byte-exactly, works out what was "
        "released, changed or withdrawn, and tells those who asked.",
    )  # fmt: skip

    @app.callback()
    def _root() -> None:
        """Verbs in the order of the pipeline."""

    wanted = arguments[0] if arguments and arguments[0] in VERBS else None
    if wanted not in {None, "init"} and "--help" not in arguments:
        from archive.catalog.database import prepare_models

        prepare_models()  # before any verb imports what needs them
    for verb in VERBS if wanted is None else (wanted,):
        importlib.import_module(f"cli.{verb}").register(app)
    try:
        result = app(arguments, standalone_mode=False)
    except RecordwatchError as error:
        sys.stderr.write(f"recordwatch: {error}\n")
        return Exit.USAGE if isinstance(error, ConfigError) else Exit.CRASH
    except typer.Abort:
        sys.stderr.write("recordwatch: stopped; what was captured is kept, the next run goes on from it\n")
        return Exit.CRASH
    except _usage_errors() as error:
        error.show()  # type: ignore[attr-defined]
        return Exit.USAGE
    return int(result) if isinstance(result, int) else Exit.OK


def _usage_errors() -> type[Exception]:
    """ClickException, from whichever click this typer uses: its own copy, or the distribution."""
    import typer

    usage_error = typer.BadParameter.__bases__[0]
    return usage_error.__bases__[0]


if __name__ == "__main__":
    main()
