"""The weights that a search leaves behind: those of its most accurate designs, and no others."""

from pathlib import Path

import pytest

from agents.keeping import WeightsObserver, keeping
from agents.loop import SearchState, fresh
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.evaluators import Constant, Pipeline
from envs.kept_weights import FOLDER, kept_weights, weight_file
from envs.service import EvaluationService
from envs.store import EvaluationStore
from envs.trained_accuracy import TrainedAccuracy

PROBLEM = make_problem(settings_of("nacim", {"reward": {"references": dict.fromkeys(
    ("latency_s", "energy_j", "area_m2"), 1.0)}}))  # fmt: skip
COSTS = dict.fromkeys(("latency_s", "energy_j", "area_m2"), 0.5)
GIVEN = {d.name: d.given for d in PROBLEM.space.decisions}


class Searched:
    """A search whose designs are told by the kernel of their first layer."""

    def __init__(self, run: Path) -> None:
        assert isinstance(PROBLEM.evaluator, Pipeline)
        self.run, self.build = run, PROBLEM.evaluator.build
        self.store = EvaluationStore()
        self.service = EvaluationService(PROBLEM.evaluator, self.store)
        self.observer = WeightsObserver(run, PROBLEM.evaluator, self.store, 2)
        self.state: SearchState = fresh(PROBLEM)

    def file(self, kernel: int) -> Path:
        return weight_file(self.run / FOLDER, self.build(GIVEN | {"conv1.kernel": kernel}))

    def train(self, kernel: int, accuracy: float, why: str | None = None) -> Evaluation:
        """Store a design, as a worker does that has written its weights."""
        choices = GIVEN | {"conv1.kernel": kernel}
        one = Evaluation(choices, {"accuracy": accuracy, **COSTS}, why)
        self.store.put(self.service.key(choices), one)
        if why is None:
            self.file(kernel).parent.mkdir(exist_ok=True)
            self.file(kernel).touch()
        return one

    def see(self, *evaluations: Evaluation) -> None:
        for one in evaluations:
            self.state.record(PROBLEM, self.service.key(one.choices), one)
        self.observer.on_batch(self.state, {})

    @property
    def kernels(self) -> list[object]:
        return [one.choices["conv1.kernel"] for one in kept_weights(self.run)]


@pytest.fixture
def searched(tmp_path: Path) -> Searched:
    return Searched(tmp_path)


def test_only_the_most_accurate_keep_their_weights(searched: Searched) -> None:
    searched.see(searched.train(1, 0.7), searched.train(3, 0.9), searched.train(5, 0.8))
    assert searched.kernels == [3, 5]
    assert [searched.file(k).exists() for k in (1, 3, 5)] == [False, True, True]
    searched.see(searched.train(7, 0.85))
    assert searched.kernels == [3, 7]
    assert [searched.file(k).exists() for k in (1, 3, 5, 7)] == [False, True, False, True]


def test_what_the_search_has_not_seen_yet_is_let_alone(searched: Searched) -> None:
    """A killed search has trained designs that its checkpoint does not know."""
    later = searched.train(1, 0.1)
    searched.see(searched.train(3, 0.9), searched.train(5, 0.8))
    assert searched.file(1).exists()
    searched.see(later)
    assert not searched.file(1).exists()


def test_a_design_that_learnt_nothing_is_never_kept(searched: Searched) -> None:
    searched.see(searched.train(1, 0.99, "learnt nothing"), searched.train(3, 0.5))
    assert searched.kernels == [3]


def test_weights_are_written_below_the_run_and_change_no_key(tmp_path: Path) -> None:
    found = keeping(PROBLEM.evaluator, tmp_path)
    assert found.context == PROBLEM.evaluator.context
    assert isinstance(found, Pipeline)
    assert isinstance(found.stages[-1], TrainedAccuracy)
    assert found.stages[-1].keep_in == str(tmp_path / FOLDER)
    constant = Constant()
    assert keeping(constant, tmp_path) is constant
