"""Run directories under any name, and the command that continues them."""

import shlex
from pathlib import Path

import pytest
import yaml
from e2e_tools import summary

from agents.rundir import how_to_continue
from agents.train import main

NAMES = [
    "a,b",
    "a (copy)",
    "${foo}",
    "it's",
    "[red]x",
    "{a: 1}",
    "[1, 2]",
    "a=b",
    "ä",
    "1",
    "$HOME",
]
REFUSED = {
    "run_dir=": "run_dir: names no directory",
    "run_dir=  ": "run_dir: names no directory",
    "resume=": "resume: names no directory",
    "run_dir=a\udc80": "run_dir: cannot be written in UTF-8: 'a\\udc80'",
    "run_dir=" + "x" * 300: "File name too long",
    "resume=" + "x" * 300: "File name too long",
    "hydra.run.dir=x": "hydra.run.dir: no settings of Hydra itself",
    "++hydra.run.dir=x": "hydra.run.dir: no settings of Hydra itself",
    "hydra/launcher=x": "hydra/launcher: no settings of Hydra itself",
    "seed=1,2": "seed=1,2: needs one value",
    "agent.name=random": "agent.name: is chosen by agent=random",
    "env@x=toy": "'env@x=toy' is not of the form key=value",
    "reward.beta=${foo}": "reward.beta: Interpolation key 'foo' not found",
    "~reward=nacim": "'~reward=nacim' is not of the form key=value",
}
BROKEN = [b"{{{", b"[1]", b"", b"[" * 5000, b"env: 3", b"\x00", "ü".encode("latin1")]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_a_path_is_taken_as_it_is_typed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env=toy", "search.budget=8", f"run_dir={name}"]) == 0
    assert f"run directory: {name}\n" in capsys.readouterr().out
    pasted = shlex.split(how_to_continue(Path(name)))
    assert pasted[:3] == ["python", "-m", "agents.train"]
    assert main([*pasted[3:], "search.budget=9"]) == 0
    assert summary(Path(name))["evaluations"] == 9
    assert [path.name for path in Path().iterdir()] == [name]


def test_null_is_the_default() -> None:
    assert main(["env=toy", "search.budget=8", "run_dir=null", "resume=null"]) == 0
    assert [path.name for path in Path().iterdir()] == ["runs"]


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_no_path_is_refused(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env=toy", typed]) == 2
    said = capsys.readouterr().err
    assert REFUSED[typed] in said
    assert said.count("\n") == 1
    assert not list(Path().iterdir())


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_configuration_is_one_line(
    content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("run").mkdir()
    Path("run/config.yaml").write_bytes(content)
    for typed in ("run_dir=run", "resume=run"):
        assert main(["env=toy", typed]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"error: {typed.partition('=')[0]}: run/config.yaml")
        assert said.count("\n") == 1
    assert Path("run/config.yaml").read_bytes() == content


def test_a_run_of_the_same_configuration_is_told_how_to_go_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["env=toy", "search.budget=8", "run_dir=a b"]) == 0
    capsys.readouterr()
    assert main(["env=toy", "search.budget=8", "run_dir=a b"]) == 2
    assert "'resume=a b' continues it" in capsys.readouterr().err
    assert yaml.safe_load(Path("a b/config.yaml").read_text())["run_dir"] == "a b"
