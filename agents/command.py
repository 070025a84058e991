"""What `python -m agents.train` does with its arguments."""

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from textwrap import fill

import yaml

from agents.exits import exit_code
from agents.final_check import check_final_training
from agents.flow_settings import check_flow
from agents.logger import check_logger
from agents.making import check_agent
from agents.overrides import GROUPS, own_configs, own_folder
from agents.problems import check_training, load_data, problem_of, space_of
from agents.ray_cluster import workers_ready
from agents.rundir import RunDirectory, resume_argument, told_stopped
from agents.saved import FailedSearchError, left_if_begun
from agents.settings import RunSettings
from agents.shared import check_shared_store
from agents.usage import settings_from
from configs import catalog
from envs.problem import Problem
from hwmodels.estimate import MODELS
from snn.score import scores

HELP = """\
usage: python -m agents.train [key=value ...]

Searches for a network and the hardware that runs it, and leaves a report directory behind.

groups (a file each in configs/<group>/; those that have one for the environment take that one)
{groups}
keys
  search=small                sizes of NACIM's stages (small, smoke, paper); or one by one:
  search.budget=32            designs to evaluate; default: all that the agent tries, 32 for
                              agents that have no end, such as random and reinforce
  search.workers=2            processes that evaluate; changes no result
  ray=local                   evaluate as Ray tasks: here (search.workers at once), or on a
                              cluster: ray=cluster ray.address=HOST:PORT (docs/ray.md)
  seed=0                      same seed, same designs
  run_dir=PATH                where the run goes; default runs/<env>-<agent>-s<seed>-<hash>
  resume=RUN_DIR              continue a run; with it only search.*, ray.*, store, logger and
                              dataset.path may be changed; for cells dataset (or any key of it),
                              env.training.*, spikenas_bench.path and .dataset: what was found
                              is trained anew if its training is another
  replay=FILE.parquet         designs that agents.evaluations has written, instead of evaluating
  store=postgresql+psycopg://USER@HOST/DATABASE   a database that searches share, so that none
                              evaluates what another has; or sqlite:////PATH; needs [postgresql]
  logger=mlflow               log to MLflow too (MLFLOW_TRACKING_URI); needs [mlflow]
  reward.beta=0.6             weight of accuracy in NACIM's eq. 1
  reward.weights.energy=0.5   likewise .latency and .area; 0 leaves a cost out
  reward.merge=product        or weighted (eq. 1), constraint, chebyshev
  agent._target_=my.module.MySettings      an agent of your own (docs/howto/agent.md)
  reward._target_=my.module.MyReward       a reward class of your own: metrics -> float
  env.evaluators.NAME._target_=my.module.MyEvaluator   env=nacim: a class of your own that
                              measures designs; env.evaluators.NAME.ARGUMENT=... are its arguments
  objectives.lifetime_s=3e8   a further objective of the front, with the value at which a cost
                              counts as 1 (a metric to be maximized: from which nothing is gained)
  constraints.area_m2=5e-6    hard bound; likewise .energy_j, .latency_s, and .accuracy (floor);
                              for cells also .memory_bits and .n_parameters; and any metric of
                              an evaluator of your own
  env.switches.SA=false       freeze architecture (SA), quantization (SQ), device (SD), circuit
                              (SC), and with env=joint mapping (SM)
  env.given.conv1.kernel=5    the choice of a frozen decision
  env.keep_weights=4          weights of that many of the most accurate designs stay in the run
  env.accuracy.torch_device=auto   env=nacim: designs are trained on a GPU, if there is one; or cuda
  env.inheritance.epochs=2    env=nacim: designs begin with the weights of the largest network, and
                              are trained for so many epochs
  rnas.start=RUN_DIR          experiment=rnas: the run whose best kept weights are taken;
                              rnas.rank=2: the second best
  flow.fine_tuned=4           experiment=nacim: designs trained on, each then searched by rNAS;
                              likewise .fine_tuning_epochs, .rnas_budget, .fresh_chips, .margin;
                              flow.fine_tuned_by=front: evenly from accuracy and efficiency
  env.macro=NAME              env=neuronas: the frame around the cells:
                              {macros}
  env.n_cells=2               likewise 1 or 3; env.operations={operations}
  env.quantization.rounding=truncate   of weights, in scores and training; or stochastic;
                              env.quantization.scope=global for one range of all layers
  env.fitness.score=paper     untrained score: {scores}
  agent.form=oneshot          agent=ppo, a2c, maskable_ppo: a whole design a step; agent.n_envs=8:
                              environments (of dqn too) whose designs are evaluated together
  agent=pcn                   likewise envelope, pql, eupg: MORL-Baselines, a reward for each
                              objective (pip install 'coexplore[morl]')
  agent.init=RUN_DIR          agent=qlearning, qlearning_linear: begin with what that run has learnt
  env.training.epochs=20      of the network that was found; 0: none; env.training.recipe={recipes}
  accuracy=spikenas_bench spikenas_bench.path=DIR_OR_CSV   real accuracies (env=neuronas_bench)
  spikenas_bench.dataset=cifar10   of a table that does not tell; so cifar100, tinyimagenet200
  env.application=s512        env=ancoef: the network, {workloads},
                              or the path of recorded spikes (.npz)
  env.start.neurons_per_core=32   the design that moves begin with; env.moves=[map.swap,...]
  reward.targets.latency_s=1e-4   likewise .energy_j, .area_m2; reward.p.latency, reward.q.latency
                              are its powers within and beyond the target (q: -1 if that is set)
  env.supernet=digits         env=coexplore: networks to choose from; env.inner.agent=qlearning,
                              env.inner.budget=40: the search for each one's hardware
  env.partial.epochs=20       of the supernet; env.full.epochs=15 of the survivors
  space.network=cells         env=joint: the family of networks, or chain, blocks (of a supernet);
                              env.switches.SM=false freezes the mapping; env.n_chips=10,
                              env.blocks.training.deviation_ratio=0.1
  env.inner.budget=40         env=joint with SM off: simulations for the mapping of each design,
                              found by moves (env.inner.agent=qlearning, env.inner.options.*)
  reward=edge                 env=joint: energy under an area limit; realtime: latency; robust:
                              the worst sampled chip (reward.quality=worst_accuracy)
  hardware.device=NAME        the device while SD is off; hardware.circuit.* while SC is off
  hardware.model=neurosim-1.4 the cost model: {models}
  dataset.path=DIR            a folder that holds the data (docs/data.md)
  hardware.variation=NAME     what chips do to their cells: {variations}

options
  -h, --help    show this text
  --cfg         print the resolved configuration and stop
  --config-dir DIR   a folder of your own files of groups (DIR/agent/NAME.yaml, ...), beside ours;
                or name it in COEXPLORE_CONFIG_DIR, which all commands know (docs/howto)

exit code
  0    the search ended, also if no design was feasible (summary.json: best is null)
  1    a worker process died         130  interrupted
  2    a mistake, in one line; or targets that you have set were not met

examples
  python -m agents.train env=nacim
  python -m agents.train env=nacim agent=random search.budget=100 seed=1
  python -m agents.train env=neuronas constraints.energy_j=1e-6
  python -m agents.train experiment=nacim search=small
  python -m agents.train experiment=spikenas_2C3O_M
  python -m agents.train env=ancoef env.application=s512 search.budget=200
  python -m agents.train experiment=ancoef_coexplore
  python -m agents.train env=joint reward=edge constraints.area_m2=2e-5
  python -m agents.train experiment=joint_two_level
  python -m agents.hardware RUN_DIR            the report of a run of env=ancoef, again
  python -m agents.report RUN_DIR              one page (HTML) that tells of a run, or of several
  python -m agents.train resume=runs/nacim-reinforce-s0-1a2b3c4d
"""


