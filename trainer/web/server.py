"""Starts the site on a loopback port, says where it is, and stops it cleanly."""

import ipaddress
import logging
import socket
import threading
import time
import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.errors import TrainerError
from trainer.texts import Language, phrase

if TYPE_CHECKING:
    from trainer.web.handlers import Desk

log = logging.getLogger(__name__)
GRACE = 3
NEXT_PORTS = 20


class ServeError(TrainerError):
    """The site cannot be served as asked."""

    def text(self, language: Language) -> str:
        return phrase(language, f"web.serve.{self.message}", **self.values)


def serve(
    host: str,
    port: int,
    database: Path,
    language: Language | None = None,
    open_browser: bool = False,
    allow_hosts: Sequence[str] = (),
    behind_proxy: bool = False,
) -> None:
    """Serves until Ctrl-C.

    Raises ServeError for an address that others can see while there are no accounts, or a taken port; StoreError.
    """
    spoken = language or "ru"
    alone = is_loopback(host) and not allow_hosts
    if not alone:
        check_accounts(host, database)
    listening = _listen(host, port)
    print(phrase(spoken, "web.serve.loading"), flush=True)
    try:
        from trainer.store import Store

        Store(database).migrate()

        import uvicorn

        from trainer.web.coach.intake import worker_of
        from trainer.web.guard import LOOPBACK
        from trainer.web.site import build_site

        desk = replace(solo_desk(database), accounts_only=not alone)
        hosts = (*LOOPBACK, *(name.strip() for name in allow_hosts))
        any_address = not is_loopback(host)
        worker_of(desk).wake()
        desk.personas()  # read before the address is told: the first page shows them
        site = build_site(desk, language, hosts, any_address=any_address, behind_proxy=behind_proxy)
        config = uvicorn.Config(
            site, log_level="warning", timeout_graceful_shutdown=GRACE, server_header=False, access_log=False,
            proxy_headers=False,
        )  # fmt: skip
        server = uvicorn.Server(config)
        address = f"http://{'localhost' if host == '::1' else host}:{listening.getsockname()[1]}/"
        told = (server, address, spoken, open_browser, desk)
        threading.Thread(target=_announce, args=told, daemon=True).start()
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        listening.close()
    print(f"\n{phrase(spoken, 'web.serve.stopped')}", flush=True)


def solo_desk(database: Path) -> "Desk":
    """The desk of solo mode: the shipped clients and rubrics, voice and judge as the settings say (else offline).

    Raises ModelFailure, InputError.
    """
    from trainer.grading.opened import open_judge
    from trainer.models.settings import load_settings
    from trainer.practice.voice import open_voice
    from trainer.store import Store
    from trainer.web.handlers import Desk

    settings = load_settings()
    judge = open_judge(settings)
    return Desk(Store(database), lambda: judge, open_voice(settings))


def is_loopback(host: str) -> bool:
    """Whether an address is one that only this machine can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_accounts(host: str, database: Path) -> None:
    """Refuses to be seen by other machines while nobody has to log in. Raises ServeError, StoreError."""
    from trainer.store import Store
    from trainer.team import accounts

    if database.exists():
        store = Store(database)
        store.migrate()
        if accounts.exist(store):
            return
    raise ServeError("not_loopback", host=host)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ServeError("port_taken", port=port, other=_free(host, port, family)) from error


def _free(host: str, port: int, family: socket.AddressFamily) -> int:
    for other in range(port + 1, port + NEXT_PORTS):
        try:
            socket.create_server((host, other), family=family).close()
        except (OSError, OverflowError):
            continue
        return other
    return 0


def _announce(server: object, address: str, language: Language, open_browser: bool, desk: "Desk") -> None:
    while not getattr(server, "started", False):
        time.sleep(0.05)
    print(phrase(language, "web.serve.ready", address=address), flush=True)
    print(phrase(language, "web.serve.stop"), flush=True)
    if open_browser:
        webbrowser.open(address)
    from trainer.web.handlers import warm, warm_everybody

    try:
        warm(desk)
        warm_everybody(desk)
    except Exception:
        log.exception("the dictionaries could not be loaded beforehand")
