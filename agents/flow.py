"""NACIM's flow (sec. IV): search, train the best on, rNAS on each, judge the front on fresh chips.

Each stage has a folder with its own store. What is finished is not done again, so that a flow goes
on where it was stopped, however it was stopped.
"""

import math
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from agents.candidates import Candidate, Pricing
from agents.exits import FAILED, INTERRUPTED, WORKER_DIED
from agents.flow_judging import (
    Judged,
    candidates_of,
    check_found,
    judged_front,
    to_fine_tune,
)
from agents.flow_settings import (
    FINE_TUNING,
    FRESH,
    RNAS,
    SEARCH,
    check_length,
    open_settings,
    rnas_settings,
    search_settings,
)
from agents.problems import problem_of, space_of
from agents.ray_cluster import workers_of
from agents.rundir import RunDirectory, told_stopped, versions
from agents.saying import say
from agents.session import run_session
from agents.settings import RunSettings
from agents.usage import UsageError
from envs.evaluation import DeviceMemoryError, Evaluation
from envs.evaluators import Evaluator, Pipeline
from envs.fresh_chips import WEIGHTS, FreshChips
from envs.kept_weights import (
    FOLDER,
    KeptWeightsError,
    kept_weights,
    most_accurate,
    write_index,
)
from envs.problem import Problem
from envs.reward_settings import NacimRewardSettings
from envs.service import EvaluationService
from envs.space import Choices, SearchSpace
from envs.store import EvaluationStore, StoreError
from envs.trained_accuracy import TrainedAccuracy
from snn.weight_files import WeightFileError

FRESH_SEED_OFFSET = 1_000_003  # no search has seen these chips
EVENLY = {"latency": 1.0, "energy": 1.0, "area": 1.0}


class StoppedError(Exception):
    """A stage that ended before its end, with the exit code to end with."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def run_flow(settings: RunSettings, directory: RunDirectory) -> int:
    """Run the stages that are not finished; return the exit code.

    Raises:
        UsageError: If what a stage has left cannot be read, or no design of it can be used.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    torch.set_num_threads(1)
    flow = _Flow(settings, directory)
    flow.keep_search()
    try:
        flow.run()
    except (KeptWeightsError, WeightFileError, StoreError) as error:
        raise UsageError(f"{directory.path}: a stage was damaged: {error}") from error
    except StoppedError as stopped:  # which has told how the whole flow goes on
        return stopped.code
    except KeyboardInterrupt:
        sys.stderr.write(told_stopped(directory.path, "interrupted"))
        return INTERRUPTED
    except DeviceMemoryError as error:
        sys.stderr.write(told_stopped(directory.path, str(error)))
        return FAILED
    except BrokenProcessPool:
        sys.stderr.write(told_stopped(directory.path, WORKER_DIED))
        return FAILED
    return 0


