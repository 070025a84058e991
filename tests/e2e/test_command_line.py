import csv
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from commands import Commands
from e2e_tools import results, trajectory

Train = Callable[..., subprocess.CompletedProcess[str]]

MISTAKES = {
    "env=nacmi": "no env called 'nacmi'; did you mean 'nacim'?",
    "agent=reinforc": "no agent called 'reinforc'; did you mean 'reinforce'?",
    "reward.weights.enrgy=1": "reward.weights.enrgy: no such key; did you mean 'energy'?",
    "reward.beta=abc": "reward.beta: needs a number, got 'abc'",
    "reward.beta=1.5": "reward.beta: needs at most 1, got 1.5",
    "reward.beta=[1": "reward.beta=[1: cannot be read",
    "search.budget=-3": "search.budget: needs at least 1, got -3",
    "serch.budget=3": "serch: no such key; did you mean 'search'?",
    "hardware.device=rram_4b_zaho": "did you mean 'rram_4b_zhao_iedm_2017'?",
    "hardware.device=rram_4bit": "did you mean 'rram_4b_zhao_iedm_2017'?",
    "agent.name=reinforc": "agent.name: no agent called 'reinforc'; did you mean 'reinforce'?",
    "search.workers=true": "search.workers: needs a number, got true",
    "hardware.model=elo": "no cost model called 'elo'; did you mean 'ela'?",
    "hardware.circuit.columns_per_converter=7": "hardware.circuit.columns_per_converter must",
    "env.given.conv1.kernl=3": "no decision called 'conv1.kernl'; did you mean 'conv1.kernel'?",
    "env.given.conv1.kernel=5": "env.given.conv1.kernel: this decision is searched",
    "reward._target_=nowhere.Mine": "reward._target_: cannot import 'nowhere.Mine'",
    "reward._target_=math.pi": "reward._target_: 'math.pi' is no class but 3.14",
    "constraints.area_m2=-1": "constraints.area_m2: needs more than 0, got -1",
    "resume=nowhere": "resume: nowhere holds no run",
    "resume=": "resume: names no directory",
    "env.space=[3]": "env.space.0: needs keys with values, got 3",
    "budget": "'budget' is not of the form key=value",
}


