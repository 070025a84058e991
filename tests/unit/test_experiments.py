"""Named experiments, and the groups that go with an environment."""

from types import SimpleNamespace
from typing import Any

import pytest

from agents.problems import problem_of
from agents.usage import UsageError, settings_from
from configs import catalog
from envs import final_training
from envs.default_settings import settings_of
from envs.final_training import FinalTraining
from envs.neuronas_settings import BudgetSettings, NeuronasSettings

SCENARIOS = [name for name in catalog.names("experiment") if name.startswith("spikenas_")]


def test_all_scenarios_of_spikenas_are_there() -> None:
    """Table 1 lists ten and prints 3C3O twice where 3C2O is meant; the text has all twelve."""
    expected = {f"spikenas_{c}C{o}O{m}" for c in (1, 2, 3) for o in (2, 3) for m in ("", "_M")}
    assert set(SCENARIOS) == expected


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_what_its_name_says(name: str) -> None:
    settings = settings_from([f"experiment={name}"])
    env = settings.env
    assert isinstance(env, NeuronasSettings)
    assert (env.n_cells, len(env.choices)) == (int(name[9]), int(name[11]))
    assert env.budgets == BudgetSettings(n_parameters=1.2e6 if name.endswith("_M") else None)
    assert (settings.agent.name, env.macro) == ("spikenas", "cifar10")
    assert settings.hardware.model == "neuronas"


@pytest.mark.parametrize("macro", catalog.names("macro"))
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_of_spikenas_bounds_memory_at_most_in_every_frame(name: str, macro: str) -> None:
    """Sec. 4: 1.2 million parameters for CIFAR-10, 2 million for CIFAR-100."""
    env = settings_from([f"experiment={name}", f"env.macro={macro}"]).env
    assert isinstance(env, NeuronasSettings)
    most = 2e6 if macro in {"cifar100", "tinyimagenet200"} else 1.2e6
    assert env.budgets == BudgetSettings(n_parameters=most if name.endswith("_M") else None)


@pytest.mark.parametrize("macro", ["cifar10", "cifar100", "tinyimagenet200"])
def test_the_budgets_of_neuronas_hold_in_the_frames_of_the_paper(macro: str) -> None:
    """Sec. IV: 10 million parameters, 1,000 mm2, 500 ms and 1,000 uJ."""
    env = settings_from(["env=neuronas", f"env.macro={macro}"]).env
    assert isinstance(env, NeuronasSettings)
    assert env.budgets == BudgetSettings(
        n_parameters=1e7, area_m2=1e-3, latency_s=0.5, energy_j=1e-3
    )


@pytest.mark.parametrize("name", catalog.names("experiment"))
def test_every_experiment_makes_a_problem(name: str) -> None:
    assert problem_of(settings_from([f"experiment={name}", "env.evaluator=constant"])).space


def test_what_is_typed_goes_before_the_experiment() -> None:
    typed = ["experiment=spikenas_2C3O_M", "agent=random", "env.n_cells=3", "hardware=cim"]
    settings = settings_from(typed)
    assert isinstance(settings.env, NeuronasSettings)
    assert settings.env.n_cells == 3
    assert (settings.agent.name, settings.hardware.model) == ("random", "physical")


def test_an_unknown_experiment_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'spikenas_2C3O_M'"):
        settings_from(["experiment=spikenas_2C3OM"])


def test_an_environment_brings_the_groups_of_its_name() -> None:
    here = settings_from(["env=neuronas"])
    assert (here.agent.name, here.hardware.model) == ("neuronas", "neuronas")
    assert settings_from(["env=snasnet"]).agent.name == "snasnet"
    assert settings_from(["env=neuronas_bench", "spikenas_bench.path=x"]).agent.name == "reinforce"
    assert settings_from(["env=nacim"]).hardware.model == "physical"
    assert settings_of("neuronas", {}).hardware == here.hardware
    assert settings_of("neuronas", {}).reward == here.reward
    assert settings_of("nacim", {}).hardware.model == "physical"


def test_a_user_s_own_reward_has_nothing_of_the_environment_s() -> None:
    settings = settings_from(["env=neuronas", "reward._target_=builtins.dict"])
    assert settings.reward.model_dump(by_alias=True) == {"_target_": "builtins.dict"}


def test_a_constraint_on_what_is_not_measured_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^constraints\.accuracy: env=neuronas does not measure"):
        problem_of(settings_from(["env=neuronas", "constraints.accuracy=0.9"]))
    with pytest.raises(UsageError, match=r"^constraints\.memory_bits: env=toy does not measure"):
        problem_of(settings_from(["env=toy", "constraints.memory_bits=9"]))


def test_a_constraint_goes_before_the_environment_s_own_budget() -> None:
    typed = ["env=neuronas", "constraints.latency_s=1e-5"]
    with pytest.raises(UsageError, match="latency_s <= 1e-05 excludes all 531,441 designs"):
        problem_of(settings_from(typed))


@pytest.mark.parametrize("recipe", catalog.names("recipe"))
def test_what_is_typed_of_a_training_goes_before_its_recipe(recipe: str) -> None:
    typed = [f"env.training.recipe={recipe}", "env.training.epochs=3", "env.training.momentum=0.5"]
    env = settings_from(["env=neuronas", *typed]).env
    assert isinstance(env, NeuronasSettings)
    rest = {"epochs": 3, "momentum": 0.5, "recipe": recipe}
    content = catalog.read("recipe", recipe) | rest
    content.pop("source")
    assert env.training.model_dump(include=set(content)) == content
    assert NeuronasSettings.model_validate(env.model_dump()) == env


def test_the_network_that_was_found_is_trained_by_its_recipe() -> None:
    settings = settings_from(["env=neuronas", "env.training.recipe=snasnet"])
    assert isinstance(settings.env, NeuronasSettings)
    job = FinalTraining(settings.env, settings.hardware, settings.dataset, 0)
    content = catalog.read("recipe", "snasnet")
    content.pop("source")
    assert {name: getattr(job.recipe, name) for name in content} == content


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("recipe=adam", "no recipe called 'adam'; did you mean 'adamw'?"),
        ("epoch=3", "epoch: no such key; did you mean 'epochs'?"),
        ("momentum=1", "momentum: needs less than 1, got 1"),
        ("chip_seed=-1", "chip_seed: needs at least 0, got -1"),
    ],
)
def test_a_mistake_in_a_training_is_one_line(typed: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings_from(["env=neuronas", f"env.training.{typed}"])
    assert str(caught.value).startswith("env.training")
    assert str(caught.value).endswith(told)
    assert "\n" not in str(caught.value)


def test_the_chips_are_drawn_from_a_seed_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*given: Any) -> int:
        return int(given[-1].initial_seed())

    monkeypatch.setattr(final_training, "cell_accuracy_under_variation", drawn)
    settings = settings_from(["env=neuronas", "env.training.chip_seed=7"])
    assert isinstance(settings.env, NeuronasSettings)
    job = FinalTraining(settings.env, settings.hardware, settings.dataset, 0)
    assert job.on_chips(SimpleNamespace(module=None)) == 7  # type: ignore[arg-type, comparison-overlap]
