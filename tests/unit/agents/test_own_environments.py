"""What an environment of a user's own may lack: told in one line that names its class."""

from pathlib import Path

import pytest

from agents.train import main

OWN = """
from dataclasses import dataclass
from envs.environment import Environment
from envs.settings import OwnEnvSettings
from envs.space import SearchSpace

BITS = {"bits": {"group": "quantization", "choices": [1, 2, 3], "given": 1}}
ALL = ("accuracy", "energy_j", "latency_s", "area_m2")

@dataclass(frozen=True)
class Meter:
    measured: tuple[str, ...]
    is_cheap = True
    context = {"meter": 1}
    def __call__(self, choices, seed):
        return dict.fromkeys(self.measured, 0.5)

class Telling(Meter):
    yields = property(lambda self: self.measured)

class Own(OwnEnvSettings):
    measured: tuple[str, ...] = ALL
    referred: tuple[str, ...] = ALL[1:]
    costs: tuple[str, ...] = ALL[1:]
    reference: float = 1.0
    meter: str = "Meter"
    def environment(self):
        blocks = [{"for_each": ["adder"], "decisions": BITS}]
        return Environment(
            name=self.name,
            space=lambda *_: SearchSpace.from_data(blocks),
            evaluator=lambda *_: globals()[self.meter](self.measured),
            references=lambda *_: dict.fromkeys(self.referred, self.reference),
            costs=self.costs,
        )

class Torn(Own):
    def environment(self):
        found = super().environment()
        object.__setattr__(found, "references", lambda *_: {}["x"])
        return found
"""
SHORT = "[accuracy,energy_j,latency_s]"
FEWER = "env.costs=[energy_j] env.referred=[energy_j] env.measured=[accuracy,energy_j]"
MISTAKES = {
    "Own env.referred=[energy_j,area_m2]": (
        "env._target_: '{}.Own': references lack latency_s, one of its costs"
    ),
    "Own env.referred=[]": (
        "env._target_: '{}.Own': references lack energy_j, latency_s, area_m2, costs of its"
    ),
    "Own env.reference=0": "env._target_: '{}.Own': the reference of energy_j needs to be a number"
    " above 0, got 0.0",
    "Torn": "env._target_: '{}.Torn' fails: KeyError: 'x'",
    f"Own env.measured={SHORT}": (
        "env._target_ '{}.Own': Meter returns no area_m2, which is to be judged; it returns: "
        "accuracy, energy_j, latency_s; "
    ),
    f"Own env.meter=Telling env.measured={SHORT}": (
        "env._target_: '{}.Own': Telling yields no area_m2, which is to be judged; it yields: "
        "accuracy, energy_j, latency_s"
    ),
    f"Own {FEWER}": "reward.weights.latency: this environment has no such cost",
}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name, new for each test, of a module where the user stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"{tmp_path.name}_own"
    Path(f"{name}.py").write_text(OWN)
    return name


def search(typed: str, module: str) -> int:
    kind, *given = typed.split()
    rest = ["agent=random", "search.budget=8", "run_dir=run"]
    return main([f"env._target_={module}.{kind}", *given, *rest])


@pytest.mark.parametrize("typed", MISTAKES)
def test_what_it_lacks_is_one_line(
    typed: str, module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert search(typed, module) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: " + MISTAKES[typed].format(module))
    assert told.count("\n") == 1


def test_a_cost_that_it_has_not_is_left_out_of_the_reward(module: str) -> None:
    without = "reward.weights.latency=0 reward.weights.area=0"
    assert search(f"Own {FEWER} {without}", module) == 0
    assert Path("run/summary.json").is_file()
