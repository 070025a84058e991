"""What `python -m agents.sweep` does with its arguments."""

from collections.abc import Sequence
from pathlib import Path

from agents.overrides import run_with_own
from agents.sweep_plan import Sweep, reopened, sweep_of
from configs import catalog

HELP = """\
usage: python -m agents.sweep [key=value ...]

Runs many searches at once with Ray Tune, on this machine or on a cluster. Every finished
evaluation is kept, whoever dies; what searches have in common is evaluated once. Leaves a run
directory for each search, sweep.csv, union_front.csv and report.html in its folder.

keys
  sweep={names}
                            which searches: a file of configs/sweep
  sweep.grid.KEY=[A,B]      values of a key of agents.train: every combination is searched;
                            sweep.grid.seed=[0,1,2] sweep.grid.agent=[nsga2,tpe]
  sweep.tuned.KEY={{low:1e-4,high:1e-2,log:true}}   instead of a grid, what Optuna chooses; or a
                            list of choices; sweep.n_trials=20, sweep.metric=hypervolume (or
                            best_reward)
  sweep.scheduler=asha      end bad searches early, by sweep.metric
  sweep.at_once=4           searches at a time
  sweep.retries=3           how often one is begun anew whose worker or node has died, or
                            that fails by no mistake of yours
  ray=local                 or ray=cluster ray.address=HOST:PORT (docs/ray.md)
  search.workers=2          ray=local: designs evaluated at a time, over all searches
  run_dir=PATH              where the sweep goes; default runs/sweep-<name>-<env>-<hash>
  resume=SWEEP_DIR          go on with a sweep, on another Ray too (ray.*); nothing else changes
  --config-dir DIR          a folder of your own files of groups, as agents.train takes it;
                            DIR/sweep too
                            any other key of agents.train

exit code
  0    all searches ended           1    some failed, and are named
  2    a mistake, in one line       130  interrupted; what was finished is kept

examples
  python -m agents.sweep env=nacim sweep=reward_weights search.budget=32
  python -m agents.sweep env=toy sweep.grid.agent=[random,nsga2,tpe] sweep.grid.seed=[0,1,2]
  python -m agents.sweep env=toy sweep=learning_rate search.budget=200
  python -m agents.sweep resume=runs/sweep-reward_weights-nacim-1a2b3c4d
"""


def command(arguments: Sequence[str]) -> int:
    """Run a command line; return its exit code.

    Raises:
        UsageError: If it cannot be done, or not to its end.
    """
    return run_with_own(arguments, _help_text, _run)


def _help_text() -> str:
    return HELP.format(names="|".join(catalog.names("sweep")))


def _run(typed: Sequence[str]) -> int:
    sweep = _asked(typed)
    sweep.check()
    from agents.sweep_run import run_sweep  # noqa: PLC0415 (mistakes are told at once)

    return run_sweep(sweep)


def _asked(typed: Sequence[str]) -> Sweep:
    places = [one.partition("=")[2] for one in typed if one.startswith("resume=")]
    if places:
        return reopened(Path(places[-1]), typed)
    return sweep_of(typed)
