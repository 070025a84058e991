"""``docs/tutorial.md``: its commands run, one after the other, and print what is shown.

Designs are not trained there (`env.evaluator=constant`), so that figures are other ones than on the
page: a number stands for any. Figures are compared where that takes seconds, or is slow.
"""

import re
import shlex
from pathlib import Path

import pytest
from commands import Commands
from pages import ROOT, is_near, is_told, printed, shown

from agents.rundir import told_stopped

TEXT = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
NUMBER = re.compile(r"\d+(\.\d+)?")
UNTRAINED = "env.evaluator=constant"
SHARE = 0.05  # by which figures of another kind of processor may differ; here they are the same


def test_the_commands_of_the_tutorial_run(commands: Commands, tmp_path: Path) -> None:
    every = shown(TEXT)
    assert {module_of(command) for command, _ in every} == {
        "agents.train",
        "agents.report",
        "agents.bench",
    }
    for command, expected in every:
        ended = commands.run(module_of(command), *arguments_of(command), folder=tmp_path)
        assert ended.returncode == 0, ended.stderr
        told = NUMBER.sub("#", ended.stdout)
        assert not [one for one in expected if not is_told(NUMBER.sub("#", one), told)], told
        if module_of(command) == "agents.bench":
            below = printed(TEXT)[command]
            assert not [one for one in below if not is_near(one, ended.stdout, 0)], ended.stdout


def test_what_the_tutorial_tells_of_a_run_directory_is_there(
    commands: Commands, tmp_path: Path
) -> None:
    rows = TEXT[TEXT.index("## The run directory") : TEXT.index("## The report")]
    told = re.findall(r"^\| `([\w./]+)`", rows, re.MULTILINE)
    command = ["env=nacim", UNTRAINED, "search.budget=8", "run_dir=run"]
    assert commands.run("agents.train", *command, folder=tmp_path).returncode == 0
    found = {path.name + "/" * path.is_dir() for path in (tmp_path / "run").iterdir()}
    assert found - {".lock"} == set(told)


@pytest.mark.parametrize(
    "typed",
    ["constraints.area_m2=3e-6 search.budget=16 run_dir=runs/small"],  # trains one design
)
def test_figures_of_the_tutorial_are_what_a_search_prints(
    typed: str, commands: Commands, tmp_path: Path
) -> None:
    lines = printed(TEXT)[f"python -m agents.train env=nacim {typed}"]
    command = ["env=nacim", *typed.split()]
    ended = commands.run("agents.train", *command, folder=tmp_path, timeout_s=900)
    assert ended.returncode == 0, ended.stderr
    assert not [one for one in lines if not is_near(one, ended.stdout, SHARE)], ended.stdout


def test_what_an_interrupted_search_says_is_shown() -> None:
    (lines,) = (lines for one, lines in printed(TEXT).items() if "resume=" in one)
    said = told_stopped(Path("runs/rram"), "interrupted")
    assert lines == [line.strip() for line in said.splitlines()]


def test_every_block_of_text_is_held_to_something() -> None:
    n_lines = {command.split()[-1]: len(lines) for command, lines in printed(TEXT).items() if lines}
    assert n_lines == {
        "run_dir=runs/first": 12,
        "run_dir=runs/small": 4,
        "search.budget=20": 2,
        "run_dir=runs/bench": 4,
    }


@pytest.mark.parametrize(
    ("line", "is_so"),
    [
        ("reward │ 0.5", True),
        ("reward │ 0.51", True),
        ("reward │ 0.6", False),
        ("rewards │ 0.5", False),
        ("area_m2 │ 2e-06, ... of 7", True),
        ("area_m2 │ 2e-07, ... of 7", False),
        ("... of 8", False),
    ],
)
def test_a_line_is_near_with_its_words_and_about_its_numbers(line: str, *, is_so: bool) -> None:
    assert is_near(line, "│ reward   │ 0.5 │\n│ area_m2 │ 2.02e-06, or 1 of 7 │", SHARE) is is_so


def module_of(command: str) -> str:
    python, dash_m, module, *_ = shlex.split(command)
    assert (python, dash_m) == ("python", "-m")
    return module


def arguments_of(command: str) -> list[str]:
    arguments = shlex.split(command)[3:]
    is_search = "env=nacim" in arguments and module_of(command) == "agents.train"
    return [*arguments, UNTRAINED] if is_search else arguments
