"""Registers every environment: scalar ids, and MO- twins with a vector reward."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast, get_args

import gymnasium as gym

if TYPE_CHECKING:
    from envs.evaluators import Evaluator
    from envs.problem import Problem

FORMS = {"": "sequential", "-oneshot": "oneshot"}
PROBLEMS = {
    "NACIM": "nacim",
    "NeuroNAS": "neuronas",
    "Toy": "toy",
    "ANCoEF": "ancoef",
    "Joint": "joint",
}
OWN_FORMS = {"ancoef": {"": "moves"}}  # instead of the sequential one


def register_all() -> None:
    """Register `coexplore/NACIM-v0`, `coexplore/NACIM-oneshot-v0`, their twins, and the others."""
    for title, env in PROBLEMS.items():
        for suffix, form in (FORMS | OWN_FORMS.get(env, {})).items():
            for prefix, mode in (("", "scalar"), ("MO-", "vector")):
                gym.register(
                    id=f"coexplore/{prefix}{title}{suffix}-v0",
                    entry_point="envs.registration:make",
                    kwargs={"env": env, "form": form, "reward_mode": mode},
                    # Gymnasium's checker knows scalar rewards only
                    disable_env_checker=mode == "vector",
                )


def make(
    env: str,
    form: str,
    reward_mode: str = "scalar",
    render_mode: str | None = None,
    evaluator: str | Mapping[str, Any] | Any = None,  # noqa: ANN401 (a user's own evaluator)
    invalid_action: str = "alias",
    **settings: Any,  # noqa: ANN401 (validated by pydantic)
) -> gym.Env[Any, Any]:
    """Make an environment; what ``gym.make`` calls.

    Args:
        evaluator: ``"real"``, ``"constant"``, ``{"name": ...}``, or an object of your own
            (`envs.evaluators.Evaluator`), which the environment's spec cannot be saved with.
        settings: Keys of the group ``env``, and ``reward``, ``hardware``, ``dataset`` as mappings.

    Raises:
        ValueError: If a setting is unknown or out of range.
    """
    # heavy imports wait until an environment is made: gymnasium loads this module as a plug-in
    from envs.ancoef import AncoefEnv  # noqa: PLC0415
    from envs.ancoef_problem import AncoefProblem  # noqa: PLC0415
    from envs.joint_two_level import TwoLevelEvaluator  # noqa: PLC0415
    from envs.judging import RewardMode  # noqa: PLC0415
    from envs.oneshot import OneshotDesignEnv  # noqa: PLC0415
    from envs.sequential import InvalidAction, SequentialDesignEnv  # noqa: PLC0415

    _check("reward_mode", reward_mode, get_args(RewardMode))
    _check("invalid_action", invalid_action, get_args(InvalidAction))
    problem = _problem(env, evaluator, settings)
    if isinstance(problem.evaluator, TwoLevelEvaluator):
        raise ValueError(  # noqa: TRY004 (of a setting)
            "env.inner.budget: mappings are searched by agents, not by environments; needs 0 here "
            "(python -m agents.train experiment=joint_two_level has both levels)"
        )
    options: dict[str, Any] = {"reward_mode": reward_mode, "render_mode": render_mode}
    if form == "oneshot":
        return OneshotDesignEnv(problem, **options)
    if isinstance(problem, AncoefProblem) and form == "moves":
        return AncoefEnv(problem, invalid_action=invalid_action, **options)  # type: ignore[arg-type]
    return SequentialDesignEnv(problem, invalid_action=invalid_action, **options)  # type: ignore[arg-type]


def _check(option: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{option}: '{value}' is not one of {', '.join(allowed)}")


def _problem(env: str, evaluator: object, settings: Mapping[str, Any]) -> "Problem":
    from envs.assembly import make_problem  # noqa: PLC0415 (as above)
    from envs.default_settings import settings_of  # noqa: PLC0415 (as above)

    if isinstance(evaluator, Mapping | str):
        name = evaluator.get("name") if isinstance(evaluator, Mapping) else evaluator
        return make_problem(settings_of(env, {**settings, "evaluator": name}))
    return make_problem(settings_of(env, settings), cast("Evaluator | None", evaluator))
