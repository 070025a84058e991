"""``docs/tutorial.md``: its commands run, one after the other, and print what is shown.

Designs are not trained here (`env.evaluator=constant`), so that figures are other ones than on the
page: a number stands for any.
"""

import re
import shlex
from pathlib import Path

from commands import Commands
from pages import ROOT, is_told, shown

PAGE = ROOT / "docs" / "tutorial.md"
NUMBER = re.compile(r"\d+(\.\d+)?")
UNTRAINED = "env.evaluator=constant"


def test_the_commands_of_the_tutorial_run(commands: Commands, tmp_path: Path) -> None:
    every = shown(PAGE.read_text("utf-8"))
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


def test_what_the_tutorial_tells_of_a_run_directory_is_there(
    commands: Commands, tmp_path: Path
) -> None:
    text = PAGE.read_text("utf-8")
    rows = text[text.index("## The run directory") : text.index("## The report")]
    told = re.findall(r"^\| `([\w./]+)`", rows, re.MULTILINE)
    command = ["env=nacim", UNTRAINED, "search.budget=8", "run_dir=run"]
    assert commands.run("agents.train", *command, folder=tmp_path).returncode == 0
    found = {path.name + "/" * path.is_dir() for path in (tmp_path / "run").iterdir()}
    assert found - {".lock"} == set(told)


def module_of(command: str) -> str:
    python, dash_m, module, *_ = shlex.split(command)
    assert (python, dash_m) == ("python", "-m")
    return module


def arguments_of(command: str) -> list[str]:
    arguments = shlex.split(command)[3:]
    is_search = "env=nacim" in arguments and module_of(command) == "agents.train"
    return [*arguments, UNTRAINED] if is_search else arguments
