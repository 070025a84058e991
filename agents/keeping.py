"""Keeps the weights of the most accurate designs of a search in its run directory."""

from dataclasses import replace
from pathlib import Path

from agents.loop import SearchState
from agents.settings import RunSettings
from envs.evaluation import Evaluation
from envs.evaluators import Evaluator, Pipeline
from envs.kept_weights import FOLDER, most_accurate, weight_file, write_index
from envs.settings import NacimSettings
from envs.store import EvaluationStore
from envs.trained_accuracy import TrainedAccuracy


def n_kept(settings: RunSettings) -> int:
    """Number of designs whose weights are to be kept."""
    return settings.env.keep_weights if isinstance(settings.env, NacimSettings) else 0


def keeping(evaluator: Evaluator, run: Path) -> Evaluator:
    """The same evaluator, writing the weights of every design it trains into a run's folder."""
    if not isinstance(evaluator, Pipeline) or not isinstance(evaluator.stages[-1], TrainedAccuracy):
        return evaluator
    trained = replace(evaluator.stages[-1], keep_in=str((run / FOLDER).resolve()))
    return replace(evaluator, stages=(*evaluator.stages[:-1], trained))


class WeightsObserver:
    """Writes the index of the best designs after each batch, and removes what no longer belongs.

    Args:
        n: How many to keep.
    """

    def __init__(self, run: Path, pipeline: Pipeline, store: EvaluationStore, n: int) -> None:
        self._folder = run / FOLDER
        self._build = pipeline.build
        self._store = store
        self._n = n
        self._known: dict[str, Evaluation] = {}
        self._removed: set[str] = set()

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """Wait for the batch, whose order is fixed."""

    def on_batch(self, state: SearchState, curves: dict[str, float]) -> None:
        """Keep the best of what the search has seen; a design it has not seen yet is let alone."""
        del curves
        for key, _ in state.visits:
            if key not in self._known and (found := self._store.get(key)):
                self._known[key] = found
        best = most_accurate(self._known.values(), self._n)
        write_index(self._folder, self._build, best)
        kept = {weight_file(self._folder, self._build(one.choices)) for one in best}
        for key, one in self._known.items():
            if one.infeasible is None and key not in self._removed:
                self._remove(key, weight_file(self._folder, self._build(one.choices)), kept)

    def _remove(self, key: str, path: Path, kept: set[Path]) -> None:
        if path not in kept:
            path.unlink(missing_ok=True)
            self._removed.add(key)
