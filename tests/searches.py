"""What tests of agents that drive environments share: untrained searches, and their stores."""

import sqlite3
from contextlib import closing
from pathlib import Path

ENVS = {
    "toy": ("env=toy",),
    "ancoef": ("env=ancoef", "env.evaluator=constant"),
    "nacim": ("env=nacim", "env.evaluator=constant"),
}


def rows(run_dir: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the store of a run."""
    with closing(sqlite3.connect(run_dir / "evaluations.sqlite")) as store:
        return store.execute(query).fetchall()


def trajectory(run_dir: Path) -> list[tuple[object, ...]]:
    """All proposals in their order, with their rewards."""
    return rows(run_dir, "SELECT step, key, reward FROM visits ORDER BY step")


def proposed(run_dir: Path) -> list[tuple[object, ...]]:
    """Designs in their order, without their keys, which differ by seed whatever is proposed."""
    query = "SELECT choices FROM visits JOIN evaluations USING (key) ORDER BY step"
    return rows(run_dir, query)


def evaluated(run_dir: Path) -> list[tuple[object, ...]]:
    """All designs with their metrics."""
    return rows(run_dir, "SELECT key, metrics FROM evaluations ORDER BY key")
