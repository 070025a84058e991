"""What comes before a co-exploration: the search for hardware, and the training of the supernet."""

from dataclasses import replace

from rich.console import Console

from agents.inner_search import inner_search
from agents.mapping_search import with_mapping_search
from agents.rundir import RunDirectory
from agents.saying import say
from agents.settings import RunSettings
from agents.usage import UsageError
from envs.coexplore_evaluator import CoexploreEvaluator
from envs.joint import with_seed
from envs.joint_evaluator import JointEvaluator
from envs.problem import Problem


def with_hardware_search(settings: RunSettings, problem: Problem) -> Problem:
    """Have hardware searched for the networks of a co-exploration, and mappings for joint designs.

    Whatever is trained beforehand goes by the seed of the run.

    Raises:
        UsageError: If the agent that is to do so cannot.
    """
    evaluator = problem.evaluator
    if isinstance(evaluator, JointEvaluator):
        seeded = replace(problem, evaluator=with_seed(evaluator, settings.seed))
        return with_mapping_search(settings, seeded)
    if not isinstance(evaluator, CoexploreEvaluator):
        return problem
    searched = replace(evaluator, search=inner_search(settings), seed=settings.seed)
    return replace(problem, evaluator=searched)


def prepared(problem: Problem, directory: RunDirectory, console: Console) -> Problem:
    """Train the supernet of a co-exploration or of a joint search, or go on; others need nothing.

    Raises:
        UsageError: If it cannot be trained.
    """
    evaluator = problem.evaluator
    if isinstance(evaluator, JointEvaluator):
        return _jointly_prepared(problem, evaluator, directory, console)
    if not isinstance(evaluator, CoexploreEvaluator):
        return problem
    try:
        _trained(evaluator, directory, console)
    except ValueError as error:
        raise UsageError(f"supernet {evaluator.settings.supernet}: {error}") from error
    return replace(problem, evaluator=replace(evaluator, place=directory.path))


def _trained(evaluator: CoexploreEvaluator, directory: RunDirectory, console: Console) -> None:
    import torch  # noqa: PLC0415 (slow to import)

    from agents.training_progress import TrainingProgress  # noqa: PLC0415 (loads torch)
    from envs.coexplore_networks import SUPERNET, is_trained, recipe_of  # noqa: PLC0415 (torch)

    if is_trained(directory.path / SUPERNET):
        return
    torch.set_num_threads(1)  # the same sums whatever machine
    networks = evaluator.networks
    n_images = len(networks.held_out.train_labels)
    say(
        console,
        f"training supernet {evaluator.settings.supernet}: "
        f"{networks.supernet.n_networks:,} networks, {n_images:,} images",
    )
    epochs = recipe_of(evaluator.settings.partial).epochs
    with TrainingProgress(console, epochs) as progress:
        trained = networks.train(directory.path, progress.on_epoch)
    say(
        console,
        f"supernet trained: accuracy {100 * trained.test_accuracy:.1f} % of "
        f"{len(networks.held_out.test_labels)} images held out, networks drawn per batch",
    )


def _jointly_prepared(
    problem: Problem, evaluator: JointEvaluator, directory: RunDirectory, console: Console
) -> Problem:
    from agents.training_progress import TrainingProgress  # noqa: PLC0415 (loads torch)

    family = evaluator.family
    try:
        if not family.is_prepared(directory.path):
            say(console, f"training {family.title}")
            with TrainingProgress(console, family.n_epochs) as progress:
                family.prepare(directory.path, progress.on_epoch)
    except ValueError as error:
        raise UsageError(f"{family.title}: {error}") from error
    return replace(problem, evaluator=replace(evaluator, place=directory.path))
