"""``env=joint`` as a user types it."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e_tools import n_stored, results, summary, trajectory, wait_until
from jointly import SMALL

Train = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
SEARCH = (*SMALL, "agent=random", "search.budget=4", "agent.batch_size=2")


FAMILIES = {
    "blocks": (),
    "cells": ("env.cells.channels=4", "env.cells.training.epochs=1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("network", FAMILIES)
def test_it_finds_the_same_whatever_the_workers_and_however_often_it_was_cut(
    network: str, tmp_path: Path, train: Train, start: Start
) -> None:
    typed = (*SEARCH, f"space.network={network}", *FAMILIES[network])
    ended = train(*typed, "run_dir=one", "search.workers=1")
    assert ended.returncode == 0, ended.stderr
    is_trained_beforehand = "training supernet digits: 125 networks" in ended.stdout
    assert is_trained_beforehand is (network == "blocks")
    assert summary(tmp_path / "one")["best"]["metrics"]["worst_accuracy"] >= 0
    process = start(*typed, "run_dir=two", "search.workers=2")
    assert wait_until(lambda: n_stored(tmp_path / "two") >= 1, 200)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    again = train("resume=two")
    assert again.returncode == 0, again.stderr
    assert "training supernet" not in again.stdout
    assert results(tmp_path / "two") == results(tmp_path / "one")
    assert trajectory(tmp_path / "two") == trajectory(tmp_path / "one")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("env.n_samples=5000", "env.n_samples: needs at most the 269 images held out, got 5000"),
        ("dataset=synthetic", "the network takes (1, 8, 8) images of 10 classes"),
        ("env.switches.SN=true", "no such key; there are: SA, SQ, SD, SC, SM"),
        ("reward=edgy", "did you mean 'edge'"),
        ("agent=qlearning", "qlearning goes from design to design by moves, and env=joint has"),
    ],
)
def test_a_mistake_is_one_line(typed: str, said: str, tmp_path: Path, train: Train) -> None:
    ended = train("env=joint", typed)
    assert ended.returncode == 2
    line = ended.stderr.splitlines()[-1]
    assert line.startswith("error: ")
    assert said in line
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.iterdir())
