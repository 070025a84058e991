"""One actor beside the driver keeps what all searches of a sweep find, wherever they run."""

import io
import shutil
import sqlite3
import tarfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import ray

from agents.sweep_shared import SHARED
from envs.evaluation import Evaluation
from envs.shared_store import SharedStore

ANSWER_S = 60.0  # within which it has to answer
TRIALS = "trials"
LEFT_OUT = (".lock", "evaluations.sqlite", "evaluations.sqlite-wal", "evaluations.sqlite-shm")


class Keeper:
    """The only one who writes into the folder of a sweep: SQLite has one owner.

    Every evaluation is committed as it is made. A search that runs on another machine hands over
    its run directory too, from time to time and in the end.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._store = SharedStore(f"sqlite:///{self._folder / SHARED}")
        self._claims: dict[str, int] = {}

    def node(self) -> str:
        """Where it is."""
        return str(ray.get_runtime_context().get_node_id())

    def find(self, keys: Sequence[str]) -> dict[str, Evaluation]:
        """Return the evaluations that are known, by key."""
        return self._store.find(keys)

    def put(self, key: str, evaluation: Evaluation) -> None:
        """Commit one evaluation."""
        self._store.put(key, evaluation)

    def claimed(self, owner: int, keys: Sequence[str]) -> set[str]:
        """Claim keys that no other search has claimed; return those that are its own now."""
        return {key for key in keys if self._claims.setdefault(key, owner) == owner}

    def release(self, owner: int, key: str) -> None:
        """Give up a claim."""
        if self._claims.get(key) == owner:
            del self._claims[key]

    def forget(self, owner: int) -> None:
        """Give up all claims of a search that has ended, however it ended."""
        self._claims = {key: one for key, one in self._claims.items() if one != owner}

    def keep(self, name: str, content: bytes) -> None:
        """Have the run directory of a search on another machine here, whole or not at all."""
        path = self._folder / TRIALS / name
        new, old = (path.with_name(f".{name}.{what}") for what in ("new", "old"))
        for one in (new, old):
            shutil.rmtree(one, ignore_errors=True)
        unpack(content, new)
        if path.exists():
            path.rename(old)
        new.rename(path)
        shutil.rmtree(old, ignore_errors=True)

    def kept(self, name: str) -> bytes | None:
        """The run directory of a search, packed; None if it has none yet."""
        path = self._folder / TRIALS / name
        return packed(path) if (path / "config.yaml").is_file() else None


class KeeperShared:
    """A keeper as searches share a store (`envs.sharing.Shared`).

    Attributes:
        told: What it is called.
    """

    told = "of the sweep"

    def __init__(self, keeper: Any, owner: int) -> None:  # noqa: ANN401 (an actor of Ray)
        self._keeper = keeper
        self._owner = owner

    def find(self, keys: list[str]) -> dict[str, Evaluation]:
        """Return the evaluations that are known, by key."""
        found: dict[str, Evaluation] = answer(self._keeper.find.remote(keys))
        return found

    def put(self, key: str, evaluation: Evaluation) -> None:
        """Keep an evaluation, unless there is one."""
        answer(self._keeper.put.remote(key, evaluation))

    def claimed(self, keys: list[str]) -> set[str]:
        """Claim keys; return those that no other search has."""
        found: set[str] = answer(self._keeper.claimed.remote(self._owner, keys))
        return found

    def release(self, key: str) -> None:
        """Give up a claim."""
        answer(self._keeper.release.remote(self._owner, key))


def answer(asked: Any) -> Any:  # noqa: ANN401 (whatever was asked)
    """What a keeper answers."""
    return ray.get(asked, timeout=ANSWER_S)


def packed(run: Path) -> bytes:
    """A run directory as it is now, its store whole even while it is written."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path in sorted(one for one in run.rglob("*") if one.is_file()):
            if path.name not in LEFT_OUT and not path.name.endswith(".new"):
                archive.add(path, str(path.relative_to(run)), recursive=False)
        for path in sorted(run.rglob("evaluations.sqlite")):
            copy = path.with_name(f"{path.name}.copy")
            _copied(path, copy)
            archive.add(copy, str(path.relative_to(run)), recursive=False)
            copy.unlink()
    return content.getvalue()


def _copied(path: Path, copy: Path) -> None:
    with closing(sqlite3.connect(path)) as store, closing(sqlite3.connect(copy)) as there:
        store.backup(there)


def unpack(content: bytes, folder: Path) -> None:
    """Make a run directory of what `packed` made of one.

    Raises:
        TarError: If it holds anything but files below the directory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive:
            place = (folder / member.name).resolve()
            file = archive.extractfile(member) if member.isreg() else None
            if file is None or not place.is_relative_to(folder.resolve()):
                raise tarfile.TarError(f"{member.name} is no file of a run")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read())
