"""How models are reached: flags over environment over a settings file."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from trainer.definitions import build, read_yaml

FILE = "zvonok.yaml"
ENVIRONMENT = {
    "TRAINER_MODEL": "model",
    "TRAINER_JUDGE": "judge",
    "TRAINER_SECOND_JUDGE": "second_judge",
    "OPENAI_BASE_URL": "base_url",
    "OPENAI_API_KEY": "api_key",
    "TRAINER_PATIENCE": "patience",
    "TRAINER_TIMEOUT": "timeout",
    "TRAINER_IN_FLIGHT": "in_flight",
}


class Price(BaseModel):
    """What a million tokens cost, read and written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    currency: str = "USD"


class Settings(BaseModel):
    """All that can be set about models. Seconds: ``patience`` is the longest a trainee waits for a line, ``timeout``
    the longest one answer may take, ``stall`` the longest silence inside one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = ""
    judge: str = "rules"
    second_judge: str = ""
    base_url: str = ""
    api_key: str = Field(default="", repr=False)
    patience: float = Field(default=6.0, gt=0)
    timeout: float = Field(default=60.0, gt=0)
    stall: float = Field(default=20.0, gt=0)
    retries: int = Field(default=2, ge=0, le=5)
    in_flight: int = Field(default=16, ge=1, le=512)
    stream_usage: bool = True
    prices: dict[str, Price] = {}


def load_settings(flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in force. Raises InputError for a mistake in the file, naming file, line and key.

    The file is ``TRAINER_SETTINGS``, else ``zvonok.yaml`` here, else in the user's settings folder; it may be missing.
    """
    given = os.environ if environment is None else environment
    path = settings_file(given)
    data, lines = read_yaml(path) if path else ({}, {})
    merged = dict(data or {}) if isinstance(data, dict) or data is None else data
    if isinstance(merged, dict):
        merged |= {key: given[name] for name, key in ENVIRONMENT.items() if given.get(name)}
        merged |= {key: value for key, value in (flags or {}).items() if value is not None}
    return build(Settings, merged, path or Path("environment"), lines)


def settings_file(given: Mapping[str, str]) -> Path | None:
    """The settings file that is read, ``None`` when there is none."""
    if given.get("TRAINER_SETTINGS"):
        return Path(given["TRAINER_SETTINGS"])
    home = Path(given.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return next((one for one in (Path(FILE), home / "zvonok" / FILE) if one.is_file()), None)


def cache_file(environment: Mapping[str, str] | None = None) -> Path:
    """Where answers of models are kept: ``TRAINER_CACHE``, else the system's place for caches."""
    given = os.environ if environment is None else environment
    if given.get("TRAINER_CACHE"):
        return Path(given["TRAINER_CACHE"])
    if os.name == "nt":
        return Path(given.get("LOCALAPPDATA") or Path.home()) / "zvonok" / "answers.db"
    return Path(given.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zvonok" / "answers.db"
