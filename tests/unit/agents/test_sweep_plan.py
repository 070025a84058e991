"""A sweep as it is typed, kept and gone on with; every mistake is one line, and leaves nothing."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents import sweep_run
from agents.sweep import main
from agents.sweep_plan import FILE, Sweep, reopened, sweep_of
from agents.sweep_run import alone
from agents.usage import UsageError

TOY = ["env=toy", "sweep.grid.seed=[0,1]"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own; no Ray is ever begun."""

    def not_here(*_: Any) -> int:
        raise AssertionError("a sweep was begun")

    monkeypatch.setattr(sweep_run, "_run", not_here)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kept(folder: Path, typed: list[str] = TOY) -> Sweep:
    made = sweep_of([*typed, f"run_dir={folder}"])
    folder.mkdir()
    made.keep()
    return made


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["env=toy"], "sweep: needs either a grid or tuned (sweep.grid.seed=[0,1,2])"),
        (
            ["sweep=reward_weihts"],
            "no sweep called 'reward_weihts'; did you mean 'reward_w",
        ),
        (
            ["env=toy", "sweep=seeds", "sweep.retris=1"],
            "sweep.retris: no such key; did you mean 'ret",
        ),
        (["env=toy", "sweep.grd.seed=[0,1]"], "sweep.grd: no such key; did you mean 'grid'?"),
        (
            ["env=toy", "sweep=seeds", "sweep.retries.a=1"],
            "sweep.retries.a: no such key; did you mean 'retries'?",
        ),
        (
            ["env=toy", "sweep.tuned.agent.learning_rate={low:1e-4,hgh:1e-2}"],
            "sweep.tuned.agent.learning_rate.hgh: no such key; did you mean 'high'?",
        ),
        ([*TOY, "seeds"], "'seeds' is not of the form key=value"),
        ([*TOY, "ray=off"], "ray: a sweep runs on Ray: ray=local, or ray=cluster"),
        ([*TOY, "+ray=off"], "ray: a sweep runs on Ray: ray=local, or ray=cluster"),
        ([*TOY, "ray=clustr"], "no ray called 'clustr'; did you mean 'cluster'?"),
        ([*TOY, "search.budgt=9"], "search.budgt: no such key; did you mean 'budget'?"),
        ([*TOY, "sweep.grid.agent=[nsga2,tpee]"], "agent=tpee: no agent called 'tpee'"),
        ([*TOY, "sweep.grid.agent=[random,nsga2]", "agent.population=8"], "seed=0 agent=random: "),
        ([*TOY, "sweep.grid.seed=0,1"], "needs a list, sweep.grid.seed=[A,B], got 0,1"),
        ([*TOY, "sweep.grid.seed=range(0,3)"], "needs a list, sweep.grid.seed=[A,B]"),
        ([*TOY, "sweep.grid.seed=[0"], "sweep.grid.seed: no viable alternative at input '[0'"),
        (
            ["env=toy", "sweep.grid=5", "sweep.grid.seed=[0]"],
            "sweep.grid: needs keys with values",
        ),
        ([*TOY, "sweep.name=../up"], "sweep.name: needs a short name of a folder"),
        (["env=nacim", "sweep=seeds", "experiment=nacim"], "flow: has several stages"),
        ([*TOY, "run_dir=full"], "run_dir: full is not empty; choose another"),
        ([*TOY, "run_dir=full/file"], "run_dir: full/file is a file, not a directory"),
        ([*TOY, "run_dir=begun"], "run_dir: begun is not empty; resume=begun goes on with it"),
        (["resume=nowhere"], "resume: nowhere holds no sweep (there is no sweep.yaml)"),
        (["resume=begun", "search.budget=9"], "only ray.* can be changed, not 'search.budget=9'"),
        (["resume=begun", "ray=off"], "ray: a sweep runs on Ray: ray=local, or ray=cluster"),
        (
            [*TOY, "ray=cluster", "ray.address=localhost"],
            "'localhost' is not of the form HOST",
        ),
        ([*TOY, "ray=cluster", "ray.address=127.0.0.1:1"], "ray: no cluster at 127.0.0.1:1: "),
        ([*TOY, "ray.working_dir=nowhere"], "ray.working_dir: there is no nowhere"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    typed: list[str], message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(here / "begun")
    (here / "full").mkdir()
    (here / "full" / "file").touch()
    before = sorted(here.rglob("*"))
    assert main(typed) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1
    assert not told.out
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "{", "a: [", "sweep: {}", "arguments: []", "sweep: 5\narguments: []", "\x00",
     "sweep: {grid: {seed: 3}}\narguments: []", "sweep: {grid: {seed: [3]}}\narguments: 5"],
)  # fmt: skip
def test_a_broken_file_of_a_sweep_is_one_line(
    text: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / FILE).write_text(text)
    assert main([f"resume={here}"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: resume: {here / FILE} cannot be read: ")
    assert told.count("\n") == 1


def test_what_is_kept_is_reopened(here: Path) -> None:
    made = kept(here / "s", ["env=toy", "sweep=reward_weights", "sweep.at_once=3"])
    again = reopened(here / "s", [f"resume={here / 's'}"])
    assert again == Sweep(made.settings, made.arguments, made.folder, is_resumed=True)
    assert [one.name for one in again.trials] == [one.name for one in made.trials]
    tuned = kept(here / "t", ["env=toy", "sweep=learning_rate"])
    assert reopened(here / "t", []).settings == tuned.settings


def test_a_sweep_goes_on_with_another_ray_and_forgets_the_one_of_before(here: Path) -> None:
    typed = ["ray=cluster", "ray.address=old:1", "ray.retries=9"]
    kept(here / "s", [*TOY, *typed])
    assert reopened(here / "s", ["ray.address=new:1"]).shared.ray.address == "new:1"
    assert reopened(here / "s", ["ray.address=new:1"]).shared.ray.retries == 9
    moved = reopened(here / "s", ["ray=cluster", "ray.address=new:1"])
    assert moved.on_ray == ("ray=cluster", "ray.address=new:1")
    assert reopened(here / "s", ["ray=local"]).shared.ray.name == "local"
    moved.keep()
    assert "old:1" not in (here / "s" / FILE).read_text()
    assert yaml.safe_load((here / "s" / FILE).read_text())["sweep"]["grid"] == {"seed": [0, 1]}


def test_a_sweep_runs_on_this_machine_unless_another_ray_is_named() -> None:
    assert sweep_of([*TOY, "run_dir=new"]).shared.ray.name == "local"
    assert sweep_of([*TOY, "run_dir=new", "+ray=cluster"]).shared.ray.name == "cluster"


def test_what_all_searches_share_may_be_of_the_agents_of_the_grid() -> None:
    found = sweep_of([*TOY, "sweep.grid.agent=[nsga2]", "agent.population=8"])
    assert found.shared.agent.name == "nsga2"


def test_a_grid_of_budgets_is_as_long_as_its_longest() -> None:
    typed = [*TOY, "run_dir=new"]
    assert sweep_of([*typed, "search.budget=7"]).budget == 7
    assert sweep_of([*typed, "sweep.grid.search.budget=[5,50]"]).budget == 50


def test_what_is_typed_replaces_the_other_kind_of_the_file() -> None:
    typed = ["env=toy", "run_dir=new"]
    found = sweep_of([*typed, "sweep=learning_rate", "sweep.grid.seed=[0]"])
    assert (found.settings.tuned, found.n_trials) == ({}, 1)
    found = sweep_of([*typed, "sweep=seeds", "sweep.tuned.agent.batch_size=[4,8]"])
    assert (found.settings.grid, found.n_trials) == ({}, 20)


def test_both_ends_of_what_is_tuned_are_checked() -> None:
    typed = ["env=toy", "run_dir=new"]
    sweep_of([*typed, "sweep.tuned.agent.batch_size={low:1,high:4096,whole:true}"]).check()
    for ends in ("{low:1,high:4097,whole:true}", "[0,8]"):
        with pytest.raises(UsageError, match=r"agent\.batch_size: needs at"):
            sweep_of([*typed, f"sweep.tuned.agent.batch_size={ends}"]).check()


def test_the_folder_of_a_sweep_is_told_by_what_it_searches_and_is_free(here: Path) -> None:
    first = sweep_of(TOY).folder
    assert first.parent == Path("runs")
    assert first.name.startswith("sweep-own-toy-")
    assert sweep_of([*TOY, "ray=cluster", "ray.address=h:1"]).folder == first
    assert sweep_of(["env=toy", "sweep.grid.seed=[0]"]).folder != first
    (here / first).mkdir(parents=True)
    assert sweep_of(TOY).folder.name == f"{first.name}-2"


def test_help_lists_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "sweep=agents|devices|learning_rate|reward_weights|seeds" in capsys.readouterr().out


def test_no_two_processes_run_a_sweep(here: Path) -> None:
    with (
        alone(here),
        pytest.raises(UsageError, match="another process is running this sweep"),
        alone(here),
    ):
        pass
    with alone(here):  # and then the next may
        pass


@pytest.mark.parametrize("option", [["--config-dir", "mine"], ["--config-dir=mine"]])
def test_sweeps_of_a_users_own_folder_are_known(
    here: Path, option: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    seen: list[Sweep] = []
    monkeypatch.setattr(sweep_run, "run_sweep", lambda one: len(seen.append(one) or ""))  # type: ignore[func-returns-value]
    (here / "mine" / "sweep").mkdir(parents=True)
    (here / "mine" / "sweep" / "few.yaml").write_text("grid: {seed: [5]}")
    assert main([*option, "env=toy", "sweep=few", "run_dir=new"]) == 0
    assert seen[0].settings.grid == {"seed": [5]}
    assert main([*option, "--help"]) == 0
    assert "few" in capsys.readouterr().out
    assert main(["env=toy", "sweep=few"]) == 2
    assert "no sweep called 'few'" in capsys.readouterr().err
