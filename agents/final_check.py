"""Whether the final training of a search can happen, asked before the search begins."""

from agents.settings import RunSettings
from agents.usage import UsageError
from configs import catalog
from envs.cell_evaluator import CellEvaluator
from envs.dataset_settings import DatasetSettings, EventSettings
from envs.neuronas_settings import NeuronasSettings
from envs.problem import Problem
from envs.spikenas_bench import BenchAccuracy
from snn.macro import Macro


def check_final_training(settings: RunSettings, problem: Problem) -> None:
    """Refuse a final training that could not begin; read its data, so that they are there.

    Raises:
        UsageError: If images and frame do not fit, the data cannot be had, or the machine lacks
            device or precision.
    """
    env = settings.env
    if not isinstance(env, NeuronasSettings) or not is_trained(env, problem):
        return
    _check_frame(env.macro, settings.dataset)
    from envs.final_training import FinalTraining  # noqa: PLC0415 (loads torch)

    try:
        FinalTraining(env, settings.hardware, settings.dataset, settings.seed).check()
    except ValueError as error:
        raise UsageError(str(error).splitlines()[0]) from error


def is_trained(env: NeuronasSettings, problem: Problem) -> bool:
    """Whether what the search finds is trained: a benchmark's networks have been."""
    evaluator = problem.evaluator
    if not isinstance(evaluator, CellEvaluator) or isinstance(evaluator.quality, BenchAccuracy):
        return False
    return env.training.epochs > 0


def _check_frame(name: str, dataset: DatasetSettings) -> None:
    macro = Macro.preset(name)
    wanted = (macro.in_channels, macro.in_side, macro.in_side)
    if (dataset.image_shape, dataset.n_classes) != (wanted, macro.n_classes):
        raise UsageError(
            f"dataset={dataset.name}: has images of {_by(dataset.image_shape)} and "
            f"{dataset.n_classes} classes, but env.macro={name} takes {_by(wanted)} and "
            f"{macro.n_classes}, so that nothing could be trained; take {_cures(name, dataset)}"
        )
    if isinstance(dataset, EventSettings) and dataset.frames.n_frames != macro.timesteps:
        raise UsageError(
            f"dataset.frames.n_frames: env.macro={name} takes {macro.timesteps} time steps, "
            f"got {dataset.frames.n_frames}"
        )


def _cures(macro: str, dataset: DatasetSettings) -> str:
    """What would fit, and how to do without."""
    found = [f"env.macro={dataset.name}"] if dataset.name in catalog.names("macro") else []
    found += [f"dataset={macro}"] if macro in catalog.names("dataset") else []
    return ", ".join([*found, "or env.training.epochs=0 to search only"])


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
