"""What the figures of a user's own classes depend on: their files, and those that they import."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agents.shared import made_with_of
from agents.usage import settings_from
from envs.own_sources import UnknownSourceError, own_targets, source_digests

FILES = {
    "mine/__init__.py": "",
    "mine/model.py": "import torch\nfrom .parts import SIZE\nclass Model: pass\n",
    "mine/parts/__init__.py": "def size():\n    from mine.parts import deep\nSIZE = 3\n",
    "mine/parts/deep.py": "import own_helper\n",
    "own_helper.py": "from mine.model import Model\nLEAST = 1\n",
    "unused.py": "",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    for name in [*__import__("sys").modules]:
        if name.partition(".")[0] == "mine":
            monkeypatch.delitem(__import__("sys").modules, name)
    return tmp_path


@pytest.mark.parametrize("name", [one for one in FILES if one.endswith(".py")][1:])
def test_a_digest_is_another_with_any_file_that_is_imported(folder: Path, name: str) -> None:
    before = source_digests(["mine.model.Model"])
    assert source_digests(["mine.model.Model"]) == before
    path = folder / name
    path.write_text(path.read_text() + "# changed\n")
    assert (source_digests(["mine.model.Model"]) == before) is (name == "unused.py")


@pytest.mark.parametrize("target", ["math.sqrt", "nowhere_at_all.Class"])
def test_a_source_that_is_not_there_is_told(target: str) -> None:
    with pytest.raises(UnknownSourceError, match=target):
        source_digests([target])


def test_what_comes_with_us_has_a_version_and_no_digest() -> None:
    for env in ("toy", "nacim", "joint", "neuronas"):
        assert own_targets(settings_from([f"env={env}"])) == set()


def test_evaluators_of_ones_own_are_named_at_any_depth() -> None:
    typed = ["env=nacim", "env.evaluators.wear._target_=mine.model.Model"]
    assert own_targets(settings_from(typed)) == {"mine.model.Model"}
    typed.append("env.evaluators.wear.inner._target_=mine.parts.deep.Part")
    assert own_targets(settings_from(typed)) == {"mine.model.Model", "mine.parts.deep.Part"}


def test_an_operation_set_names_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_from(["env=neuronas"])
    names = ("skip", "conv3x3@0.5", "mine.ops.POOL@0.5")
    monkeypatch.setattr("envs.own_sources.operation_set", lambda _: names)
    assert own_targets(settings) == {"mine.ops.POOL"}


@pytest.mark.parametrize(
    ("context", "found"),
    [
        ({"TrainedAccuracy": {"torch_device": "cuda"}}, {"gpu": "Some GPU", "cuda": "12.4"}),
        ({"TrainedAccuracy": {"recipe": {}}}, {}),
    ],
)
def test_a_gpu_is_named_where_designs_are_trained_on_one(
    context: Mapping[str, Any], found: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "Some GPU")
    monkeypatch.setattr("torch.version.cuda", "12.4")
    evaluator: Any = SimpleNamespace(context=context)
    assert made_with_of(settings_from(["env=toy"]), evaluator) == found
