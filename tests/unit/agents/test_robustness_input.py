"""A run directory with broken files is told in one line."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.finished import check_design
from agents.robustness import main
from agents.rundir import RunDirectory
from agents.usage import UsageError, settings_from
from envs.space import Decision, SearchSpace, SumRule

DESIGN = {"reward": 1, "design": {"conv1.kernel": 3}}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a finished run leaves, with a design of a single choice."""
    monkeypatch.chdir(tmp_path)
    RunDirectory.create(settings_from(["run_dir=run"])).close()
    Path("run/summary.json").write_text(json.dumps({"best": DESIGN}))
    return Path("run")


def summary(content: Any) -> Callable[[Path], Any]:
    return lambda run: (run / "summary.json").write_text(json.dumps(content))


BROKEN: list[tuple[Callable[[Path], Any], str]] = [
    (lambda run: (run / "summary.json").write_text("{"), "run/summary.json cannot be read"),
    (lambda run: (run / "summary.json").write_bytes(b"\xff"), "run/summary.json cannot be read"),
    (summary([1]), "run/summary.json cannot be read"),
    (summary({}), "run/summary.json cannot be read"),
    (summary({"best": {}}), "run/summary.json cannot be read"),
    (summary({"best": 3}), "run/summary.json cannot be read"),
    (summary({"best": {"design": 3}}), "run/summary.json cannot be read"),
    (summary({"best": None}), "run: the search found no feasible design"),
    (lambda _: None, "its best design is none of this run's space: 'conv1.channels'"),
    (summary({"best": {"design": {"conv1.kernel": 9}}}), "conv1.kernel: no choice 9; there are: 1"),
    (lambda run: (run / "config.yaml").write_text("{{{"), "run/config.yaml cannot be read"),
    (lambda run: (run / "config.yaml").write_text("[]"), "run/config.yaml cannot be read"),
    (lambda run: (run / "config.yaml").write_text("env: 3"), "run/config.yaml: env: needs keys"),
    (lambda run: (run / "config.yaml").unlink(), "there is no run/config.yaml"),
]


@pytest.mark.parametrize(("damage", "message"), BROKEN)
def test_a_broken_file_is_one_line(
    damage: Callable[[Path], Any], message: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(run)
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert message in said
    assert said.count("\n") == 1


def test_choices_that_do_not_fit_together_are_no_design_of_a_run() -> None:
    bits = Decision("conv1.integer_bits", "quantization", (0, 1), 1)
    rule = SumRule("conv1.integer_bits", 1)
    space = SearchSpace((bits, replace(bits, name="conv1.fraction_bits", at_least=rule)))
    check_design({"conv1.integer_bits": 0, "conv1.fraction_bits": 1}, space, Path("run"))
    with pytest.raises(UsageError, match="its choices do not fit together"):
        check_design({"conv1.integer_bits": 0, "conv1.fraction_bits": 0}, space, Path("run"))
