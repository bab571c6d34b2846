"""A police department's site on reform, as texts of the Chicago Police Department's tell of it.

Two lists of drafts (a block theme's query loop with `?query-12-page=N`, and an archive that shows drafts whole
and without headlines), posts of a media center, a page on reform. WordPress's own class names; no raw page of
the real site was seen.

Hazards:
    extended: the archive a while later: a window extended in place, a new draft on top, one gone
    quiet: the media center has no posts, and says so
    silent: the media center has no posts, and says nothing
    endless: every page of the list shows the first page's posts
    unclassed: posts without WordPress's classes
    undated: a draft says when comments close in a form that is not known
    disagreeing: a draft names two days on which comments close
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import ClassVar

from sample.pdf import pdf
from tests.replicas.server import NOT_FOUND, Asked, PlatformReplica, Reply

PER_PAGE = 2
THANKS = "Thank you for visiting the Lake Harbor Police Department\u2019s public comment forum for the"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft policy with a page of its own."""

    slug: str
    title: str
    window: str
    """The sentences that say when comments are taken."""
    document: str
    posted: str
    updated: str
    final: str = ""
    """Path of the directive that it became."""


CROWDS = Draft(
    "invented-crowds", "Invented Crowds Suite",
    "LHPD will take comments from the public beginning on March 3, 2025. The comment period will close on March 18, 2025.",
    "Invented-Crowds-Suite_DRAFTS.pdf", "2025-03-03", "2025-03-03",
)  # fmt: skip
TRAINING = Draft(
    "imaginary-training", "Imaginary Training",
    "LHPD will take comments beginning on 14 February 2025 and conclude on 18 March 2025.",
    "S11-10_Imaginary-Training_DRAFT-to-Post_14FEB25.pdf", "2025-02-14", "2025-02-20",
)  # fmt: skip
POINTING = Draft(
    "fictional-pointing", "Fictional Pointing Policy",
    "LHPD will take comments for 15 days beginning on July 16th, 2019.", "Fictional-Pointing_Current.pdf",
    "2019-07-16", "2019-08-30", final="/api/publicDirective/6120",
)  # fmt: skip
ARCHIVED = {
    "post-301": ("Imaginary School Officers", "on 14 July 2023 and conclude on 18 August 2023", "School_DRAFT.pdf"),
    "post-299": ("Fictional Search", "on June 2, 2023. The comment period will close on June 20, 2023", "Search_DRAFT.pdf"),
}  # fmt: skip


