import itertools
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from configs.catalog import UnknownNameError
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.nacim_builder import NacimBuilder
from envs.objectives import Constraint, Objective
from envs.pareto import front, hypervolume
from envs.rewards import NacimReward, RewardError
from envs.service import EvaluationService
from envs.store import EvaluationStore
from hwmodels.chip import Circuit
from snn.quantization import FixedPoint

FORMATS = (FixedPoint(1, 6), FixedPoint(2, 6))


def problem(env: str = "nacim", **changes: Any) -> Any:
    return make_problem(settings_of(env, changes))


def test_the_paper_s_space_has_fifty_decisions() -> None:
    space = problem().space
    assert space.n_decisions == 6 * 6 + 2 * 5 + 4
    assert space.width == 7


@pytest.mark.parametrize(
    ("shape", "n_classes", "sides", "n_inputs"),
    [
        ((1, 8, 8), 10, [8, 4, 4, 2, 2, 2], 4),
        ((1, 28, 28), 26, [28, 14, 14, 7, 7, 3], 9),
        ((3, 32, 32), 100, [32, 16, 16, 8, 8, 4], 16),
        ((2, 1, 1), 2, [1] * 6, 1),
    ],
)
def test_the_network_fits_any_image(
    shape: tuple[int, int, int], n_classes: int, sides: list[int], n_inputs: int
) -> None:
    space = problem().space
    choices = space.decode(space.sample(np.random.default_rng(0)))
    network = NacimBuilder(shape, n_classes, FORMATS, Circuit(64, 4, 8))(choices).network
    assert [layer.out_side for layer in network.layers[:6]] == sides
    assert network.layers[0].in_channels == shape[0]
    assert network.layers[6].in_channels == n_inputs * choices["conv6.channels"]
    assert network.n_classes == n_classes


@pytest.mark.parametrize(
    ("switch", "n_left"), [("SA", 50 - 14), ("SQ", 50 - 32), ("SD", 49), ("SC", 47)]
)
def test_each_switch_freezes_its_group(switch: str, n_left: int) -> None:
    assert problem(switches={switch: False}).space.n_decisions == n_left


def test_a_frozen_group_takes_what_is_given() -> None:
    found = problem(
        switches={"SA": False, "SD": False, "SC": False},
        given={"conv1": {"kernel": 7}},
        hardware={"device": "pcm_2b_neurosim_2019", "circuit": {"crossbar_size": 48}},
    ).space
    choices = found.decode(found.sample(np.random.default_rng(0)))
    assert choices["conv1.kernel"] == 7
    assert choices["chip.device"] == "pcm_2b_neurosim_2019"
    assert choices["chip.crossbar_size"] == 48


def test_what_is_given_must_exist() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean 'conv1\.kernel'"):
        problem(given={"conv1": {"kernl": 7}})
    with pytest.raises(ValueError, match=r"conv1\.kernel: no choice 2"):
        problem(given={"conv1": {"kernel": 2}}, switches={"SA": False})


@pytest.mark.parametrize(
    ("given", "switch"),
    [
        ({"conv1": {"kernel": 5}}, "SA"),
        ({"fc2": {"weight_fraction_bits": 5}}, "SQ"),
        ({"chip": {"device": "pcm_2b_neurosim_2019"}}, "SD"),
        ({"chip": {"crossbar_size": 64}}, "SC"),
    ],
)
def test_nothing_is_given_for_a_decision_that_is_searched(given: Any, switch: str) -> None:
    with pytest.raises(ValueError, match=rf"is searched; .* env\.switches\.{switch}=false"):
        problem(given=given)
    assert problem(given=given, switches={switch: False})


def test_a_given_format_without_bits_is_refused() -> None:
    none = {"weight_integer_bits": 0, "weight_fraction_bits": 0}
    with pytest.raises(ValueError, match=r"fc1\.weight_fraction_bits: 0 is given"):
        problem(switches={"SQ": False}, given={"fc1": none})


def test_a_format_without_bits_is_infeasible_with_the_layer() -> None:
    found = problem()
    space = found.space
    choices = space.decode(space.sample(np.random.default_rng(0)))
    choices |= {"fc1.weight_integer_bits": 0, "fc1.weight_fraction_bits": 0}
    evaluation = EvaluationService(found.evaluator, EvaluationStore()).evaluate(choices)
    assert evaluation.infeasible
    assert evaluation.infeasible.startswith("fc1: weights: ")


