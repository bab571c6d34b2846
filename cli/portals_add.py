"""`recordwatch portals add`: from an address, a name or a few words to a watched portal.

WHAT                     is
copa                     a portal file that ships with recordwatch
./my-portal.toml         a portal file
https://…                an address: recognised, drafted, checked, shown, written
Oakland                  words: candidates from the catalogue of agencies
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import msgspec
import typer

from cli import portals_check, portals_told
from cli.exits import Exit
from cli.output import HomeOption, JsonOption, open_without_catalog, say, warn, write_json
from cli.portals_file import refuse_watched, shipped, watched_at, write_new
from cli.progress import progress_for
from cli.screen import printable
from config.errors import ConfigError
from config.home import Home, open_home
from config.portal import Portal, read_portal
from config.portal_text import portal_text

if TYPE_CHECKING:
    from crawler.check import Checked
    from crawler.estimate import Estimate
    from crawler.recognise import Recognised
    from spiders.agencies import Agency
    from spiders.recognition.draft import Said

CHECKED = 25
"""Records that the check reads."""
WEEKLY_HOURS = 12
"""A crawl that takes longer than this is proposed once a week."""


@dataclass(slots=True)
class Addition:
    """A portal on its way into the home."""

    portal: Portal
    text: str
    checked: Checked
    estimate: Estimate
    recognised: Recognised | None = None
    agency: Agency | None = None
    file: str = ""
    """Where it was written; empty where it was not."""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the operator chose, beside what they say of the portal."""

    platform: str
    price: float
    max_records: int
    yes: bool
    dry_run: bool
    as_json: bool


def register(group: typer.Typer) -> None:
    @group.command()
    def add(
        what: Annotated[
            str,
            typer.Argument(
                metavar="WHAT",
                help="An address, a name from the catalogue, a portal file (TOML), or words such as a city's name.",
            ),
        ],
        home: HomeOption = None,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Show everything, write nothing.")] = False,
        slug: Annotated[str, typer.Option(help="The portal's short name; else made from its address.")] = "",
        name: Annotated[str, typer.Option(help="What the portal is called; else what it calls itself.")] = "",
        agency: Annotated[str, typer.Option(help="Whose portal it is.")] = "",
        place: Annotated[str, typer.Option(help='Where, e.g. "Oakland, California".')] = "",
        with_video: Annotated[
            bool, typer.Option("--with-video/--without-video", help="Take videos and sound too, or only list them.")
        ] = False,
        allow_private_network: Annotated[
            bool,
            typer.Option(
                "--allow-private-network",
                help="This address may be in an intranet or on this machine; nothing else there may.",
            ),
        ] = False,
        platform: Annotated[str, typer.Option(help="Believe this platform only; `unknown` for none.")] = "",
        price_per_gb: Annotated[
            float, typer.Option(min=0, help="What a GB costs you in a month, for the estimate.")
        ] = 0.023,
        max_records: Annotated[int, typer.Option(min=1, help="Records that the check reads.")] = CHECKED,
        as_json: JsonOption = False,
    ) -> int:
        """Watch a portal. An address is recognised and checked first; nothing is kept until you say so."""
        from spiders.recognition.draft import Said

        opened = open_home(home)
        said = Said(slug, name, agency, place, with_video, _private(opened, what) if allow_private_network else ())
        choices = Choices(platform, price_per_gb, max_records, yes, dry_run, as_json)
        if what in shipped() or what.endswith(".toml") or Path(what).is_file():
            return _copy(opened, shipped().get(what) or Path(what), choices)
        if "://" in what:
            return _address(opened, what, said, choices)
        return _words(opened, what, said, choices)


def _private(home: Home, what: str) -> tuple[str, ...]:
    """The hosts that may be on a private network: the one that was given, and those the settings themselves place."""
    given = urlsplit(what).hostname or "" if "://" in what else ""
    return tuple(dict.fromkeys(filter(None, (given, *home.settings.resolve))))


def _copy(home: Home, source: Path, choices: Choices) -> int:
    """A portal file as it is."""
    portal = read_portal(source)
    portals_check.check_names(portal, source)
    target = refuse_watched(home, portal.slug)
    if not choices.dry_run:
        write_new(home, portal.slug, source.read_text("utf-8"))
    if choices.as_json:
        write_json({"portal": portal.slug, "file": "" if choices.dry_run else str(target)})
        return int(Exit.OK)
    if choices.dry_run:
        say(f"would watch {portal.slug} ({portal.name}), {portal.schedule}: {target}; nothing was written")
        return int(Exit.OK)
    say(f"watching {portal.slug} ({portal.name}), {portal.schedule}: {target}")
    say(f"next: `recordwatch portals check {portal.slug}` for a look, then `recordwatch crawl {portal.slug}`")
    return int(Exit.OK)


def _words(home: Home, what: str, said: Said, choices: Choices) -> int:
    """Candidates of the catalogue: one is gone on with, several are shown."""
    from spiders.agencies import found

    candidates = found(what)
    if not candidates and ("." in what and " " not in what):
        return _address(home, f"https://{what}", said, choices)
    if not candidates:
        raise ConfigError(
            f"{what!r} is no address, no file, no portal that ships with recordwatch ({', '.join(shipped())}), "
            "and fits no agency of the catalogue",
            todo="give the address of its portal, or see `recordwatch portals catalogue`",
        )
    named = [one for one in candidates if one.place.split(",")[0].casefold() == what.strip().casefold()]
    if len(named) == 1:  # Oakland is Oakland, not Oakland Park
        candidates = named
    if len(candidates) > 1:
        if choices.as_json:
            for one in candidates:
                write_json(msgspec.to_builtins(one))
            return int(Exit.OK)
        for line in portals_told.candidates(what, candidates):
            say(printable(line), indent="    ")
        return int(Exit.OK)
    one = candidates[0]
    if not choices.as_json:
        say(printable(f"{one.name}, {one.place}: {one.url}"))
    if one.portal in shipped():
        if not (choices.yes or choices.dry_run or _agreed(choices)):
            say("nothing was written")
            return int(Exit.OK)
        return _copy(home, shipped()[one.portal], choices)
    return _address(home, one.url, said, choices)


