"""Fronts of NACIM and pNAS over seeds."""

import json
from pathlib import Path

import numpy as np
import pytest

from agents.reproduce import main
from agents.reproductions.nacim_fronts import Pair, pair_of

METRICS = ("latency_s", "area_m2", "energy_j")
REFERENCE = 4.0


def test_a_pair_compares_areas_below_one_and_points_that_are_covered() -> None:
    before = np.array([[0.2, 0.5], [0.5, 0.2], [0.6, 0.6]])
    after = np.array([[0.2, 0.5], [0.6, 0.1]])
    found = Pair.of(before, after)
    assert found.before == pytest.approx(0.8 * 0.5 + 0.5 * 0.3)
    assert found.after == pytest.approx(0.8 * 0.5 + 0.4 * 0.4)
    assert found.both == pytest.approx(0.8 * 0.5 + 0.5 * 0.3 + 0.4 * 0.1)
    assert found.covered == 0.5  # the point that is dominated by its own side does not count


def write_flow(folder: Path, rnas_share: float) -> None:
    """A finished flow: two designs at half of each reference, one of rNAS at a share of it."""

    def one(stage: str, accuracy: float, share: float) -> dict[str, object]:
        costs = dict.fromkeys(METRICS, share * REFERENCE)
        return {"stage": stage, "metrics": {"accuracy": accuracy, **costs}}

    candidates = [one("1-search", 0.9, 0.5), one("2-fine-tuning", 0.95, 0.5)]
    candidates += [one("3-rnas-1", 0.95, rnas_share)]
    summary = {"references": dict.fromkeys(METRICS, REFERENCE), "candidates": candidates}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(json.dumps(summary))


def test_a_flow_is_compared_by_its_stages_in_shares_of_the_reference(tmp_path: Path) -> None:
    write_flow(tmp_path, rnas_share=0.125)
    found = pair_of(tmp_path, "area")
    assert found.before == pytest.approx(0.95 * 0.5)
    assert found.after == pytest.approx(0.95 * 0.875)
    assert found.covered == 1.0


@pytest.mark.parametrize(("rnas_share", "code"), [(0.125, 0), (0.75, 1)])
def test_finished_searches_are_told_and_the_code_says_whether_nacim_is_behind(
    rnas_share: float, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(2):
        for cost in ("latency", "area", "energy"):
            write_flow(tmp_path / f"seed-{seed}" / cost, rnas_share)
    assert main(["nacim_fronts", "seeds=2", f"run_dir={tmp_path}"]) == code
    told = capsys.readouterr().out
    assert ("2 of 2" in told) is (code == 0)
    assert "0.4750" in told  # pNAS's hypervolume: 0.95 * 0.5


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["seed=1"], "seed: is chosen by nacim_fronts; seeds=5 is the number of seeds"),
        (["reward.weights.area=2"], "reward.weights.area: is chosen by nacim_fronts"),
        (["sedes=2"], "sedes: no such key; did you mean 'seeds'?"),
        (["seeds=0"], "seeds: needs a whole number from 1, got '0'"),
        (["serch=small"], "did you mean 'search'"),
    ],
)
def test_a_mistake_is_one_line(
    typed: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["nacim_fronts", *typed]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_a_summary_that_cannot_be_read_is_named_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for cost in ("latency", "area", "energy"):
        write_flow(tmp_path / "seed-0" / cost, 0.5)
    broken = tmp_path / "seed-0" / "area" / "summary.json"
    broken.write_text("{")
    assert main(["nacim_fronts", "seeds=1", f"run_dir={tmp_path}"]) == 2
    told = capsys.readouterr().err
    assert f"{broken} cannot be read" in told
    assert told.count("\n") == 1
