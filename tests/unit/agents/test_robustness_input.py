"""A run directory with broken files is told in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.robustness import main
from agents.rundir import RunDirectory
from agents.usage import settings_from

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
