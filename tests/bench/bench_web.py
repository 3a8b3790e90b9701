"""Many trainees at once against the real app, beside a lean Gradio echo: what is added to the client's own rhythm.

    python tests/bench/bench_web.py [--clients 50] [--turns 4] [--think 3]
    python tests/bench/bench_web.py --paint

Both servers are child processes on free loopback ports; every trainee has an account and a session of his own, starts a
call and speaks the browser's protocol. Added is the time from sending a line until the reply is complete, less the time
that the client takes to say it. ``--paint`` opens the first pages in Chromium with nothing in its cache instead.
Prints figures, asserts nothing: a loaded machine must not fail a build.
"""

import argparse
import asyncio
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from trainer.store import Store
from trainer.team import sessions
from trainer.web.door import COOKIE
from trainer.web.rhythm import rhythm

HERE = Path(__file__).parent
SERVE = (
    "import sys; from pathlib import Path; from trainer.web.server import serve; "
    "serve('127.0.0.1', int(sys.argv[1]), Path(sys.argv[2]))"
)
SEED = 3
PARTS = (("p50", 0.5), ("p95", 0.95), ("most", 1.0))
CLIENTS = ("tourist", "price", "terse", "returning", "referral")
LINES = (
    "Добрый день! Меня зовут Марина, чем могу вам помочь?",
    "Понимаю. Расскажите, пожалуйста, что для вас важнее всего?",
    "Хорошо, что сказали. А что именно вас смущает?",
    "Давайте я покажу вам образцы. Вам удобнее сегодня в шесть или завтра в три?",
    "Спасибо, записала. Что ещё вы хотели бы узнать?",
    "А когда вы хотели бы всё закончить?",
)
CALL = re.compile(r"\?call=([\w-]{12})")


@dataclass
class Server:
    """A child process that answers at ``address``; ``router`` and ``events`` are what the page's script would use."""

    process: "subprocess.Popen[str]"
    address: str
    router: int = 0
    events: dict[str, int] = field(default_factory=dict)

    @property
    def processor(self) -> float:
        """Seconds of processor time so far; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Measured:
    """Added seconds of each turn, and what went wrong."""

    added: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    processor: float = 0.0

    def quantile(self, part: float) -> float:
        """A quantile of the added time in milliseconds."""
        found = sorted(self.added)
        return found[min(len(found) - 1, int(part * len(found)))] * 1000 if found else float("nan")

    def row(self, name: str) -> str:
        """The figures in one line."""
        each = self.processor * 1000 / max(1, len(self.added))
        shown = "   ".join(f"{part} {self.quantile(at):6.1f} ms" for part, at in PARTS)
        errors = len(self.errors)
        return (
            f"{name:10} turns {len(self.added):4}   added {shown}   processor {each:5.1f} ms a turn   errors {errors}"
        )


@contextmanager
def running(name: str, command: Sequence[str], port: int, ready: str) -> Iterator[Server]:
    """A child process once it has printed that it listens; ended when done with."""
    process = subprocess.Popen([sys.executable, "-u", *command], stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1])
    try:
        assert process.stdout is not None
        if not any(ready in line for line in process.stdout):
            raise SystemExit(f"{name} did not start")
        yield Server(process, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def the_app(database: Path) -> Iterator[Server]:
    """The app as ``trainer serve`` starts it; ready once it prints how to stop it."""
    port = free_port()
    with running("the app", ["-c", SERVE, str(port), str(database)], port, "Ctrl") as server:
        yield server


def accounts(database: Path, people: int) -> list[str]:
    """Trainees with a session each; gives their cookies."""
    store = Store(database)
    store.migrate()
    now = time.time()
    with store.tx(write=True) as db:
        sql = "insert into people (id, name, role, language, login) values (?, ?, 'trainee', 'ru', ?)"
        db.conn.executemany(sql, [(id, f"Продавец {id}", f"seller{id}") for id in range(2, people + 2)])
        return [f"{COOKIE}={sessions.begin(db, id, now)}" for id in range(2, people + 2)]


async def learn(web: httpx.AsyncClient, server: Server, cookie: str) -> None:
    """Reads from the app's own configuration which event is which."""
    found = (await web.get(f"{server.address}/config", headers={"cookie": cookie})).raise_for_status().json()
    for one in found["dependencies"]:
        for target, event in one["targets"]:
            server.events.setdefault(event, one["id"])
            server.router = target if event == "stop" else server.router


