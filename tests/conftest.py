"""Fixtures of several folders."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import Server, missing, server


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server of a file's own."""
    if (why := missing()) is not None:
        pytest.skip(why)
    with server() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, in a file and in a server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'team.sqlite'}"
    started: Server = request.getfixturevalue("postgresql")
    return started.new_database()
