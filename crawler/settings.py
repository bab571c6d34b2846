"""Scrapy's settings. Scrapy schedules and parses; whatever concerns a request on the wire is the door's.

The door owns retries, robots.txt, cookies, redirects, delays, limits and time-outs, so Scrapy's are
off: two owners would ask twice, or wait twice. See `crawler.capture.door`.
"""

from __future__ import annotations

from typing import Any

BOT_NAME = "recordwatch"

# One asyncio loop for Scrapy, the wire client and the archive; no Twisted reactor.
TWISTED_REACTOR_ENABLED = False

# Both open a port that runs Python for whoever connects; the first one is on by default.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

DOWNLOAD_HANDLERS: dict[str, str | None] = {
    "http": "crawler.capture.handler.WireDownloadHandler",
    "https": "crawler.capture.handler.WireDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}

# The lists that Scrapy starts from are replaced: what one of them names is imported even where it is switched
# off, and 15 MB with it (an HTTP server for the remote control, a list of all public suffixes for the cookies).
# What is out of scope is the door's to refuse, aloud.
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
DOWNLOADER_MIDDLEWARES: dict[str, int] = {"crawler.capture.decoding.Decoding": 590}

# Each one more is another layer of generators around every item and request. Depth is nobody's here,
# and a URL of more than 2,083 characters would be dropped without a word.
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": 25,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": 700,
}

EXTENSIONS_BASE: dict[str, int] = {"scrapy.extensions.logcount.LogCount": 0}

ROBOTSTXT_OBEY = False
COOKIES_ENABLED = False
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
RETRY_ENABLED = False
HTTPPROXY_ENABLED = False
AUTOTHROTTLE_ENABLED = False
DOWNLOAD_DELAY = 0
DOWNLOAD_DELAY_JITTER = 0
# A total time kills long downloads; the wire client's limit is per read.
DOWNLOAD_TIMEOUT = 0
# They do not protect a handler of one's own; the portal's limits do. Unpacking is bounded per request.
DOWNLOAD_MAXSIZE = 0
DOWNLOAD_WARNSIZE = 0

CONCURRENT_REQUESTS = 16
CONCURRENT_REQUESTS_PER_DOMAIN = 16  # the limit per host is the door's, and FairQueue's
SCHEDULER_PRIORITY_QUEUE = "crawler.capture.queue.FairQueue"

# Its default of 100 makes about 100 asyncio tasks per response: two thirds of a crawl's time.
CONCURRENT_ITEMS = 1

# Debug records that nobody reads cost 6 % of a crawl.
LOG_LEVEL = "WARNING"
LOG_FORMATTER = "crawler.capture.quiet.QuietFormatter"
LOG_VERSIONS: list[str] = []
STATS_DUMP = False
STATS_CLASS = "crawler.capture.quiet.NoStats"
DOWNLOADER_STATS = False  # the door's tally has them
WARN_ON_GENERATOR_RETURN_VALUE = False

DEFAULT_REQUEST_HEADERS: dict[str, Any] = {}
USER_AGENT = None
