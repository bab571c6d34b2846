"""Asks yt-dlp what players' pages play: run as `python -I ask_ytdlp.py`, a question a line, an answer a line.

Imports nothing of ours. Before it reads a byte of a host it takes its own freedom away: it reaches the recording
proxy and nobody else, starts no program, writes no file, and holds only so much memory; each question has only so
much processor time. It downloads nothing; it says where things are.

First line: {"proxy": [host, port, user, password], "languages", "seconds", "memory"}.
Question: {"url", "referer"}. Answer: {"info": …} or {"trouble": …}, as `crawler.capture.media.answer` has them.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from typing import Any
from urllib.parse import urlsplit

MOST_PIECES = 20_001
"""Pieces of one format that are told; one more than are ever fetched."""
MOST_FORMATS = 400
MOST_TEXT = 20_000
_FORMAT = (
    "format_id", "format_note", "url", "manifest_url", "protocol", "ext", "vcodec", "acodec", "width", "height", "fps",
    "tbr", "filesize", "language", "language_preference", "has_drm", "container", "fragment_base_url",
)  # fmt: skip
_INFO = (
    "id", "extractor", "extractor_key", "title", "description", "uploader", "uploader_id", "uploader_url",
    "upload_date", "duration", "webpage_url", "live_status", "availability", "age_limit",
)  # fmt: skip
_SENT_ON = {"referer", "origin"}
_PREFIX = re.compile(r"\A(?:ERROR: )?(?:\[[\w:+-]{1,60}\] )?(?:[\w-]{1,80}: )?")
_AROUND = {"socket.bind", "socket.sendto", "socket.sendmsg"}
"""Ways to the network that are no connection."""
_PROGRAMS = {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork", "os.forkpty", "pty.spawn"}


def main() -> None:
    given = json.loads(sys.stdin.readline())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (given["memory"], given["memory"]))
    from yt_dlp import YoutubeDL  # type: ignore[import-untyped]
    from yt_dlp.globals import plugin_dirs  # type: ignore[import-untyped]
    from yt_dlp.utils import DownloadError, smuggle_url  # type: ignore[import-untyped]

    plugin_dirs.value = []
    host, port, user, password = given["proxy"]
    _keep_to((host, port))
    languages, options = set(given["languages"]), _options(f"http://{user}:{password}@{host}:{port}", given["seconds"])
    for line in sys.stdin:
        question = json.loads(line)
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + given["seconds"]) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        url, referer = question["url"], question["referer"]
        if referer and (urlsplit(url).hostname or "").endswith("vimeo.com"):
            url = smuggle_url(url, {"referer": referer})
        try:
            with YoutubeDL({**options, "http_headers": {"Referer": referer} if referer else {}}) as player:
                answer = _answer(player.extract_info(url, download=False) or {}, languages)
        except DownloadError as error:
            answer = {"trouble": _trouble(error)}
        except Exception as error:
            answer = {
                "trouble": {"kind": type(error).__name__, "said": f"what its host says cannot be read ({error})"[:500]}
            }
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _options(proxy: str, seconds: float) -> dict[str, Any]:
    return {
        "quiet": True, "no_warnings": True, "noprogress": True, "logger": _Quiet(), "color": "never",
        "proxy": proxy, "compat_opts": {"no-certifi"}, "cachedir": False, "noplaylist": True, "playlist_items": "1:2",
        "ignore_no_formats_error": False, "check_formats": False, "skip_download": True, "simulate": True,
        "usenetrc": False, "cookiefile": None, "js_runtimes": {}, "remote_components": [], "geo_bypass": False,
        "retries": 0, "extractor_retries": 0, "fragment_retries": 0, "socket_timeout": seconds, "sleep_interval": 0,
        "postprocessors": [], "wait_for_video": None, "getcomments": False, "allow_unplayable_formats": False,
        "enable_file_urls": False,
    }  # fmt: skip


def _keep_to(proxy: tuple[str, int]) -> None:
    """From now on: no program, no connection but to `proxy`, and nothing opened for writing."""

    def refuse(event: str, given: tuple[Any, ...]) -> None:
        if event in _AROUND or (event == "socket.connect" and tuple(given[1][:2]) != proxy):
            raise PermissionError("only the recording proxy may be reached")
        if event in _PROGRAMS:
            raise PermissionError("no program is started here")
        if event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR):
            raise PermissionError("no file is written here")

    sys.addaudithook(refuse)


class _Quiet:
    """What it would print is in its answer, or nobody's business."""

    def debug(self, words: str) -> None: ...

    info = warning = error = debug


