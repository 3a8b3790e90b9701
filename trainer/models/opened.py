"""A model by its name: ``provider:model``, ``replay:FILE``, ``scripted:FILE``."""

from pathlib import Path

from trainer.definitions import read_yaml
from trainer.errors import InputError, ModelFailure
from trainer.models.recording import Cached, Recorder, Replay, Scripted
from trainer.models.request import Model
from trainer.models.settings import Settings, cache_file
from trainer.models.usage import Counted, Usage

OPENAI = "https://api.openai.com/v1"
SERVERS = {
    "openai": OPENAI,
    "ollama": "http://127.0.0.1:11434/v1",
    "lmstudio": "http://127.0.0.1:1234/v1",
    "llamacpp": "http://127.0.0.1:8080/v1",
    "vllm": "http://127.0.0.1:8000/v1",
    "compatible": "",
}
"""Names of servers that speak the OpenAI protocol, with the address of each where OPENAI_BASE_URL gives none."""
OTHERS = frozenset({
    "anthropic", "azure_ai", "azure_openai", "bedrock", "bedrock_converse", "cohere", "deepseek", "fireworks",
    "google_anthropic_vertex", "google_genai", "google_vertexai", "groq", "huggingface", "ibm", "mistralai", "nvidia",
    "perplexity", "together", "upstage", "xai",
})  # fmt: skip
"""Providers that LangChain's ``init_chat_model`` knows by a package of their own."""


def open_model(
    name: str,
    settings: Settings,
    *,
    usage: Usage | None = None,
    record: Path | None = None,
    cached: bool = False,
) -> Model:
    """The model, counted, recorded and cached as asked. Raises ModelFailure or InputError when it cannot be had."""
    kind, _, rest = name.partition(":")
    if kind == "replay":
        model: Model = Replay(Path(rest))
    elif kind == "scripted":
        model = Scripted(_script(Path(rest)))
    else:
        model = _server(name, settings)
        if cached:
            model = Cached(model, cache_file())
    if record:
        model = Recorder(model, record)
    return Counted(model, usage, settings.prices) if usage is not None else model


def where(name: str, settings: Settings) -> str:
    """The address a name leads to; empty where a provider's own package decides."""
    kind, colon, _ = name.partition(":")
    if colon and kind in OTHERS:
        return ""
    return settings.base_url or SERVERS.get(kind if colon else "openai", "")


def _server(name: str, settings: Settings) -> Model:
    from trainer.models.chat import Anything, Compatible

    kind, colon, rest = name.partition(":")
    if colon and kind in OTHERS:
        return Anything(name, kind, rest, settings)
    model = rest if colon and kind in SERVERS else name
    url = where(name, settings)
    if not model:
        raise ModelFailure("no_model", cause=name)
    if colon and kind not in SERVERS and not settings.base_url:
        raise ModelFailure("no_provider", name=name, cause=", ".join([*SERVERS, *sorted(OTHERS)]))
    if not url:
        raise ModelFailure("no_url", name=name)
    if url == OPENAI and not settings.api_key:
        raise ModelFailure("no_key", name=name)
    return Compatible(name, model, url, settings.api_key, settings)


def _script(path: Path) -> list[str]:
    lines, _ = read_yaml(path)
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise InputError("seller_script", file=path, line=1)
    return lines
