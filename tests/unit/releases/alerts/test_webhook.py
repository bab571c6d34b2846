"""Webhooks as receivers see them: their library's verdict, the published schema, secrets replaced; and chat services."""

import json
import re
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from releases.alerts.deliver import deliver_owed
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.outbox import enqueue
from releases.alerts.services import ServiceChannel
from releases.alerts.story import events_of, story
from releases.alerts.story_shape import Certificate, Vouched
from releases.alerts.subscriptions import subscribe
from releases.alerts.webhook import body
from releases.alerts.webhook_secrets import MOST, forget_older, rotate_secret
from releases.models import Delivery, Event
from tests.unit.releases.alerts.conftest import commit, receiver, row
from tests.unit.releases.alerts.test_mail import release, section
from tests.unit.releases.alerts.test_mail import story as told_of

PAGE = Path(__file__).parents[4] / "docs/reference/webhooks.md"
SCHEMA = json.loads(re.search(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1])
ALL = {"everything": True}
FILE = {"id": "f", "identity": "f", "url": "https://harbor.example/f.pdf", "name": "Report", "kind": "report"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KNOWN = {
    "$schema",
    "title",
    "description",
    "type",
    "const",
    "enum",
    "format",
    "required",
    "properties",
    "additionalProperties",
    "items",
}
EVERY_KIND = [
    row("LH-1", new={"Status": "Open", "n": 1, "list": ["a"]}, files=[FILE]), row("LH-1", "changed", old={"a": None}, new={"a": "b"}),
    row("", "blocked", old=None, new={"verdict": "blocked"}), row("LH-2", "retracted", old={"event": "x"}, new={"reason": "y"}),
    row("LH-3", "file_replaced", old={"size": 1}, new={"size": 2}, files=[FILE], tags=["t"]), row("LH-4", backfill=True),
]  # fmt: skip


def check(value, schema, at="$"):
    """The keywords of JSON Schema that the page uses; an unknown one fails, so that none is passed over."""
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "const" in schema:
        assert value == schema["const"], at
    if "enum" in schema:
        assert value in schema["enum"], at
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        assert type(value) in [TYPES[kind] for kind in kinds], (at, value)
    if value is not None and schema.get("format") == "date-time":
        assert datetime.fromisoformat(value).tzinfo is not None
    if schema.get("format") == "uuid":
        UUID(value)
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", ())) <= set(value), (at, set(schema["required"]) - set(value))
        if schema.get("additionalProperties") is False:
            assert set(value) <= set(schema["properties"]), (at, set(value) - set(schema["properties"]))
        for name, part in value.items():
            check(part, schema["properties"].get(name, {}), f"{at}.{name}")
    if isinstance(value, list) and "items" in schema:
        for number, part in enumerate(value):
            check(part, schema["items"], f"{at}[{number}]")


def test_the_receivers_library_takes_it_and_the_schema_holds(home):
    with receiver(204) as hook:
        made = subscribe(home, hook.url, ALL)
        enqueue(commit(*(dict(one) for one in EVERY_KIND)))
        assert deliver_owed(home).failed == 0
    assert hook.requests
    for _, headers, sent in hook.requests:
        assert headers["content-type"] == "application/json"
        payload = Webhook(made.secret).verify(sent, headers)
        check(payload, SCHEMA)
        with pytest.raises(WebhookVerificationError):
            Webhook(made.secret).verify(sent + b" ", headers)
    kinds = {event["kind"] for _, _, sent in hook.requests for event in json.loads(sent)["data"]["events"]}
    assert kinds == {"new", "changed", "blocked", "file_replaced"}


def test_the_schema_is_no_rubber_stamp(home):
    payload = json.loads(
        body(story("0a1b2c3d-0000-4000-8000-000000000000", subscribe(home, "json://h.example/", ALL), [], home))
    )
    check(payload, SCHEMA)
    for path, wrong in [("type", "x"), ("timestamp", 3), ("data", []), ("extra", 1)]:
        with pytest.raises(AssertionError):
            check({**payload, path: wrong}, SCHEMA)
    for path, wrong in [("kind", "odd"), ("events", [{}]), ("certificate", {}), ("portal", {"slug": "x"})]:
        with pytest.raises(AssertionError):
            check({**payload, "data": {**payload["data"], path: wrong}}, SCHEMA)


def test_a_digest_without_news_and_every_event_of_the_ledger_fit_the_schema(home):
    made = subscribe(home, "json://h.example/", ALL)
    certificate = Certificate("period", "summary", (Vouched("p", "Portal", False, ("Can not be seen.",)),))
    ident = "0a1b2c3d-0000-4000-8000-000000000000"
    check(json.loads(body(story(ident, made, [], home, kind="digest", certificate=certificate, waited="w"))), SCHEMA)
    commit(*(dict(one, id=one["id"][:-4] + f"{n:04}") for n, one in enumerate(EVERY_KIND)))
    events = events_of(list(Event.objects.values_list("id", flat=True)))
    payload = json.loads(body(story(ident, made, events, home)))
    check(payload, SCHEMA)
    assert len(payload["data"]["events"]) == len(EVERY_KIND)


def test_both_secrets_sign_until_the_old_one_is_forgotten(home):
    with receiver(204) as hook:
        made = subscribe(home, hook.url, ALL)
        old = made.secret
        new = rotate_secret(made.id).secret.split()[0]
        assert new != old
        enqueue(commit(row("LH-1")))
        deliver_owed(home)
        _, headers, sent = hook.requests[-1]
        for secret in (old, new):
            assert Webhook(secret).verify(sent, headers)
        assert forget_older(made.id).secret == new
        enqueue(commit(row("LH-2")))
        deliver_owed(home)
        _, headers, sent = hook.requests[-1]
        assert Webhook(new).verify(sent, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(sent, headers)
    assert len(hook.requests) == 2
    assert {d.state for d in Delivery.objects.all()} == {"sent"}


def test_secrets_do_not_pile_up_and_mail_has_none(home):
    made = subscribe(home, "https://receiver.example/x", ALL)
    for _ in range(MOST + 2):
        found = rotate_secret(made.name).secret.split()
    assert len(found) == len(set(found)) == MOST
    subscribe(home, "mailto:a@example.org", {"portals": ["lake-harbor"]}, name="mail")
    with pytest.raises(SubscriptionRefused, match="no webhook"):
        rotate_secret("mail")


@pytest.mark.parametrize(
    "url",
    [
        "json://h.example/",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#c",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "tgram://123456789:ABCdefghijkl-zyx-wvut-_1234567890A/12315544",
        "mmost://h.example/aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "ntfy://h.example/topic",
    ],
)
def test_a_service_gets_as_much_as_it_takes(url):
    channel = ServiceChannel(url)
    many = told_of(section(*(release(f"LH-{n}", title="é" * 200) for n in range(300)), more=7), headline="H" * 190)
    title, text = channel.words(many)
    service = channel._service
    assert len(title) <= (service.title_maxlen or service.body_maxlen)
    assert len(text) + (0 if service.title_maxlen else len(title) + 2) <= service.body_maxlen
    assert "LH-0" in text
    shown = len(set(re.findall(r"LH-\d+", text)))
    assert int(re.search(r"and ([\d,]+) more", text)[1]) + shown == 307
    one = channel.words(told_of(section(release("LH-1"))))[1]
    assert "field 0: Open → Closed" in one


def test_a_text_message_is_short():
    class Tiny:
        body_maxlen, title_maxlen = 160, 0

    channel = object.__new__(ServiceChannel)
    channel._service = Tiny()
    title, text = channel.words(told_of(section(release("LH-1")), headline="H" * 300))
    assert len(title) + 2 + len(text) <= 160


@pytest.mark.parametrize("said", ["<!channel>", "<@U024>", "@everyone", "see @here", "<!here|x>"])
def test_a_portal_cannot_call_everybody_in_a_chat(said):
    channel = ServiceChannel("json://h.example/")
    title, text = channel.words(told_of(section(release("LH-1", title=said)), headline=said))
    assert said not in title + text
    assert said in (title + text).replace("\u200b", "")
    assert "a@here.example" in channel.words(told_of(section(release("a@here.example"))))[1]


@pytest.mark.parametrize(
    ("scheme", "rest", "read"),
    [
        ("json", "/x", lambda sent: (sent["title"], sent["message"])),
        ("mmost", "/aaaaaaaaaaaaaaaaaaaaaaaaaa", lambda sent: (sent["text"], sent["text"])),  # as Slack's own hooks
        ("ntfy", "/topic", lambda sent: (sent["title"], sent["message"])),
    ],
)
def test_a_real_receiver_of_a_service(home, scheme, rest, read):
    with receiver(200) as hook:
        subscribe(home, hook.url.replace("http://", f"{scheme}://").replace("/hook", rest), ALL)
        enqueue(commit(*(row(f"LH-{n:04}", "changed", old={"S": "a" * 300}, new={"S": "b" * 300}) for n in range(200))))
        assert deliver_owed(home).sent == 1
    title, text = read(json.loads(hook.requests[0][2]))
    assert "200 changed cases" in title
    assert "LH-0000" in text
    assert re.search(r"and 1[0-9]+ more", text)


def test_a_service_that_refuses_is_asked_again(home):
    with receiver(500, 200) as hook:
        subscribe(home, hook.url.replace("http://", "mmost://").replace("/hook", "/aaaaaaaaaaaaaaaaaaaaaaaaaa"), ALL)
        enqueue(commit(row("LH-1")))
        assert deliver_owed(home).failed == 1
        Delivery.objects.update(next_at=Delivery.objects.get().created_at)
        assert deliver_owed(home).sent == 1
    assert len(hook.requests) == 2