def _answer(info: dict[str, Any], languages: set[str]) -> dict[str, Any]:
    if info.get("_type") in {"playlist", "multi_video"}:
        entries = [entry for entry in info.get("entries") or () if entry]
        if len(entries) != 1:
            words = f"this is a list of {len(entries) or 'no'}{' or more' if len(entries) > 1 else ''} recordings"
            return {"trouble": {"kind": "List", "said": words}}
        info = entries[0]
    formats = info.get("formats") or ([info] if info.get("url") else [])
    told = _plain(info, _INFO)
    told["formats"] = [_format(one) for one in formats[-MOST_FORMATS:] if isinstance(one.get("url"), str)]
    told["captions"] = _captions(info.get("subtitles"), None, automatic=False)
    told["captions"] += _captions(info.get("automatic_captions"), languages, automatic=True)
    told["thumbnails"] = [
        _plain(one, ("url", "id", "width", "height"))
        for one in (info.get("thumbnails") or [])[-50:]
        if isinstance(one.get("url"), str)
    ]
    return {"info": told}


def _format(one: dict[str, Any]) -> dict[str, Any]:
    told = _plain(one, _FORMAT)
    told["headers"] = {
        name: str(value)[:2000] for name, value in (one.get("http_headers") or {}).items() if name.lower() in _SENT_ON
    }
    pieces = one.get("fragments")
    if isinstance(pieces, list) and one.get("protocol") == "http_dash_segments":
        base = one.get("fragment_base_url") or one.get("manifest_url") or ""
        told["pieces"] = [
            {"url": piece.get("url") or "", "path": piece.get("path") or "", "duration": piece.get("duration")}
            for piece in pieces[:MOST_PIECES]
        ]
        told["base"] = base
    return told


def _captions(tracks: Any, languages: set[str] | None, *, automatic: bool) -> list[dict[str, Any]]:
    told = []
    for language, forms in sorted((tracks or {}).items())[:200]:
        spoken = str(language).lower().removesuffix("-orig").split("-")[0]
        if language == "live_chat" or (languages is not None and spoken not in languages):
            continue
        told += [
            {"language": str(language)[:40], "automatic": automatic, "ext": str(form.get("ext") or "")[:10],
             "url": form["url"], "protocol": str(form.get("protocol") or "")[:40]}
            for form in (forms or [])[:20]
            if isinstance(form.get("url"), str) and len(form["url"]) < MOST_TEXT
        ]  # fmt: skip
    return told


def _plain(one: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Those of `names` whose values are words, numbers or truths, words cut to a length."""
    told: dict[str, Any] = {}
    for name in names:
        value = one.get(name)
        if isinstance(value, str):
            told[name] = value[:MOST_TEXT]
        elif isinstance(value, (int, float, bool)) and value == value and abs(value) < 1e15:  # noqa: PLR0124  not NaN
            told[name] = value
    return told


def _trouble(error: Any) -> dict[str, Any]:
    """What class, what words, and which answer of the host: from the chain of what led to `error`."""
    chain: list[BaseException] = []
    wanted: list[Any] = [error, error.exc_info[1] if error.exc_info else None]
    while wanted and len(chain) < 12:
        one = wanted.pop(0)
        if isinstance(one, BaseException) and one not in chain:
            chain.append(one)
            wanted += [getattr(one, "cause", None), one.__cause__, one.__context__]
    answered: Any = next((one for one in chain if getattr(one, "response", None) is not None), None)
    kinds = [type(one).__name__ for one in chain]
    special = ("UnsupportedError", "GeoRestrictedError", "UserNotLive")
    return {
        "kind": next((kind for kind in special if kind in kinds), kinds[-1]),
        "said": _PREFIX.sub("", str(error), count=1)[:2000],
        "status": int(getattr(answered, "status", 0) or 0),
        "url": str(getattr(getattr(answered, "response", None), "url", "") or "")[:4000],
    }


if __name__ == "__main__":
    main()
