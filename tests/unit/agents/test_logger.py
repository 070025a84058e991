"""Searches logged to MLflow, read back by its own client."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agents.base import AgentError
from agents.logger import MlflowObserver, flat
from agents.random_search import RandomSearch
from agents.train import main as train
from agents.usage import UsageError, settings_from

TOY = ["env=toy", "agent=random", "agent.batch_size=8", "logger=mlflow"]


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What MLflow takes seconds to make, migration by migration."""
    pytest.importorskip("mlflow", reason="coexplore[mlflow] is not installed")
    path = tmp_path_factory.mktemp("mlflow") / "empty.db"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        from mlflow import MlflowClient  # noqa: PLC0415 (an extra)

        MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def client(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of a tracking store of the test's own."""
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.chdir(tmp_path)  # where it puts files
    from mlflow import MlflowClient  # noqa: PLC0415 (an extra)

    return MlflowClient()


def the_run(client: Any) -> Any:
    experiment = client.get_experiment_by_name("coexplore")
    (run,) = client.search_runs([experiment.experiment_id])
    return run


def steps(client: Any, run: Any, name: str) -> list[int]:
    return [one.step for one in client.get_metric_history(run.info.run_id, name)]


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_search_is_read_back_and_a_resume_goes_on_with_its_run(
    client: Any, tmp_path: Path
) -> None:
    assert train([*TOY, "search.budget=16", f"run_dir={tmp_path / 'run'}"]) == 0
    run = the_run(client)
    assert (run.info.run_name, run.info.status) == ("run", "FINISHED")
    assert run.data.params["agent.name"] == "random"
    assert "search.budget" not in run.data.params  # which could not be changed
    assert run.data.tags["search.budget"] == "16"
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert run.data.metrics["hypervolume"] == pytest.approx(summary["hypervolume"])
    assert run.data.metrics["best_reward"] == pytest.approx(summary["best"]["reward"])
    assert run.data.metrics["best.accuracy"] == summary["best"]["metrics"]["accuracy"]
    assert steps(client, run, "reward") == [*range(summary["proposals"])]
    files = {one.path for one in client.list_artifacts(run.info.run_id)}
    assert {"summary.json", "config.yaml", "pareto.csv", "front.png"} <= files
    assert list((tmp_path / "run" / "tensorboard").iterdir())  # always
    assert train([f"resume={tmp_path / 'run'}", "search.budget=24"]) == 0
    more = json.loads((tmp_path / "run" / "summary.json").read_text())["proposals"]
    assert more > summary["proposals"]
    run = the_run(client)
    assert steps(client, run, "reward") == [*range(more)]
    assert run.data.tags["search.budget"] == "24"
    assert run.data.params["agent.name"] == "random"


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_search_that_fails_is_failed_and_one_that_goes_on_gets_no_end(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen_and_failed(agent: RandomSearch, n: int) -> Any:
        found.append(the_run(client).info)
        if len(found) == 1:
            return ask(agent, n)
        raise AgentError("no more")

    ask, found = RandomSearch.ask, list[Any]()
    monkeypatch.setattr(RandomSearch, "ask", seen_and_failed)
    run = tmp_path / "run"
    assert train([*TOY, "search.budget=16", f"run_dir={run}"]) == 2
    ended = the_run(client).info
    assert ended.status == "FAILED"
    assert train([f"resume={run}"]) == 2
    assert [one.status for one in found] == ["RUNNING"] * 3
    assert found[2].end_time in (None, ended.end_time)
    store = MlflowObserver(settings_from(TOY), run)
    assert the_run(client).info.status == "RUNNING"
    store.stop("KILLED")
    assert the_run(client).info.status == "KILLED"


def test_only_a_run_that_is_not_there_is_begun_anew(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 (an extra)
    from mlflow.protos.databricks_pb2 import INTERNAL_ERROR  # noqa: PLC0415 (likewise)

    (tmp_path / "mlflow_run").write_text("0" * 32)
    MlflowObserver(settings_from(TOY), tmp_path)
    assert (tmp_path / "mlflow_run").read_text() == f"{the_run(client).info.run_id}\n"

    def fail(*_: Any, **__: Any) -> None:
        raise MlflowException("down for a moment", INTERNAL_ERROR)

    monkeypatch.setattr("mlflow.MlflowClient.update_run", fail)
    with pytest.raises(UsageError, match="down for a moment"):
        MlflowObserver(settings_from(TOY), tmp_path)


def test_a_server_that_is_not_there_is_one_line(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    del client
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:1")
    assert train([*TOY, f"run_dir={tmp_path / 'run'}"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: logger=mlflow: ")
    assert told.count("\n") == 1
    assert "secret" not in told
    assert not (tmp_path / "run").exists()


def test_a_missing_package_is_told_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("agents.logger.find_spec", lambda _: None)
    assert train([*TOY, f"run_dir={tmp_path / 'run'}"]) == 2
    told = capsys.readouterr().err
    assert told == (
        "error: logger=mlflow: the package mlflow is missing; pip install 'coexplore[mlflow]'\n"
    )
    assert not [*tmp_path.iterdir()]


def test_nested_settings_are_named_by_their_groups() -> None:
    assert flat({"a": {"b": 1, "c": {"d": None}}, "e": [1, 2]}) == {
        "a.b": 1, "a.c.d": None, "e": [1, 2],
    }  # fmt: skip
