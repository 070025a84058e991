"""Evaluation in other processes: the same results, heard as they arrive."""

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from configs import catalog
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.service import EvaluationService
from envs.space import Choices
from envs.store import EvaluationStore

SMALL: dict[str, Any] = {
    "accuracy": {"epochs": 1},
    "n_chips": 2,
    "switches": {"SA": False, "SQ": False},
    "given": {f"conv{i}": {"kernel": 3, "channels": 24} for i in range(1, 7)},
}
PROBLEM = make_problem(settings_of("nacim", SMALL))


def designs() -> list[dict[str, Any]]:
    """One that trains and one whose columns do not divide its crossbar, with the reason."""
    space = PROBLEM.space
    good = dict(space.decode([0] * space.n_decisions))
    return [good, good | {"chip.columns_per_converter": 7}]


@pytest.fixture(scope="module")
def here() -> list[Evaluation]:
    return EvaluationService(PROBLEM.evaluator, EvaluationStore()).evaluate_many(designs())


@pytest.mark.parametrize("n_workers", [1, 2])
def test_workers_find_and_tell_what_this_process_finds(
    n_workers: int, here: list[Evaluation]
) -> None:
    heard: list[Evaluation] = []
    with closing(EvaluationService(PROBLEM.evaluator, EvaluationStore(), 0, n_workers)) as service:
        found = service.evaluate_many(designs(), heard.append)
        assert service.evaluate_many(designs(), heard.append) == found
    for one, expected in zip(found, here, strict=True):
        assert one.choices == expected.choices
        assert one.metrics == expected.metrics
        assert one.infeasible == expected.infeasible
    assert found[0].infeasible is None
    assert str(found[1].infeasible).endswith("7 does not divide 32")
    assert sorted(one.infeasible or "" for one in heard) == sorted(
        one.infeasible or "" for one in found
    )


def test_a_cheap_evaluator_starts_no_workers() -> None:
    toy = make_problem(settings_of("toy", {}))
    service = EvaluationService(toy.evaluator, EvaluationStore(), 0, workers=2)
    service.evaluate(toy.space.decode([0, 0, 0]))
    assert service.workers is None
    service.close()


@dataclass(frozen=True)
class Lister:
    """Yields how many devices a process knows."""

    is_cheap = False
    context: ClassVar[dict[str, Any]] = {"lister": 1}

    def __call__(self, choices: Choices, seed: int) -> dict[str, float]:
        del choices, seed
        return {"n": len(catalog.names("device"))}


@dataclass(frozen=True)
class Hasty:
    """Fails at once at its first design, and takes a while for every other."""

    is_cheap = False
    context: ClassVar[dict[str, Any]] = {"hasty": 1}

    def __call__(self, choices: Choices, seed: int) -> dict[str, float]:
        del seed
        if choices["n"] == 0:
            raise ValueError("the first")
        time.sleep(0.2)
        return {"n": 1.0}


def test_designs_under_way_are_kept_when_another_fails() -> None:
    store = EvaluationStore()
    with (
        closing(EvaluationService(Hasty(), store, 0, 2)) as service,
        pytest.raises(ValueError, match="the first"),
    ):
        service.evaluate_many([{"n": n} for n in range(64)])
    assert 1 <= len(store) < 63  # what had begun, or stood ready for a worker; the others never


def test_workers_know_the_folder_of_the_command_not_of_the_one_before_it(tmp_path: Path) -> None:
    n_ours = len(catalog.names("device"))
    for name, n_own in (("one", 1), ("two", 2)):  # the server that forks workers outlives the first
        (tmp_path / name / "device").mkdir(parents=True)
        for i in range(n_own):
            (tmp_path / name / "device" / f"{name}{i}.yaml").write_text("a: 1\n")
        with catalog.added(str(tmp_path / name)):
            assert counted() == n_ours + n_own
    assert counted() == n_ours


def counted() -> float:
    with closing(EvaluationService(Lister(), EvaluationStore(), 0, 1)) as service:
        return service.evaluate_many([{"a": 1}, {"a": 2}])[0].metrics["n"]
