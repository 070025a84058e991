"""What each stage of NACIM's flow searches, and what a flow cannot be made of."""

from pathlib import Path

import pytest

from agents.flow_settings import check_flow, open_settings, rnas_settings, search_settings
from agents.problems import problem_of
from agents.settings import RunSettings
from agents.train import main
from agents.usage import UsageError, settings_from
from envs.reward_settings import NacimRewardSettings
from envs.settings import NacimSettings

FLOW = Path("flow")


def switches(settings: RunSettings) -> str:
    assert isinstance(settings.env, NacimSettings)
    return "".join(name for name, is_open in settings.env.switches if is_open)


@pytest.mark.parametrize(
    ("experiment", "expected"),
    [("quantnas", "SASQ"), ("pnas", "SASQSD"), ("rnas", "SQSC"), ("nacim", "SASQSD")],
)
def test_an_experiment_opens_the_switches_of_section_4(experiment: str, expected: str) -> None:
    assert switches(settings_from([f"experiment={experiment}"])) == expected


def test_only_quantnas_is_blind_to_variation() -> None:
    blind, aware = (settings_from([f"experiment={name}"]).env for name in ("quantnas", "pnas"))
    assert isinstance(blind, NacimSettings)
    assert isinstance(aware, NacimSettings)
    assert (blind.n_chips, blind.accuracy.is_noise_aware) == (0, False)
    assert (aware.n_chips, aware.accuracy.is_noise_aware) == (20, True)
    assert (blind.accuracy.initialization, aware.accuracy.initialization) == ("standard", "fill")


def test_the_paper_s_sizes_are_those_of_section_5() -> None:
    settings = settings_from(["experiment=nacim", "search=paper"])
    assert isinstance(settings.env, NacimSettings)
    assert (settings.search.budget, settings.env.accuracy.epochs) == (500, 30)
    flow = settings.flow
    assert (flow.fine_tuned, flow.fine_tuning_epochs, flow.rnas_budget) == (40, 200, 100)


def test_what_is_typed_goes_before_the_sizes() -> None:
    typed = ["experiment=nacim", "search=small", "search.budget=7", "search.workers=1"]
    settings = settings_from([*typed, "flow.rnas_budget=5", "env.accuracy.epochs=3"])
    assert isinstance(settings.env, NacimSettings)
    assert (settings.search.budget, settings.search.workers) == (7, 1)
    assert (settings.flow.rnas_budget, settings.env.accuracy.epochs) == (5, 3)


def test_the_first_stage_goes_by_accuracy_alone() -> None:
    typed = ["experiment=nacim", "search=smoke", "reward.merge=product", "reward.beta=0.5"]
    stage = search_settings(settings_from(typed), FLOW)
    assert isinstance(stage.env, NacimSettings)
    assert isinstance(stage.reward, NacimRewardSettings)
    assert (stage.reward.beta, stage.reward.merge) == (1.0, "weighted")
    assert (stage.run_dir, stage.resume, stage.flow.name) == ("flow/1-search", None, None)


@pytest.mark.parametrize(("by", "n_kept"), [("accuracy", 2), ("front", 10_000)])
def test_weights_are_kept_of_the_best_or_of_all_for_a_front(by: str, n_kept: int) -> None:
    typed = ["experiment=nacim", "search=smoke", f"flow.fine_tuned_by={by}"]
    stage = search_settings(settings_from(typed), FLOW)
    assert isinstance(stage.env, NacimSettings)
    assert stage.env.keep_weights == n_kept


def test_rnas_takes_the_reward_of_the_flow_and_the_weights_of_a_rank() -> None:
    typed = ["experiment=nacim", "search=smoke", "reward.merge=product", "reward.beta=0.5"]
    stage = rnas_settings(settings_from(typed), FLOW, 2)
    assert isinstance(stage.env, NacimSettings)
    assert isinstance(stage.reward, NacimRewardSettings)
    assert (stage.reward.beta, stage.reward.merge) == (0.5, "product")
    start = stage.env.start
    assert (start.run, start.rank, start.is_trained) == ("flow/2-fine-tuning", 2, False)
    assert switches(stage) == "SQSC"
    assert (stage.search.budget, stage.run_dir) == (3, "flow/3-rnas-2")


def test_the_open_problem_is_the_same_for_both_flows() -> None:
    """So that QuantNAS and NACIM are priced, and their efficiency measured, alike."""
    one, other = (
        problem_of(open_settings(settings_from([f"experiment={name}"])))
        for name in ("quantnas", "nacim")
    )
    assert one.space == other.space
    assert one.objectives == other.objectives


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["env=toy"], "its stages are those of env=nacim, not toy"),
        (["env.evaluator=constant"], "needs env.evaluator=real"),
        (["hardware.model=ela"], "hardware.model=ela has no circuits"),
        (["rnas.start=somewhere"], "leave env.start.run out"),
    ],
)
def test_a_flow_of_anything_else_is_refused_in_one_line(typed: list[str], message: str) -> None:
    base = [] if "env=toy" in typed else ["env=nacim"]
    with pytest.raises(UsageError, match=message):
        check_flow(settings_from([*base, "flow.name=nacim", *typed]))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["experiment=rnas"], "env.start.run: is missing: rNAS takes the weights of a run"),
        (["experiment=rnas", "rnas.start=nowhere"], "nowhere kept no weights"),
        (["search=tiny"], "no search called 'tiny'; there are: default, paper, small, smoke"),
        (["flow.fine_tuned=0"], "flow.fine_tuned: needs at least 1, got 0"),
        (["flow.name=nasim"], "flow.name: no choice 'nasim'; did you mean 'nacim'?"),
        (["agent.start_probability=1"], "agent.start_probability: needs less than 1, got 1"),
    ],
)
def test_a_mistake_is_one_line(
    typed: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert message in told
    assert told.count("\n") == 1
