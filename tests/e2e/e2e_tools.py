"""What the tests of the command line share."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# a real search whose evaluations take a third of a second: one network, little training
SMALL = [
    "env=nacim",
    "env.switches.SA=false",
    "env.given.conv1.channels=24",
    "env.accuracy.epochs=1",
    "env.n_chips=1",
    "agent.batch_size=4",
]


def is_group_alive(group: int) -> bool:
    """Whether a process of the group still runs (a zombie does not)."""
    return any(one == group for _, _, one in running())


def workers_of(group: int) -> list[int]:
    """Processes of a group that a process other than its leader has started."""
    return [
        process
        for process, parent, one in running()
        if one == group and group not in (parent, process)
    ]


def has_forkserver(group: int) -> bool:
    """Whether the process that workers are forked from has been started."""
    members = [process for process, _, one in running() if one == group]
    return any("forkserver" in _command(process) for process in members)


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""  # ended meanwhile


def running() -> Iterator[tuple[int, int, int]]:
    """Process, parent and group of all processes that are no zombies."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        if fields[0] != "Z":
            yield int(stat.parent.name), int(fields[1]), int(fields[2])


def wait_until(claim: Callable[[], bool], seconds: float) -> bool:
    """Poll a claim; return whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if claim():
            return True
        time.sleep(0.01)
    return claim()


def rows(run_dir: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the store of a run; nothing if there is none yet."""
    path = run_dir / "evaluations.sqlite"
    if not path.exists():
        return []
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []  # the tables are not made yet
    finally:
        connection.close()


def n_stored(run_dir: Path) -> int:
    return len(rows(run_dir, "SELECT key FROM evaluations"))


def killed_once_stored(process: subprocess.Popen[str], run_dir: Path, seconds: float) -> None:
    """Kill a search as soon as it has stored a design."""
    assert wait_until(lambda: n_stored(run_dir) >= 1, seconds)
    process.kill()
    process.communicate()


def check_one_line(ended: subprocess.CompletedProcess[str], said: str, place: Path) -> None:
    """A mistake is told in one line, with exit code 2, and nothing is left behind."""
    assert ended.returncode == 2
    line = ended.stderr.splitlines()[-1]
    assert line.startswith("error: ")
    assert said in line
    assert "Traceback" not in ended.stderr
    assert not list(place.iterdir())


def trajectory(run_dir: Path) -> list[tuple[object, ...]]:
    return rows(run_dir, "SELECT step, key, reward FROM visits ORDER BY step")


def results(run_dir: Path) -> list[tuple[object, ...]]:
    return rows(run_dir, "SELECT key, choices, metrics, infeasible FROM evaluations ORDER BY key")


def summary(run_dir: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((run_dir / "summary.json").read_text())
    return content


@contextmanager
def started(module: str, place: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start command lines, each in a process group of its own; end what is left of them."""
    processes: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        if is_group_alive(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout and not process.stdout.closed:
            process.stdout.close()
