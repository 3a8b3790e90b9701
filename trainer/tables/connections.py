"""Open connections to the database file: one that was used is kept for the next unit of work."""

import os
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

KEPT = 8
"""Connections that wait for work; more are opened when needed, and closed when done."""

Place = tuple[int, int]


@dataclass
class Open:
    """A connection and the file it was opened on; ``place`` is ``None`` while there is none."""

    db: Database
    place: Place | None


class Connections:
    """The idle connections of one database file.

    Opening one costs more than most units of work, and closing the last one writes the whole log into the file.
    """

    def __init__(self) -> None:
        self._idle: list[Open] = []
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def take(self, path: Path, wait: float) -> Open:
        """A connection to the file that stands there now; ``wait`` is seconds to wait for another writer.

        Raises sqlite3.Error.
        """
        here = _place(path)
        with self._lock:
            if self._pid != os.getpid():  # none may be used across a fork
                self._idle, self._pid = [], os.getpid()
            idle = self._idle.pop() if self._idle else None
        if idle is not None:
            if idle.place == here:
                return idle
            idle.db.close()  # another file stands there now
        db = Database(sqlite3.connect(path, timeout=wait, check_same_thread=False))
        try:
            db.execute("pragma foreign_keys=on")
            db.execute("pragma synchronous=normal")
        except BaseException:
            db.close()
            raise
        return Open(db, here)

    def give_back(self, used: Open, *, keep: bool) -> None:
        """Keeps a connection for the next; one on which something went wrong is closed."""
        if keep and used.place is not None and not used.db.conn.in_transaction:
            with self._lock:
                if len(self._idle) < KEPT:
                    self._idle.append(used)
                    return
        used.db.close()

    def close(self) -> None:
        """Closes all that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for one in idle:
            one.db.close()

    def __del__(self) -> None:
        if self._pid == os.getpid():
            self.close()


def _place(path: Path) -> Place | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)
