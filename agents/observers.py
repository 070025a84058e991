"""What watches a search: progress on the terminal, curves, checkpoints."""

import threading
import time
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from agents.loop import SearchState
from agents.progress_bar import counting_bar
from agents.saying import say
from envs.evaluation import Evaluation
from envs.store import EvaluationStore, digest
from snn.tensor_file import load_sound, save_whole

CHECKPOINT_EVERY_S = 1.0  # the store holds everything else; a resume replays what is missing


class ProgressObserver:
    """Best reward, hypervolume, designs a minute and time left, live or as plain lines."""

    def __init__(self, console: Console, budget: int, n_done: int) -> None:
        self._console = console
        self._budget = budget
        self._n_new = 0
        self._n_done = n_done
        self._start = time.monotonic()
        self._status = "no design yet"
        self._bar = counting_bar(console, "designs")
        self._task = self._bar.add_task("no design yet", total=budget, completed=n_done)
        self._bar.start()

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """Advance by one design."""
        del evaluation
        self._n_new += 1
        self._bar.update(self._task, advance=1, description=self._described())

    def on_batch(self, state: SearchState, curves: dict[str, float]) -> None:
        """Show the best so far."""
        del curves
        best = f"{state.best[0]:.4f}" if state.best else "none feasible yet"
        self._status = f"best reward {best}  hypervolume {state.archive.hypervolume():.4f}"
        self._bar.update(self._task, completed=len(state.seen), description=self._described())
        if not self._console.is_terminal:
            say(
                self._console,
                f"designs {len(state.seen)}/{self._budget}  {self._described()}"
                f"  {self._left(len(state.seen))}",
            )

    def close(self) -> None:
        """Leave the last state on the terminal."""
        self._bar.stop()

    def _rate(self) -> float:
        return self._n_new / max(time.monotonic() - self._start, 1e-3)

    def _described(self) -> str:
        return f"{self._status}  {60 * self._rate():.0f} designs/min"

    def _left(self, n_seen: int) -> str:
        if not self._n_new:
            return ""
        return f"{(self._budget - n_seen) / self._rate():.0f} s left"


class CurveObserver:
    """Writes TensorBoard events: reward, best reward, hypervolume and the agent's own curves."""

    def __init__(self, directory: Path, n_visits: int) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter  # noqa: PLC0415 (slow to import)

        self._before, threading.excepthook = threading.excepthook, self._told_here
        try:
            self._writer: SummaryWriter = SummaryWriter(str(directory), purge_step=n_visits or None)
        except OSError:
            threading.excepthook = self._before
            raise
        self._n_written = n_visits

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """Wait for the batch, whose order is fixed."""

    def on_batch(self, state: SearchState, curves: dict[str, float]) -> None:
        """Write one point per new proposal, and one per batch for the rest."""
        for step in range(self._n_written, len(state.visits)):
            self._add("reward", state.visits[step][1], step)
        self._n_written = len(state.visits)
        values = curves | {"hypervolume": state.archive.hypervolume()}
        if state.best is not None:
            values |= {"best_reward": state.best[0]}
        for name, value in values.items():
            self._add(name, value, len(state.visits) - 1)

    def _add(self, name: str, value: float, step: int) -> None:
        self._writer.add_scalar(f"search/{name}", value, step)

    def _told_here(self, ended: threading.ExceptHookArgs) -> None:
        """Let the thread that writes end without a traceback: its error is raised here too."""
        if not isinstance(ended.exc_value, OSError):
            self._before(ended)

    def close(self) -> None:
        """Write everything out."""
        try:
            self._writer.close()
        finally:
            threading.excepthook = self._before


class Kept(Protocol):
    """What a checkpoint keeps."""

    def state_dict(self) -> dict[str, Any]:
        """Return it, as tensors and plain data."""
        ...


class CheckpointObserver:
    """Keeps visits in the store, and the state of agent and loop in a file, replaced whole."""

    def __init__(self, path: Path, store: EvaluationStore, agent: Kept, wall_s: float) -> None:
        self._path = path
        self._store = store
        self._agent = agent
        self._wall_s = wall_s
        self._start = time.monotonic()
        self._saved = 0.0
        self._n_stored = 0

    @property
    def wall_s(self) -> float:
        """Time spent on this search, in all its sessions."""
        return self._wall_s + time.monotonic() - self._start

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """Do nothing: the store has it already."""

    def on_batch(self, state: SearchState, curves: dict[str, float]) -> None:
        """Commit new visits; save the rest at most once a second."""
        del curves
        rows = enumerate(state.visits[self._n_stored :], self._n_stored)
        self._store.visit([(step, key, reward) for step, (key, reward) in rows])
        self._n_stored = len(state.visits)
        if time.monotonic() - self._saved >= CHECKPOINT_EVERY_S:
            self.save(state)

    def save(self, state: SearchState) -> None:
        """Write the checkpoint whole or not at all."""
        content = {
            "agent": self._agent.state_dict(),
            "n_visits": state.n_learnt,
            "visits": digest([key for key, _ in state.visits[: state.n_learnt]]),
            "n_stale": state.n_stale,
            "wall_s": self.wall_s,
        }
        save_whole(self._path, content)
        self._saved = time.monotonic()


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint without executing code from it; None if there is none that can be read."""
    try:
        content = load_sound(path)
    except Exception:  # noqa: BLE001 (whatever a broken file makes torch raise)
        return None
    return content if isinstance(content, dict) else {}
