"""Progress of all searches of a sweep on the terminal."""

import re
import sys
from typing import Any

from ray import tune
from ray.tune.experiment import Trial
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from agents.saying import say
from agents.sweep_keeper import answer
from agents.sweep_plan import Sweep
from agents.sweep_settings import NUMBER
from agents.sweep_trial import MISTAKE

MOST_BARS = 16  # searches that have a bar of their own

Trials = list[Trial]
_sitting: list["Progress"] = []


class Progress(tune.Callback):
    """A bar for all evaluations and one for each search that runs; else a line for each that ends.

    Attributes:
        n_ended: Searches that have ended well in this sitting.
        failed: Names of those that have failed.
    """

    def __init__(self, console: Console, sweep: Sweep, keeper: Any) -> None:  # noqa: ANN401 (an actor)
        self.n_ended = 0
        self.failed: list[str] = []
        self._console, self._sweep, self._keeper = console, sweep, keeper
        self._mistakes: set[str] = set()  # but for their figures
        self._done: dict[str, int] = {}
        self._bars = Bars(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[told]}"), TimeRemainingColumn(),
            console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self._all = self._bars.add_task(
            "designs of all searches", total=sweep.n_trials * sweep.budget, told=""
        )
        self._own: dict[str, Any] = {}
        self._bars.start()
        _sitting[:] = [self]

    def on_trial_start(self, iteration: int, trials: Trials, trial: Trial, **info: object) -> None:
        """Have it begun anew if its worker dies, also where an earlier sitting gave it up."""
        del iteration, trials, info
        trial.max_failures = self._sweep.settings.retries

    def on_trial_result(
        self,
        iteration: int,
        trials: Trials,
        trial: Trial,
        result: dict[str, Any],
        **info: object,
    ) -> None:
        """Show how far a search is; one that tells of a mistake is not begun anew."""
        del iteration, trials, info
        if MISTAKE in result:
            trial.max_failures = 0
            self._tell_mistake(self._name(trial), result[MISTAKE])
            return
        self._done[trial.trial_id] = result["evaluations"]
        told = f"hypervolume {result['hypervolume']:.4f}  best {result['best_reward']:.4f}"
        if trial.trial_id not in self._own and len(self._own) < MOST_BARS:
            self._own[trial.trial_id] = self._bars.add_task(
                self._name(trial), total=self._sweep.budget, told=""
            )
        if trial.trial_id in self._own:
            own = self._own[trial.trial_id]
            self._bars.update(own, completed=result["evaluations"], told=told)
        self._bars.update(self._all, completed=sum(self._done.values()))

    def on_trial_complete(
        self, iteration: int, trials: Trials, trial: Trial, **info: object
    ) -> None:
        """Count one that has ended, and say what it found."""
        del iteration, trials, info
        self.n_ended += 1
        self._forget(trial)
        last = trial.last_result or {}
        if not self._console.is_terminal and "evaluations" in last:
            say(
                self._console,
                f"{self.n_ended}/{self._sweep.n_trials}  {self._name(trial)}: "
                f"{last['evaluations']} designs, hypervolume {last['hypervolume']:.4f}, "
                f"best reward {last['best_reward']:.4f}",
            )

    def on_trial_error(self, iteration: int, trials: Trials, trial: Trial, **info: object) -> None:
        """Note it, and free what it had claimed."""
        del iteration, trials, info
        self.failed.append(self._name(trial))
        self._forget(trial)

    def on_trial_recover(
        self, iteration: int, trials: Trials, trial: Trial, **info: object
    ) -> None:
        """Free what it had claimed; it begins anew."""
        del iteration, trials, info
        self._forget(trial)

    def _tell_mistake(self, name: str, why: str) -> None:
        if not self.has_told(why):
            self._mistakes.add(_without_figures(why))
            sys.stderr.write(f"{name}: {why}; it is not tried again\n")

    def has_told(self, why: str) -> bool:
        """Whether a mistake was told that is the same, but for its figures and its search."""
        return any(_without_figures(why).endswith(one) for one in self._mistakes)

    def _name(self, trial: Trial) -> str:
        return self._sweep.trial(trial.config).name

    def _forget(self, trial: Trial) -> None:
        answer(self._keeper.forget.remote(trial.config[NUMBER]))
        if trial.trial_id in self._own:
            self._bars.remove_task(self._own.pop(trial.trial_id))

    def close(self) -> None:
        """Leave the last state on the terminal."""
        self._bars.stop()

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        """Nothing that a file could keep: what is read back is that of the sitting."""
        return _of_this_sitting, ()


def _without_figures(why: str) -> str:
    return re.sub(r"\d[\d.e+-]*", "#", why)


def _of_this_sitting() -> Progress:
    return _sitting[0]
