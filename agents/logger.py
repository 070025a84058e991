"""MLflow as a second place for the curves of a search, beside TensorBoard."""

import logging
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.loop import SearchState
from agents.settings import RunSettings
from agents.usage import UsageError, problem_of_run
from configs.whole_file import replace_text
from envs.evaluation import Evaluation

if TYPE_CHECKING:
    from mlflow import MlflowClient

NOTE = "mlflow_run"  # file of a run directory: the run of MLflow that a resume goes on with
ASKED = {  # of MLflow, unless the user says otherwise: it waits for minutes, and tells its makers
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "8",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
ARTIFACTS = ("summary.json", "config.yaml", "pareto.csv", "front.png", "rewards.png")
AT_ONCE = 100  # parameters in one call; a server takes no more
LONGEST = 500  # letters of a value


def check_logger(settings: RunSettings) -> None:
    """Find out now whether MLflow can be used, if it is wanted.

    Raises:
        UsageError: With the reason.
    """
    if settings.logger != "mlflow":
        return
    if find_spec("mlflow") is None:
        raise UsageError(
            "logger=mlflow: the package mlflow is missing; pip install 'coexplore[mlflow]'"
        )
    with _told():
        _client()


def logger_of(settings: RunSettings, directory: Path) -> "MlflowObserver | None":
    """The logger that the settings name besides TensorBoard, if they do.

    Raises:
        UsageError: If it cannot be used.
    """
    return MlflowObserver(settings, directory) if settings.logger == "mlflow" else None


class MlflowObserver:
    """Writes the settings, the rewards, the hypervolume and what the run leaves behind to MLflow.

    A search does not end because its log does: that is one warning. A resume goes on with the run
    of MLflow that was begun, and writes no point twice.

    Raises:
        UsageError: If MLflow cannot be used from the start.
    """

    def __init__(self, settings: RunSettings, directory: Path) -> None:
        self._directory = directory
        self._is_lost = False
        self._is_finished = False
        with _told():
            self._client = _client()
            self._run = self._taken_up() or self._begun(settings)
            self._log_changeable(settings)
            known = self._client.get_metric_history(self._run, "reward")
        self._n_written = max((one.step + 1 for one in known), default=0)

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """Wait for the batch, whose order is fixed."""

    def on_batch(self, state: SearchState, curves: dict[str, float]) -> None:
        """Write one point for each new proposal, and one for the batch at its last."""
        rewards = [*enumerate(reward for _, reward in state.visits)][self._n_written :]
        if not rewards:
            return
        values = curves | {"hypervolume": state.archive.hypervolume()}
        if state.best is not None:
            values |= {"best_reward": state.best[0]}
        values |= {"evaluations": len(state.seen)}
        last = len(state.visits) - 1
        points = [("reward", reward, step) for step, reward in rewards]
        self._n_written = len(state.visits)
        self._try(
            lambda: self._log([*points, *((name, one, last) for name, one in values.items())])
        )

    def finish(self, best: Mapping[str, float]) -> None:
        """Write the metrics of the best design and the files of the run, and finish it."""
        paths = [path for name in ARTIFACTS if (path := self._directory / name).is_file()]
        self._try(lambda: self._log([(f"best.{name}", one, 0) for name, one in best.items()]))
        for path in paths:
            self._try(lambda path=path: self._client.log_artifact(self._run, str(path)))  # type: ignore[misc]
        self._is_finished = True
        self._try(lambda: self._client.set_terminated(self._run, "FINISHED"))

    def stop(self, status: str) -> None:
        """Tell that the search was stopped before its end (``KILLED``), or failed (``FAILED``)."""
        if not self._is_finished:
            self._try(lambda: self._client.set_terminated(self._run, status))

    def _taken_up(self) -> str | None:
        """The run of MLflow that was begun before, if it is still there."""
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 (an extra)

        path = self._directory / NOTE
        if not path.is_file():
            return None
        run: str = path.read_text("utf-8").strip()
        try:
            self._client.update_run(run, status="RUNNING")
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None  # another tracking store than then
            raise
        return run

    def _begun(self, settings: RunSettings) -> str:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "coexplore")
        found = self._client.get_experiment_by_name(name)
        experiment = found.experiment_id if found else self._client.create_experiment(name)
        run = self._client.create_run(experiment, run_name=self._directory.name)
        self._log_parameters(run.info.run_id, settings)
        replace_text(self._directory / NOTE, f"{run.info.run_id}\n")
        return str(run.info.run_id)

    def _log_parameters(self, run: str, settings: RunSettings) -> None:
        from mlflow.entities import Param  # noqa: PLC0415 (an extra)

        kept, _ = kept_and_changeable(settings)
        parameters = [Param(_named(key), str(value)[:LONGEST]) for key, value in kept.items()]
        for i in range(0, len(parameters), AT_ONCE):
            self._client.log_batch(run, params=parameters[i : i + AT_ONCE])

    def _log_changeable(self, settings: RunSettings) -> None:
        """Tell what a resume may change as tags, which can be written again."""
        from mlflow.entities import RunTag  # noqa: PLC0415 (an extra)

        _, changeable = kept_and_changeable(settings)
        tags = [RunTag(_named(key), str(value)[:LONGEST]) for key, value in changeable.items()]
        self._client.log_batch(self._run, tags=tags)

    def _log(self, points: Sequence[tuple[str, float, int]]) -> None:
        from mlflow.entities import Metric  # noqa: PLC0415 (an extra)

        now = time.time_ns() // 1_000_000
        metrics = [Metric(_named(name), float(value), now, step) for name, value, step in points]
        for i in range(0, len(metrics), AT_ONCE):
            self._client.log_batch(self._run, metrics=metrics[i : i + AT_ONCE])

    def _try(self, work: Callable[[], object]) -> None:
        if self._is_lost:
            return
        try:
            work()
        except Exception as error:  # noqa: BLE001 (whatever its back ends raise)
            self._is_lost = True
            sys.stderr.write(f"warning: logger=mlflow: {_line(error)}; it gets nothing more\n")


def kept_and_changeable(settings: RunSettings) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings as ``group.key``: those that a run keeps, and those that a resume may change."""
    plain = settings.model_dump(mode="json", by_alias=True)
    kept = flat(problem_of_run(plain))
    return kept, {key: value for key, value in flat(plain).items() if key not in kept}


def flat(plain: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Nested settings as ``group.key``."""
    found: dict[str, Any] = {}
    for key, value in plain.items():
        name = f"{above}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return found


def _named(key: str) -> str:
    """A name as MLflow takes it."""
    return re.sub(r"[^\w\-. :/]", "_", key)


def _client() -> "MlflowClient":
    for name, value in ASKED.items():
        os.environ.setdefault(name, value)
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it says of its own packages helps nobody here
        from mlflow import MlflowClient  # noqa: PLC0415 (an extra, and slow)

        logging.getLogger("mlflow").setLevel(logging.WARNING)  # importing it has set another
        client = MlflowClient()
        client.search_experiments(max_results=1)  # makes the tables of a new store
        return client


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except UsageError:
        raise
    except Exception as error:  # whatever its back ends raise
        raise UsageError(f"logger=mlflow: {_line(error)}") from error


def _line(error: Exception) -> str:
    """What went wrong, in one line, without a password that an address may hold."""
    lines = (one.strip() for one in str(error).splitlines())
    told = next((one for one in lines if one), type(error).__name__)
    return re.sub(r"//[^/@\s]*@", "//***@", told)
