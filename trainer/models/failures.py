"""Errors of servers and libraries in plain kinds, and which of them are worth another try."""

import re
from typing import Any

from trainer.errors import ModelFailure

PASSING = frozenset({"unreachable", "slow", "stalled", "cut", "busy", "server", "empty"})
"""Kinds that another try may cure."""
LASTING = frozenset({"no_key", "bad_key", "no_model", "no_money", "no_package", "no_provider", "no_url"})
"""Kinds that nobody but a person cures; the model is not asked again."""
LONGEST_CAUSE = 300


def explain(error: BaseException, allowed: float = 0.0) -> ModelFailure:
    """The failure in one of our kinds; what the server said about it goes along, cut short.

    ``allowed`` are the seconds that an answer was given.
    """
    if isinstance(error, ModelFailure):
        return error
    status = _status(error)
    name = type(error).__name__
    cause = said(error)
    if status in (401, 403) or "Authentication" in name or "PermissionDenied" in name:
        return ModelFailure("bad_key", status=status or 401, cause=cause)
    if status == 404:
        return ModelFailure("no_model", cause=cause)
    if status == 429 or "RateLimit" in name:
        spent = "insufficient_quota" in cause or "insufficient_quota" in str(getattr(error, "code", ""))
        return ModelFailure("no_money" if spent else "busy", cause=cause)
    if status is not None and status >= 500:
        return ModelFailure("server", status=status, cause=cause)
    if "StreamChunkTimeout" in name:
        return ModelFailure("stalled")
    refused = _refused(error)
    if refused:
        return ModelFailure("unreachable", cause=refused.strerror or refused)
    if isinstance(error, TimeoutError) or "Timeout" in name:
        return ModelFailure("slow", seconds=f"{allowed:g}")
    if status is not None:
        return ModelFailure("refused", status=status, cause=cause)
    if isinstance(error, OSError) or "Connect" in name or "Protocol" in name or "ReadError" in name:
        return ModelFailure("unreachable", cause=cause)
    return ModelFailure("server", status=name, cause=cause)


def retry_after(error: BaseException) -> float | None:
    """The seconds that the server asked to wait, where it did."""
    headers: Any = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after")))
    except (TypeError, ValueError):
        return None


def said(error: BaseException) -> str:
    """What an error says, on one short line and without anything that looks like a key."""
    body = getattr(error, "body", None)
    text = str(body.get("message") or error) if isinstance(body, dict) else str(error)
    text = re.sub(r"\b(?:sk|key|Bearer)[-_ ][\w*.-]{6,}", "…", " ".join(text.split()))
    return text[:LONGEST_CAUSE] or type(error).__name__


def _refused(error: BaseException) -> OSError | None:
    """The refusal to connect behind an error, which some libraries call a time-out."""
    found: BaseException | None = error
    while found is not None:
        if (
            isinstance(found, OSError)
            and not isinstance(found, TimeoutError)
            and "Connector" not in type(found).__name__
        ):
            return found
        found = found.__cause__ or found.__context__
    return None


def _status(error: BaseException) -> int | None:
    found = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return found if isinstance(found, int) else None