class _Flow:
    def __init__(self, settings: RunSettings, directory: RunDirectory) -> None:
        self.settings = settings
        self.directory = directory
        self.path = directory.path
        self.console = Console()
        self.problem = problem_of(open_settings(settings))
        weights = EVENLY
        if isinstance(settings.reward, NacimRewardSettings):
            weights = settings.reward.weights.model_dump()
        self.pricing = Pricing(self.problem, weights if any(weights.values()) else EVENLY)

    def run(self) -> None:
        """Run every stage in order."""
        start = time.monotonic()
        self._search()
        n_tuned = self._fine_tune()
        if self._is_whole:
            for rank in range(1, n_tuned + 1):
                self._say_stage(f"rNAS {rank} of {n_tuned}")
                self._run_stage(rnas_settings(self.settings, self.path, rank))
        self._judge(n_tuned, start)

    def _say_stage(self, what: str) -> None:
        self.console.rule(f"{self.settings.flow.name}: {what}", characters="-")

    def keep_search(self) -> None:
        """Note the length of the search and its workers for the next time.

        Raises:
            UsageError: If the search is finished with another length.
        """
        check_length(self.settings, self.path)
        self.directory.keep_changes(self.settings)

    def _search(self) -> None:
        self._say_stage("search")
        self._run_stage(search_settings(self.settings, self.path))

    def _run_stage(self, stage: RunSettings) -> None:
        path = Path(str(stage.run_dir))
        if (path / "summary.json").is_file():
            return
        problem = problem_of(stage)
        directory = RunDirectory.reopen(path) if stage.resume else RunDirectory.create(stage)
        directory.whole = self.path
        with closing(directory):
            code = run_session(stage, problem, directory)
        if code:
            raise StoppedError(code)

    def _fine_tune(self) -> int:
        """Train the best designs on; return how many there are."""
        self._say_stage("fine-tuning")
        search = problem_of(search_settings(self.settings, self.path))
        kept = kept_weights(self.path / SEARCH)
        check_found(self.path / SEARCH, kept, search.space, self.pricing)
        best = to_fine_tune(self.settings.flow, self.path / SEARCH, self.pricing)
        folder = self.path / FINE_TUNING / FOLDER
        if not (folder / "index.json").is_file():
            evaluator = self._fine_tuning(search)
            found = self._evaluated(FINE_TUNING, evaluator, best, 0)
            write_index(folder, evaluator.build, most_accurate(found, len(found)))
        tuned = kept_weights(self.path / FINE_TUNING)
        check_found(self.path / FINE_TUNING, tuned, search.space, self.pricing)
        for one in tuned:
            say(self.console, _told(one.metrics))
        return len(tuned)

    def _fine_tuning(self, search: Problem) -> Pipeline:
        """The evaluator of the search, going on from its weights, with smaller steps."""
        flow, pipeline = self.settings.flow, search.evaluator
        assert isinstance(pipeline, Pipeline)  # noqa: S101 (check_flow)
        stage = pipeline.stages[-1]
        assert isinstance(stage, TrainedAccuracy)  # noqa: S101 (check_flow)
        recipe = {
            **stage.recipe,
            "epochs": flow.fine_tuning_epochs,
            "learning_rate": stage.recipe["learning_rate"] * flow.fine_tuning_rate,
            "noise_ramp": 0.0,  # the weights know variation already
        }
        tuned = replace(
            stage,
            recipe=recipe,
            inheritance=None,
            weights=str(self.path / SEARCH / FOLDER),
            keep_in=str(self.path / FINE_TUNING / FOLDER),
        )
        return replace(pipeline, stages=(*pipeline.stages[:-1], tuned))

    def _evaluated(
        self, stage: str, evaluator: Evaluator, designs: Sequence[Choices], seed_offset: int
    ) -> list[Evaluation]:
        """Evaluate designs in a stage's own store."""
        (self.path / stage).mkdir(exist_ok=True)
        seed = self.settings.seed + seed_offset
        with closing(EvaluationStore(self.path / stage / "evaluations.sqlite")) as store:
            service = EvaluationService(evaluator, store, seed, workers_of(self.settings))
            with closing(service):
                return service.evaluate_many(designs)

    def _judge(self, n_tuned: int, start: float) -> None:
        """Pick from the front, and measure front and picks on fresh chips."""
        self._say_stage("fresh chips")
        n_rnas = n_tuned if self._is_whole else 0
        candidates = candidates_of(self.path, n_rnas, self.pricing, self._space_of)
        judged = judged_front(self.settings, candidates, self.pricing, self._on_fresh_chips)
        self.directory.write_summary(
            judged.to_json()
            | {
                "flow": self.settings.flow.name,
                "candidates": [one.to_json() for one in candidates],
                "references": {o.metric: o.reference for o in self.problem.objectives},
                "efficiency_weights": dict(self.pricing.weights),
                "seed": self.settings.seed,
                "versions": versions(),
                "wall_s": time.monotonic() - start,
            }
        )
        self._report(judged, candidates)

    def _space_of(self, stage: str) -> SearchSpace:
        """What a stage chose from."""
        if not stage.startswith(RNAS):
            return space_of(search_settings(self.settings, self.path))
        rank = int(stage.removeprefix(f"{RNAS}-"))
        return space_of(rnas_settings(self.settings, self.path, rank))

    def _report(self, judged: Judged, candidates: Sequence[Candidate]) -> None:
        from agents.flow_report import front_table, picks_table, plot_flow  # noqa: PLC0415

        self.console.print(front_table(judged.front, self.pricing))
        self.console.print(picks_table(judged.picks))
        if self._is_whole:
            plot_flow(self.path, candidates, self.pricing)
        say(self.console, f"front, picks and figures: {self.path}")

    @property
    def _is_whole(self) -> bool:
        """Whether rNAS is part of it."""
        return self.settings.flow.name == "nacim"

    def _on_fresh_chips(self, chosen: Sequence[Candidate]) -> list[Candidate]:
        pipeline = self.problem.evaluator
        assert isinstance(pipeline, Pipeline)  # noqa: S101 (check_flow)
        fresh = FreshChips(pipeline, self.settings.flow.fresh_chips, self.path)
        designs = [{**one.choices, WEIGHTS: str(one.weights)} for one in chosen]
        found = self._evaluated(FRESH, fresh, designs, FRESH_SEED_OFFSET)
        return [
            replace(one, fresh=evaluation.metrics)
            for one, evaluation in zip(chosen, found, strict=True)
        ]


def _told(metrics: Mapping[str, float]) -> str:
    clean, varied = 100 * metrics.get("clean_accuracy", math.nan), 100 * metrics["accuracy"]
    return f"trained on: {clean:.2f} % on exact weights, {varied:.2f} % as it is judged"