@pytest.mark.parametrize("typed", MISTAKES)
def test_a_mistake_is_one_line(typed: str, tmp_path: Path, train: Train) -> None:
    begin = time.monotonic()
    ended = train(typed)
    assert time.monotonic() - begin < 10  # 3 s are promised; the margin is for a busy machine
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
    assert MISTAKES[typed] in ended.stderr
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def toy_run(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Path:
    folder, typed = tmp_path_factory.mktemp("once"), ("env=toy", "search.budget=30", "run_dir=toy")
    ended = commands.run("agents.train", *typed, folder=folder)
    assert ended.returncode == 0, ended.stderr
    assert "best reward" in ended.stdout  # plain lines where there is no terminal
    return folder / "toy"


@pytest.fixture
def toy(toy_run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(toy_run, tmp_path / "toy")


def cold(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the fixture ``train`` stands for."""
    command = [sys.executable, "-m", "agents.train", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_process_with_all_its_imports_tells_and_leaves_the_same(
    tmp_path: Path, train: Train
) -> None:
    begin = time.monotonic()
    mistake = cold(tmp_path, "env=nacmi")
    assert time.monotonic() - begin < 10
    again = train("env=nacmi")
    assert (mistake.returncode, mistake.stderr) == (again.returncode, again.stderr)
    typed = ("env=toy", "search.budget=30")
    one, other = cold(tmp_path, *typed, "run_dir=one"), train(*typed, "run_dir=two")
    assert (one.returncode, one.stderr) == (other.returncode, other.stderr) == (0, "")
    told = [re.sub(r"\d+ designs/min|\d+ s\b", "", ended.stdout) for ended in (one, other)]
    assert told[0].replace("one", "two") == told[1]
    assert trajectory(tmp_path / "one") == trajectory(tmp_path / "two")
    assert results(tmp_path / "one") == results(tmp_path / "two")


def test_a_run_leaves_a_report_directory(toy: Path) -> None:
    summary = json.loads((toy / "summary.json").read_text())
    assert summary["evaluations"] == 30
    assert summary["seed"] == 0
    assert set(summary["best"]) == {"reward", "metrics", "design", "priced"}
    assert summary["best"]["priced"] is None  # no chip
    assert {"accuracy", "energy_j", "latency_s", "area_m2"} <= set(summary["best"]["metrics"])
    assert 0 < summary["hypervolume"] < 1
    assert summary["versions"]["torch"]
    assert summary["wall_s"] > 0
    config = yaml.safe_load((toy / "config.yaml").read_text())
    assert config["search"]["budget"] == 30
    with (toy / "pareto.csv").open() as file:
        front = list(csv.DictReader(file))
    assert len(front) == summary["front_size"]
    assert float(front[0]["reward"]) == summary["best"]["reward"]
    for name in ("front.png", "rewards.png"):
        assert (toy / name).read_bytes().startswith(b"\x89PNG")
    assert list((toy / "tensorboard").glob("events.*"))
    assert (toy / "checkpoint.pt").stat().st_size > 0


def test_a_run_is_never_overwritten(toy: Path, train: Train) -> None:
    before = (toy / "summary.json").read_bytes()
    same = train("env=toy", "search.budget=30", "run_dir=toy")
    other = train("env=toy", "run_dir=toy", "reward.beta=0.6")
    assert same.returncode == other.returncode == 2
    assert "resume=toy continues it" in same.stderr
    assert "reward.beta is 0.9 there and 0.6 here" in other.stderr
    assert (toy / "summary.json").read_bytes() == before


@pytest.mark.usefixtures("toy")
def test_resume_refuses_another_configuration(train: Train) -> None:
    for change in ("reward.beta=0.6", "agent=random", "seed=4"):
        ended = train("resume=toy", change)
        assert ended.returncode == 2
        assert "is a run of another configuration" in ended.stderr
        assert ended.stderr.count("\n") == 1


def test_default_run_directories_are_new_each_time(tmp_path: Path, train: Train) -> None:
    for _ in range(2):
        assert train("env=toy", "search.budget=8").returncode == 0
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_a_reward_of_ones_own_is_used(tmp_path: Path, train: Train) -> None:
    (tmp_path / "mine.py").write_text(
        "class Frugal:\n"
        "    def __init__(self, price=1.0):\n"
        "        self.price = price\n"
        "    def __call__(self, metrics):\n"
        "        return -self.price * metrics['energy_j']\n"
    )
    ended = train("env=toy", "search.budget=64", "reward._target_=mine.Frugal", "run_dir=own")
    assert ended.returncode == 0, ended.stderr
    best = json.loads((tmp_path / "own" / "summary.json").read_text())["best"]
    assert best["reward"] == -best["metrics"]["energy_j"]
    config = yaml.safe_load((tmp_path / "own" / "config.yaml").read_text())
    assert config["reward"] == {"_target_": "mine.Frugal"}  # nothing of NACIM's
    for argument, hint in (("prize", "did you mean 'price'?"), ("beta", "there are: price")):
        wrong = train("env=toy", "reward._target_=mine.Frugal", f"reward.{argument}=2")
        assert wrong.returncode == 2
        assert f"reward.{argument}: mine.Frugal has no such argument; {hint}" in wrong.stderr


def test_a_reward_that_fails_is_told_before_the_search(tmp_path: Path, train: Train) -> None:
    (tmp_path / "mine.py").write_text(
        "def wrong(metrics): return metrics['power_w']\nclass Wrong:\n"
        "    __call__ = staticmethod(wrong)\n"
    )
    ended = train("env=toy", "reward._target_=mine.Wrong", "run_dir=own")
    assert ended.returncode == 2
    assert "KeyError: 'power_w'" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "own").exists()


def test_a_hard_constraint_makes_designs_infeasible_with_a_reason(
    tmp_path: Path, train: Train
) -> None:
    ended = train("env=toy", "constraints.area_m2=0.2", "search.budget=100", "run_dir=tight")
    assert ended.returncode == 0, ended.stderr
    best = json.loads((tmp_path / "tight" / "summary.json").read_text())["best"]
    assert best["metrics"]["area_m2"] <= 0.2


def test_a_search_that_finds_nothing_feasible_says_so(tmp_path: Path, train: Train) -> None:
    ended = train("env=toy", "constraints.area_m2=1e-12", "search.budget=8", "run_dir=none")
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    assert "no feasible design was found" in ended.stdout
    assert (tmp_path / "none" / "front.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "none" / "summary.json").read_text())["best"] is None


def test_help_names_what_can_be_chosen(train: Train) -> None:
    ended = train("--help")
    assert ended.returncode == 0
    for word in ("|nacim|neuronas|", "search.budget", "resume=", "reward._target_"):
        assert word in ended.stdout


def test_cfg_prints_what_would_run(tmp_path: Path, train: Train) -> None:
    ended = train("env=nacim", "reward.weights.energy=0.5", "--cfg")
    assert ended.returncode == 0
    assert yaml.safe_load(ended.stdout)["reward"]["weights"]["energy"] == 0.5
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [".lock", "config.yaml.new"])
def test_what_a_run_killed_while_it_began_leaves_is_no_hindrance(
    name: str, tmp_path: Path, train: Train
) -> None:
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / name).write_text("half a")
    assert train("env=toy", "search.budget=8", "run_dir=begun").returncode == 0


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path, train: Train) -> None:
    (tmp_path / "mine").mkdir()
    for name in (".lock", "letter.txt"):
        (tmp_path / "mine" / name).touch()
    ended = train("env=toy", "search.budget=8", "run_dir=mine")
    assert ended.returncode == 2
    assert "mine is not empty, and what it holds is no run" in ended.stderr


def test_what_only_tells_of_settings_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'optuna', 'pymoo', 'plotly', 'pyarrow', 'matplotlib'}"
    code = f"import sys, agents.command; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