class CpdReformReplica(PlatformReplica):
    """`drafts` have pages of their own; `archived` stand whole in the archive; `news` in the media center."""

    hosts: ClassVar[tuple[str, ...]] = ("www.lakeharborpd.example",)
    start: ClassVar[str] = "https://www.lakeharborpd.example/policy-review/"

    def __init__(self, *hazards: str) -> None:
        self.drafts: list[Draft] = [CROWDS, TRAINING, POINTING]
        self.archived = dict(ARCHIVED)
        self.news = {"invented-award": "An invented award was given to nobody."}
        super().__init__(*hazards)

    def reply(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")
        if parts == ["policy-review"]:
            return self._drafts(int(asked.query.get("query-12-page", "1")))
        if parts[0] == "policy-review":
            found = next((one for one in self.drafts if one.slug == parts[1]), None)
            return _site(found.title, self._draft(found)) if found is not None else NOT_FOUND
        if parts == ["draft_policy_archive"]:
            return _site("", self._archive(), whole=True)
        if parts == ["media-center"]:
            return self._news()
        if parts[0] == "news" and parts[1] in self.news:
            return _site("Invented Award", f"<p>{self.news[parts[1]]}</p>")
        if parts == ["reform"]:
            return _site("Reform", REFORM)
        if parts[0] == "wp-content":
            return Reply(pdf(parts[-1], ["A fictional policy."]), kind="application/pdf", headers=(("ETag", '"1"'),))
        return NOT_FOUND

    def _drafts(self, number: int) -> Reply:
        pages = -(-len(self.drafts) // PER_PAGE)
        shown = 1 if "endless" in self.hazards else number
        rows = "".join(_row(one) for one in self.drafts[(shown - 1) * PER_PAGE : shown * PER_PAGE])
        if "unclassed" in self.hazards:
            rows = rows.replace("type-policy-review", "")
        last = not rows or (number >= pages and "endless" not in self.hazards)
        following = f'<a href="?query-12-page={number + 1}" class="wp-block-query-pagination-next">Next</a>'
        numbers = "".join(
            f'<span class="page-numbers current">{n}</span>' if n == number else f'<a class="page-numbers">{n}</a>'
            for n in range(1, max(pages, number + ("endless" in self.hazards)) + 1)
        )
        pager = f'<nav class="wp-block-query-pagination">{numbers}{"" if last else following}</nav>'
        return _site("Policy Review", f'<ul class="wp-block-post-template">{rows}</ul>{pager}', whole=True)

    def _draft(self, one: Draft) -> str:
        said = one.window
        if "undated" in self.hazards:
            said = "The comment period will close on 3/18/25."
        if "disagreeing" in self.hazards:
            said += " The comment period will close on April 1, 2025."
        final = (
            f'<p>Final: <a href="https://directives.lakeharborpd.example{one.final}">in force</a></p>'
            if one.final
            else ""
        )
        return (
            f"<p>{THANKS} {escape(one.title)} directive.</p><p>{said}</p>"
            f'<p><a href="/wp-content/uploads/{one.document}">{one.document[:-4]}</a></p>{final}'
        )

    def _archive(self) -> str:
        posts = dict(self.archived)
        if "extended" in self.hazards:
            name, _, document = posts["post-301"]
            posts = {
                "post-305": ("Invented Drones", "on July 20, 2023 and conclude on August 20, 2023", "Drones_DRAFT.pdf"),
                "post-301": (name, "on 14 July 2023. The comment period has been extended and will close on 30 August 2023",
                             document),
            }  # fmt: skip
        banner = "<p>*** COMMENT PERIOD EXTENDED TO AUGUST 30, 2023 ***</p>"
        return "".join(
            f'<article id="{number}" class="{number} draft_policy type-draft_policy status-publish">'
            f"{banner if 'extended' in self.hazards and number == 'post-301' else ''}"
            f"<p>{THANKS} {name} directive.</p><p>LHPD will take comments from the public beginning {when}.</p>"
            f'<p><a href="/wp-content/uploads/{document}">{document[:-4]}</a></p><div>Share</div></article>'
            for number, (name, when, document) in posts.items()
        )

    def _news(self) -> Reply:
        if "quiet" in self.hazards or "silent" in self.hazards:
            said = "<p>No recent posts have been published.</p>" if "quiet" in self.hazards else ""
            return _site("Media Center", said, whole=True)
        rows = "".join(
            f'<li class="wp-block-post post-7 post type-post"><h2 class="wp-block-post-title">'
            f'<a href="/news/{slug}/">Invented Award</a></h2></li>'
            for slug in self.news
        )
        return _site("Media Center", f'<ul class="wp-block-post-template">{rows}</ul>', whole=True)


REFORM = (
    "<h2>Areas of Improvement</h2><ul><li>Imaginary supervision</li><li>Invented data</li></ul>"
    "<h2>Study updates</h2><p>A fictional study began in March 2025.</p>"
    "<h2>Progress</h2><p>More invented officers were trained here than in any other city. "
    "Compared with other major cities, the harbor reports fewer imaginary incidents.</p>"
)


def _row(one: Draft) -> str:
    def stamp(day: str, more: str) -> str:
        return f'<div class="wp-block-post-date {more}"><time datetime="{day}T10:00:00-06:00">{day}</time></div>'

    return (
        f'<li class="wp-block-post post-{sum(map(ord, one.slug))} policy-review type-policy-review status-publish">'
        f'<h2 class="wp-block-post-title"><a href="/policy-review/{one.slug}/">{escape(one.title)}</a></h2>'
        f"<p>Posted:</p>{stamp(one.posted, '')}<p>Updated:</p>"
        f"{stamp(one.updated, 'wp-block-post-date__modified-date')}"
        f'<div class="wp-block-post-excerpt"><p>{THANKS} {escape(one.title)} [\u2026]</p></div></li>'
    )


def _site(title: str, inside: str, *, whole: bool = False) -> Reply:
    """A page with the site's frame; `whole`: `inside` is a list, else a post's own words."""
    body = (
        inside if whole else f'<h1>{escape(title)}</h1><div class="entry-content wp-block-post-content">{inside}</div>'
    )
    return Reply(
        f"<!DOCTYPE html><html><head><title>{escape(title)} - Lake Harbor Police (FICTIONAL)</title></head><body>"
        '<header><nav><a href="/policy-review/invented-crowds/">Policy Review</a></nav></header>'
        f'<main>{body}</main><div id="comments"><p>Somebody wrote a comment.</p></div><footer>Lake Harbor</footer></body></html>'
    )
