"""Agents, environments and YAML of a user's own: what works, and each mistake as one line."""

import os
from pathlib import Path

import pytest

from agents.making import make_searcher
from agents.overrides import own_configs
from agents.random_search import RandomSettings
from agents.train import main
from agents.usage import UsageError, settings_from, validated, without_search
from configs import catalog
from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.store import digest

OWN = """
from agents.base import AgentSettings, BatchSize
from agents.random_search import RandomSearch
from envs.settings import OwnEnvSettings

class Drawing(AgentSettings):
    batch_size: BatchSize = 4
    def make(self, problem, seed):
        return RandomSearch(problem.space, self.batch_size, seed)

class Deaf(Drawing):
    def make(self, problem, seed):
        class Mute:
            batch_size, ask, state_dict, load_state_dict = 1, 1, 1, 1
        return Mute()

class Failing(Drawing):
    def make(self, problem, seed):
        return 1 / 0

class Scripted(RandomSearch):
    def __init__(self, slip, *given):
        super().__init__(*given)
        self.slip = slip

    def ask(self, n):
        wrong = {"indices": [(99,)] * n, "names": [{"a": 1}] * n}
        return 1 / 0 if self.slip == "ask" else wrong.get(self.slip) or super().ask(n)

    def tell(self, proposals, rewards):
        if self.slip == "tell":
            1 / 0
        return None if self.slip == "nothing" else super().tell(proposals, rewards)

    def state_dict(self):
        return {"f": lambda: 0} if self.slip == "state" else super().state_dict()

class Slipping(Drawing):
    slip: str
    def make(self, problem, seed):
        return Scripted(self.slip, problem.space, self.batch_size, seed)

class Unfinished(AgentSettings):
    batch_size: BatchSize = 4

class Nowhere(OwnEnvSettings):
    def environment(self):
        return 'nowhere'

class Torn(OwnEnvSettings):
    def environment(self):
        return 1 / 0

number = 3
"""
MISTAKES = {
    "agent._target_={}.Drawing agent.batch_size=0": "agent.batch_size: needs at least 1, got 0",
    "agent._target_={}.Drawing agent.batch_siz=3": (
        "agent.batch_siz: no such key; did you mean 'batch_size'?"
    ),
    "agent._target_={}.Missing": "agent._target_: cannot import '{}.Missing': AttributeError",
    "agent._target_=missing.Missing": "agent._target_: cannot import 'missing.Missing': Module",
    "agent._target_=Missing": "agent._target_: needs a path such as my_module.MyClass",
    "agent._target_={}.number": "agent._target_: '{}.number' is not derived from agents.base.A",
    "agent._target_={}.Nowhere": "agent._target_: '{}.Nowhere' is not derived from agents.base.A",
    "agent._target_={}.Unfinished": "agent._target_: '{}.Unfinished' lacks the method 'make'",
    "agent._target_={}.Failing": "agent._target_: '{}.Failing' makes no agent: ZeroDivision",
    "agent._target_={}.Deaf": "agent: Mute lacks tell, which every agent has",
    "env._target_={}.Drawing": "env._target_: '{}.Drawing' is not derived from envs.settings.Own",
    "env._target_={}.Nowhere": "env._target_: '{}.Nowhere': environment() must return an envs.env",
    "env._target_={}.Torn": "env._target_: '{}.Torn' fails: ZeroDivisionError",
    "--config-dir mine agent=drawi": "no agent called 'drawi'; did you mean 'drawing'?",
    "--config-dir mine agent=aimless": "agent._target_: is missing: aimless.yaml names no class",
    "--config-dir mine env=classless": (
        "env.name: classless.yaml names no class: _target_ is missing, such as my_module.MyClass"
    ),
    "--config-dir mine env=nameless": (
        "env.name: is missing, and so is _target_, the path of a class of your own"
    ),
    "--config-dir mine env=other": (
        "env.name: no env called 'qqq'; there are: nacim, neuronas, ancoef, coexplore, joint, toy; "
        "env._target_ names a class of your own"
    ),
    "--config-dir mine agent=nameless": (
        "agent.name: is missing, and so is _target_, the path of a class of your own"
    ),
    "--config-dir mine reward=classless": (
        "reward.name: classless.yaml names no class: _target_ is missing, such as my_module.MyClass"
    ),
    "--config-dir mine reward=nameless": (
        "reward.name: is missing, and so is _target_, the path of a class of your own"
    ),
    "--config-dir mine/agent": (
        "--config-dir: {cwd}/mine/agent/aimless.yaml: lies in no folder of a group; name the "
        "folder above, {cwd}/mine"
    ),
    "agent._target_={}.Deaff": (
        "agent._target_: cannot import '{0}.Deaff': AttributeError: module '{0}' has no attribute "
        "'Deaff'; did you mean 'Deaf'?"
    ),
    "agent._target_={}x.Drawing": (
        "agent._target_: cannot import '{0}x.Drawing': ModuleNotFoundError: No module named '{0}x';"
        " did you mean '{0}'?"
    ),
    "agent._target_=agents.random_serch.RandomSettings": (
        "agent._target_: cannot import 'agents.random_serch.RandomSettings': ModuleNotFoundError: "
        "No module named 'agents.random_serch'; did you mean 'agents.random_search'?"
    ),
    "--config-dir=nowhere": "--config-dir: {cwd}/nowhere is no folder",
    "--config-dir": "--config-dir: names no folder",
    "--config-dir twice": "--config-dir: {cwd}/twice/agent/random.yaml: configs/agent has 'random'",
    "--config-dir slip": "--config-dir: {cwd}/slip/agents/x.yaml: no group called 'agents'; did",
}


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name, new for each test, of a module where the user stands; and folders of YAML."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"{tmp_path.name}_own"
    Path(f"{name}.py").write_text(OWN)
    files = {
        "mine/agent/drawing": f"_target_: {name}.Drawing\nname: drawing\nbatch_size: 2\n",
        "mine/agent/aimless": "name: aimless\n",
        "mine/agent/nameless": "batch_size: 2\n",
        "mine/env/classless": "name: classless\n",
        "mine/env/nameless": "evaluator: real\n",
        "mine/env/other": "name: qqq\n",
        "mine/reward/classless": "name: classless\n",
        "mine/reward/nameless": "beta: 0.5\n",
        "mine/device/quick_1b": (catalog.ROOT / "device/rram_1b_neurosim_2019.yaml").read_text(),
        "twice/agent/random": "name: random\n",
        "slip/agents/x": "name: x\n",
    }
    for path, content in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(f"{path}.yaml").write_text(content)
    return name


