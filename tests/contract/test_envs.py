"""What every registered environment owes."""

import warnings
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from sb3_contrib import MaskablePPO
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.env_checker import check_env as check_for_sb3

import envs
from configs.mistakes import SettingsError

assert envs  # registers the ids
IDS = [
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


def made(name: str, **options: Any) -> gym.Env[Any, Any]:
    return gym.make(f"coexplore/{name}", evaluator="constant", **options)


def rollout(env: gym.Env[Any, Any], actions: list[Any]) -> list[Any]:
    seen: list[Any] = [env.reset(seed=3)[0]]
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        seen.append((observation, reward, terminated, info))
        if terminated or truncated:
            seen.append(env.reset()[0])
    return seen


@pytest.mark.parametrize("name", IDS)
class TestEnvironment:
    @pytest.mark.parametrize("render_mode", [None, "ansi"])
    def test_both_checkers_are_content(self, name: str, render_mode: str | None) -> None:
        env = made(name, render_mode=render_mode)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check_env(env.unwrapped)
            check_for_sb3(env)

    def test_the_same_actions_give_the_same_rollout(self, name: str) -> None:
        env = made(name)
        env.action_space.seed(0)
        actions = [env.action_space.sample() for _ in range(120)]
        first, second = (rollout(made(name), actions) for _ in range(2))
        np.testing.assert_equal(first, second)

    def test_its_spec_survives_json(self, name: str) -> None:
        spec = gym.envs.registration.EnvSpec.from_json(made(name).spec.to_json())  # type: ignore[union-attr]
        again = gym.make(spec)
        assert again.observation_space == made(name).observation_space

    def test_its_twin_differs_in_the_reward_alone(self, name: str) -> None:
        scalar, vector = made(name), made(f"MO-{name}")
        scalar.action_space.seed(1)
        actions = [scalar.action_space.sample() for _ in range(60)]
        for one, other in zip(rollout(scalar, actions), rollout(vector, actions), strict=True):
            if not isinstance(one, tuple):
                np.testing.assert_equal(one, other)
                continue
            np.testing.assert_equal((one[0], one[2]), (other[0], other[2]))
            assert other[1] in vector.unwrapped.reward_space  # type: ignore[attr-defined]

    def test_an_unknown_keyword_is_named(self, name: str) -> None:
        with pytest.raises(SettingsError, match=r"^env\.evaluato: .*did you mean 'evaluator'"):
            made(name, evaluato="constant")


def test_masks_are_published_in_both_forms() -> None:
    env = made("NACIM-v0")
    _, info = env.reset(seed=0)
    plain: Any = env.unwrapped
    for _ in range(plain.space.n_decisions):
        mask = info["action_mask"]
        assert mask.dtype == np.int8
        np.testing.assert_array_equal(plain.action_masks(), mask.astype(bool))
        _, _, terminated, _, info = env.step(env.action_space.sample(mask))  # type: ignore[arg-type]
        assert "action_aliased" not in info
    assert terminated
    assert info["action_mask"].all()


def test_a_masked_action_is_aliased_penalized_or_refused() -> None:
    first = np.int64(6)  # conv1.kernel has four choices
    env = made("NACIM-v0")
    env.reset()
    assert env.step(first)[4]["action_aliased"] is True
    strict = made("NACIM-v0", invalid_action="raise")
    strict.reset()
    with pytest.raises(ValueError, match=r"conv1\.kernel: action 6 is masked; allowed are \[0, 1"):
        strict.step(first)
    rewards = {}
    for wrong in (False, True):
        costly = made("NACIM-v0", invalid_action="penalize")
        costly.reset()
        terminated, step = False, 0
        while not terminated:
            action = first if wrong and step == 0 else np.int64(3)
            _, rewards[wrong], terminated, _, info = costly.step(action)
            step += 1
    assert rewards[True] == rewards[False] - 1
    assert info["design"]["conv1.kernel"] == 5  # 6 mod 4 = 2


@pytest.mark.parametrize("invalid_action", ["alias", "penalize", "raise"])
@pytest.mark.parametrize("action", [-1, 7, 100])
def test_an_action_out_of_range_is_refused(action: int, invalid_action: str) -> None:
    env = made("NACIM-v0", invalid_action=invalid_action)
    env.reset()
    with pytest.raises(ValueError, match=rf"action {action} is not one of 0\.\.6"):
        env.step(np.int64(action))


def test_half_an_action_is_refused() -> None:
    for name, action in (("NACIM-v0", 1.5), ("NACIM-oneshot-v0", np.full(50, 1.5))):
        env = made(name)
        env.reset()
        with pytest.raises(TypeError):
            env.step(action)


@pytest.mark.parametrize("choice", [-1, 4])
def test_a_one_shot_choice_out_of_range_is_refused(choice: int) -> None:
    env = made("NACIM-oneshot-v0")
    env.reset()
    action = np.zeros(50, np.int64)
    action[1] = choice
    with pytest.raises(ValueError, match=rf"conv1\.channels: choice {choice} is not one of 0\.\.3"):
        env.step(action)
    with pytest.raises(ValueError, match="3 actions for 50 open decisions"):
        env.step(action[:3])


def test_an_unknown_way_with_masked_actions_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid_action"):
        made("NACIM-v0", invalid_action="alas")


def test_the_last_step_tells_the_design_and_its_metrics() -> None:
    env = gym.make("coexplore/Toy-v0")
    env.reset()
    rewards = [env.step(np.int64(a))[1] for a in (7, 0)]
    _, reward, terminated, truncated, info = env.step(np.int64(0))
    assert rewards == [0, 0]
    assert (terminated, truncated) == (True, False)
    assert info["design"] == {"toy.width": 8, "toy.waste": 0, "toy.error": 0}
    assert info["metrics"]["accuracy"] == 1
    assert reward > 0.5


def test_an_infeasible_design_tells_why() -> None:
    env = gym.make("coexplore/Toy-v0", constraints={"accuracy": 0.99})
    env.reset()
    for _ in range(3):
        _, reward, _, _, info = env.step(np.int64(0))
    assert info["infeasible"] == "accuracy 0.125 < 0.99"
    assert reward == 0


def test_a_complete_design_takes_no_more_steps() -> None:
    env: Any = made("Toy-v0").unwrapped
    env.reset()
    for _ in range(3):
        env.step(np.int64(0))
    with pytest.raises(gym.error.ResetNeeded):
        env.step(np.int64(0))


def test_rendering_lists_the_choices() -> None:
    env = made("Toy-v0", render_mode="ansi")
    env.reset()
    env.step(np.int64(2))
    assert env.render() == "toy.width = 3"


class Mine:
    """An evaluator of a user's own."""

    is_cheap = True
    context: dict[str, Any] = {}  # noqa: RUF012 (as a user would write it)

    def __call__(self, choices: Any, seed: int) -> dict[str, float]:
        del seed
        return {"accuracy": 1 / choices["toy.width"], "energy_j": 0, "latency_s": 0, "area_m2": 0}


def test_an_evaluator_of_ones_own_is_used() -> None:
    env = gym.make("coexplore/Toy-oneshot-v0", evaluator=Mine())
    env.reset()
    assert env.step(np.array([3, 0, 0]))[4]["metrics"]["accuracy"] == 0.25


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (MaskablePPO, "NACIM-v0"),
        (PPO, "NACIM-v0"),
        (A2C, "NACIM-v0"),
        (DQN, "NACIM-v0"),
        (PPO, "NACIM-oneshot-v0"),
        (MaskablePPO, "NACIM-oneshot-v0"),
        (MaskablePPO, "NeuroNAS-v0"),
        (DQN, "NeuroNAS-v0"),
        (PPO, "NeuroNAS-oneshot-v0"),
        (MaskablePPO, "ANCoEF-v0"),
        (PPO, "ANCoEF-v0"),
        (A2C, "ANCoEF-v0"),
        (DQN, "ANCoEF-v0"),
        (PPO, "ANCoEF-oneshot-v0"),
    ],
)
def test_agents_of_stable_baselines_run_unmodified(agent: Any, name: str) -> None:
    options = {} if agent is DQN else {"n_steps": 16}
    if agent in (PPO, MaskablePPO):
        options |= {"batch_size": 16}
    agent("MlpPolicy", made(name), seed=0, device="cpu", **options).learn(64)
