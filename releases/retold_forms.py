"""The forms of sentences that are written down in English: see `releases.retold`.

Holes: n, m, k, l numbers; day, due, start days; moment, from times; days, records, rows, crawls, others so many of something;
tally, so many events of each kind; url an address; field, brand a name; said and then sentences of their own; any other name, anything.
The first form that fits is taken: what says more stands before what says less.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _noop


def _pair(one: str, many: str) -> tuple[str, str]:
    """The form for 1 and for other numbers in `n`. Marks both for translation."""
    return one, many


PAIRS = (
    _pair("%(n)s record seen; %(said)s", "%(n)s records seen; %(said)s"),
    _pair("%(n)s record seen, then stopped by %(limit)s", "%(n)s records seen, then stopped by %(limit)s"),
    _pair("the list ends after %(n)s page, as the portal says", "the list ends after %(n)s pages, as the portal says"),
    _pair(
        "the list ends after %(n)s page, no further one is named",
        "the list ends after %(n)s pages, no further one is named",
    ),
    _pair(
        "%(n)s page and %(records)s, as many as the portal says",
        "%(n)s pages and %(records)s, as many as the portal says",
    ),
    _pair(
        "%(n)s page read; the portal does not say where its list ends",
        "%(n)s pages read; the portal does not say where its list ends",
    ),
    _pair("%(n)s page refused, first %(url)s (%(said)s)", "%(n)s pages refused, first %(url)s (%(said)s)"),
    _pair("none among %(n)s answer", "none among %(n)s answers"),
    _pair("and %(n)s more field", "and %(n)s more fields"),
    _pair("%(n)s record read, with the fields they had", "%(n)s records read, with the fields they had"),
    _pair(
        "%(n)s record read (%(m)s not opened, as the portal says they are unchanged), with the fields they had",
        "%(n)s records read (%(m)s not opened, as the portal says they are unchanged), with the fields they had",
    ),
    _pair("%(n)s record read, none to compare with", "%(n)s records read, none to compare with"),
    _pair(
        "%(n)s record read (%(m)s not opened, as the portal says they are unchanged), none to compare with",
        "%(n)s records read (%(m)s not opened, as the portal says they are unchanged), none to compare with",
    ),
    _pair("%(m)s of %(n)s canary record not listed", "%(m)s of %(n)s canary records not listed"),
    _pair(
        "%(m)s of %(n)s canary record not listed, %(k)s of them taken down as their own pages say",
        "%(m)s of %(n)s canary records not listed, %(k)s of them taken down as their own pages say",
    ),
    _pair(
        "%(n)s page could not be read, first %(url)s: expected %(said)s for %(selector)s, found %(then)s",
        "%(n)s pages could not be read, first %(url)s: expected %(said)s for %(selector)s, found %(then)s",
    ),
    _pair(
        "%(n)s page could not be had, first %(url)s: %(said)s", "%(n)s pages could not be had, first %(url)s: %(said)s"
    ),
    _pair(
        "%(n)s page answered with a server error, first %(url)s (%(m)s)",
        "%(n)s pages answered with a server error, first %(url)s (%(m)s)",
    ),
)

_VERDICTS = (
    _noop("stopped by %(limit)s"),
    _noop("no page of a list was read"),
    _noop("the portal says it has %(m)s pages, %(n)s were seen"),
    _noop("page %(n)s of the list shows no rows, though later pages do (%(url)s)"),
    _noop("%(n)s pages have %(m)s rows but only %(k)s different records: pages repeat"),
    _noop("the portal says it has %(records)s, %(n)s were seen"),
    _noop("%(rows)s came twice and %(records)s fewer than last time were seen: the list moved while it was read"),
    _noop("there were no answers"),
    _noop(
        "%(n)s different addresses answered with one and the same page, first %(one)s and %(other)s: a block or error page, or an empty shell that only a browser fills"
    ),
    _noop("%(n)s different addresses answered with one and the same page, first %(one)s and %(other)s"),
    _noop("no record was read"),
    _noop("%(n)s of %(records)s have no “%(name)s” (expect.required_fields)"),
    _noop("no record has “%(name)s” any more; all %(n)s had it"),
    _noop("%(n)s of %(m)s records have “%(name)s”, %(k)s of %(l)s had it"),
    _noop("%(n)s seen, at least %(m)s expected"),
    _noop("%(n)s seen, no healthy crawl to compare with"),
    _noop("%(n)s seen, %(m)s in the last healthy crawl; at least %(k)s would be usual"),
    _noop("%(n)s seen, %(m)s in the last healthy crawl"),
    _noop("the portal file names none (expect.canaries), and none are learnt yet"),
    _noop(
        "the canary record %(key)s was not listed, though its own page is still there; if the portal took it down, name another one"
    ),
    _noop("the canary record %(key)s was not listed; if the portal took it down, name another one"),
    _noop("all %(n)s were listed"),
    _noop("the only one was listed"),
    _noop("the portal refused us: %(said)s"),
    _noop("the portal can not be reached: %(said)s"),
    _noop("the portal answers, but not with a page that could be read: %(said)s"),
    _noop("the portal gave no answer at all"),
    _noop("the portal answered (%(said)s), but no record was found, and no page says that there is none"),
    _noop("the portal answered, but no record was found, and no page says that there is none"),
    _noop("the portal says it has nothing to list: “%(text)s” at %(url)s"),
    _noop("%(url)s answered %(n)s"),
    _noop("the columns %(names)s"),
    _noop("no columns"),
    _noop("the list shows %(records)s, at least %(n)s are expected (expect.min_records)"),
    _noop("the list has shown %(records)s in %(n)s crawls in a row and is taken as it is: %(said)s"),
    _noop("%(said)s, and %(key)s is not listed though its own page is still there (%(url)s)"),
    _noop("%(said)s, and %(key)s, which every crawl had listed, is missing"),
    _noop("%(said)s, and %(key)s and %(others)s that every crawl had listed are missing"),
    _noop(
        "%(said)s, and its page is built of other parts than ever before (%(share)s in common, %(n)s bytes instead of %(m)s)"
    ),
    _noop("the last healthy crawl listed %(records)s"),
    _noop("the list shows %(records)s, %(n)s in the last healthy crawl"),
    _noop("the list shows %(records)s, but other ones than in the last healthy crawl (%(n)s)"),
    _noop(
        "the page's layout may have changed: compare it with its last good capture; if the portal gave the field up, %(said)s"
    ),
    _noop("take it out of expect.required_fields"),
    _noop("name it in expect.optional_fields"),
    _noop("open it in a browser"),
    _noop("open it in a browser, then ask its operator"),
    _noop("open it in a browser: it may be a passing trouble of the portal's"),
    _noop("open both in a browser"),
    _noop("try its address in a browser"),
    _noop("look at the list in a browser"),
    _noop("look at the list in a browser, its last page above all"),
    _noop("look at the list in a browser; one that shows other records each time by nature needs expect.window = true"),
    _noop("compare it with its last good capture"),
    _noop("compare it with the page's source, as the server sends it"),
    _noop("what was seen counts, what was not proves nothing"),
    _noop("%(url)s: %(said)s"),
    _noop("%(brand)s block page"),
    _noop("%(brand)s challenge"),
    _noop("%(brand)s waiting room"),
    _noop("access denied page"),
    _noop("status %(n)s"),
)
"""What a crawl found: crawler.health, questions, doubt, darkness."""
_PORTALS = (
    _noop("seen in part only by %(crawls)s in a row, since %(moment)s UTC: %(said)s"),
    _noop("since %(moment)s UTC it could not be seen"),
    _noop("since %(moment)s UTC %(crawls)s saw nothing to rely on and %(rows)s saw only a part"),
    _noop("since %(moment)s UTC %(crawls)s saw nothing to rely on"),
    _noop("since %(moment)s UTC %(crawls)s saw only a part"),
    _noop(
        "this crawl found what changed meanwhile: %(tally)s; it happened between %(from)s UTC and %(until)s UTC, the exact day is unknown"
    ),
    _noop("this crawl found: %(tally)s"),
    _noop("this crawl found nothing that changed meanwhile"),
    _noop("%(n)s of %(m)s records are missing at once"),
    _noop("either the portal took them down, or this crawl was shown a list that is not the real one"),
    _noop("they are kept as missing until the next complete healthy crawl"),
    _noop("nothing counts as missing until a list can be believed"),
    _noop(
        "we had read it wrong: %(old)s told it so, %(new)s reads otherwise from the same page; the portal changed nothing"
    ),
)
"""What a portal was, or is again: releases.ledger.portals, missing."""
_NEXT = (
    _noop("healthy"),
    _noop("empty"),
    _noop("partial"),
    _noop("blocked"),
    _noop("broken"),
    _noop("down"),
    _noop("%(moment)s UTC"),
    _noop("it was never crawled"),
    _noop("%(said)s, a few minutes early so as not to slip; the last crawl began %(moment)s UTC"),
    _noop("%(said)s; the last crawl began %(moment)s UTC"),
    _noop("hourly"),
    _noop("daily"),
    _noop("weekly"),
    _noop("%(said)s: %(then)s; bounds %(shortest)s to %(longest)s"),
    _noop("every %(days)s"),
    _noop("every day"),
    _noop("every hour"),
    _noop("how often it publishes is not known yet"),
    _noop("no change in the last %(days)s"),
    _noop("no change in the last day"),
    _noop("%(rows)s on %(m)s of the last %(days)s"),
)
"""When a portal is looked at next: releases.portals."""
_DEADLINES = (
    _noop("%(days)s late: due %(due)s, counted from %(field)s %(start)s"),
    _noop("even an extension that the portal would not print ended on %(day)s"),
    _noop("counted from %(field)s %(start)s: due %(due)s"),
    _noop("covered, as %(said)s"),
    _noop("not covered: %(said)s"),
    _noop("%(field)s says “%(text)s”, which the rule does not cover"),
    _noop("%(field)s says “%(text)s”, which the rule is not about"),
    _noop("%(field)s says “%(text)s”: covered only under conditions that the portal does not print"),
    _noop("%(field)s says “%(text)s”"),
    _noop("the rule covers every record of this kind"),
    _noop("the portal prints no %(field)s, which decides whether the rule covers it"),
    _noop("the portal prints no %(field)s"),
    _noop("%(field)s %(day)s is before the rule's first day, %(start)s"),
    _noop("%(field)s is not printed"),
    _noop("%(field)s is “%(text)s”: %(said)s"),
    _noop("no date"),
    _noop("no date that can be read"),
    _noop("the year must be a misprint"),
    _noop("there is no such day or time"),
    _noop("there is no such day"),
    _noop("its year is not written out"),
    _noop("day and month can not be told apart; `date_order` in the portal file says which"),
    _noop("the portal was last seen on %(day)s: not released as of then"),
    _noop("the portal was never seen in a healthy crawl: not released as of then"),
    _noop("with an extension, which the portal does not print, the last day is %(day)s"),
    _noop("the portal no longer lists it"),
    _noop("the clock stands still from %(start)s to %(until)s: %(said)s"),
    _noop("the clock stands still from %(start)s to %(until)s"),
    _noop("the clock stands still from %(start)s on: %(said)s"),
    _noop("the clock stands still from %(start)s on"),
    _noop("the clock stood still, %(field)s to %(other)s: %(said)s"),
    _noop("%(field)s names a day to come, %(day)s"),
    _noop("%(field)s %(day)s is before %(other)s: one of them is a misprint"),
    _noop("%(field)s is %(day)s, after the day on which the case was first seen: a misprint"),
    _noop("%(day)s, after the day on which the case was first seen: a misprint"),
    _noop("printed as released on %(day)s, but not there when we looked on %(start)s"),
    _noop("note of %(day)s by %(name)s: %(text)s"),
    _noop("note of %(day)s: %(text)s"),
    _noop("not overdue, but %(said)s"),
    _noop("not overdue: its last day is %(day)s; %(said)s"),
    _noop("not overdue: it was printed as released on %(day)s, in time; its last day was %(start)s"),
    _noop("not overdue: it was released by %(day)s, in time; its last day was %(start)s"),
    _noop("not overdue: %(said)s"),
    _noop(
        "it may have been released in time: it was first seen on %(day)s, the look before was on %(before)s, its last day was %(start)s"
    ),
    _noop("that it was overdue can not be said any more: %(said)s"),
    _noop("barred: %(said)s"),
    _noop("unknown: %(said)s"),
    _noop("on %(day)s, in %(days)s, %(text)s"),
    _noop("on %(day)s, today, %(text)s"),
    _noop("on %(day)s, %(days)s ago, %(text)s"),
    _noop("in %(days)s"),
    _noop("today"),
    _noop("%(days)s ago"),
)
"""Deadlines and days ahead: releases.deadlines."""
_SEARCH = (
    _noop("the query has more than %(n)s characters"),
    _noop("half a character stands here"),
    _noop("type it again"),
    _noop("there is nothing to look for"),
    _noop("write a word, or words in quotes"),
    _noop("this ) closes nothing"),
    _noop("this quote is never closed"),
    _noop('write "words in a row"'),
    _noop("more than %(n)s parentheses deep"),
    _noop("asof: is said of the whole search, not of one side of OR"),
    _noop("asof: is said once, of the whole search"),
    _noop("asof: is said in the query and beside it"),
    _noop("leave one of them out"),
    _noop("write it outside ( ), without a -: %(example)s"),
    _noop("nothing stands before AND"),
    _noop("nothing stands after AND"),
    _noop("there is nothing to leave out after this -"),
    _noop("this only says what to leave out"),
    _noop("add a word to look for, or portal:name"),
    _noop("a word is missing here"),
    _noop("OR and ( ) need words beside them"),
    _noop("this ( is never closed"),
    _noop("more than %(n)s terms"),
    _noop("nothing stands after the colon"),
    _noop("no space: %(example)s"),
    _noop("a * can only end a word"),
    _noop("pol* finds police, policy"),
    _noop("%(name)s: names nothing"),
    _noop("this names no field"),
    _noop("what is compared has no *"),
    _noop("there is no word here"),
    _noop("letters and digits are searched, signs are not"),
    _noop("a word needs %(n)s letters before its *"),
    _noop("this compares with nothing"),
    _noop("%(text)s cannot be compared: neither numbers nor dates"),
    _noop("this ends before it begins"),
    _noop("%(text)s is no date"),
    _noop("write %(one)s, %(two)s or %(three)s"),
    _noop("no record has a field %(name)s"),
    _noop("close to it: %(names)s"),
    _noop("fields of every record: %(names)s"),
    _noop("in quotes a colon is a sign like any other"),
)
"""What a search means: releases.search."""
_COMPARED = (
    _noop("no numbered clause was found in either text"),
    _noop("it is of no kind that can be compared inside"),
    _noop("%(said)s came instead of %(then)s"),
    _noop("a web page"),
    _noop("a PDF"),
    _noop("a picture"),
    _noop("a recording"),
    _noop("a text"),
)
"""What cannot be compared: releases.diff."""
FORMS = (*_VERDICTS, *_PORTALS, *_NEXT, *_DEADLINES, *_SEARCH, *_COMPARED)
