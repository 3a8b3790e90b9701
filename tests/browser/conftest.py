"""The app as people run it: a process of its own on a free port, and Debian's Chromium."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SERVE = (
    "import sys; from pathlib import Path; from trainer.web.server import serve; "
    "serve('127.0.0.1', int(sys.argv[1]), Path(sys.argv[2]))"
)


@dataclass
class Site:
    """A running app; ``restart`` stops it as Ctrl-C does and starts it again at the same address."""

    database: Path
    port: int = 0
    process: Any = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", SERVE, str(self.port), str(self.database)],
            stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=Path(__file__).parents[2],
        )  # fmt: skip
        for line in self.process.stdout:
            if "http://" in line:
                self.port = int(line.rstrip().rstrip("/").rsplit(":", 1)[1])
                return
        raise RuntimeError("the app did not start")

    def stop(self) -> int:
        self.process.send_signal(2)
        return int(self.process.wait(timeout=15))

    def restart(self) -> None:
        self.stop()
        self.start()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site") / "zvonok.db")
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": shutil.which("chromium"), "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "ru-RU"}


@pytest.fixture
def outside(page: Any, site: Site) -> Iterator[list[str]]:
    """Addresses outside the app that the page asked for; none are allowed."""
    asked: list[str] = []
    own = (site.address, "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(own) else asked.append(request.url))
    yield asked
    assert asked == []
