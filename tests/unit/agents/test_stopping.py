"""What is said when a search is stopped, or finds nothing."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents import outcome
from agents.train import main
from envs.evaluation import DeviceMemoryError, Evaluation

TOLD = (
    "interrupted; what was finished is saved. Continue with:\n  python -m agents.train resume=run\n"
)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Leave pytest its own way to be stopped."""
    kept = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    yield
    for one, handler in kept.items():
        signal.signal(one, handler)


@pytest.mark.parametrize(
    "stopped",
    ["loop.Search.run", "session.after_search", "session._Session._start"],
)
def test_an_interrupt_is_told_alike_whenever_it_comes(
    stopped: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(f"agents.{stopped}", interrupt)
    assert main(["env=toy", "search.budget=8", "run_dir=run"]) == 130
    said = capsys.readouterr()
    assert said.err == TOLD
    assert "interrupted" not in said.out


def test_a_flow_for_which_the_gpu_is_too_small_says_how_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: object) -> None:
        raise DeviceMemoryError("the memory of the GPU is full")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("agents.flow._Flow._search", lambda _: None)
    monkeypatch.setattr("agents.flow._Flow._fine_tune", full)
    assert main(["experiment=nacim", "search=smoke", "run_dir=run"]) == 1
    assert capsys.readouterr().err == TOLD.replace("interrupted", "the memory of the GPU is full")
    assert (tmp_path / "run" / "config.yaml").is_file()


def test_the_commonest_reason_is_told_when_nothing_is_feasible() -> None:
    reasons = ["area_m2 3e-6 > 2e-6", "no cell 7", "area_m2 4.5e-06 > 2e-6", None]
    found = [Evaluation({}, {}, reason, 0.0) for reason in reasons]
    told = outcome.none_feasible(found)
    assert "the commonest reason, of 2 of 3 designs: area_m2 3e-6 > 2e-6;" in told
    assert outcome.none_feasible([]) == "no feasible design was found"
