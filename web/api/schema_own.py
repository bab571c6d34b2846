"""Types of what is one's own: subscriptions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import ConfigDict

from web.api.schema import Words

Few = Annotated[list[Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]], Field(max_length=200)]


class SubscriptionRow(Schema):
    id: str
    name: str
    note: str
    filters: dict[str, Any] = Field(description="What it asks for, as docs/reference/alerts.md tells it.")
    way: str = Field(description="mail, slack, webhook, service")
    channel: str = Field(description="Where to, without what is secret in it.")
    cadence: str
    timezone: str
    quiet: str
    language: str
    created_at: datetime
    stopped_at: datetime | None
    page: str = Field(description="Our page of it.")


class SubscriptionMade(SubscriptionRow):
    secret: str = Field(description="What a webhook's messages are signed with, told once; else empty.")


class SubscriptionAsked(Schema):
    """What to ask for, how and when; at least one of `q` to `everything`. A field that is not known is refused."""

    model_config = ConfigDict(extra="forbid")

    q: Words = Field("", description="As a search.")
    portals: Few = []
    keys: Few = []
    kinds: Few = Field([], description="Of events.")
    record_kinds: Few = []
    words: Words = ""
    fields: Few = Field([], description="Conditions: `district=04`, `date>=2031-01-31`.")
    everything: bool = False
    health: bool = Field(True, description="Also when a portal cannot be seen.")
    backfill: bool = False
    name: Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")] = ""
    note: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""
    way: Literal["mail", "slack", "webhook", "service"] = Field("mail", description="mail: to your account's address.")
    address: Words = Field("", description="Of the webhook or service; a Slack channel's id.")
    cadence: Literal["instant", "hourly", "daily", "weekly"] = "daily"
    digest_at: Annotated[str, Field(max_length=5)] = "08:00"
    digest_day: Annotated[str, Field(max_length=9)] = "monday"
    timezone: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = "UTC"
    quiet: Annotated[str, Field(max_length=11)] = ""
    most_per_day: Annotated[int, Field(ge=0, le=10_000)] = 0
    language: Literal["en", "es"] = "en"
