"""The how-to page on traces: its commands print what it says they do."""

import shlex
from pathlib import Path

import numpy as np
import pytest

from async_sim.report.bisect import bisect_command
from async_sim.report.command import run_command
from async_sim.report.replay import replay_command

PAGE = Path(__file__).parents[3] / "docs" / "noc_traces.md"
COMMANDS = {"run": run_command, "replay": replay_command, "bisect": bisect_command}
FIRST = "python -m async_sim.run workload=s2048 out=turns"


def session() -> list[tuple[str, str]]:
    """Commands of the page in order, each with what it prints there."""
    blocks = PAGE.read_text("utf-8").split("```")[1::2]
    found: list[tuple[str, str]] = []
    for line in "".join(blocks).splitlines():
        if line.startswith(("$ ", FIRST)):
            found.append((line.removeprefix("$ "), ""))
        elif line and found:
            command, output = found.pop()
            found.append((command, f"{output}{line}\n"))
    return found


def test_the_page_tells_what_its_commands_print(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = session()
    assert [command.split()[2] for command, _ in told] == [
        f"async_sim.{name}" for name in ("run", "replay", "run", "bisect", "bisect")
    ]
    for command, expected in told:
        _, _, module, *arguments = shlex.split(command)
        COMMANDS[module.removeprefix("async_sim.")](arguments)
        printed = capsys.readouterr().out
        if expected:
            assert printed == expected
    text = PAGE.read_text("utf-8")
    for path in (tmp_path / "turns").iterdir():
        assert f"`{path.name}`" in text or path.stem == "report"
    for name in np.load(tmp_path / "turns" / "statistics.npz").files:
        assert f"`{name}`" in text
