"""The network that a run of env=neuronas has found and trained, read back from its directory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from agents.final import CHECKPOINT
from agents.final_check import is_trained
from agents.finished import check_design, summary_of
from agents.problems import problem_of
from agents.rundir import how_to_continue
from agents.usage import UsageError, saved_config, validated
from envs.cell_space import CellSpace
from envs.final_training import FinalTraining
from envs.neuronas_settings import NeuronasSettings
from envs.problem import Problem
from snn.cell_checkpoint import CheckpointError, OtherTrainingError, best_weights
from snn.cell_modules import CellModules, build_cells
from snn.cell_network import CellNetwork
from snn.cell_training import at_rest
from snn.weight_formats import quantize_


@dataclass(frozen=True)
class TrainedRun:
    """What a run has trained.

    Attributes:
        choices: The best design.
        module: With the weights of the best epoch, not yet rounded.
    """

    job: FinalTraining
    choices: dict[str, Any]
    module: CellModules

    def rounded_(self) -> CellModules:
        """Round the weights for good, to those of the network whose test accuracy was told."""
        training = self.job.settings.training
        format_ = self.job.settings.weight_format if training.is_rounded else None
        quantize_(self.module, format_, at_rest(self.job.seed))
        return self.module


def trained_run(run_dir: Path) -> TrainedRun:
    """Read the network that a run has trained, whatever machine it was trained on.

    Raises:
        UsageError: If the run did not end with a trained network.
    """
    summary = summary_of(run_dir)
    settings = validated(saved_config(run_dir, "run_dir"))
    env = settings.env
    if not isinstance(env, NeuronasSettings):
        raise UsageError(f"{run_dir}: is no run of env=neuronas, but of env={env.name}")
    choices: dict[str, Any] = summary["best"]["design"]
    cells = CellSpace.of(env)
    check_design(choices, cells.space(), run_dir)
    if "trained" not in summary:
        raise UsageError(_not_trained(run_dir, env, problem_of(settings)))
    job = FinalTraining(env, settings.hardware, settings.dataset, settings.seed)
    return TrainedRun(job, choices, _module(cells.network(choices), run_dir / CHECKPOINT))


def _not_trained(run_dir: Path, env: NeuronasSettings, problem: Problem) -> str:
    if is_trained(env, problem):
        return (
            f"{run_dir}: its network is not trained to the end; {how_to_continue(run_dir)} goes on"
        )
    if env.evaluator == "constant" or env.accuracy != "untrained":
        how = f"env.evaluator={env.evaluator} env.accuracy={env.accuracy}"
        return f"{run_dir}: its networks are not trained with {how}"
    return (
        f"{run_dir}: its network was not trained: env.training.epochs is 0; "
        f"{how_to_continue(run_dir)} env.training.epochs=40 trains it"
    )


def _module(network: CellNetwork, path: Path) -> CellModules:
    module = build_cells(network, torch.Generator())
    try:
        module.load_state_dict(best_weights(path, network))
    except (OtherTrainingError, RuntimeError, TypeError) as error:
        raise UsageError(f"{path}: holds no weights of the network in summary.json") from error
    except CheckpointError as error:
        raise UsageError(str(error)) from error
    return module.eval()
