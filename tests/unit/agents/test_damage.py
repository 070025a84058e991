"""A damaged run either goes on to exactly the same result and says so, or is refused in a line."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch
from e2e_tools import summary, trajectory

from agents.evaluations import main as evaluations
from agents.report import main as report
from agents.rescue import main as rescue
from agents.train import main

SEARCH = ["env=toy", "search.budget=24"]
AGAIN = "with the 24 evaluations that are stored, to the same result"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run, that there is a copy of."""
    monkeypatch.chdir(tmp_path)
    assert main([*SEARCH, "run_dir=run"]) == 0
    shutil.copytree("run", "copy")
    return Path("run")


def checkpoint(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        content = torch.load(run / "checkpoint.pt", weights_only=True)
        change(content)
        torch.save(content, run / "checkpoint.pt")

    return damage


def asked(query: str) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        with closing(sqlite3.connect(run / "evaluations.sqlite")) as store, store:
            store.execute(query)

    return damage


def of_another_seed(run: Path) -> None:
    assert main([*SEARCH, "seed=1", "run_dir=other"]) == 0
    shutil.copy("other/checkpoint.pt", run)


MENDED: dict[str, Callable[[Path], Any]] = {
    "lost": lambda run: (run / "checkpoint.pt").unlink(),
    "no checkpoint at all": lambda run: (run / "checkpoint.pt").write_bytes(b"nonsense"),
    "cut": lambda run: (run / "checkpoint.pt").write_bytes(
        (run / "checkpoint.pt").read_bytes()[:999]
    ),
    "no dictionary": lambda run: torch.save([1, 2], run / "checkpoint.pt"),
    "a part is missing": checkpoint(lambda content: content.pop("n_stale")),
    "a part of the wrong type": checkpoint(lambda content: content.update(n_visits="many")),
    "an agent of another size": checkpoint(lambda content: content["agent"].update(policy={})),
    "of another search": of_another_seed,
    "visits are lost": asked("DELETE FROM visits WHERE step > 3"),
}


@pytest.mark.parametrize("damage", MENDED)
def test_what_the_store_makes_up_for_is_told(
    damage: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    MENDED[damage](run)
    capsys.readouterr()
    assert main(["resume=run", "search.budget=40"]) == 0
    assert AGAIN in capsys.readouterr().out
    assert main(["resume=copy", "search.budget=40"]) == 0
    assert AGAIN not in capsys.readouterr().out
    assert trajectory(run) == trajectory(Path("copy"))


def test_a_lost_evaluation_is_measured_again(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked("DELETE FROM evaluations WHERE key IN (SELECT key FROM visits WHERE step = 5)")(run)
    assert main(["resume=run"]) == 0
    assert "with the 23 evaluations that are stored" in capsys.readouterr().out
    assert trajectory(run) == trajectory(Path("copy"))


def malformed(run: Path) -> None:
    path = run / "evaluations.sqlite"
    content = bytearray(path.read_bytes())
    content[8192:] = b"\x7f" * (len(content) - 8192)
    path.write_bytes(content)


REFUSED: dict[str, Callable[[Path], Any]] = {
    "is empty, and": lambda run: (run / "evaluations.sqlite").write_bytes(b""),
    "no finite number": asked("UPDATE visits SET reward = 9e999, checksum = NULL WHERE step = 3"),
    "something else than was put there": asked("UPDATE visits SET reward = 0.5 WHERE step = 3"),
    "is missing, and with it every evaluation": lambda run: (run / "evaluations.sqlite").unlink(),
    "malformed": malformed,
    "no such column": asked("ALTER TABLE evaluations DROP COLUMN infeasible"),
}


@pytest.mark.parametrize("message", REFUSED)
def test_a_damaged_store_is_one_line(
    message: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    REFUSED[message](run)
    capsys.readouterr()
    assert main(["resume=run", "search.budget=40"]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("command", [main, report, evaluations])
def test_a_damaged_store_is_rescued_and_the_search_goes_on_to_the_same(
    command: Callable[[list[str]], int], run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = run / "evaluations.sqlite"
    store.write_bytes(b"\x7f" * 100 + store.read_bytes()[100:])
    typed = ["resume=run", "search.budget=40"] if command is main else ["run"]
    capsys.readouterr()
    assert command(typed) == 2
    told = capsys.readouterr().err
    assert told.endswith("; python -m agents.rescue run saves what can be read\n")
    assert told.count("\n") == 1
    assert rescue(["run"]) == 0
    assert "saved 24 evaluations" in capsys.readouterr().out
    assert rescue(["run"]) == 0
    assert capsys.readouterr().out == "run/evaluations.sqlite is sound\n"
    for one in ("run", "copy"):
        assert main([f"resume={one}", "search.budget=40"]) == 0
    assert trajectory(run) == trajectory(Path("copy"))


def test_evaluations_of_unknown_code_are_shown_and_no_search_goes_on(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked("UPDATE context SET content = replace(content, '1', '2')")(run)
    capsys.readouterr()
    assert rescue(["run"]) == 0
    told = capsys.readouterr().out
    assert "saved 24 evaluations and 25 visits" in told
    assert told.endswith("no search can go on with them. See them with:\n"
                         "  python -m agents.report run\n")  # fmt: skip
    assert report(["run"]) == 0
    assert main(["resume=run", "search.budget=40"]) == 2


UNSAVED: dict[str, Callable[[Path], Any]] = {
    "holds no store": Path.unlink,
    "run_dir: run holds no store": lambda store: store.write_bytes(b""),
    "run holds no": lambda store: shutil.rmtree(store.parent),
    "no evaluation can be read": lambda store: store.write_bytes(b"nonsense"),
}


@pytest.mark.parametrize("said", UNSAVED)
def test_what_cannot_be_rescued_is_one_line(
    said: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    UNSAVED[said](run / "evaluations.sqlite")
    capsys.readouterr()
    assert rescue(["run"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_a_run_in_brackets_is_rescued_by_its_name(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run.rename("[a] b")
    assert rescue(["[a] b"]) == 0
    assert capsys.readouterr().out.endswith("[a] b/evaluations.sqlite is sound\n")


def test_a_budget_that_is_spent_is_refused(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in run.glob("*.*")}
    capsys.readouterr()
    assert main(["resume=run", "search.budget=7"]) == 2
    assert capsys.readouterr().err == (
        "error: search.budget: 24 designs are searched already; needs at least 24, got 7\n"
    )
    assert {path: path.read_bytes() for path in run.glob("*.*")} == before
    assert summary(run)["evaluations"] == 24