@dataclass
class Browser:
    """One person's page: sends events and reads what they bring, as Gradio's script does."""

    web: httpx.AsyncClient
    server: Server
    cookie: str
    stream: str

    async def send(self, event: str, data: Sequence[object] = (), **given: str) -> tuple[float, str]:
        """Seconds from sending until all has come, and all that came. Raises RuntimeError, httpx.HTTPError."""
        headers = {"cookie": self.cookie}
        body = {
            "data": list(data), "fn_index": self.server.events[event], "session_hash": self.stream,
            "trigger_id": self.server.router, "event_data": given or None,
        }  # fmt: skip
        queue = f"{self.server.address}/gradio_api/queue"
        began = time.perf_counter()
        (await self.web.post(f"{queue}/join", json=body, headers=headers)).raise_for_status()
        done, came = 0.0, []
        asked = self.web.stream("GET", f"{queue}/data", params={"session_hash": self.stream}, headers=headers)
        async with asked as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                came.append(line)
                if '"msg":"process_completed"' in line:
                    done = time.perf_counter() - began
                    if '"success":true' not in line:
                        raise RuntimeError(line[:300])
        if not done:
            raise RuntimeError("the reply did not come to its end")
        return done, "\n".join(came)


@dataclass
class Trainee:
    """One trainee's calls: what he said in which of them, and how long each turn took."""

    browser: Browser
    chance: random.Random
    persona: str
    call: str = ""
    spoken: list[tuple[str, float]] = field(default_factory=list)
    """The call and the seconds of each line."""

    async def start(self) -> None:
        """A new call with his client."""
        _, came = await self.browser.send("click", place=f"?client={self.persona}")
        found = CALL.search(came)
        if found is None:
            raise RuntimeError("no call was started")
        self.call = found[1]

    async def practise(self, turns: int, think: float) -> None:
        """A call of so many lines; another one where the client has hung up before the last."""
        await self.start()
        lines = iter(LINES * turns)
        for _ in range(turns):
            await asyncio.sleep(think * self.chance.uniform(0.5, 1.5))
            took, came = await self.browser.send("submit", place=f"?call={self.call}", text=next(lines))
            self.spoken.append((self.call, took))
            if "data-over" in came:
                await self.start()
                lines = iter(LINES * turns)


def replies(database: Path, call: str) -> list[str]:
    """What the client answered to each line of a call."""
    with sqlite3.connect(database) as db:
        rows = db.execute("select role, text from turns where call = ? order by number", (call,)).fetchall()
    found: list[str] = []
    for role, text in rows:
        if role == "seller":
            found.append("")
        elif role == "client" and found:
            found[-1] = f"{found[-1]} {text}".strip()
    return found


def added(trainee: Trainee, database: Path) -> list[float]:
    """The seconds of each line beyond what its reply takes to be said."""
    found = []
    for call in dict.fromkeys(call for call, _ in trainee.spoken):
        own = [took for one, took in trainee.spoken if one == call]
        for took, reply in zip(own, replies(database, call), strict=True):
            found.append(took - sum(wait for wait, _ in rhythm(reply)))
    return found


async def load_app(server: Server, cookies: Sequence[str], database: Path, asked: argparse.Namespace) -> Measured:
    """The trainees' turns with the app."""
    measured = Measured()
    async with web() as client:
        page = Server(server.process, f"{server.address}/ru")
        await learn(client, page, cookies[0])
        people = [
            Trainee(Browser(client, page, cookie, f"p{n}"), random.Random(f"{SEED}:{n}"), CLIENTS[n % len(CLIENTS)])
            for n, cookie in enumerate(cookies)
        ]
        before = server.processor
        await asyncio.gather(*(guarded(one, measured, asked) for one in people))
        measured.processor = server.processor - before
    for one in people:
        measured.added += added(one, database)
    return measured


async def guarded(one: Trainee, measured: Measured, asked: argparse.Namespace) -> None:
    """A trainee's call; what goes wrong is a figure, too."""
    try:
        await asyncio.sleep(asked.think * one.chance.random())
        await one.practise(asked.turns, asked.think)
    except (RuntimeError, httpx.HTTPError) as error:
        measured.errors.append(repr(error)[:300])


