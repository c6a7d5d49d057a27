"""Settings of alerts. To add a kind of notifier, write ``alerts/<kind>.py`` and add its settings to the union."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class AlertmanagerSettings(BaseModel):
    """A Prometheus Alertmanager, which groups, silences and passes on to mail, pagers and chats."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["alertmanager"]
    name: str = Field(default="alertmanager", min_length=1, max_length=100, description="what metrics call it")
    url: str = Field(pattern=r"^https?://[^\s]+$", description="its address, without /api/v2")
    seconds: float = Field(default=10, gt=0, le=60, description="longest wait for an answer")


class WebhookSettings(BaseModel):
    """Any HTTP address that takes a JSON body."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["webhook"]
    name: str = Field(default="webhook", min_length=1, max_length=100, description="what metrics call it")
    url: str = Field(pattern=r"^https?://[^\s]+$", description="where each change is sent to")
    secret: SecretStr | None = Field(default=None, description="signs the body; better in a file")
    secret_file: Path | None = Field(default=None, description="a file that holds it")
    seconds: float = Field(default=10, gt=0, le=60, description="longest wait for an answer")

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.secret is not None and self.secret_file is not None:
            raise ValueError("give either secret or secret_file")
        return self


class TopicSettings(BaseModel):
    """A Kafka topic on the broker of the key kafka."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["kafka"]
    name: str = Field(default="kafka", min_length=1, max_length=100, description="what metrics call it")
    topic: str = Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$", description="the topic that gets each change")
    seconds: float = Field(default=10, gt=0, le=60, description="longest wait for the broker")


NotifierSettings = Annotated[AlertmanagerSettings | WebhookSettings | TopicSettings, Field(discriminator="kind")]


class AlertSettings(BaseModel):
    """What people are alerted of, and who tells them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(default=True, description="watch the store")
    seconds: float = Field(default=0.5, gt=0, le=3600, description="new signals are looked for so often")
    look_back_hours: int = Field(
        default=24, ge=0, le=168, description="hours before a store's last event that a first start still alerts of"
    )
    false_alarms_a_week: float = Field(
        default=1,
        gt=0,
        le=100,
        description="bursts that chance alone may raise in a week, over all scopes; of promises, and as many of themes",
    )
    burst_signals: int = Field(default=5, ge=2, le=10_000, description="broken signals of a burst, at the least")
    burst_times: float = Field(default=1.5, ge=1.1, le=100, description="times its usual share, at the least")
    budget_signals: int = Field(default=10, ge=2, le=10_000, description="verdicts that tell of a burn, at the least")
    grave_severity: int = Field(default=5, ge=1, le=5, description="one signal of so grave a promise is an alert")
    silence_hours: int = Field(
        default=72, ge=6, le=672, description="a promise unspoken of for less is not silent; of a feed a quarter"
    )
    calm_hours: int = Field(default=6, ge=1, le=168, description="hours of calm until recovery resolves an alert")
    reopen_hours: int = Field(default=24, ge=0, le=672, description="the same cause within them re-opens its alert")
    console_url: str | None = Field(
        default=None, pattern=r"^https?://[^\s]+$", description="address of the console, for links in what is told"
    )
    notifiers: list[NotifierSettings] = Field(default=[], max_length=20, description="who is told")

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [one.name for one in self.notifiers]
        if len(set(names)) < len(names):
            raise ValueError("two notifiers have the same name")
        return self