def _address(home: Home, url: str, said: Said, choices: Choices) -> int:
    """Recognised, drafted, checked, estimated, shown, and written if that is wanted."""
    if other := watched_at(home, url):
        raise ConfigError(f"{other} watches this address already", where=str(home.portals / f"{other}.toml"))
    if said.slug:
        refuse_watched(home, said.slug)
    from archive.portal_lock import PortalLocked
    from crawler.recognise import NotRecognised

    try:
        addition = _shipped_addition(home, url, said, choices) or _recognised_addition(home, url, said, choices)
    except NotRecognised as error:
        warn(f"recordwatch: {error}")
        if "allow_private_network" in error.what:
            warn("Here that is --allow-private-network.")
        return int(Exit.UNHEALTHY)
    except PortalLocked as error:
        warn(f"recordwatch: {error}")
        return int(Exit.LOCKED)
    healthy = addition.checked.judgement.verdict in {"healthy", "empty"}
    if not choices.as_json:
        for line in portals_told.addition(addition):
            say(printable(line), indent="    ")
    if not healthy:
        addition.why_not = (
            "the check was not healthy; --dry-run --json has the file's text, to be corrected and added by its name"
        )
    elif choices.dry_run:
        addition.why_not = "--dry-run"
    elif not choices.yes and not _agreed(choices):
        addition.why_not = "not wanted"
    else:
        addition.file = str(write_new(home, addition.portal.slug, addition.text))
    _ended(addition, choices)
    return int(Exit.OK if healthy else Exit.UNHEALTHY)


def _agreed(choices: Choices) -> bool:
    """Asked on a terminal. Where nobody can be asked, whoever ran the command wanted it."""
    if choices.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    return typer.confirm("Watch it?", default=True)


def _ended(addition: Addition, choices: Choices) -> None:
    if choices.as_json:
        write_json(portals_told.as_row(addition))
        return
    say()
    if addition.file:
        slug = addition.portal.slug
        say(f"watching {slug}: {addition.file}")
        say(f"next: `recordwatch crawl {slug}`; from then on `recordwatch run` crawls it when it is due")
    else:
        say(f"nothing was written: {addition.why_not}")


def _shipped_addition(home: Home, url: str, said: Said, choices: Choices) -> Addition | None:
    """The portal file that ships for this very address, unless the operator says things of their own."""
    if choices.platform or said.slug or said.name or said.agency or said.place:
        return None
    for slug, path in shipped().items():
        portal = read_portal(path)
        if portal.url.rstrip("/") == url.rstrip("/"):
            text = path.read_text("utf-8")
            if said.private:
                text = f"allow_private_network = {msgspec.json.encode(said.private).decode()}\n{text}"
                portal = msgspec.structs.replace(portal, allow_private_network=said.private)
            refuse_watched(home, slug)
            checked, estimate = _looked_at(home, portal, None, choices)
            return Addition(portal, text, checked, estimate)
    return None


def _recognised_addition(home: Home, url: str, said: Said, choices: Choices) -> Addition:
    from crawler.check import check_settings
    from crawler.recognise import recognise
    from spiders.agencies import at
    from spiders.recognition.draft import drafted, least_records

    with progress_for(url, off=choices.as_json) as progress:
        progress("recognising", 0, 1)
        recognised = recognise(home, url, private=said.private, only=choices.platform)
    agency = at(url)
    taken = frozenset(path.stem for path in home.portals.glob("*.toml")) | (frozenset(shipped()) - {said.slug})
    draft = drafted(recognised.proposal, said, agency, taken)
    check_settings(draft.portal, f"the proposal for {url}")
    refuse_watched(home, draft.portal.slug)
    checked, estimate = _looked_at(home, draft.portal, recognised, choices)
    least, why = least_records(estimate.records or checked.sighted, whole=estimate.records_known)
    expect = msgspec.structs.replace(draft.portal.expect, min_records=least)
    if why:
        draft.notes["expect.min_records"] = why
    portal = msgspec.structs.replace(draft.portal, expect=expect)
    if portal.schedule == "daily" and (estimate.crawl_seconds or 0) > WEEKLY_HOURS * 3600:
        portal = msgspec.structs.replace(portal, schedule="weekly")
        draft.notes["schedule"] = (
            f"a crawl takes {portals_told.lasting(estimate.crawl_seconds or 0)} at this politeness"
        )
    text = portal_text(portal, portals_told.heading(recognised), draft.notes)
    return Addition(portal, text, checked, estimate, recognised, agency)


def _looked_at(home: Home, portal: Portal, recognised: Recognised | None, choices: Choices) -> tuple[Checked, Estimate]:
    """A check of the portal, and what it would cost."""
    from archive.portal_lock import portal_lock
    from crawler.check import run_check
    from crawler.estimate import estimate
    from crawler.health import History

    open_without_catalog()
    with (
        portal_lock(home.locks, portal.slug),
        progress_for(portal.name, off=choices.as_json) as progress,
    ):
        checked = run_check(home, portal, History(), max_records=choices.max_records, progress=progress)
    proposal = recognised.proposal if recognised is not None else None
    return checked, estimate(home, portal, proposal, checked, price=choices.price)
