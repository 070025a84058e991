"""Registers every environment: scalar ids, and MO- twins with a vector reward."""

from collections.abc import Mapping
from typing import Any, get_args

import gymnasium as gym

FORMS = {"": "sequential", "-oneshot": "oneshot"}
PROBLEMS = {"NACIM": "nacim", "Toy": "toy"}


def register_all() -> None:
    """Register `coexplore/NACIM-v0`, `coexplore/NACIM-oneshot-v0`, their twins, and the toy's."""
    for title, env in PROBLEMS.items():
        for suffix, form in FORMS.items():
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
    from envs.assembly import make_problem, settings_of  # noqa: PLC0415
    from envs.judging import RewardMode  # noqa: PLC0415
    from envs.oneshot import OneshotDesignEnv  # noqa: PLC0415
    from envs.sequential import InvalidAction, SequentialDesignEnv  # noqa: PLC0415

    for option, value, kind in (
        ("reward_mode", reward_mode, RewardMode),
        ("invalid_action", invalid_action, InvalidAction),
    ):
        if value not in get_args(kind):
            raise ValueError(f"{option}: '{value}' is not one of {', '.join(get_args(kind))}")
    own = None
    if isinstance(evaluator, Mapping):
        settings["evaluator"] = evaluator.get("name")
    elif isinstance(evaluator, str):
        settings["evaluator"] = evaluator
    else:
        own = evaluator
    problem = make_problem(settings_of(env, settings), own)
    options: dict[str, Any] = {"reward_mode": reward_mode, "render_mode": render_mode}
    if form == "oneshot":
        return OneshotDesignEnv(problem, **options)
    return SequentialDesignEnv(problem, invalid_action=invalid_action, **options)  # type: ignore[arg-type]
