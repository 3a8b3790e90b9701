"""The least a Gradio app can do with a turn, on loopback: the words come back, four at a time, and the talk is kept.

    python tests/bench/lean_echo.py PORT

One line of standard output says that it listens. An async generator, no limit of concurrency, 400 threads, the talk
held on the server, so that only the growing reply travels.
"""

import asyncio
import sys
from collections.abc import AsyncIterator

import gradio as gr

SAID = "well we already have a vendor and the renewal is not until spring so tell me why I should care"
REPLY = SAID.split(" ")
GAP = 0.025
"""Seconds from word to word."""
STEP = 4
THREADS = 400
IDEAL = len(REPLY) * GAP
"""Seconds a reply takes with no server in between."""

Talk = list[dict[str, str]]


async def turn(line: str, talk: Talk | None) -> AsyncIterator[tuple[str, Talk]]:
    """The reply so far and the talk."""
    talk = [*(talk or []), {"role": "user", "content": line}]
    for end in range(STEP, len(REPLY) + STEP, STEP):
        yield " ".join(REPLY[:end]), talk
        await asyncio.sleep(GAP * len(REPLY[end - STEP : end]))
    talk.append({"role": "assistant", "content": " ".join(REPLY)})
    yield " ".join(REPLY), talk


def main(port: int) -> None:
    with gr.Blocks(analytics_enabled=False) as app:
        line, talk, reply = gr.Textbox(), gr.State(), gr.Markdown()
        line.submit(turn, [line, talk], [reply, talk], api_name="turn")
    app.queue(default_concurrency_limit=None)
    app.launch(
        server_name="127.0.0.1",
        server_port=port,
        quiet=True,
        max_threads=THREADS,
        ssr_mode=False,
        prevent_thread_lock=True,
    )
    print("listening", flush=True)
    app.block_thread()


if __name__ == "__main__":
    main(int(sys.argv[1]))
