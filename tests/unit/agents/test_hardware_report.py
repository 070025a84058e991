"""What a search for asynchronous hardware leaves behind, on a network of 54 neurons."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from noc_applications import dense

from agents import hardware_report
from agents.command import command
from agents.hardware import main
from agents.hardware_comparison import curves_of
from agents.hardware_run import HardwareRun, Simulated, read_run, simulated
from agents.judged import Judged
from async_sim.execution import FIGURES, execute, figures
from async_sim.hardware_file import read_hardware
from async_sim.report.command import run_command
from envs.evaluation import Evaluation

Shown = pytest.CaptureFixture[str]
FILES = (
    "hardware.json", "hardware_report.json", "moves.csv",
    "edp.png", "layers.png", "mesh.png", "parts.png",
)  # fmt: skip
APPLICATION = dense(n_samples=2)


def search(directory: Path, agent: str, seed: int = 0, budget: int = 12) -> Path:
    source = directory / "spikes.npz"
    if not source.exists():
        APPLICATION.save(source)
    run_dir = directory / f"{agent}{seed}"
    typed = ["env=ancoef", f"env.application={source}", "env.start.neurons_per_core=8"]
    typed += [f"agent={agent}", f"seed={seed}", f"search.budget={budget}", f"run_dir={run_dir}"]
    assert command(typed) == 0
    return run_dir


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return search(tmp_path_factory.mktemp("runs"), "annealing")


@pytest.fixture
def run_dir(finished: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def test_a_search_leaves_its_report(finished: Path) -> None:
    for name in FILES:
        assert (finished / name).stat().st_size > 100, name
    told = json.loads((finished / "summary.json").read_text())["hardware"]
    assert told["actor_engine"] == "equal"
    report = json.loads((finished / "hardware_report.json").read_text())
    assert told["first"] == report["start"]["figures"]
    assert told["least_edp_js"] <= report["best"]["figures"]["edp_js"]


def test_layers_and_parts_add_up_to_the_figures(finished: Path) -> None:
    report = json.loads((finished / "hardware_report.json").read_text())
    for design in ("start", "best"):
        one = report[design]
        for whole in (sum(one["energy_j"].values()), sum(x["energy_j"] for x in one["layers"])):
            assert whole == pytest.approx(one["figures"]["energy_j"], rel=1e-9)
        assert sum(one["area_m2"].values()) == pytest.approx(one["figures"]["area_m2"], rel=1e-9)


def test_the_moves_lead_from_the_first_design_to_the_best(finished: Path) -> None:
    report = json.loads((finished / "hardware_report.json").read_text())
    summary = json.loads((finished / "summary.json").read_text())
    way = report["way"]
    assert way[0]["from_evaluation"] == 1
    assert way[-1]["evaluation"] == report["best_evaluation"]
    assert way[-1]["edp_js"] == summary["best"]["metrics"]["edp_js"]
    with (finished / "moves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(one["n_made"] for one in report["moves"]) == 11  # all but the first


def test_the_file_of_the_best_design_is_the_design_of_the_summary(
    finished: Path, tmp_path: Path
) -> None:
    best = json.loads((finished / "summary.json").read_text())["best"]["metrics"]
    hardware, _ = read_hardware(finished / "hardware.json")
    found = figures(APPLICATION, hardware, execute(APPLICATION, hardware))
    assert all(found[name] == best[name] for name in FIGURES)
    assert run_command([f"hardware={finished / 'hardware.json'}", f"out={tmp_path}"]) == 0
    told = json.loads((tmp_path / "report.json").read_text())["frame_on_design"]
    assert all(told[name] == best[name] for name in FIGURES)


def test_the_report_is_written_again_from_the_directory(run_dir: Path, capsys: Shown) -> None:
    before = (run_dir / "hardware_report.json").read_text()
    for name in FILES:
        (run_dir / name).unlink()
    assert main([str(run_dir)]) == 0
    assert (run_dir / "hardware_report.json").read_text() == before
    assert all((run_dir / name).is_file() for name in FILES)
    assert "actor engine: equal" in capsys.readouterr().out.splitlines()


def test_pictures_are_not_blank(finished: Path) -> None:
    for name in FILES:
        if name.endswith(".png"):
            picture = matplotlib.image.imread(finished / name)
            assert picture.shape[0] > 300
            assert len(np.unique(picture[..., :3].sum(axis=2))) > 20, name


def test_an_engine_that_disagrees_is_told_and_is_a_failure(
    run_dir: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_channel(*case: object) -> Simulated:
        application, hardware = case
        return simulated(application, replace(hardware, n_channels=1, depth=1))  # type: ignore[arg-type,type-var]

    monkeypatch.setattr(hardware_report, "simulated_by_actors", one_channel)
    assert main([str(run_dir)]) == 1
    assert "actor engine: different: " in capsys.readouterr().out


def test_a_large_design_is_confirmed_only_when_asked_for(
    run_dir: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware_report, "MOST_FIRES", 10)
    assert main([str(run_dir)]) == 0
    assert "actor engine: skipped: it would take about " in capsys.readouterr().out
    assert main([str(run_dir), "--confirm"]) == 0
    assert "actor engine: equal" in capsys.readouterr().out


def test_spikes_that_have_changed_since_are_refused(
    run_dir: Path, finished: Path, capsys: Shown
) -> None:
    config = run_dir / "config.yaml"
    other = dense(seed=1, n_samples=2).save(run_dir / "other.npz")
    text = config.read_text().replace(str(finished.parent / "spikes.npz"), str(other))
    config.write_text(text)
    assert main([str(run_dir)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "its best design takes something else by now: latency_s" in line


def test_an_agent_without_moves_has_designs_that_were_better(finished: Path, capsys: Shown) -> None:
    run_dir = search(finished.parent, "random", budget=6)
    report = json.loads((run_dir / "hardware_report.json").read_text())
    assert report["moves"] == []
    assert (run_dir / "moves.csv").is_file()
    assert "moves to new designs" not in capsys.readouterr().out


def test_agents_are_compared_in_one_picture(finished: Path, tmp_path: Path, capsys: Shown) -> None:
    other = search(finished.parent, "annealing", seed=1)
    picture = tmp_path / "edp.png"
    assert main([str(finished), str(other), "--out", str(picture)]) == 0
    assert picture.is_file()
    assert "annealing" in capsys.readouterr().out


def run_of(of: HardwareRun, *edps: float, **agent: object) -> HardwareRun:
    """The same settings, but for the agent's, with other products."""
    designs = tuple(
        Judged(i, 1.0, Evaluation({}, {"edp_js": edp})) for i, edp in enumerate(edps, 1)
    )
    settings = of.settings.model_copy(update={"agent": of.settings.agent.model_copy(update=agent)})
    return HardwareRun(Path("nowhere"), settings, designs, designs[0])


