"""What a run leaves behind: its directory, written so that it can be continued."""

import csv
import fcntl
import json
import platform
import shlex
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import yaml

from agents.settings import RunSettings
from agents.usage import (
    UsageError,
    differences,
    problem_of_run,
    saved_config,
    without_search,
)
from configs.versions import versions_of
from configs.whole_file import replace_text
from envs.evaluation import Evaluation
from envs.store import EvaluationStore, StoreError, digest

RUNS = Path("runs")
PACKAGES = ("coexplore", "torch", "numpy", "gymnasium", "moocore", "scikit-learn")
TAG_LENGTH = 8  # hexadecimal digits
BEGUN = (".lock", "config.yaml.new")  # all that a run killed while it began can leave


class RunDirectory:
    """Paths of a run, and what is written there. Made by `create` or `reopen`.

    Attributes:
        whole: What a user resumes: the run itself, or the flow that it is a stage of.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.whole = path
        self._lock: IO[str] | None = None
        self._made: list[Path] | None = None  # folders that are new, the innermost first

    @classmethod
    def create(cls, settings: RunSettings) -> "RunDirectory":
        """Make the directory of a new run and write its configuration.

        Raises:
            UsageError: If it holds a run already, or cannot be written.
        """
        config = settings.model_dump(mode="json", by_alias=True)
        path = Path(settings.run_dir) if settings.run_dir else _free_path(settings, config)
        directory = cls(path)
        try:
            _refuse_used(path, config)
            made = [one for one in (path, *path.parents) if not one.exists()]
            path.mkdir(parents=True, exist_ok=True)
            directory.lock()
            directory._made = made
            text = yaml.safe_dump(config, sort_keys=False)
            replace_text(path / "config.yaml", text)
        except OSError as error:
            directory.close()
            raise UsageError(f"run_dir: cannot write {path}: {error.strerror}") from error
        return directory

    @classmethod
    def reopen(cls, path: Path, whose: str = "resume") -> "RunDirectory":
        """Take up the directory of a run that ended or was killed.

        Args:
            whose: What an error begins with.

        Raises:
            UsageError: If another process is at it.
        """
        directory = cls(path)
        try:
            directory.lock()
        except OSError as error:
            raise UsageError(f"{whose}: cannot write {path}: {error.strerror}") from error
        return directory

    def lock(self) -> None:
        """Keep other processes out until this one ends, however it ends."""
        self._lock = (self.path / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"{self.path}: another process is running this search") from error

    def close(self) -> None:
        """Let other processes in."""
        if self._lock is not None:
            self._lock.close()

    def discard(self) -> bool:
        """Remove what `create` has made; return False if there is something to be kept.

        That is an evaluation, or weights that were trained.
        """
        stores = self.path.rglob("evaluations.sqlite")
        if self._made is None or any(self.path.rglob("*.pt")) or any(map(_is_filled, stores)):
            return False
        for one in self.path.iterdir():
            shutil.rmtree(one) if one.is_dir() else one.unlink()
        for one in self._made:
            if any(one.iterdir()):
                break
            one.rmdir()
        return True

    @property
    def store(self) -> Path:
        """The SQLite file of evaluations."""
        return self.path / "evaluations.sqlite"

    @property
    def checkpoint(self) -> Path:
        """The state of agent and loop."""
        return self.path / "checkpoint.pt"

    def keep_changes(self, settings: RunSettings) -> None:
        """Write what a resume has changed into the configuration, for the next time.

        Raises:
            UsageError: If what is there cannot be read.
        """
        path = self.path / "config.yaml"
        there = saved_config(self.path, "resume")
        where = {key: there.get(key) for key in ("run_dir", "resume")}
        config = settings.model_dump(mode="json", by_alias=True) | where
        if _training_of(config) != _training_of(there):
            self.forget_training()  # whoever reads the run takes it to be as the configuration says
        replace_text(path, yaml.safe_dump(config, sort_keys=False))

    @property
    def summary(self) -> dict[str, Any]:
        """What ``summary.json`` holds; nothing if there is none that can be read."""
        try:
            return dict(json.loads((self.path / "summary.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return {}

    def forget_training(self) -> None:
        """Say no more that the network was trained: what is trained now is not what was told."""
        summary = self.summary
        if summary.pop("trained", None) is not None:
            self.write_summary(summary)

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write ``summary.json``."""
        replace_text(self.path / "summary.json", json.dumps(summary, indent=2) + "\n")

    def write_pareto(self, rows: Sequence[tuple[float, Evaluation]]) -> None:
        """Write ``pareto.csv``: reward, metrics and choices of each design on the front."""
        flat = [{"reward": r, **e.metrics, **e.choices} for r, e in rows]
        with (self.path / "pareto.csv").open("w", newline="", encoding="utf-8") as file:
            if flat:
                writer = csv.DictWriter(file, fieldnames=list(flat[0]))
                writer.writeheader()
                writer.writerows(flat)


def _is_filled(path: Path) -> bool:
    try:
        with closing(EvaluationStore(path, is_read_only=True)) as store:
            return len(store) > 0
    except StoreError:  # nobody knows
        return True


def _training_of(config: Mapping[str, Any]) -> list[Any]:
    """How what a search found is trained, and on what, wherever the data lie."""
    dataset = {key: value for key, value in config.get("dataset", {}).items() if key != "path"}
    return [config["env"].get("training"), dataset]


def resume_argument(path: Path) -> str:
    """The argument that continues a run, to be pasted into a shell."""
    return shlex.quote(f"resume={path}")


def how_to_continue(path: Path) -> str:
    """The command that continues a run, to be pasted into a shell."""
    return f"python -m agents.train {resume_argument(path)}"


def told_stopped(path: Path, why: str) -> str:
    """What is said on stderr, wherever a run was stopped."""
    return f"{why}; what was finished is saved. Continue with:\n  {how_to_continue(path)}\n"


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    return {"python": platform.python_version(), **versions_of(PACKAGES)}


def tag_of(told: object) -> str:
    """What a folder is named by that holds what plain data lead to."""
    return digest(told)[:TAG_LENGTH]


def _free_path(settings: RunSettings, config: Mapping[str, Any]) -> Path:
    tag = tag_of(without_search(config))
    name = f"{settings.env.name}-{settings.agent.name}-s{settings.seed}-{tag}"
    path, n = RUNS / name, 1
    while path.exists():
        n += 1
        path = RUNS / f"{name}-{n}"
    return path


def _refuse_used(path: Path, config: Mapping[str, Any]) -> None:
    if path.exists() and not path.is_dir():
        raise UsageError(f"run_dir: {path} is a file, not a directory")
    if not (path / "config.yaml").is_file():
        if path.is_dir() and any(one.name not in BEGUN for one in path.iterdir()):
            raise UsageError(f"run_dir: {path} is not empty, and what it holds is no run")
        return
    refuse_another(path, config)
    how = f"{resume_argument(path)} continues it"
    raise UsageError(f"run_dir: {path} holds this run already; {how}")


def refuse_another(path: Path, config: Mapping[str, Any]) -> None:
    """Refuse a directory whose run has another configuration, but for the length of its search.

    Raises:
        UsageError: With the first difference.
    """
    there = problem_of_run(saved_config(path, "run_dir"))
    different = differences(there, problem_of_run(config))
    if different:
        raise UsageError(
            f"run_dir: {path} holds a run of another configuration: {different[0]}; "
            "choose another directory"
        )