async def load_echo(server: Server, clients: int, asked: argparse.Namespace) -> Measured:
    """As many turns with the lean echo."""
    from lean_echo import IDEAL

    measured = Measured()

    async def talk(number: int) -> None:
        chance = random.Random(f"{SEED}:{number}")
        page = Browser(client, server, "", f"e{number}")
        await asyncio.sleep(asked.think * chance.random())
        for turn in range(asked.turns):
            await asyncio.sleep(asked.think * chance.uniform(0.5, 1.5))
            try:
                took, _ = await page.send("submit", data=(LINES[turn % len(LINES)], None))
                measured.added.append(took - IDEAL)
            except (RuntimeError, httpx.HTTPError) as error:
                measured.errors.append(repr(error)[:300])

    async with web() as client:
        await learn(client, server, "")
        before = server.processor
        await asyncio.gather(*(talk(number) for number in range(clients)))
        measured.processor = server.processor - before
    return measured


def web() -> httpx.AsyncClient:
    """A client that opens as many connections as there are people."""
    return httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=None), trust_env=False)


def talk(asked: argparse.Namespace, folder: Path) -> None:
    """Measures the echo and the app, one after the other, both already up and warm."""
    quick = argparse.Namespace(**{**vars(asked), "turns": 2, "think": 0.0})
    database = folder / "zvonok.db"
    cookies = accounts(database, asked.clients)
    port = free_port()
    with (
        running("the echo", [str(HERE / "lean_echo.py"), str(port)], port, "listening") as echo,
        the_app(database) as app,
    ):
        time.sleep(asked.rest)
        asyncio.run(load_echo(echo, 2, quick))
        asyncio.run(load_app(app, cookies[:2], database, quick))
        print(f"{asked.clients} clients, {asked.turns} turns, {asked.think:g} s to think", flush=True)
        lean = asyncio.run(load_echo(echo, asked.clients, asked))
        print(lean.row("lean echo"), flush=True)
        ours = asyncio.run(load_app(app, cookies, database, asked))
        print(ours.row("the app"), flush=True)
    ratio = ours.quantile(0.5) / lean.quantile(0.5)
    print(f"ratio of the medians {ratio:.2f}; asked for: p50 30 ms, p95 80 ms, ratio 1.5")
    for error in (*lean.errors, *ours.errors)[:5]:
        print(f"  {error}")


PAINTS = """
    () => new Promise((done) => {
      const seen = {fcp: 0, lcp: 0, bytes: 0, files: 0}
      const first = performance.getEntriesByName('first-contentful-paint')[0]
      if (first) seen.fcp = first.startTime
      const larger = (list) => list.getEntries().forEach((one) => { seen.lcp = Math.max(seen.lcp, one.startTime) })
      new PerformanceObserver(larger).observe({type: 'largest-contentful-paint', buffered: true})
      for (const one of performance.getEntriesByType('resource')) { seen.bytes += one.transferSize; seen.files += 1 }
      setTimeout(() => done(seen), 200)
    })"""
"""What the browser noted of a page: its first words or pictures, the largest of them, and what was fetched."""


def paint(folder: Path) -> None:
    """The first pages in a Chromium that has seen none of them: the server warm, then just started."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    alone, team = folder / "alone.db", folder / "team.db"
    accounts(team, 1)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, database, way, ready in (
            ("choose", alone, "/ru/", "#main .cards"), ("login", team, "/login", "form [type=submit]"),
        ):  # fmt: skip
            with the_app(database) as app:
                for state in ("just started", "warm", "warm", "warm"):
                    context = browser.new_context(locale="ru-RU", viewport={"width": 1280, "height": 800})
                    page = context.new_page()
                    page.set_default_timeout(120_000)
                    began = time.perf_counter()
                    page.goto(app.address + way)
                    page.wait_for_selector(ready)
                    whole = time.perf_counter() - began
                    seen = page.evaluate(PAINTS)
                    context.close()
                    print(
                        f"{name:8} {state:13} first paint {seen['fcp']:6.0f} ms   largest {seen['lcp']:6.0f} ms   "
                        f"usable {whole * 1000:6.0f} ms   {seen['files']:3} files, {seen['bytes'] / 1000:5.0f} kB",
                        flush=True,
                    )
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--think", type=float, default=3.0, help="mean seconds between two lines of a trainee")
    parser.add_argument("--rest", type=float, default=5.0, help="seconds that a server just started may load in")
    parser.add_argument("--paint", action="store_true", help="the first pages in a browser instead")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.paint:
            paint(Path(folder))
        else:
            talk(asked, Path(folder))


if __name__ == "__main__":
    main()
