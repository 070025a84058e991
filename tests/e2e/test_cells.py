"""Searches for cells from the command line, and what follows them."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Train = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
QUICK = ["env=neuronas", "agent=random", "search.budget=24", "env.training.n_chips=2"]


def summary(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((path / "summary.json").read_text())
    return content


def test_a_search_for_cells_tells_budgets_and_savings_and_trains(
    tmp_path: Path, train: Train
) -> None:
    ended = train(*QUICK, "env.training.epochs=2", "run_dir=run")
    assert ended.returncode == 0, ended.stderr
    for word in ("budgets", "saved against SNASNet", "epoch 2/2", "test accuracy", "sampled chips"):
        assert word in ended.stdout
    found = summary(tmp_path / "run")
    assert found["evaluations"] == 24
    assert found["best"]["metrics"]["energy_j"] <= 1.25e-6
    assert found["trained"]["epochs"] == 2
    assert 0 <= found["trained"]["worst_accuracy"] <= found["trained"]["accuracy"] <= 1
    assert 0 < found["savings"]["area_m2"] < 1
    again = train("resume=run")
    assert again.returncode == 0
    assert "epoch 1/2" not in again.stdout
    assert summary(tmp_path / "run")["trained"] == found["trained"]


def test_a_training_that_was_killed_goes_on(tmp_path: Path, train: Train, start: Start) -> None:
    typed = [*QUICK, "env.training.epochs=6"]
    assert train(*typed, "run_dir=whole").returncode == 0
    process = start(*typed, "run_dir=killed")
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("epoch 2/6"):
            process.send_signal(signal.SIGKILL)
    process.wait()
    again = train("resume=killed")
    assert again.returncode == 0, again.stderr
    assert "epoch 1/6" not in again.stdout
    assert summary(tmp_path / "killed")["trained"] == summary(tmp_path / "whole")["trained"]


def test_a_longer_search_trains_the_better_network_that_it_finds(
    tmp_path: Path, train: Train
) -> None:
    typed = ["env=neuronas", "env.training.epochs=1", "env.training.n_chips=0"]
    assert train(*typed, "search.budget=5", "run_dir=run").returncode == 0
    before = summary(tmp_path / "run")["best"]
    ended = train("resume=run", "search.budget=60")
    assert ended.returncode == 0, ended.stderr
    found = summary(tmp_path / "run")
    assert found["best"] != before
    assert found["trained"]["epochs"] == 1
    assert (tmp_path / "run" / "final.before.pt").exists()


def test_an_experiment_searches_without_images(train: Train) -> None:
    ended = train("experiment=spikenas_1C2O_M", "search.budget=8", "run_dir=run")
    assert ended.returncode == 0, ended.stderr
    assert "no final training: env.training.epochs is 0" in ended.stdout


def test_another_precision_trains_anew_and_keeps_what_was_trained(
    tmp_path: Path, train: Train
) -> None:
    typed = [*QUICK, "env.training.epochs=1"]
    assert train(*typed, "run_dir=run").returncode == 0
    ended = train("resume=run", "env.training.precision=bfloat16", "env.training.torch_device=cpu")
    assert ended.returncode == 0, ended.stderr
    assert "it is kept as final.before.pt, and training begins anew" in ended.stdout
    assert (tmp_path / "run" / "final.before.pt").exists()
    assert summary(tmp_path / "run")["trained"]["precision"] == "bfloat16"
    again = train("resume=run")  # which keeps to what was changed
    assert again.returncode == 0, again.stderr
    assert "anew" not in again.stdout
    assert "on cpu (bfloat16)" in again.stdout


def test_algorithm_1_under_neuronas_s_own_budgets_keeps_to_them(
    tmp_path: Path, train: Train
) -> None:
    ended = train("experiment=neuronas_cifar10", "run_dir=run")
    assert ended.returncode == 0, ended.stderr
    found = summary(tmp_path / "run")
    assert found["proposals"] == 2 * 3**6
    metrics = found["best"]["metrics"]
    assert metrics["n_parameters"] <= 10e6
    assert metrics["area_m2"] <= 1e-3
    assert metrics["latency_s"] <= 0.5
    assert metrics["energy_j"] <= 1e-3
    assert "converged" not in ended.stdout


def test_the_benchmark_judges_by_its_table_and_tells_the_regret(
    tmp_path: Path, train: Train
) -> None:
    rows = "".join(f"{number},{50 + number / 1000}\n" for number in range(15625))
    (tmp_path / "table.csv").write_text(f"id,test_acc\n{rows}")
    typed = ["env=neuronas_bench", "spikenas_bench.path=table.csv", "search.budget=40"]
    typed.append("spikenas_bench.dataset=cifar10")
    ended = train(*typed, "run_dir=run")
    assert ended.returncode == 0, ended.stderr
    assert "to the best of all 15,625 cells (65.62 %, cell 15624)" in ended.stdout
    found = summary(tmp_path / "run")
    best = found["best"]["metrics"]["accuracy"]
    assert found["regret"]["regret"] == pytest.approx(0.65624 - best)


MISTAKES = {
    ("env=neuronas_bench",): "spikenas_bench.path: is missing",
    ("env=neuronas_bench", "spikenas_bench.path=no"): "spikenas_bench.path: no: no such file",
    ("env=neuronas", "constraints.energy_j=1e-9"): "nearest: constraints.energy_j=4.242e-07",
    ("env=neuronas", "agent=snasnet"): "take env=snasnet",
    ("env=nacim", "agent=neuronas"): "take env=neuronas",
    ("env=neuronas", "dataset=cifar10"): "env.macro=digits takes 1x8x8 and 10",
    ("env=neuronas", "env.budgets=spikenass"): "no budget called 'spikenass'; did you mean 'spik",
    ("env=neuronas", "env.budgets.energy_j=1"): "such as constraints.energy_j=1e-6",
    ("experiment=spikenas_4C3O",): "no experiment called 'spikenas_4C3O'",
}


@pytest.mark.parametrize("typed", MISTAKES)
def test_a_mistake_is_one_line_and_leaves_nothing(
    typed: tuple[str, ...], tmp_path: Path, train: Train
) -> None:
    ended = train(*typed)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
    assert MISTAKES[typed] in ended.stderr
    assert not list(tmp_path.iterdir())