def test_curves_are_told_up_to_the_shortest_budget(finished: Path) -> None:
    run = read_run(finished)
    (curves,) = curves_of([run_of(run, 5, 3, 4), run_of(run, 9, 2, 1, 1)])
    assert curves.least_edp_js.tolist() == [[5, 3, 3], [9, 2, 1]]
    assert curves.quartiles[:, -1].tolist() == [1.5, 2.0, 2.5]


def test_a_run_that_ended_before_its_budget_keeps_its_least(finished: Path) -> None:
    run = read_run(finished)
    early = replace(run_of(run, 5, 3), path=finished)  # its summary tells a budget of 12
    (curves,) = curves_of([early, run_of(run, 9, 2, 1, 1)])
    assert curves.least_edp_js.tolist() == [[5, 3, 3, 3], [9, 2, 1, 1]]


def test_one_agent_with_other_settings_is_another_curve(finished: Path) -> None:
    run = read_run(finished)
    found = curves_of([run_of(run, 5), run_of(run, 4, first_temperature=7.0)])
    assert [one.agent for one in found][1] == "annealing (first_temperature=7.0)"
    assert len(found) == 2


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["nowhere"], "error: run_dir: nowhere holds no run"),
        (["a", "b", "--confirm"], "error: --confirm: is for one run"),
        (["a", "--out", "b.png"], "error: --out: is for several runs"),
        (["a", "b", "--out", "b.xyz"], "error: --out: b.xyz needs to end with one of .png, .pdf"),
        (["a", "b", "--out", "no/b.png"], "error: --out: there is no directory no"),
    ],
)
def test_a_mistake_is_one_line(typed: list[str], told: str, capsys: Shown) -> None:
    assert main(typed) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(told)


def test_a_run_of_another_environment_is_refused(tmp_path: Path, capsys: Shown) -> None:
    assert command(["env=toy", "agent=random", "search.budget=2", f"run_dir={tmp_path / 'r'}"]) == 0
    capsys.readouterr()
    assert main([str(tmp_path / "r")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("r: is a run of env=toy, not of env=ancoef")
