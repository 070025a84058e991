"""What can be saved of a run whose store is damaged: ``python -m agents.rescue RUN_DIR``."""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import shlex
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console

from agents.exits import exit_code
from agents.rundir import RunDirectory, how_to_continue
from agents.saying import say
from agents.usage import UsageError
from configs.arguments import Parser
from envs.rescue import Rescued, rescue
from envs.store import DamagedStoreError, EvaluationStore, StoreError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = Parser(
        prog="python -m agents.rescue",
        description="Of a run whose evaluations.sqlite is damaged: puts every evaluation that can "
        "still be read into a new one, and keeps the damaged file beside it. A resume then "
        "measures again what was lost.",
    )
    parser.add_argument("run_dir", type=Path, help="the directory of the run")
    return exit_code(lambda: _run(parser.parse_args(arguments).run_dir))


def _run(run_dir: Path) -> int:
    store = run_dir / "evaluations.sqlite"
    if not store.is_file() or not store.stat().st_size:
        raise UsageError(f"run_dir: {run_dir} holds no store of evaluations")
    directory = RunDirectory.reopen(run_dir, "run_dir")
    with closing(directory):
        if _is_sound(directory.store):
            say(Console(), f"{directory.store} is sound")
            return 0
        try:
            found = rescue(directory.store)
        except StoreError as error:
            raise UsageError(str(error)) from error
    say(
        Console(),
        f"saved {found.n_evaluations} evaluations and {found.n_visits} visits; the damaged file is "
        f"now {found.kept}. {_how_to_go_on(run_dir, found)}",
    )
    return 0


def _how_to_go_on(run_dir: Path, found: Rescued) -> str:
    if found.is_of_known_code:
        return f"Continue with:\n  {how_to_continue(run_dir)}"
    run = shlex.quote(str(run_dir))
    return (
        "What they depend on (code and data files) is lost, so that no search can go on with them. "
        f"See them with:\n  python -m agents.report {run}"
    )


def _is_sound(path: Path) -> bool:
    """Whether all of a store can be read.

    Raises:
        UsageError: If it cannot be used for another reason, such as a full disk.
    """
    try:
        with closing(EvaluationStore(path)) as store:
            store.check()
    except DamagedStoreError:
        return False
    except StoreError as error:
        raise UsageError(str(error)) from error
    return True


if __name__ == "__main__":
    sys.exit(main())
