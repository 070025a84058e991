"""What a finished search for cells found is trained later, again, or in another way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from e2e_tools import summary

from agents import robustness
from agents.train import main

BEGUN = ["env=neuronas", "agent=random", "search.budget=4", "search.workers=1", "run_dir=run"]
RUN = Path("run")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def kept() -> list[str]:
    return sorted(path.name for path in RUN.glob("final*"))


def test_what_was_found_is_trained_later_and_in_other_ways(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*BEGUN, "env.training.epochs=0"]) == 0
    found = summary(RUN)
    assert "trained" not in found
    assert main(["resume=run", "env.training.epochs=1", "env.training.n_chips=0"]) == 0
    assert summary(RUN)["trained"]["epochs"] == 1
    assert summary(RUN)["best"] == found["best"]
    assert robustness.main(["run", "--chips", "1"]) == 0  # it is the network of the summary
    assert kept() == ["final.pt"]
    assert main(["resume=run", "env.training.epochs=2"]) == 0
    assert "it is kept as final.before.pt, and training begins anew" in capsys.readouterr().out
    assert main(["resume=run", "env.training.batch_size=128"]) == 0
    assert kept() == ["final.before.2.pt", "final.before.pt", "final.pt"]
    assert summary(RUN)["trained"]["epochs"] == 2


def test_what_was_told_of_a_training_outlives_a_resume_that_cannot_read_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*BEGUN, "env.training.epochs=1", "env.training.n_chips=0"]) == 0
    found = summary(RUN)
    whole = (RUN / "final.pt").read_bytes()
    (RUN / "final.pt").write_text("?")
    capsys.readouterr()
    assert main(["resume=run"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: final training: run/final.pt: no checkpoint that can be read")
    assert said.count("\n") == 1
    assert summary(RUN)["trained"] == found["trained"]
    (RUN / "final.pt").write_bytes(whole)
    assert robustness.main(["run", "--chips", "1"]) == 0


def test_a_training_that_is_to_be_another_is_not_told_as_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main([*BEGUN, "env.training.epochs=1", "env.training.n_chips=0"]) == 0

    def stop(*_: object) -> None:
        assert "trained" not in summary(RUN)
        raise KeyboardInterrupt

    monkeypatch.setattr("agents.session.after_search", stop)
    assert main(["resume=run", "env.training.is_rounded=false"]) == 130


def test_networks_that_are_not_to_be_trained_are_told_as_that(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*BEGUN, "env.evaluator=constant"]) == 0
    capsys.readouterr()
    assert robustness.main(["run"]) == 2
    said = capsys.readouterr().err
    assert "run: its networks are not trained with env.evaluator=constant" in said
    assert said.count("\n") == 1