def test_a_broken_cost_limit_spares_the_training() -> None:
    found = problem(constraints={"area_m2": 1e-9})
    choices = found.space.decode(found.space.sample(np.random.default_rng(0)))
    evaluation = EvaluationService(found.evaluator, EvaluationStore()).evaluate(choices)
    assert evaluation.infeasible
    assert "area_m2" in evaluation.infeasible
    assert "accuracy" not in evaluation.metrics
    assert found.score(evaluation) == 0.0
    assert found.score_vector(evaluation).tolist() == [0, 0, 0, 0]


def test_two_workers_find_what_one_process_finds() -> None:
    found = problem(accuracy={"epochs": 3}, n_chips=2)
    random = np.random.default_rng(0)
    designs = [found.space.decode(found.space.sample(random)) for _ in range(2)]
    outcomes = []
    for n_workers in (0, 2):
        with closing(
            EvaluationService(found.evaluator, EvaluationStore(), 0, n_workers)
        ) as service:
            outcomes.append([one.metrics for one in service.evaluate_many(designs)])
    assert outcomes[0] == outcomes[1]
    assert all("worst_accuracy" in metrics for metrics in outcomes[0])


def test_the_toy_s_front_is_the_eight_designs_without_waste_and_error() -> None:
    toy = problem("toy")
    service = EvaluationService(toy.evaluator, EvaluationStore())
    everything = list(itertools.product(range(8), repeat=3))
    losses = np.array(
        [toy.losses(service.evaluate(toy.space.decode(actions))) for actions in everything]
    )
    best = {everything[i] for i in np.flatnonzero(front(losses))}
    assert best == {(width, 0, 0) for width in range(8)}


def test_equation_1() -> None:
    reward = NacimReward(
        beta=0.6,
        weights={"latency": 0.5, "energy": 0.25, "area": 1.0},
        references={"latency_s": 2.0, "energy_j": 4.0, "area_m2": 8.0},
    )
    metrics = {"accuracy": 0.9, "latency_s": 1.0, "energy_j": 1.0, "area_m2": 16.0}
    # f = 0.5 * (1 - 1/2) + 0.25 * (1 - 1/4) + 1.0 * 0 (beyond its reference) = 0.4375
    assert reward(metrics) == pytest.approx(0.6 * 0.9 + 0.4 * 0.4375)


def test_references_left_open_are_the_cost_of_the_largest_network() -> None:
    open_ = problem().objectives
    declared = problem(reward={"references": {"energy_j": 1.0}}).objectives
    by_metric = {objective.metric: objective.reference for objective in declared}
    assert by_metric["energy_j"] == 1.0
    assert by_metric["area_m2"] == {o.metric: o.reference for o in open_}["area_m2"]


def test_an_accuracy_is_lost_and_a_cost_is_a_share() -> None:
    assert Objective("accuracy").loss({"accuracy": 0.75}) == 0.25
    assert Objective("energy_j", 4.0).loss({"energy_j": 1.0}) == 0.25


def test_accuracy_has_a_floor_and_costs_have_ceilings() -> None:
    metrics = {"accuracy": 0.5, "energy_j": 2.0}
    assert Constraint("accuracy", 0.6).violation(metrics) == "accuracy 0.5 < 0.6"
    assert Constraint("energy_j", 1.0).violation(metrics) == "energy_j 2 > 1"
    assert Constraint("accuracy", 0.5).violation(metrics) is None
    assert Constraint("energy_j", 2.0).violation(metrics) is None
    assert Constraint("area_m2", 2.0).violation(metrics) is None


def test_vector_rewards_stay_within_their_space() -> None:
    toy = problem("toy")
    costly = Evaluation({}, {"accuracy": 1.0, "energy_j": 7.0, "latency_s": 0.25, "area_m2": 0.5})
    assert toy.score_vector(costly).tolist() == [1.0, 0.0, 0.75, 0.5]


