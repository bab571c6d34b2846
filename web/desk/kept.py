"""What the keeper does for the desk: mails questions, forgets who did not answer, lets go of what is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from archive.holdings import Holdings
from config.errors import RecordwatchError
from config.home import Home
from releases.alerts.confirm import PATIENCE, forget_unanswered
from releases.alerts.mail import MailChannel
from web.desk import documentcloud_work
from web.desk.in_words import asked_in_words, cadence_words
from web.desk.limits import forget
from web.desk.models import Question, SecretAddress, SharedRecord

AT_ONCE = 20
"""Letters of one look, so that everything else is kept up as well."""
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
"""After the first, second … try that failed; after one more it is given up."""
CLAIM = timedelta(minutes=10)
"""How long one that is being mailed is left alone by other keepers."""
TIDY_EVERY = timedelta(hours=1)
REVOKED_KEPT = timedelta(days=30)
_tidied: list[datetime] = []


def keep(holdings: Holdings) -> None:
    """See `web.keeper`."""
    now = datetime.now(UTC)
    ask_due(holdings.home, now)
    documentcloud_work.look(holdings.home, now)
    if not _tidied or abs(now - _tidied[0]) >= TIDY_EVERY:
        tidy(now)
        _tidied[:] = [now]


def ask_due(home: Home, now: datetime) -> int:
    """Mail the questions that are due. How many left."""
    due = Question.objects.filter(next_at__lte=now).order_by("next_at").select_related("subscription")
    return sum(_ask(home, one, now) for one in due[:AT_ONCE])


def tidy(now: datetime) -> None:
    """Forget addresses of people who did not say yes, yesterday's counts, and what was revoked or is over for a while."""
    forget_unanswered(now)
    forget(now)
    SecretAddress.objects.filter(revoked_at__lt=now - REVOKED_KEPT).delete()
    SharedRecord.objects.filter(revoked_at__lt=now - REVOKED_KEPT).delete()
    SharedRecord.objects.filter(expires_at__lt=now - REVOKED_KEPT).delete()


def _ask(home: Home, question: Question, now: datetime) -> bool:
    asked = question.subscription
    mine = Question.objects.filter(pk=question.pk, next_at=question.next_at)
    if not asked.waits:
        mine.delete()
        return False
    if not mine.update(next_at=now + CLAIM, attempts=question.attempts + 1):
        return False  # another keeper has it
    mine = Question.objects.filter(pk=question.pk)
    with translation.override(asked.language or "en"):
        subject, text = written(home, question)
    try:
        MailChannel(asked.channel, home).send_letter(f"question-{asked.id}", subject, text)
    except (RecordwatchError, OSError):
        if question.attempts < len(WAITS):
            mine.update(next_at=now + WAITS[question.attempts])
        else:
            mine.delete()
        return False
    mine.delete()
    return True


def written(home: Home, question: Question) -> tuple[str, str]:
    """Subject and text, in the language that is active."""
    asked, newsroom = question.subscription, " ".join(home.settings.operator.name.split())
    link = f"{question.base}/subscriptions/confirm/{asked.confirm_token}"
    what = "\n".join(f"  {name}: {value}" for name, value in asked_in_words(asked.filters))
    lines = (
        _("Somebody asked the newsroom of %(newsroom)s to send messages to this address, %(when)s, about:")
        % {"newsroom": newsroom, "when": cadence_words(asked.cadence)},
        what,
        _("If it was you, open this link and say yes there:"),
        link,
        _("If it was not you, do nothing: nothing more is sent, and your address is forgotten after %(days)d days.")
        % {"days": PATIENCE.days},
    )
    return _("Do you want these messages?"), "\n\n".join(lines) + "\n"
