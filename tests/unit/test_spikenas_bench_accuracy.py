import gzip
import itertools
from pathlib import Path

import pytest
from cells import cell_settings, costs_of

from agents.problems import problem_of, warn
from agents.usage import UsageError, settings_from
from envs.cell_evaluator import CellEvaluator
from envs.problem import Problem
from envs.service import EvaluationService
from envs.spikenas_bench import BenchAccuracy, n_parameters_of
from envs.store import EvaluationStore
from snn.cells import Cell

ROWS = {0: 10.0, 12617: 89.3, 11718: 87.62}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "cifar10.csv.gz"
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
        (
            ["env.macro=digits", "spikenas_bench.path=x"],
            r"^env\.macro=digits: SpikeNAS-Bench has cifar10, cifar100, tinyimagenet200 only",
        ),
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
    (odd / "cifar10.csv").write_text("id,test_acc\n3,50\n")
    settings = settings_from(["env=neuronas_bench", f"spikenas_bench.path={odd / 'cifar10.csv'}"])
    assert problem_of(settings).objectives[0].metric == "accuracy"


def written(path: Path, content: str) -> str:
    path.write_text(content)
    return f"spikenas_bench.path={path}"


@pytest.mark.parametrize("macro", ["cifar10", "cifar100", "tinyimagenet200"])
def test_the_sizes_in_a_table_tell_its_data_set(macro: str, tmp_path: Path) -> None:
    content = f"id,test_acc,params\n7,50,{n_parameters_of(7, macro)}\n"
    typed = written(tmp_path / "cifar1000.csv", content)
    assert problem(typed, f"env.macro={macro}").space
    other = "cifar10" if macro == "cifar100" else "cifar100"
    for declared in ([], [f"spikenas_bench.dataset={other}"]):
        with pytest.raises(UsageError, match=rf"cell 7 has .*; that is env\.macro={macro}$"):
            problem(typed, f"env.macro={other}", *declared)


def test_a_table_of_other_networks_is_refused(tmp_path: Path) -> None:
    typed = written(tmp_path / "cifar10.csv", "id,test_acc,params\n7,50,1234\n")
    with pytest.raises(UsageError, match=r"has 1,234 parameters, .* no frame of the benchmark"):
        problem(typed)


@pytest.mark.parametrize("name", ["bench_CIFAR100.csv", "cifar-100.csv"])
def test_the_name_of_a_table_tells_its_data_set(name: str, tmp_path: Path) -> None:
    typed = written(tmp_path / name, "id,test_acc\n7,50\n")
    assert problem(typed, "env.macro=cifar100").space
    with pytest.raises(UsageError, match=r"is of CIFAR100 by its name, .* takes another"):
        problem(typed)
    assert problem(typed, "spikenas_bench.dataset=cifar10").space  # the user knows better


def test_the_data_set_of_a_table_that_tells_nothing_is_asked_for(tmp_path: Path) -> None:
    typed = written(tmp_path / "t.csv", "id,test_acc\n7,50\n")
    with pytest.raises(UsageError, match=r"add spikenas_bench\.dataset=cifar10$"):
        problem(typed)
    assert problem(typed, "spikenas_bench.dataset=cifar10").space
    with pytest.raises(UsageError, match=r"^spikenas_bench\.dataset=cifar100: env\.macro=cifar10"):
        problem(typed, "spikenas_bench.dataset=cifar100")


def test_a_folder_of_another_data_set_in_a_clone_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "CIFAR10"
    (folder / "7").mkdir(parents=True)
    (folder / "7" / "train_process.txt").write_text("test accuracy: 80.5\n")
    for path in (tmp_path, folder):
        assert problem(f"spikenas_bench.path={path}").space
    with pytest.raises(UsageError, match="is of CIFAR10 by its name"):
        problem(f"spikenas_bench.path={folder}", "env.macro=cifar100")


def test_a_partial_table_is_told_with_what_it_has(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warn(problem(f"spikenas_bench.path={table}"))
    assert "the table has 3 of the 15,625 cells that can be chosen" in capsys.readouterr().err
    warn(problem(f"spikenas_bench.path={table}", "env.operations=spikenas_2o"))
    assert "the table has 1 of the 64 cells" in capsys.readouterr().err


def test_a_table_with_all_that_can_be_chosen_is_no_partial_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = itertools.product(("skip", "conv3x3"), repeat=6)
    rows = "".join(f"{Cell(operations).bench_id},50\n" for operations in cells)
    typed = written(tmp_path / "cifar10.csv", f"id,test_acc\n{rows}")
    warn(problem(typed, "env.operations=spikenas_2o"))
    assert not capsys.readouterr().err
