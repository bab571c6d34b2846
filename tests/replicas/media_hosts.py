"""Hosts of players as real servers: embeds, APIs, manifests and CDNs in the shapes of Vimeo, YouTube and SoundCloud.

The shapes are what the locked yt-dlp reads of them; names and content are fictional, and the media are made by
ffmpeg (`media`). Every link to a CDN is signed: a token in the path (as Vimeo's) that another one replaces with
each answer of the player's page.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

import msgspec

from tests.replicas.server import HTML, JSON, NOT_FOUND, Asked, PlatformReplica, Reply

PLAYER, CDN, STILLS = "player.vimeo.com", "vod-adaptive.vimeocdn.com", "i.vimeocdn.com"
YOUTUBE, GOOGLEVIDEO, YTIMG = "www.youtube.com", "rr1---sn-a.googlevideo.com", "i.ytimg.com"
SOUNDCLOUD, WIDGET, SC_API = "soundcloud.com", "w.soundcloud.com", "api-v2.soundcloud.com"
SC_OLD_API, SC_CDN, SC_ASSETS = "api.soundcloud.com", "cf-media.sndcdn.com", "a-v2.sndcdn.com"
AGENCY = "video.pine-hollow.example"
SECONDS = 2
CONFIG = '{"INNERTUBE_API_KEY":"x","STS":1,"INNERTUBE_CONTEXT":{"client":{"clientName":"WEB"}}}'
KEY = bytes(range(16))
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nUnit twelve, the quokka is secured.\n"
_RUN = {
    "a.mp4": "-f lavfi -i testsrc=s=64x48:r=10:d=2 -f lavfi -i sine=d=2 -c:v libx264 -preset ultrafast -g 10 -c:a aac"
    " -b:a 32k -shortest -movflags +faststart a.mp4",
    "b.mp4": "-f lavfi -i testsrc2=s=64x48:r=10:d=2 -f lavfi -i sine=f=880:d=2 -c:v libx264 -preset ultrafast -g 10"
    " -c:a aac -b:a 32k -shortest -movflags +faststart b.mp4",
    "sound.mp3": "-f lavfi -i sine=d=2 -c:a libmp3lame -b:a 32k sound.mp3",
    "still.jpg": "-f lavfi -i testsrc=s=64x48:d=1 -frames:v 1 still.jpg",
    "ts.m3u8": "-i a.mp4 -c copy -f hls -hls_time 1 -hls_playlist_type vod -hls_segment_filename ts%d.ts ts.m3u8",
    "other.m3u8": "-i b.mp4 -c copy -f hls -hls_time 1 -hls_playlist_type vod -hls_segment_filename other%d.ts"
    " other.m3u8",
    "range.m3u8": "-i a.mp4 -c copy -f hls -hls_time 1 -hls_playlist_type vod -hls_flags single_file range.m3u8",
    "aes.m3u8": "-i a.mp4 -c copy -f hls -hls_time 1 -hls_playlist_type vod -hls_key_info_file key.info"
    " -hls_segment_filename aes%d.ts aes.m3u8",
    "v.m3u8": "-i a.mp4 -map 0:v -c copy -f hls -hls_time 1 -hls_segment_type fmp4 -hls_playlist_type vod"
    " -hls_fmp4_init_filename vinit.mp4 -hls_segment_filename v%d.m4s v.m3u8",
    "s.m3u8": "-i a.mp4 -map 0:a -c copy -f hls -hls_time 1 -hls_segment_type fmp4 -hls_playlist_type vod"
    " -hls_fmp4_init_filename sinit.mp4 -hls_segment_filename s%d.m4s s.m3u8",
    "dash.mpd": "-i a.mp4 -c copy -f dash -seg_duration 1 -use_template 1 -use_timeline 1 dash.mpd",
}  # fmt: skip
_MASTER = {
    "ts": '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=20000,RESOLUTION=32x24,CODECS="avc1.42c00a,mp4a.40.2"\nother.m3u8\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=90000,RESOLUTION=64x48,CODECS="avc1.42c00a,mp4a.40.2"\nts.m3u8\n',
    "split": '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="snd",NAME="English",LANGUAGE="en",DEFAULT=YES,URI="s.m3u8"\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=90000,RESOLUTION=64x48,CODECS="avc1.42c00a,mp4a.40.2",AUDIO="snd"\nv.m3u8\n',
    "range": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=90000,RESOLUTION=64x48\nrange.m3u8\n",
    "aes": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=90000,RESOLUTION=64x48\naes.m3u8\n",
}


def media(folder: Path, ffmpeg: str) -> dict[str, bytes]:
    """Small real media in every form: name → bytes. Takes about three seconds."""
    (folder / "key.bin").write_bytes(KEY)
    (folder / "key.info").write_text("key.bin\nkey.bin\n00000000000000000000000000000000\n")
    for words in _RUN.values():
        subprocess.run([ffmpeg, "-v", "error", "-y", *words.split()], cwd=folder, check=True, stdin=subprocess.DEVNULL)
    made = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    made |= {f"master-{name}.m3u8": text.encode() for name, text in _MASTER.items()}
    return made | {"en.vtt": VTT.encode()}


@dataclass(slots=True)
class Video:
    """One recording of a host: `files` says which of the media it is had as."""

    title: str = "Body camera, unit 12"
    progressive: str = "a.mp4"
    hls: str = ""
    """Name of a master or media playlist."""
    dash: str = ""
    state: str = ""
    """Empty: it plays; else what the host says instead (see `_vimeo`, `_youtube`)."""
    captions: bool = False
    extra: dict[str, object] = field(default_factory=dict)


class MediaHosts(PlatformReplica):
    """All of them in one server. Set `videos[id]`; `referer_needed` is a host whose CDN wants that Referer.

    `uses`: how often a signed link works until it answers 410; 0: always.
    """

    hosts = (
        PLAYER, "vimeo.com", "api.vimeo.com", CDN, STILLS, YOUTUBE, GOOGLEVIDEO, YTIMG, SOUNDCLOUD, WIDGET, SC_API,
        SC_OLD_API, SC_CDN, SC_ASSETS, AGENCY,
    )  # fmt: skip

    def __init__(self, made: dict[str, bytes], *hazards: str) -> None:
        super().__init__(*hazards)
        self.made = dict(made)
        self.videos: dict[str, Video] = {}
        self.pages: dict[str, Reply | Callable[[], Reply]] = {}
        """The agency's own host: path → answer; of the others: whole address → answer."""
        self.referer_needed = ""
        self.uses = 0
        self.validators = True
        self._tokens = 0
        self._used = 0

    def media_asked(self) -> list[Asked]:
        """Requests for bytes of media: not pages, playlists, stills, captions."""
        ends = (".mp4", ".ts", ".m4s", ".mp3", ".bin")
        return [asked for asked in self.asked if asked.path.endswith(ends)]

    def reply(self, asked: Asked) -> Reply:
        found = self.pages.get(asked.path if asked.host == AGENCY else asked.url)
        if found is not None:
            return found if isinstance(found, Reply) else found()
        if asked.host == AGENCY:
            return self._file(asked, asked.path.removeprefix("/"))
        if asked.host in {PLAYER, "vimeo.com", "api.vimeo.com"}:
            return self._vimeo(asked) if asked.host == PLAYER else NOT_FOUND
        if asked.host == YOUTUBE:
            return self._youtube(asked)
        if asked.host in {SOUNDCLOUD, WIDGET, SC_API, SC_OLD_API, SC_ASSETS}:
            return self._soundcloud(asked)
        return self._signed(asked)

    def sign(self) -> str:
        """A token as Vimeo's CDNs have it, the only one that works from now on."""
        self._tokens, self._used = self._tokens + 1, 0
        return f"exp={1_800_000_000 + self._tokens}~acl=%2F*~hmac={hashlib.sha256(bytes([self._tokens])).hexdigest()}"

    def _signed(self, asked: Asked) -> Reply:
        """`/<token>/<name>`, or `/<name>?token=`."""
        parts = asked.path.strip("/").split("/")
        if asked.host in {STILLS, YTIMG}:
            return self._file(asked, parts[-1])
        token = asked.query.get("token") or parts[0]
        self._used += 1
        if f"exp={1_800_000_000 + self._tokens}~" not in token or (self.uses and self._used > self.uses):
            return Reply("expired", 410)
        if self.referer_needed and not asked.headers.get("referer", "").startswith(self.referer_needed):
            return Reply("forbidden", 403)
        return self._file(asked, parts[-1])

    def _file(self, asked: Asked, name: str) -> Reply:
        body = self.made.get(name)
        if body is None:
            return NOT_FOUND
        kind = {"mp4": "video/mp4", "m3u8": "application/vnd.apple.mpegurl", "mpd": "application/dash+xml",
                "ts": "video/mp2t", "m4s": "video/iso.segment", "mp3": "audio/mpeg", "jpg": "image/jpeg",
                "vtt": "text/vtt"}.get(name.rpartition(".")[2], "application/octet-stream")  # fmt: skip
        headers: tuple[tuple[str, str], ...] = (("Accept-Ranges", "bytes"),)
        if self.validators:
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            headers += (("ETag", tag), ("Last-Modified", formatdate(1_700_000_000, usegmt=True)))
            if asked.headers.get("if-none-match") == tag:
                return Reply(b"", 304, headers=headers)
        if (span := asked.headers.get("range", "")).startswith("bytes="):
            first, _, last = span.removeprefix("bytes=").partition("-")
            end = min(int(last) + 1 if last else len(body), len(body))
            said = (("Content-Range", f"bytes {first}-{end - 1}/{len(body)}"),)
            return Reply(body[int(first) : end], 206, kind, headers + said)
        return Reply(body, 200, kind, headers)

    # -- Vimeo

    def _vimeo(self, asked: Asked) -> Reply:
        if asked.path.startswith("/texttrack/"):
            return self._file(asked, "en.vtt")
        id_ = asked.path.removeprefix("/video/").strip("/")
        video = self.videos.get(id_)
        if video is None or video.state == "removed":
            return Reply("<h1>Sorry</h1><p>This video does not exist.</p>", 404)
        if video.state == "privacy":
            return Reply("<p>Because of its privacy settings, this video cannot be played here.</p>", 403)
        base, files = f"https://{CDN}/{self.sign()}", {}
        if video.progressive:
            files["progressive"] = [
                {"url": f"{base}/{video.progressive}", "quality": "360p", "width": 64, "height": 48, "fps": 10}
            ]
        for name, manifest in (("hls", video.hls), ("dash", video.dash)):
            if manifest:
                cdns = {cdn: {"url": f"{base}/{cdn}/{manifest}"} for cdn in ("akfire", "fastly")}
                files[name] = {"cdns": cdns, "default_cdn": "akfire"}
        tracks = [{"lang": "en", "url": "/texttrack/1.vtt?token=x", "kind": "captions"}] if video.captions else []
        config = {
            "video": {"id": int(id_), "title": video.title, "duration": SECONDS, "owner": {"name": "Pine Hollow PD"},
                      "thumbs": {"640": f"https://{STILLS}/video/still.jpg", "base": f"https://{STILLS}/video/base"},
                      **video.extra},
            "request": {"files": files, "text_tracks": tracks},
        }  # fmt: skip
        if video.state == "live":
            config["video"]["live_event"] = {"status": "started"}  # type: ignore[index]
        return Reply(
            f"<html><body><script>window.playerConfig = {msgspec.json.encode(config).decode()}</script></body></html>"
        )

    # -- YouTube

    def _youtube(self, asked: Asked) -> Reply:
        if asked.path == "/youtubei/v1/player":
            return Reply(self._player(asked.json["videoId"]), kind=JSON)
        if asked.path == "/watch":
            initial = self._player(asked.query.get("v", ""))
            initial.pop("streamingData", None)
            said = msgspec.json.encode(initial).decode()
            return Reply(
                f"<html><body><script>ytcfg.set({CONFIG});</script>"
                f"<script>var ytInitialPlayerResponse = {said};</script></body></html>"
            )
        if asked.path.startswith("/embed/"):
            return page(f"<script>ytcfg.set({CONFIG});</script>")
        if asked.path == "/youtubei/v1/next":
            return Reply({}, kind=JSON)
        return NOT_FOUND

    def _player(self, id_: str) -> dict[str, object]:
        video = self.videos.get(id_)
        if video is None or video.state == "removed":
            return {"playabilityStatus": {"status": "ERROR", "reason": "Video unavailable",
                    "errorScreen": {"playerErrorMessageRenderer": {"reason": {"simpleText": "Video unavailable"},
                    "subreason": {"simpleText": "This video has been removed by the uploader"}}}}}  # fmt: skip
        details = {"videoId": id_, "title": video.title, "lengthSeconds": str(SECONDS), "author": "Pine Hollow PD",
                   "isLiveContent": False}  # fmt: skip
        if video.state:
            status, reason = {
                "private": ("LOGIN_REQUIRED", "This is a private video. Please sign in to verify that you may see it."),
                "bot": ("LOGIN_REQUIRED", "Sign in to confirm you’re not a bot"),
                "age": ("LOGIN_REQUIRED", "Sign in to confirm your age"),
                "geo": ("UNPLAYABLE", "The uploader has not made this video available in your country"),
            }[video.state]
            screen = {"playerErrorMessageRenderer": {"reason": {"simpleText": "Video unavailable"},
                                                     "subreason": {"simpleText": reason}}}  # fmt: skip
            said: dict[str, object] = {"status": status, "reason": reason}
            if video.state == "geo":
                said["errorScreen"] = screen
            return {"playabilityStatus": said, "videoDetails": details}
        body = self.made[video.progressive]
        url = f"https://{GOOGLEVIDEO}/{video.progressive}?token={self.sign()}"
        return {
            "playabilityStatus": {"status": "OK", "playableInEmbed": True}, "videoDetails": details,
            "streamingData": {"expiresInSeconds": "21540", "formats": [{
                "itag": 18, "url": url, "mimeType": 'video/mp4; codecs="avc1.42001E, mp4a.40.2"', "bitrate": 90000,
                "width": 64, "height": 48, "contentLength": str(len(body)), "quality": "medium", "fps": 10,
                "qualityLabel": "48p", "approxDurationMs": str(SECONDS * 1000), "lastModified": "1700000000000000",
            }]},
        }  # fmt: skip

    # -- SoundCloud

    def _soundcloud(self, asked: Asked) -> Reply:
        if asked.host == SOUNDCLOUD:
            return Reply(f'<html><script crossorigin src="https://{SC_ASSETS}/assets/49-abc.js"></script></html>')
        if asked.host == SC_ASSETS:
            return Reply(f'var a={{client_id:"{"k" * 32}"}}', kind="application/javascript")
        id_ = asked.path.split("/")[2] if asked.path.startswith(("/tracks/", "/media/")) else ""
        video = self.videos.get(id_)
        if asked.query.get("client_id") != "k" * 32:
            return Reply({}, 401)
        if video is None or video.state == "removed":
            return Reply({"errors": [{"error_message": "404 - Not Found"}]}, 404)
        if asked.path.startswith("/media/"):
            return Reply({"url": f"https://{SC_CDN}/{video.progressive}?token={self.sign()}"})
        return Reply({
            "id": int(id_), "title": video.title, "duration": SECONDS * 1000, "policy": "ALLOW",
            "permalink_url": f"https://{SOUNDCLOUD}/pine-hollow-pd/call", "user": {"username": "Pine Hollow PD", "id": 7},
            "artwork_url": None,
            "media": {"transcodings": [{
                "url": f"https://{SC_API}/media/{id_}/progressive", "preset": "mp3_1_0", "snipped": False,
                "duration": SECONDS * 1000, "format": {"protocol": "progressive", "mime_type": "audio/mpeg"},
            }]},
        })  # fmt: skip


def page(body: str) -> Reply:
    """A page of the agency's own."""
    return Reply(f"<!DOCTYPE html><html><head><title>Video</title></head><body>{body}</body></html>", kind=HTML)
