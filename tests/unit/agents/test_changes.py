"""What may be changed when a run is continued, and what may not."""

import shutil
from pathlib import Path

import pytest
import yaml
from e2e_tools import summary, trajectory

from agents.annealing import AnnealingSettings
from agents.command import help_text
from agents.rundir import RunDirectory
from agents.train import main
from agents.usage import CHANGEABLE, UsageError, settings_from
from envs.dataset_settings import ImageSettings
from envs.evaluators import TrainedAccuracy
from envs.neuronas_settings import BenchSettings, CellTrainingSettings, NeuronasSettings

IMAGES = [
    "env=nacim",
    "dataset=mnist",
    "dataset.n_train=100",
    "dataset.path=/a ${b}",
    "run_dir=run",
]
BENCH = ["env=neuronas_bench", "spikenas_bench.path=cifar10.csv", "run_dir=run"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def path_of(*typed: str) -> str | None:
    dataset = settings_from(["resume=run", *typed]).dataset
    assert isinstance(dataset, ImageSettings)
    return dataset.path


def test_images_may_lie_elsewhere() -> None:
    RunDirectory.create(settings_from(IMAGES)).close()
    assert path_of() == "/a ${b}"
    assert path_of("dataset.path=/c, {d}") == "/c, {d}"
    assert path_of("dataset.path=null") is None
    assert path_of("dataset=mnist", "dataset.n_train=100") == "/a ${b}"  # not that of its file


def test_images_that_lie_elsewhere_are_the_same_problem() -> None:
    RunDirectory.create(settings_from(IMAGES)).close()
    with pytest.raises(UsageError, match="run_dir: run holds this run already; resume=run contin"):
        RunDirectory.create(settings_from([*IMAGES, "dataset.path=/c"]))
    with pytest.raises(UsageError, match=r"another configuration: dataset\.n_train is 100"):
        RunDirectory.create(settings_from([*IMAGES, "dataset.n_train=200"]))
    stages = [
        TrainedAccuracy({"name": "mnist", "path": path, "n_train": n}, {}, 1)
        for path, n in (("/a", 1), ("/c", 1), ("/a", 2))
    ]
    here, moved, fewer = (stage.context for stage in stages)
    assert here == moved
    assert here != fewer


@pytest.mark.parametrize("typed", ["dataset.n_train=200", "seed=1", "dataset=digits", "env=toy"])
def test_what_results_depend_on_may_not_be_changed(typed: str) -> None:
    RunDirectory.create(settings_from(IMAGES)).close()
    with pytest.raises(
        UsageError, match=r"only search\.\*, ray\.\*, store, logger, dataset\.path can be changed$"
    ):
        settings_from(["resume=run", typed])


def test_a_place_that_the_run_s_data_do_not_have_is_no_key() -> None:
    RunDirectory.create(settings_from(["env=toy", "run_dir=run"])).close()
    with pytest.raises(UsageError, match=r"^dataset\.path: no such key"):
        settings_from(["resume=run", "dataset.path=/c"])


def test_help_lists_all_that_may_be_changed() -> None:
    told = help_text().partition("resume=RUN_DIR")[2].partition("reward.beta")[0]
    for key in (*CHANGEABLE, "dataset (or any key of it)", "env.training.*"):
        assert key in told
    for key in BenchSettings.model_fields:
        assert f".{key}" in told


def cells_of(*typed: str) -> tuple[str, CellTrainingSettings]:
    settings = settings_from(["resume=run", *typed])
    assert isinstance(settings.env, NeuronasSettings)
    return settings.dataset.name, settings.env.training


def test_the_training_may_move_to_another_device() -> None:
    RunDirectory.create(settings_from(["env=neuronas", "run_dir=run"])).close()
    typed = ["env.training.torch_device=cuda", "env.training.precision=float16"]
    _, training = cells_of(*typed)
    assert (training.torch_device, training.precision) == ("cuda", "float16")


@pytest.mark.parametrize("agent", ["agent=random", "agent=neuronas"])
def test_what_a_search_for_cells_found_may_be_trained_in_another_way(agent: str) -> None:
    begun = ["env=neuronas", agent, "env.training.epochs=0", "dataset=mnist", "dataset.path=/a"]
    RunDirectory.create(settings_from([*begun, "env.macro=cifar10", "run_dir=run"])).close()
    dataset, training = cells_of("env.training.epochs=40", "dataset=cifar10")
    assert (dataset, training.epochs, training.optimizer) == ("cifar10", 40, "adamw")
    changed = settings_from(["resume=run", "dataset=cifar10"]).dataset
    assert isinstance(changed, ImageSettings)
    assert changed.path is None  # that of other images
    _, training = cells_of("env.training.recipe=snasnet", "env.training.n_chips=3")
    assert (training.recipe, training.epochs, training.optimizer) == ("snasnet", 100, "sgd")
    assert training.n_chips == 3
    assert path_of("dataset=mnist") == "/a"
    for typed in ([], ["env=neuronas", "env.macro=cifar10", agent, "dataset=mnist"]):
        assert cells_of(*typed)[1].epochs == 0  # of the run, not of the group's file
    for typed in ("env.macro=mnist", "env.weight_bits=4", "hardware.device=pcm_2b_neurosim_2019"):
        with pytest.raises(
            UsageError,
            match=r"only search\.\*, ray\.\*, store, logger, dataset\.\*, env\.training",
        ):
            settings_from(["resume=run", typed])


def test_a_table_that_has_moved_is_found_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    table = Path("cifar10.csv")
    table.write_text("id,test_acc\n" + "".join(f"{i},50\n" for i in range(15625)))
    assert main([*BENCH, "search.budget=2"]) == 0
    Path("there").mkdir()
    table.rename("there/mine.csv")
    _forget()
    assert main(["resume=run", "search.budget=3"]) == 2
    assert "cifar10.csv: no such file" in capsys.readouterr().err
    moved = ["spikenas_bench.path=there/mine.csv", "spikenas_bench.dataset=cifar10"]
    assert main(["resume=run", "search.budget=3", *moved]) == 0
    kept = yaml.safe_load(Path("run/config.yaml").read_text())
    assert kept["env"]["spikenas_bench"] == {"path": "there/mine.csv", "dataset": "cifar10"}
    assert (kept["search"]["budget"], kept["run_dir"], kept["resume"]) == (3, "run", None)
    assert main(["resume=run", "search.budget=4"]) == 0
    assert summary(Path("run"))["evaluations"] == 4
    Path("there/mine.csv").write_text("id,test_acc\n" + "".join(f"{i},51\n" for i in range(15625)))
    _forget()
    assert main(["resume=run", "search.budget=5"]) == 2
    said = capsys.readouterr().err
    assert "data files: the content of the table spikenas_bench.path differs; begin a new" in said


def _forget() -> None:
    """Read tables anew, as another process would."""
    from envs import spikenas_bench  # noqa: PLC0415

    spikenas_bench._table.cache_clear()
    spikenas_bench._shares.cache_clear()


ANNEALED = ["env=ancoef", "agent=annealing", "env.start.neurons_per_core=256"]


def test_annealing_cools_on_as_it_began_however_large_the_budget_becomes() -> None:
    RunDirectory.create(settings_from([*ANNEALED, "search.budget=8", "run_dir=run"])).close()
    agent = settings_from(["resume=run", "search.budget=20"]).agent
    assert isinstance(agent, AnnealingSettings)
    assert agent.n_steps == 8


@pytest.mark.slow
def test_annealing_on_a_larger_budget_is_the_search_that_had_it_and_cooled_alike() -> None:
    assert main([*ANNEALED, "search.budget=8", "run_dir=run"]) == 0
    assert main(["resume=run", "search.budget=20"]) == 0
    unbroken = [*ANNEALED, "search.budget=20", "agent.n_steps=8", "run_dir=unbroken"]
    assert main(unbroken) == 0
    assert trajectory(Path("run")) == trajectory(Path("unbroken"))


TAUGHT = ["env=ancoef", "agent.init=taught", "search.budget=4", "run_dir=run"]


@pytest.fixture
def taught() -> None:
    """A run that began with the values of another one, which is gone by now."""
    assert main(["env=ancoef", "search.budget=4", "run_dir=taught"]) == 0
    assert main(TAUGHT) == 0
    shutil.rmtree("taught")


@pytest.mark.slow
@pytest.mark.usefixtures("taught")
def test_a_run_goes_on_without_the_run_that_taught_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume=run", "search.budget=6"]) == 0
    assert summary(Path("run"))["evaluations"] == 6
    Path("run/checkpoint.pt").unlink()  # then what it began with is needed again
    capsys.readouterr()
    assert main(["resume=run", "search.budget=7"]) == 2
    assert capsys.readouterr().err.startswith("error: agent.init: taught holds no run")