def test_hypervolume_by_hand() -> None:
    two = np.array([[0.25, 0.75], [0.75, 0.25]])  # 2 * 3/16 - 1/16
    assert hypervolume(two, [1.0, 1.0]) == pytest.approx(0.3125)
    assert hypervolume(np.zeros((0, 2)), [1.0, 1.0]) == 0
    with pytest.raises(ValueError, match="2 objectives, but a reference of 3"):
        hypervolume(two, [1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="must be finite"):
        hypervolume(two, [1.0, float("inf")])
    assert not front(np.zeros((0, 2))).size


@pytest.fixture
def their_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a user's own rewards into a module; return its name."""
    name = f"their_{tmp_path.name}"  # new for each test: modules are imported once
    (tmp_path / f"{name}.py").write_text(
        "class Own:\n"
        "    def __init__(self, beta=0.123):\n"
        "        self.beta = beta\n"
        "    def __call__(self, metrics):\n"
        "        return self.beta\n"
        "class Relative(Own):\n"
        "    def __init__(self, references):\n"
        "        self.beta = references['energy_j']\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def test_a_reward_of_ones_own_gets_only_what_its_user_gives(their_module: str) -> None:
    own, relative = f"{their_module}.Own", f"{their_module}.Relative"
    assert problem("toy", reward={"_target_": own}).reward.beta == 0.123
    assert problem("toy", reward={"_target_": own, "beta": 0.5}).reward.beta == 0.5
    assert problem("toy", reward={"_target_": relative}).reward.beta == 1.0  # the toy's reference
    with pytest.raises(RewardError, match=r"reward\.beta: .* has no such argument"):
        problem("toy", reward={"_target_": relative, "beta": 0.9})


def test_a_reward_is_tried_out_on_what_the_evaluator_yields(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "picky.py").write_text(
        "class Own:\n    def __call__(self, metrics): return metrics['clean_accuracy']\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    own = {"_target_": "picky.Own"}
    assert problem("nacim", reward=own).reward({"clean_accuracy": 1}) == 1
    for env, changes in (("toy", {}), ("nacim", {"evaluator": "constant"})):
        with pytest.raises(RewardError, match="KeyError: 'clean_accuracy'"):
            problem(env, reward=own, **changes)


@pytest.mark.parametrize("env", ["toy", "nacim"])
def test_what_an_evaluator_says_to_yield_is_what_it_yields(env: str) -> None:
    found = problem(env, **({"accuracy": {"epochs": 1}, "n_chips": 1} if env == "nacim" else {}))
    choices = {d.name: d.given for d in found.space.decisions}
    assert set(found.evaluator(choices, 0)) == set(found.evaluator.yields)


@pytest.mark.parametrize("given", [float("nan"), float("inf"), None, "much"])
def test_a_reward_that_is_no_finite_number_is_told_with_the_metrics(given: object) -> None:
    broken = replace(problem("toy"), reward=lambda _: given)
    with pytest.raises(RewardError, match=r"on metrics accuracy \(0\.5\)"):
        broken.score(Evaluation({}, {"accuracy": 0.5}))
    assert broken.score(Evaluation({}, {}, "cannot be")) == 0.0


BROKEN_MODULES = {
    "does not parse": ("class Own(:\n", "Own", "cannot import '.*': SyntaxError"),
    "raises": ("1 / 0\n", "Own", "cannot import '.*': ZeroDivisionError: division by zero"),
    "ends Python": ("raise SystemExit(3)\n", "Own", "cannot import '.*': SystemExit: 3"),
    "has no such class": ("class Owl: ...\n", "Own", "cannot import '.*': AttributeError"),
    "holds a number": ("from math import pi\n", "pi", "is no class but 3.14"),
    "raises when made": (
        "class Own:\n    def __init__(self): {}['x']\n",
        "Own",
        "cannot make '.*': KeyError: 'x'",
    ),
    "says much": (
        "raise ValueError('one\\ntwo')\n",
        "Own",
        "cannot import '.*': ValueError: one$",
    ),
    "makes nothing to call": ("class Own: ...\n", "Own", "TypeError: 'Own' object is not callable"),
}


@pytest.mark.parametrize("mistake", BROKEN_MODULES)
def test_whatever_a_user_s_module_does_is_told_in_one_line(
    mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, name, message = BROKEN_MODULES[mistake]
    module = f"broken_{list(BROKEN_MODULES).index(mistake)}"
    (tmp_path / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RewardError, match=message) as caught:
        problem("toy", reward={"_target_": f"{module}.{name}"})
    assert "\n" not in str(caught.value)
