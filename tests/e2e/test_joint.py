"""``env=joint`` as a user types it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_tools import check_one_line, killed_once_stored, results, summary, trajectory
from jointly import SMALL

from agents.report import main

Train = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
SEARCH = (*SMALL, "agent=random", "search.budget=4", "agent.batch_size=2")


def check_report(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It tells shares and mesh; simulated again, designs take what they took in the search."""
    assert main([str(run)]) == 0
    assert capsys.readouterr().err == ""  # no warning
    page = (run / "report.html").read_text("utf-8")
    for told in ("<td>converter</td>", "<td>router</td>", "Mesh and congestion", "By device"):
        assert told in page


@pytest.mark.slow
def test_it_finds_the_same_whatever_the_workers_and_however_often_it_was_cut(
    tmp_path: Path, train: Train, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = train(*SEARCH, "run_dir=one", "search.workers=1")
    assert ended.returncode == 0, ended.stderr
    assert "training supernet digits: 125 networks" in ended.stdout
    assert summary(tmp_path / "one")["best"]["metrics"]["worst_accuracy"] >= 0
    assert "python -m agents.report one" in ended.stdout
    check_report(tmp_path / "one", capsys)
    process = start(*SEARCH, "run_dir=two", "search.workers=2")
    killed_once_stored(process, tmp_path / "two", 200)
    again = train("resume=two")
    assert again.returncode == 0, again.stderr
    assert "training supernet" not in again.stdout
    assert results(tmp_path / "two") == results(tmp_path / "one")
    assert trajectory(tmp_path / "two") == trajectory(tmp_path / "one")


@pytest.mark.slow
def test_a_run_tells_what_its_stages_took_and_halves_alike_with_any_workers(
    tmp_path: Path, train: Train
) -> None:
    halved = ("env.stages.halving.share=0.5", "env.stages.short.n_images=20")
    for workers in (1, 2):
        ended = train(*SEARCH, *halved, f"run_dir=of{workers}", f"search.workers={workers}")
        assert ended.returncode == 0, ended.stderr
        assert "stages of the evaluation" in ended.stdout
    assert results(tmp_path / "of1") == results(tmp_path / "of2")
    told = {row["stage"]: row for row in summary(tmp_path / "of1")["stages"]}
    assert list(told) == ["structure", "bounds", "short", "accuracy", "simulation"]
    assert told["short"]["n_refused"] >= 1
    assert told["accuracy"]["n_in"] == told["short"]["n_in"] - told["short"]["n_refused"] <= 2
    assert told["short"]["saved_s"] > 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("env.stages.short.accuracy=1.5", "env.stages.short.accuracy"),
        ("env.stages.score.at_lest=1", "did you mean"),
        ("env.n_samples=5000", "env.n_samples: needs at most the 269 images held out, got 5000"),
        ("dataset=synthetic", "the network takes (1, 8, 8) images of 10 classes"),
        ("env.switches.SN=true", "no such key; there are: SA, SQ, SD, SC, SM"),
        ("reward=edgy", "did you mean 'edge'"),
        ("agent=qlearning", "qlearning goes from design to design by moves, and env=joint has"),
    ],
)
def test_a_mistake_is_one_line(typed: str, said: str, tmp_path: Path, train: Train) -> None:
    check_one_line(train("env=joint", typed), said, tmp_path)
