"""`coexplore/ANCoEF-v0`, move by move."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import envs
from envs.ancoef_design import hardware_of

assert envs  # registers the ids


def made(name: str = "ANCoEF-v0", **options: Any) -> Any:
    return gym.make(f"coexplore/{name}", **options).unwrapped


def walk(env: Any, seed: int, n_steps: int) -> list[Any]:
    """Random possible moves, without stopping."""
    _, info = env.reset(seed=seed)
    random, seen = np.random.default_rng(seed), []
    for _ in range(n_steps):
        possible = np.flatnonzero(info["action_mask"][:-1])
        step = env.step(np.int64(random.choice(possible)))
        seen.append(step)
        info = step[4]
    return seen


def test_rewards_add_up_to_what_was_gained() -> None:
    env = made()
    problem = env.problem
    first = problem.score(env.service.evaluate(problem.start))
    steps = walk(env, 0, 12)
    last = problem.reward(steps[-1][4]["metrics"])
    assert sum(step[1] for step in steps) == pytest.approx(last - first)
    assert first == pytest.approx(1.0)
    assert last != first


def test_the_twin_s_vector_adds_up_too() -> None:
    env = made("MO-ANCoEF-v0")
    env.reset(seed=0)
    first = env.problem.score_vector(env.service.evaluate(env.problem.start))
    steps = walk(env, 0, 6)
    last = env.problem.score_vector(env.service.evaluate(steps[-1][4]["design"]))
    np.testing.assert_allclose(sum(step[1] for step in steps), last - first, atol=1e-6)
    assert all(step[1] in env.reward_space for step in steps)


def test_an_absolute_reward_is_that_of_the_design() -> None:
    for _, reward, _, _, info in walk(made(reward_form="absolute"), 1, 5):
        assert reward == pytest.approx(made().problem.reward(info["metrics"]))


def test_every_design_on_the_way_is_valid_and_simulated_once() -> None:
    env = made(max_steps=50)
    steps = walk(env, 3, 20)
    application = env.problem.neighbourhood.application
    for _, _, _, _, info in steps:
        hardware_of(info["design"], application)
        assert info["features"] == {k: info["metrics"][k] for k in env.problem.bins.edges}
    designs = {tuple(step[4]["design"].values()) for step in steps}
    assert len(env.service.store) <= len(designs) + 1


def test_the_same_seed_gives_the_same_walk_and_another_one_another() -> None:
    one, again, other = (walk(made(moves=["map.swap", "map.rebuild"]), s, 4) for s in (5, 5, 6))
    np.testing.assert_equal(one, again)
    assert one[-1][4]["design"] != other[-1][4]["design"]


def test_stop_ends_and_changes_nothing() -> None:
    env = made()
    _, before = env.reset(seed=0)
    _, reward, terminated, truncated, info = env.step(np.int64(env.action_space.n - 1))
    assert (reward, terminated, truncated) == (0.0, True, False)
    assert info["move"] == "stop"
    assert info["design"] == before["design"]
    assert info["action_mask"].all()
    with pytest.raises(gym.error.ResetNeeded):
        env.step(np.int64(0))


def test_an_episode_is_cut_off_after_its_steps() -> None:
    steps = walk(made(evaluator="constant", max_steps=3), 0, 3)
    assert [(step[2], step[3]) for step in steps] == [(False, False), (False, False), (False, True)]


def test_without_a_reset_there_is_nothing_to_step_from() -> None:
    with pytest.raises(gym.error.ResetNeeded):
        made(evaluator="constant").step(np.int64(0))


def test_an_episode_may_begin_with_any_design() -> None:
    env = made(evaluator="constant")
    design = {**env.problem.start, "depth": 2, "arbitration": "age"}
    _, info = env.reset(seed=0, options={"design": design})
    assert info["design"] == design
    with pytest.raises(ValueError, match="depht: no such choice; did you mean 'depth'"):
        env.reset(options={"design": {**design, "depht": 1}})


def test_an_option_that_there_is_not_is_refused() -> None:
    env = made(evaluator="constant")
    with pytest.raises(ValueError, match="no option called 'designs'; did you mean 'design'"):
        env.reset(options={"designs": env.problem.start})
    with pytest.raises(ValueError, match="neurons_per_core"):
        env.reset(options={"design": {}})
    _, info = env.reset(options={"design": None})
    assert info["design"] == env.problem.start


def test_a_masked_move_is_aliased_penalized_or_refused() -> None:
    moves = ["balance.narrow", "alter.deepen"]  # the first design has no core to spare
    for way in ("alias", "penalize"):
        env = made(evaluator="constant", moves=moves, invalid_action=way)
        _, info = env.reset(seed=0)
        assert info["action_mask"].tolist() == [0, 1, 1]
        _, reward, _, _, info = env.step(np.int64(0))
        assert info["action_aliased"] is True
        assert info["move"] == "alter.deepen"
        assert reward == (0.0 if way == "alias" else -1.0)
    strict = made(evaluator="constant", moves=moves, invalid_action="raise")
    strict.reset(seed=0)
    with pytest.raises(ValueError, match=r"narrow: action 0 is masked; allowed are \[1, 2"):
        strict.step(np.int64(0))
    for action in (-1, 3):
        with pytest.raises(ValueError, match=rf"action {action} is not one of 0\.\.2"):
            strict.step(np.int64(action))


def test_masks_come_in_both_forms_and_are_the_caller_s_own() -> None:
    env = made(evaluator="constant")
    _, info = env.reset(seed=0)
    assert info["action_mask"].dtype == np.int8
    assert env.action_masks().dtype == np.bool_
    np.testing.assert_array_equal(env.action_masks(), info["action_mask"] == 1)
    info["action_mask"][:] = 0
    assert env.action_masks().any()


def test_observations_are_bins_or_shares() -> None:
    discrete, continuous = made(), made(obs_mode="continuous")
    assert discrete.observation_space.nvec.tolist() == [5] * 5  # type: ignore[attr-defined]
    (bins, info), (shares, _) = (env.reset(seed=0) for env in (discrete, continuous))
    assert bins in discrete.observation_space
    assert shares in continuous.observation_space
    assert bins[0] == np.searchsorted([3e5, 1e6, 3e6, 1e7], info["features"]["aer_ps"], "right")
    assert shares.dtype == np.float32


def test_an_infeasible_design_tells_why_and_may_be_left() -> None:
    first = made()
    area_m2 = first.reset(seed=0)[1]["metrics"]["area_m2"]
    env = made(constraints={"area_m2": 1.01 * area_m2})
    env.reset(seed=0)
    assert env.problem.neighbourhood.moves[16].name == "alter.add_column"
    _, down, _, _, info = env.step(np.int64(16))
    assert "area_m2" in info["infeasible"]
    _, up, _, _, info = env.step(np.int64(17))
    assert "infeasible" not in info
    assert (down, up) == (pytest.approx(-1.0), pytest.approx(1.0))


def test_rendering_lists_the_moves_and_the_design() -> None:
    env = made(evaluator="constant", render_mode="ansi")
    env.reset(seed=0)
    env.step(np.int64(12))
    assert env.render().splitlines()[:2] == ["alter.deepen", "neurons_per_core = 64"]
