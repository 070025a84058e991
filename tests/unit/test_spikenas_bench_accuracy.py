import gzip
from pathlib import Path

import pytest
from cells import cell_settings, costs_of

from agents.problems import problem_of
from agents.usage import UsageError, settings_from
from envs.cell_evaluator import CellEvaluator
from envs.problem import Problem
from envs.service import EvaluationService
from envs.spikenas_bench import BenchAccuracy
from envs.store import EvaluationStore
from snn.cells import Cell

ROWS = {0: 10.0, 12617: 89.3, 11718: 87.62}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv.gz"
    rows = "".join(f"{number},{accuracy}\n" for number, accuracy in ROWS.items())
    path.write_bytes(gzip.compress(f"id,test_acc\n{rows}".encode()))
    return path


def problem(*typed: str) -> Problem:
    return problem_of(settings_from(["env=neuronas_bench", *typed]))


def test_accuracies_are_those_of_the_table(table: Path) -> None:
    bench = BenchAccuracy(str(table), "CIFAR10")
    cells = costs_of(cell_settings(operations="bench", are_cells_alike=True)).cells
    networks = [cells.filled([Cell.of_bench(number)]) for number in (12617, 11718, 7)]
    found = list(bench.measured(networks))
    assert found[:2] == pytest.approx([0.893, 0.8762])
    assert str(found[2]) == "the table of SpikeNAS-Bench has no cell 7"


def test_the_environment_of_the_benchmark_judges_by_it(table: Path) -> None:
    bench = problem(f"spikenas_bench.path={table}")
    assert bench.space.n_decisions == 6
    assert isinstance(bench.evaluator, CellEvaluator)
    service = EvaluationService(bench.evaluator, EvaluationStore())
    found = service.evaluate(bench.space.decode((2, 3, 4, 0, 0, 4)))
    assert found.metrics["accuracy"] == 0.893
    assert bench.score(found) == 0.893
    assert bench.losses(found)[0] == pytest.approx(1 - 0.893)


def test_the_same_is_asked_for_by_accuracy(table: Path) -> None:
    typed = ["accuracy=spikenas_bench", f"spikenas_bench.path={table}"]
    small = ["env.operations=spikenas_2o", "env.are_cells_alike=true", "env.macro=cifar10"]
    found = problem_of(settings_from(["env=neuronas", *typed, *small]))
    assert found.space.n_choices.tolist() == [2] * 6
    assert found.objectives[0].metric == "accuracy"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["spikenas_bench.path=/nowhere"], r"^spikenas_bench\.path: /nowhere: no such file"),
        ([], r"spikenas_bench\.path: is missing"),
        (["env.operations=neuronas", "spikenas_bench.path=x"], "the benchmark has no avgpool3x3"),
        (["env.n_cells=3", "spikenas_bench.path=x"], "two cells alike"),
        (["env.are_cells_alike=false", "spikenas_bench.path=x"], "two cells alike"),
    ],
)
def test_what_the_benchmark_lacks_is_told_in_one_line(typed: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        problem(*typed)
    assert "\n" not in str(caught.value)


def test_a_path_is_taken_as_it_is_typed(tmp_path: Path) -> None:
    odd = tmp_path / "a=b, {c} [d]"
    odd.mkdir()
    (odd / "t.csv").write_text("id,test_acc\n3,50\n")
    settings = settings_from(["env=neuronas_bench", f"spikenas_bench.path={odd / 't.csv'}"])
    assert problem_of(settings).objectives[0].metric == "accuracy"