@pytest.mark.parametrize("typed", MISTAKES)
def test_a_mistake_is_one_line(
    typed: str, module: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = [] if "env." in typed or "env=" in typed else ["env=toy"]
    assert main([*env, "search.budget=8", *typed.format(module).split()]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: " + MISTAKES[typed].format(module, cwd=tmp_path))
    assert told.count("\n") == 1


def test_settings_of_ones_own_survive_being_saved(module: str) -> None:
    settings = settings_from(["env=toy", f"agent._target_={module}.Drawing"])
    plain = settings.model_dump(mode="json", by_alias=True)
    assert plain["agent"] == {
        "_target_": f"{module}.Drawing",
        "name": "Drawing",
        "batch_size": 4,
    }
    assert validated(plain) == settings


def test_ours_are_saved_by_name_alone() -> None:
    settings = settings_from(["env=toy", "agent=random"])
    assert settings.agent.model_dump(by_alias=True) == {"name": "random", "batch_size": 8}
    assert isinstance(settings.agent, RandomSettings)


@pytest.mark.parametrize("name", catalog.names("agent"))
def test_every_agent_of_ours_is_found_by_its_name(name: str) -> None:
    content = catalog.read("agent", name)
    assert content["_target_"] == catalog.read("agent", content["name"])["_target_"]


def test_a_folder_of_ones_own_lasts_as_long_as_the_command() -> None:
    before = os.environ.get(catalog.OWN)
    with own_configs("mine"):
        settings = settings_from(["env=toy", "agent=drawing"])
        assert make_searcher(settings, make_problem(settings)).batch_size == 2  # type: ignore[union-attr]
        assert "quick_1b" in catalog.names("device")
        assert settings_of("nacim", {"hardware": {"device": "quick_1b"}})
    assert os.environ.get(catalog.OWN) == before
    with pytest.raises(UsageError, match="no agent called 'drawing'"):
        settings_from(["env=toy", "agent=drawing"])


def test_options_that_are_off_change_no_digest_of_runs_from_before_them() -> None:
    plain = without_search(settings_from(["env=nacim"]).model_dump(mode="json", by_alias=True))
    assert digest(plain).startswith("d11593b9")  # of a run of November 2026


def test_a_folder_of_any_name_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "it's, a(b) [c]"
    (folder / "agent").mkdir(parents=True)
    content = "_target_: agents.random_search.RandomSettings\nname: random\nbatch_size: 3\n"
    (folder / "agent" / "thrice.yaml").write_text(content)
    monkeypatch.setenv(catalog.OWN, str(folder))
    assert settings_from(["env=toy", "agent=thrice"]).agent.model_dump()["batch_size"] == 3


def test_a_name_is_part_of_no_other_path() -> None:
    with pytest.raises(UsageError, match=r"agent\.name"):
        settings_from(["env=toy", "agent=random", "agent.name=../../x"])


@pytest.mark.parametrize(
    ("group", "content", "typed"),
    [
        ("agent", "a: [1", "agent=own"),
        ("reward", "a: [1", "reward=own"),
        ("env", "a: [1", "env=own"),
        ("env", "", "env=own"),
        ("experiment", "a: [1", "experiment=own"),
        ("experiment", "", "experiment=own"),
        ("experiment", "defaults: [{override /env: nacm}]", "experiment=own"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    group: str,
    content: str,
    typed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / group).mkdir()
    (tmp_path / group / "own.yaml").write_text(content)
    monkeypatch.setenv(catalog.OWN, str(tmp_path))
    assert main([*(["env=toy"] if group != "env" else []), typed]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert told.count("\n") == 1


@pytest.mark.parametrize("slip", ["ask", "indices", "names", "state", "tell"])
def test_an_agent_of_ones_own_that_fails_in_a_search_is_one_line(
    slip: str, module: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = [f"agent._target_={module}.Slipping", f"agent.slip={slip}", "search.budget=8"]
    assert main(["env=toy", *own, f"run_dir={tmp_path / 'run'}"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: agent._target_ '{module}.Slipping' fails: ")
    assert told.count("\n") == 1
    is_begun = slip in ("state", "tell")  # the others come before the first evaluation
    assert ("every finished evaluation is saved" in told) == is_begun
    assert (tmp_path / "run" / "evaluations.sqlite").exists() == is_begun


@pytest.mark.parametrize("typed", ["Failing", "Deaf", "Slipping agent.slip=ask"])
@pytest.mark.parametrize("place", ["", "run_dir=a/b", "run_dir=empty"])
def test_an_agent_that_is_refused_leaves_nothing(
    typed: str, place: str, module: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    assert main([f"agent._target_={module}.Missing", "env=toy"]) == 2  # which imports the module
    before = sorted(tmp_path.rglob("*"))
    own = f"agent._target_={module}.{typed} {place}".split()
    assert main(["env=toy", *own, "search.budget=8"]) == 2
    assert sorted(tmp_path.rglob("*")) == before


def test_an_agent_that_tells_no_curves_searches_on(module: str, tmp_path: Path) -> None:
    own = [f"agent._target_={module}.Slipping", "agent.slip=nothing", "search.budget=8"]
    assert main(["env=toy", *own, f"run_dir={tmp_path / 'run'}"]) == 0
