"""The settings of each stage of a flow, and what a flow cannot be made of."""

import json
from pathlib import Path
from typing import Any

from agents.overrides import first_line
from agents.settings import RunSettings
from agents.usage import UsageError
from envs.reward_settings import NacimRewardSettings, RewardWeights
from envs.settings import NacimSettings, StartSettings
from envs.switches import Switches
from hwmodels.rules import RULES

SEARCH, FINE_TUNING, RNAS, FRESH = "1-search", "2-fine-tuning", "3-rnas", "4-fresh-chips"
EVERY = 10_000  # designs whose weights are kept, at most
ALONE = NacimRewardSettings(
    name="nacim", beta=1.0, weights=RewardWeights(latency=0.0, energy=0.0, area=0.0)
)


def check_flow(settings: RunSettings) -> None:
    """Refuse a flow of what is not NACIM's.

    Raises:
        UsageError: With the reason.
    """
    name, env = settings.flow.name, settings.env
    if not isinstance(env, NacimSettings):
        raise UsageError(f"flow.name={name}: its stages are those of env=nacim, not {env.name}")
    if env.evaluator != "real":
        raise UsageError(f"flow.name={name}: needs env.evaluator=real: it saves trained weights")
    if env.evaluators or settings.objectives:
        key = "env.evaluators" if env.evaluators else "objectives"
        raise UsageError(
            f"flow.name={name}: takes no {key}: its last stage prices designs on other circuits "
            "without evaluating them again; experiment=pnas and experiment=rnas take them"
        )
    if env.start.run is not None:
        raise UsageError(f"flow.name={name}: trains its own weights; leave env.start.run out")
    if settings.hardware.model not in RULES:
        raise UsageError(
            f"flow.name={name}: hardware.model={settings.hardware.model} has no circuits to "
            f"optimize; there are: {', '.join(RULES)}"
        )


def check_length(settings: RunSettings, flow: Path) -> None:
    """Refuse another length of the first stage than the one that it is finished with.

    Raises:
        UsageError: With that length.
    """
    wanted = settings.search.budget
    summary = flow / SEARCH / "summary.json"
    if wanted is None or not summary.is_file():
        return
    budget = read_summary(summary.parent).get("budget")
    if budget != wanted:
        raise UsageError(
            f"search.budget: the first stage is finished with {budget} designs, and what follows "
            "depends on them; begin a new run"
        )


def read_summary(run: Path, *needed: str) -> dict[str, Any]:
    """What a finished flow, or a stage of one, has found.

    Args:
        needed: What it has to tell.

    Raises:
        UsageError: If its file cannot be read, or tells something of that no more.
    """
    path = run / "summary.json"
    try:
        found = dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{path} cannot be read: {first_line(error)}") from error
    missing = [name for name in needed if name not in found]
    if missing:
        raise UsageError(f"{path} is damaged: it lacks {', '.join(missing)}; begin again elsewhere")
    return found


def search_settings(settings: RunSettings, flow: Path) -> RunSettings:
    """The first stage: accuracy alone, the weights of the best kept, or of all for a front."""
    chosen = settings.flow
    n_kept = chosen.fine_tuned if chosen.fine_tuned_by == "accuracy" else EVERY
    env = _env(settings).model_copy(update={"keep_weights": n_kept})
    return _stage(settings, flow / SEARCH, {"env": env, "reward": ALONE})


def rnas_settings(settings: RunSettings, flow: Path, rank: int) -> RunSettings:
    """RNAS on one of the designs that were trained on."""
    env = _env(settings).model_copy(
        update={
            "switches": Switches(SA=False, SQ=True, SD=False, SC=True),
            "start": StartSettings(run=str(flow / FINE_TUNING), rank=rank, is_trained=False),
            "given": {},
            "keep_weights": 0,
        }
    )
    search = settings.search.model_copy(update={"budget": settings.flow.rnas_budget})
    return _stage(settings, flow / f"{RNAS}-{rank}", {"env": env, "search": search})


def open_settings(settings: RunSettings) -> RunSettings:
    """The same problem with every group open, in which all designs of all stages can be priced."""
    switches = Switches(SA=True, SQ=True, SD=True, SC=True)
    env = _env(settings).model_copy(update={"switches": switches, "given": {}})
    return settings.model_copy(update={"env": env})


def _env(settings: RunSettings) -> NacimSettings:
    assert isinstance(settings.env, NacimSettings)  # noqa: S101 (check_flow)
    return settings.env


def _stage(settings: RunSettings, path: Path, changes: dict[str, object]) -> RunSettings:
    """One stage; it goes on where its folder says that it was begun."""
    is_begun = (path / "config.yaml").is_file()
    flow = settings.flow.model_copy(update={"name": None})
    places = {"run_dir": str(path), "resume": str(path) if is_begun else None}
    return settings.model_copy(update={**changes, **places, "flow": flow})
