"""How probable a policy held each choice as it went on: written by a run, read by its report."""

import json
from pathlib import Path
from typing import Protocol, TextIO, runtime_checkable

from agents.loop import SearchState
from envs.evaluation import Evaluation

PROBABILITIES = "probabilities.jsonl"
Rows = list[list[float]]  # of the choices of each open decision
DIGITS = 4


@runtime_checkable
class Probable(Protocol):
    """An agent that tells how probable it held each choice when it last proposed."""

    @property
    def probabilities(self) -> Rows:
        """Of the choices of each open decision; nothing before the first proposal, or of moves."""
        ...


class ProbabilityObserver:
    """Writes the probabilities of a policy, one line of JSON per batch; no file if it has none.

    A resumed search writes some lines twice, alike: readers go by the number of evaluations.
    """

    def __init__(self, path: Path, agent: Probable) -> None:
        self._path, self._agent = path, agent
        self._file: TextIO | None = None

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """Wait for the batch."""

    def on_batch(self, state: SearchState, curves: dict[str, float]) -> None:
        """Write one line."""
        del curves
        found = [[round(one, DIGITS) for one in row] for row in self._agent.probabilities]
        if not found:
            return
        if self._file is None:
            self._file = self._path.open("a", encoding="utf-8")
            if self._file.tell():
                self._file.write("\n")  # a killed run may have left half a line
        line = {"evaluations": len(state.seen), "probabilities": found}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def read_probabilities(run_dir: Path) -> dict[int, Rows]:
    """Probabilities by the number of designs evaluated; nothing if the run kept none.

    Lines that hold none are passed over: a killed run may leave half a line.
    """
    try:
        lines = (run_dir / PROBABILITIES).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return {}
    found: dict[int, Rows] = {}
    for line in lines:
        try:
            one = json.loads(line)
            rows = [[_share(value) for value in row] for row in one["probabilities"]]
            found[int(one["evaluations"])] = rows
        except (ValueError, LookupError, TypeError, OverflowError):
            continue
    return found


def _share(value: float) -> float:
    if not 0 <= value <= 1:  # nor is NaN
        raise ValueError(f"no probability: {value}")
    return float(value)
