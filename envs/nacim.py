"""The NACIM problem: a convolutional network, its quantization, device and circuit."""

from pathlib import Path
from typing import cast

from envs.custom_evaluator import OwnStage, check_clashes, own_stage, try_out
from envs.dataset_settings import DatasetSettings
from envs.evaluators import CimCost, Constant, Evaluator, Pipeline, Stage
from envs.hardware_settings import HardwareSettings
from envs.inheritance import Inheritance, ancestor_of
from envs.kept_weights import kept_at
from envs.nacim_builder import NacimBuilder, nacim_builder
from envs.nacim_space import nacim_space
from envs.objectives import Constraint
from envs.settings import NacimSettings
from envs.trained_accuracy import Halving, TrainedAccuracy
from hwmodels.estimate import check_technology


def nacim_evaluator(
    settings: NacimSettings,
    hardware: HardwareSettings,
    dataset: DatasetSettings,
    constraints: tuple[Constraint, ...],
    own: tuple[OwnStage, ...] = (),
) -> Evaluator:
    """The cost model, then training under variation, each stopping at a broken bound.

    Raises:
        ValueError: If the weights to begin with are not there, or are those of other images, or
            settings of the training contradict each other.
    """
    build = nacim_builder(settings, hardware, dataset)
    if settings.evaluator == "constant":  # a user's own evaluators alone
        still = cast("Stage", Constant())  # to which a design is as good as choices
        return Pipeline(
            build, (still,), constraints, is_cheap=all(one.is_cheap for one in own), own=own
        )
    accuracy = TrainedAccuracy(
        dataset.model_dump(),
        settings.accuracy.recipe,
        settings.n_chips,
        hardware.variation,
        weights=_weights(settings, build),
        is_trained=settings.start.is_trained,
        halving=_halving(settings),
        inheritance=_inheritance(settings, hardware, build),
        torch_device=settings.accuracy.torch_device,
    )
    return Pipeline(
        build=build,
        stages=(nacim_cost(settings, hardware), accuracy),
        constraints=constraints,
        own=own,
    )


def own_stages(settings: NacimSettings) -> tuple[OwnStage, ...]:
    """Make a user's own evaluators.

    Raises:
        OwnEvaluatorError: If one of them cannot be.
    """
    return tuple(
        own_stage(name, one.target, one.model_extra or {})
        for name, one in settings.evaluators.items()
    )


def check_own(evaluator: Evaluator, settings: NacimSettings, hardware: HardwareSettings) -> None:
    """Call a user's own evaluators once, with the design that a frozen space has.

    Raises:
        OwnEvaluatorError: If one of them clashes with another, or fails.
    """
    if not isinstance(evaluator, Pipeline) or not evaluator.own:
        return
    own = tuple(one for one in evaluator.own if isinstance(one, OwnStage))
    check_clashes(own, [name for stage in evaluator.stages for name in stage.yields])
    space = nacim_space(settings, hardware)
    try:
        design = evaluator.build({one.name: one.given for one in space.decisions})
    except ValueError:  # what is given need not be a design, as long as it is searched
        return
    before: list[str] = []
    for stage in evaluator.in_order:
        if isinstance(stage, OwnStage):
            try_out(stage, design, before)
        before += stage.yields


def _halving(settings: NacimSettings) -> Halving | None:
    """How batches are halved; not at all where nothing is trained.

    Raises:
        ValueError: If the first training is no shorter than the whole.
    """
    chosen, whole = settings.halving, settings.accuracy.epochs
    if not chosen.epochs or not settings.start.is_trained:
        return None
    if chosen.epochs >= whole:
        raise ValueError(
            f"env.halving.epochs: needs to be below env.accuracy.epochs={whole}, "
            f"got {chosen.epochs}"
        )
    return Halving(chosen.epochs, chosen.share)


def _inheritance(
    settings: NacimSettings, hardware: HardwareSettings, build: NacimBuilder
) -> Inheritance | None:
    """What designs begin with; random weights where none are inherited, or nothing is trained.

    Raises:
        ValueError: If they begin with other weights already, are halved, or have no ancestor.
    """
    chosen, start = settings.inheritance, settings.start
    if not chosen.epochs or not start.is_trained:
        return None
    for other, is_on in (("env.start.run", start.run), ("env.halving", settings.halving.epochs)):
        if is_on:
            raise ValueError(f"env.inheritance.epochs: cannot be had together with {other}")
    try:
        ancestor = ancestor_of(nacim_space(settings, hardware), build)
    except ValueError as error:
        raise ValueError(
            f"env.inheritance: the ancestor takes the formats that are given: {error}"
        ) from error
    return Inheritance(
        ancestor, chosen.ancestor_epochs, chosen.seed, chosen.epochs, chosen.learning_rate_ratio
    )


def _weights(settings: NacimSettings, build: NacimBuilder) -> str | None:
    """The file of weights to begin with."""
    start = settings.start
    if start.run is None:
        if start.is_trained:
            return None
        raise ValueError(
            "env.start.run: is missing: rNAS takes the weights of a run; say rnas.start=RUN_DIR"
        )
    found = kept_at(Path(start.run), start.rank)
    for what in ("shape", "classes"):
        if found.build.get(what) != build.context[what]:
            raise ValueError(
                f"env.start.run: {start.run} was trained on images of {what} "
                f"{found.build.get(what)}, this data set has {build.context[what]}"
            )
    return str(found.path)


def nacim_cost(settings: NacimSettings, hardware: HardwareSettings) -> CimCost:
    """The cost model, for the devices that the search can reach."""
    devices = nacim_space(settings, hardware).reachable("chip.device")
    technology = check_technology(hardware.model, hardware.technology)
    return CimCost(hardware.model, technology, tuple(map(str, devices)))