def command(arguments: Sequence[str]) -> int:
    """Run a command line; return its exit code."""
    return exit_code(lambda: _with_own(arguments))


def _with_own(typed: Sequence[str]) -> int:
    """Run it with the user's own folder of groups, if there is one."""
    folder, rest = own_folder(typed)
    with own_configs(folder):
        if {"-h", "--help"} & set(rest):
            sys.stdout.write(help_text())
            return 0
        return _run(rest)


def help_text() -> str:
    """What ``--help`` prints."""
    groups = GROUPS
    lines = (f"  {group}={'|'.join(catalog.names(group))}\n" for group in groups)
    return HELP.format(
        groups="".join(lines),
        models=", ".join(MODELS),
        variations=", ".join(catalog.names("variation")),
        macros=fill(", ".join(catalog.names("macro")), 70, subsequent_indent=30 * " "),
        workloads=", ".join(catalog.names("workload")),
        operations="|".join(catalog.names("operation_set")),
        scores=", ".join(scores()),
        recipes="|".join(catalog.names("recipe")),
    )


def _run(arguments: Sequence[str]) -> int:
    settings = settings_from([argument for argument in arguments if argument != "--cfg"])
    if "--cfg" in arguments:
        sys.stdout.write(yaml.safe_dump(settings.model_dump(mode="json", by_alias=True)))
        return 0
    if settings.flow.name is not None:
        check_flow(settings)
    check_agent(settings, space_of(settings))
    problem = problem_of(settings, check_training)
    load_data(problem)
    check_final_training(settings, problem)
    check_shared_store(settings)
    check_logger(settings)
    with workers_ready(settings, problem):
        return _in_directory(settings, problem)


def _in_directory(settings: RunSettings, problem: Problem) -> int:
    if settings.resume:
        directory = RunDirectory.reopen(Path(settings.resume))
    else:
        directory = RunDirectory.create(settings)
    with closing(directory):
        try:
            with left_if_begun(directory):
                return _sat(settings, problem, directory)
        except KeyboardInterrupt:  # before or after the search itself, which handles its own
            sys.stderr.write(told_stopped(directory.path, "interrupted"))
            return 130


def _sat(settings: RunSettings, problem: Problem, directory: RunDirectory) -> int:
    """One sitting; torch is imported only once the input is known to be right."""
    try:
        if settings.flow.name is not None:
            from agents.flow import run_flow  # noqa: PLC0415

            return run_flow(settings, directory)
        from agents.session import run_session  # noqa: PLC0415

        return run_session(settings, problem, directory)
    except OSError as error:
        why = f"{error.filename or directory.path}: {error.strerror or error}"
        raise FailedSearchError(why, f": {resume_argument(directory.path)} goes on") from error
