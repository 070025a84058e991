"""What a search has found: its summary, its front, its pictures, and what is told of it."""

import json
import shlex
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rich.console import Console

from agents.by_choice import ChoiceReport
from agents.loop import SearchState, summary_of, told_design
from agents.outcome import design_table, front_of, none_feasible
from agents.plots import COSTS, plot_front, plot_rewards
from agents.rundir import RunDirectory, versions
from agents.saying import say
from agents.settings import RunSettings
from agents.stage_times import stage_rows, stage_table, stages_for_summary
from agents.targets import best_within, told_of_best, wanted_targets
from envs.evaluation import Evaluation
from envs.problem import Problem


@dataclass(frozen=True)
class Findings:
    """A search that has ended.

    Attributes:
        evaluations: Each design once, in the order of their first visit.
    """

    settings: RunSettings
    problem: Problem
    state: SearchState
    evaluations: Sequence[Evaluation]
    directory: RunDirectory
    console: Console

    def write(self, budget: int, wall_s: float) -> dict[str, Any]:
        """Write the summary, the front and all pictures; return the summary."""
        summary = summary_of(self.problem, self.state) | {
            "seed": self.settings.seed,
            "budget": budget,
            "references": {o.metric: o.reference for o in self.problem.objectives},
            "versions": versions(),
            "wall_s": wall_s,
            "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        summary |= self._within_targets() | self._choices.for_summary
        summary |= stages_for_summary(stage_rows(self.evaluations))
        self.directory.write_summary(self._known(summary["best"]) | summary)
        self._write_pictures()
        self._choices.draw(self.directory.path)
        return summary

    def tell(self, summary: dict[str, Any], remarks: Iterable[str]) -> None:
        """Tell the best design, what stages took, the remarks, and where all of it lies."""
        if summary["best"] is None:
            say(self.console, none_feasible(self.evaluations))
        else:
            self.console.print(design_table(summary["best"]))
            self._tell_targets()
        self._choices.tell(self.console)
        if stages := stage_rows(self.evaluations):
            self.console.print(stage_table(stages))
        for remark in remarks:
            say(self.console, remark)
        say(
            self.console,
            f"{summary['evaluations']} designs, {summary['front_size']} on the Pareto front, "
            f"hypervolume {summary['hypervolume']:.4f}, {summary['wall_s']:.0f} s\n"
            f"front, rewards and summary: {self.directory.path}\n"
            f"all of it as a page: python -m agents.report {shlex.quote(str(self.directory.path))}",
        )

    @cached_property
    def _choices(self) -> ChoiceReport:
        front = [evaluation for _, evaluation in front_of(self.state)]
        return ChoiceReport(self.problem, self.evaluations, front)

    def _within_targets(self) -> dict[str, Any]:
        """The best design that meets all targets, for the summary; nothing if there are none."""
        targets = wanted_targets(self.settings)
        if not targets:
            return {}
        found = best_within(targets, front_of(self.state))
        return {"best_within_targets": found and told_design(self.problem, *found)}

    def _tell_targets(self) -> None:
        targets = wanted_targets(self.settings)
        if targets and self.state.best is not None:
            within = best_within(targets, front_of(self.state))
            say(self.console, told_of_best(targets, self.state.best[1].metrics, within))

    def _known(self, best: dict[str, Any] | None) -> dict[str, Any]:
        """What is known of the best design since it was found before: it is read back, or redone.

        The training may turn out not to be readable: what was told of it is not to be lost.
        """
        before = self.directory.summary
        found = json.loads(json.dumps(best))
        return before if found is not None and before.get("best") == found else {}

    def _write_pictures(self) -> None:
        front = sorted(front_of(self.state), key=lambda item: -item[0])
        self.directory.write_pareto(front)
        quality, *costs = (one.metric for one in self.problem.objectives)
        shown = [cost for cost in COSTS if cost in costs] or costs
        if shown:
            path = self.directory.path / "front.png"
            plot_front(path, self.evaluations, [e for _, e in front], quality, shown)
        plot_rewards(self.directory.path / "rewards.png", [r for _, r in self.state.visits])
