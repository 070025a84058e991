"""How others use the environments: from a registry, in vectors, with agents and wrong keywords."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO

import envs

assert envs  # registers the ids
SCALAR = [
    "NACIM-v0",
    "NACIM-oneshot-v0",
    "NeuroNAS-v0",
    "NeuroNAS-oneshot-v0",
    "Toy-v0",
    "Toy-oneshot-v0",
    "ANCoEF-v0",
    "ANCoEF-oneshot-v0",
    "Joint-v0",
    "Joint-oneshot-v0",
]
SEQUENTIAL = [
    "NACIM-v0",
    "MO-NACIM-v0",
    "NeuroNAS-v0",
    "MO-NeuroNAS-v0",
    "Toy-v0",
    "MO-Toy-v0",
    "Joint-v0",
]


def made(name: str, **options: Any) -> gym.Env[Any, Any]:
    return gym.make(f"coexplore/{name}", evaluator="constant", **options)


def test_the_contract_is_held_by_every_registered_id() -> None:
    """An id that is added must be added to SCALAR here and to IDS in test_envs.py."""
    found = {name for name in gym.registry if name.startswith("coexplore/")}
    assert found == {f"coexplore/{twin}{name}" for name in SCALAR for twin in ("", "MO-")}


@pytest.mark.parametrize("name", SEQUENTIAL)
@pytest.mark.parametrize("seed", range(3))
def test_masked_rollouts_end_in_a_design_of_the_space(name: str, seed: int) -> None:
    env = made(name, invalid_action="raise")
    plain: Any = env.unwrapped
    observation, info = env.reset(seed=seed)
    random, taken, terminated = np.random.default_rng(seed), [], False
    while not terminated:
        assert observation in env.observation_space
        assert info["action_mask"].dtype == np.int8
        assert plain.action_masks().dtype == np.bool_
        np.testing.assert_array_equal(plain.action_masks(), info["action_mask"] == 1)
        taken.append(int(random.choice(np.flatnonzero(info["action_mask"]))))
        observation, _, terminated, truncated, info = env.step(np.int64(taken[-1]))
        assert not truncated
    assert len(taken) == plain.space.n_decisions
    assert plain.space.contains(taken)
    assert info["design"] == plain.space.decode(taken)


def test_a_mask_handed_out_is_the_caller_s_own() -> None:
    env = made("Toy-v0")
    _, info = env.reset()
    info["action_mask"][:] = 0
    assert env.unwrapped.action_masks().all()  # type: ignore[attr-defined]


def test_an_observation_handed_out_does_not_change_later() -> None:
    env = made("Toy-v0")
    first, _ = env.reset()
    before = first.copy()
    env.step(np.int64(3))
    np.testing.assert_array_equal(first, before)


def test_the_observation_tells_step_previous_action_and_design() -> None:
    env = made("Toy-v0")  # T = 3, K = 8
    first, _ = env.reset()
    assert np.flatnonzero(first).tolist() == [0]
    second = env.step(np.int64(7))[0]
    assert np.flatnonzero(second).tolist() == [1, 3 + 7, 3 + 8 + 0]
    assert second[11] == 1.0
    third = env.step(np.int64(0))[0]
    assert np.flatnonzero(third).tolist() == [2, 3 + 0, 3 + 8 + 0]


@pytest.mark.parametrize("name", SCALAR)
def test_a_reset_leaves_nothing_of_the_last_design(name: str) -> None:
    env = made(name)
    env.action_space.seed(0)
    first, _ = env.reset(seed=0)
    is_over = False
    while not is_over:
        is_over = any(env.step(env.action_space.sample())[2:4])
    np.testing.assert_array_equal(env.reset(seed=0)[0], first)


@pytest.mark.parametrize("name", SCALAR)
def test_environments_run_in_a_vector(name: str) -> None:
    vector = gym.make_vec(
        f"coexplore/{name}", num_envs=2, vectorization_mode="sync", evaluator="constant"
    )
    vector.reset(seed=0)
    vector.action_space.seed(0)
    for _ in range(4):
        observations, rewards, *_ = vector.step(vector.action_space.sample())
    assert observations.shape[0] == rewards.shape[0] == 2
    vector.close()


@pytest.mark.parametrize("name", SCALAR)
@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"reward": {"betta": 0.5}}, "betta"),
        ({"hardware": {"devise": "x"}}, "devise"),
        ({"dataset": {"n_trains": 5}}, "n_trains"),
        ({"constraints": {"area": 1.0}}, "area"),
        ({"infeasible_rewards": 1.0}, "infeasible_rewards"),
        ({"reward": "nacimm"}, "did you mean 'nacim'"),
        ({"reward_mode": "both"}, "reward_mode: 'both' is not one of scalar, vector"),
    ],
)
def test_an_unknown_keyword_is_a_value_error_that_names_it(
    name: str, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        made(name, **options)


@pytest.mark.parametrize("constraints", [{"area_m2": -1.0}, {"accuracy": 1.5}])
def test_an_impossible_bound_is_refused(constraints: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(constraints))):
        gym.make("coexplore/Toy-v0", constraints=constraints)


def test_a_one_shot_design_takes_the_nearest_that_is_allowed() -> None:
    env = made("NACIM-oneshot-v0")
    env.reset()
    wanted = np.zeros(50, np.int64)  # no bits for any weight or input
    design = env.step(wanted)[4]["design"]
    assert design["conv1.weight_integer_bits"] == 0
    assert design["conv1.weight_fraction_bits"] == 1


def test_one_shot_masks_are_as_long_as_all_choices() -> None:
    plain: Any = made("NACIM-oneshot-v0").unwrapped
    assert plain.action_masks().shape == (int(plain.space.n_choices.sum()),)
    assert plain.action_masks().all()


def test_without_a_render_mode_nothing_is_rendered() -> None:
    for name in ("Toy-v0", "Toy-oneshot-v0"):
        env = made(name)
        env.reset()
        assert env.unwrapped.render() is None


@pytest.mark.parametrize(
    ("agent", "name"),
    [(MaskablePPO, "Toy-v0"), (PPO, "Toy-v0"), (PPO, "Toy-oneshot-v0")],
)
def test_agents_learn_the_real_toy_unmodified(agent: Any, name: str) -> None:
    env = gym.make(f"coexplore/{name}")
    model = agent("MlpPolicy", env, seed=0, device="cpu", n_steps=16, batch_size=16)
    model.learn(48)
    assert model.num_timesteps == 48
