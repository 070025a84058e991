"""A PostgreSQL server of a test's own, on a free port of this machine and in a temporary folder."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import glob
from importlib.util import find_spec
from pathlib import Path

import pytest

PASSWORD = "g%h/e:im"  # noqa: S105 (of a server that lives for one test)
TYPED = "g%25h%2Fe%3Aim"  # as an address has it
OTHERS = ("postgres", "nobody")  # a server refuses to run as root


def programs() -> Path | None:
    """The folder of initdb and postgres, wherever the system puts it."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    return max(map(Path, glob("/usr/lib/postgresql/*/bin")), default=None)  # noqa: PTH207


def missing() -> str | None:
    """Why there can be no server; None if there can."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed: pip install 'coexplore[postgresql]'"
    return None if programs() else "no PostgreSQL server is installed"


needs_postgresql = pytest.mark.skipif(missing() is not None, reason=missing() or "")


class Server:
    """A server that can be stopped and started; its user may connect with `PASSWORD`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user = "tester"
        self.port = _free_port()
        self._owner = _owner() if os.geteuid() == 0 else None
        if self._owner:
            shutil.chown(folder, self._owner)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        asked = ["-U", self.user, "--auth=scram-sha-256", "--no-sync", "-E", "UTF8", "--no-locale"]
        self._run("initdb", *asked, f"--pwfile={secret}", "-D", str(folder / "data"))
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        asked = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c fsync=off"
        options = f"{asked} -c unix_socket_directories={self.folder}"
        log = str(self.folder / "log")
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "-o", options, "start"
        )

    def stop(self) -> None:
        """Stop at once; whoever is connected is thrown out."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "fast", "stop")

    def address(self, database: str = "postgres", user: str | None = None) -> str:
        """The address of a database, with the password."""
        who = f"{user or self.user}:{TYPED}"
        return f"postgresql+psycopg://{who}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database; return its address."""
        name = f"team{time.time_ns()}"
        self.asked(f"CREATE DATABASE {name}")
        return self.address(name)

    def asked(self, query: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Do or ask something."""
        import psycopg  # noqa: PLC0415 (an extra)

        place = f"host=127.0.0.1 port={self.port} dbname={database} user={self.user}"
        with psycopg.connect(f"{place} password={PASSWORD}", autocommit=True) as connection:
            found = connection.execute(query)  # type: ignore[arg-type]
            return found.fetchall() if found.description else []

    def _run(self, program: str, *arguments: str) -> None:
        folder = programs()
        assert folder is not None
        log = self.folder / f"{program}.log"  # a pipe would be held open by the server
        with log.open("w") as file:
            ended = subprocess.run(
                [str(folder / program), *arguments],
                user=self._owner,
                group=None if self._owner is None else pwd.getpwnam(self._owner).pw_gid,
                extra_groups=None if self._owner is None else [],
                cwd=self.folder,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=120,
            )
        assert ended.returncode == 0, log.read_text()


@contextmanager
def server() -> Iterator[Server]:
    """A server for a test, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    started = None
    try:
        started = Server(folder)
        yield started
    finally:
        if started is not None:
            with suppress(AssertionError):  # stopped by the test
                started.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> str:
    known = {one.pw_name for one in pwd.getpwall()}
    return next(one for one in OTHERS if one in known)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
