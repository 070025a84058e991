from pathlib import Path
from typing import Any

import pytest

from agents.resuming import keep_to_context
from agents.usage import UsageError
from configs import catalog
from envs import evaluators
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.evaluation import Evaluation
from envs.store import EvaluationStore

RUN = Path("a_run")


def taken_up(store: EvaluationStore, **changes: Any) -> None:
    keep_to_context(store, make_problem(settings_of("nacim", changes)), RUN)


@pytest.fixture
def store() -> EvaluationStore:
    """The store of a search that has begun."""
    begun = EvaluationStore()
    taken_up(begun)
    return begun


def test_a_search_goes_on_where_nothing_changed(store: EvaluationStore) -> None:
    taken_up(store)


def test_another_version_of_the_cost_model_is_refused(
    store: EvaluationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluators, "COST_VERSION", 0)
    with pytest.raises(UsageError, match=r"a_run was evaluated .* evaluator\.CimCost\.version is"):
        taken_up(store)


@pytest.mark.parametrize(
    ("group", "key"), [("device", "deviation_ratio"), ("technology", "feature_size_nm")]
)
def test_an_edited_data_file_is_refused(
    group: str, key: str, store: EvaluationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = catalog.read

    def edited(asked: str, name: str) -> dict[str, Any]:
        content = read(asked, name)
        return content | {key: 0.0625} if asked == group else content

    monkeypatch.setattr(catalog, "read", edited)
    with pytest.raises(UsageError, match=rf"{key} is \S+ there and 0\.0625 here; begin"):
        taken_up(store)


def test_another_space_is_refused(store: EvaluationStore) -> None:
    space = settings_of("nacim", {}).env.model_dump()["space"]
    space[0]["decisions"]["kernel"]["choices"].reverse()
    with pytest.raises(UsageError, match=r"space\.conv1\.kernel is .* begin a new run"):
        taken_up(store, space=space)


def test_other_references_are_refused(store: EvaluationStore) -> None:
    with pytest.raises(UsageError, match=r"references\.area_m2 is"):
        taken_up(store, reward={"references": {"area_m2": 1.0}})


def test_results_of_unknown_origin_are_refused() -> None:
    unknown = EvaluationStore()
    unknown.put("key", Evaluation({}, {}))
    with pytest.raises(UsageError, match="it does not say"):
        taken_up(unknown)
