"""Whole searches that share a database: the same result, whatever it knows and wherever it is."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from postgres import PASSWORD, TYPED, Server

from agents.train import main as train
from agents.usage import settings_from
from envs import shared_store
from envs.own_sources import UnknownSourceError
from envs.sharing import Sharing

TOY = ["env=toy", "search.budget=24"]


def rows(run: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(run / "evaluations.sqlite")) as store:
        return store.execute(
            "SELECT step, key, choices, metrics, infeasible, reward FROM visits "
            "JOIN evaluations USING (key) ORDER BY step"
        ).fetchall()


def given(text: str) -> tuple[int, int]:
    """How many designs were taken and given, as told."""
    words = next(line for line in text.splitlines() if line.startswith("store ")).split()
    return int(words[words.index("designs") - 1]), int(words[words.index("given") - 1])


def test_a_search_is_the_same_whatever_the_team_knows(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train([*TOY, f"run_dir={tmp_path / 'alone'}"]) == 0
    assert train([*TOY, f"store={address}", f"run_dir={tmp_path / 'first'}"]) == 0
    assert given(capsys.readouterr().out) == (0, 24)
    assert train([*TOY, f"store={address}", f"run_dir={tmp_path / 'second'}"]) == 0
    assert given(capsys.readouterr().out) == (24, 0)
    wider = [*TOY, "agent=random", "search.budget=40", f"store={address}"]
    assert train([*wider, f"run_dir={tmp_path / 'other'}"]) == 0
    taken, made = given(capsys.readouterr().out)
    assert taken > 0  # of another agent's designs
    assert taken + made == 40
    assert rows(tmp_path / "alone") == rows(tmp_path / "first") == rows(tmp_path / "second")


def test_a_server_lost_in_mid_search_is_one_line_and_a_resume_ends_it(
    postgresql: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert train([*TOY, f"run_dir={tmp_path / 'whole'}"]) == 0
    monkeypatch.setattr(shared_store, "RETRY_S", 1.0)
    give = Sharing._give

    def give_five(sharing: Sharing, *what: Any) -> None:
        if sharing.n_given == 5:
            postgresql.stop()
        give(sharing, *what)

    monkeypatch.setattr(Sharing, "_give", give_five)
    postgresql.asked("DROP TABLE IF EXISTS coexplore_evaluations")
    run, typed = tmp_path / "run", f"store={postgresql.address()}"
    capsys.readouterr()
    assert train([*TOY, typed, f"run_dir={run}"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: store: postgresql+psycopg://tester@127.0.0.1:")
    assert told.endswith(f"every finished evaluation is saved: resume={run} goes on\n")
    assert told.count("\n") == 1
    with closing(sqlite3.connect(run / "evaluations.sqlite")) as store:
        assert store.execute("SELECT COUNT(*) FROM evaluations").fetchone() == (6,)
    assert train([f"resume={run}", typed]) == 2  # still away
    assert capsys.readouterr().err.count("\n") == 1
    postgresql.start()
    monkeypatch.setattr(Sharing, "_give", give)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)  # the run does not keep it
    assert train([f"resume={run}"]) == 0
    assert rows(run) == rows(tmp_path / "whole")


def test_a_search_goes_on_without_its_database(tmp_path: Path) -> None:
    team, run = tmp_path / "team.sqlite", tmp_path / "run"
    assert train([*TOY, f"store=sqlite:///{team}", f"run_dir={run}"]) == 0
    team.unlink()
    assert train([f"resume={run}", "store=null", "search.budget=30"]) == 0
    assert not team.exists()
    assert "store: null" in (run / "config.yaml").read_text()


def test_a_relative_file_is_found_again_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "run"
    assert train([*TOY, "store=sqlite:///team.sqlite", f"run_dir={run}"]) == 0
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert train([f"resume={run}", "search.budget=30"]) == 0
    assert not [*(tmp_path / "elsewhere").iterdir()]


EVALUATOR = """
from {helper} import FACTOR

class Mine:
    yields = ("mine",)
    version = 1

    def __call__(self, design, metrics):
        return {{"mine": FACTOR}}
"""


def test_nothing_is_taken_of_another_source_even_of_the_same_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"own_{tmp_path.name}".replace("-", "_")
    helper = tmp_path / f"{name}_helper.py"
    (tmp_path / f"{name}.py").write_text(EVALUATOR.format(helper=helper.stem))
    typed = ["env=nacim", "env.evaluator=constant", f"+env.evaluators.mine._target_={name}.Mine"]
    typed += ["agent=random", "search.budget=4", f"store=sqlite:///{tmp_path / 'team.sqlite'}"]
    found = []
    for i, factor in enumerate((1.0, 1.0, 2.0)):
        helper.write_text(f"FACTOR = {factor}\n")
        assert train([*typed, f"run_dir={tmp_path / str(i)}"]) == 0
        found.append(given(capsys.readouterr().out))
    assert found == [(0, 4), (4, 0), (0, 4)]


def test_nothing_is_shared_where_the_source_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown(_: object) -> None:
        raise UnknownSourceError("mine.Mine")

    monkeypatch.setattr("agents.shared.source_digests", unknown)
    team = f"store=sqlite:///{tmp_path / 'team.sqlite'}"
    assert train([*TOY, team, f"run_dir={tmp_path / 'run'}"]) == 0
    told = capsys.readouterr()
    assert "the source of 'mine.Mine' is unknown; nothing is shared" in told.err
    assert "store sqlite" not in told.out


def test_a_password_is_written_nowhere(
    postgresql: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = [*TOY, f"store={postgresql.address()}"]
    assert train([*typed, f"run_dir={tmp_path / 'run'}"]) == 0
    assert train([*typed, f"run_dir={tmp_path / 'run'}"]) == 2  # holds a run already
    assert train([*typed, "--cfg"]) == 0
    assert train([*typed, "agent.batch_size=no"]) == 2
    told = capsys.readouterr()
    assert "psycopg" not in repr(settings_from(typed))
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert len(files) > 5
    for text in (told.out, told.err, *(one.read_bytes().decode("latin-1") for one in files)):
        assert PASSWORD not in text
        assert TYPED not in text


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("mysql://me:secret@h/db", "store: no database called 'mysql'; needs postgresql+psycopg"),
        ("", "store: names no database"),
        ("sqlite:////nowhere/at/all.sqlite", "unable to open database file"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_line_and_leaves_nothing(
    address: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train([*TOY, f"store={address}", f"run_dir={tmp_path / 'run'}"]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "secret" not in told
    assert told.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_may_only_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team = tmp_path / "team.sqlite"
    assert train([*TOY, f"store=sqlite:///{team}", f"run_dir={tmp_path / 'run'}"]) == 0
    team.chmod(0o444)
    assert train([*TOY, f"store=sqlite:///{team}", f"run_dir={tmp_path / 'other'}"]) == 2
    assert "readonly" in capsys.readouterr().err
