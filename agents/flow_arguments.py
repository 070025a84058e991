"""What a table that runs flows is told: ``key=value``, but for the keys that it chooses itself."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

from agents.rundir import RUNS
from agents.usage import UsageError
from configs import catalog
from envs.store import digest

HASH_LENGTH = 8
CHOSEN = ("experiment", "env", "resume", "flow.name")  # by every such table


def typed_values(
    arguments: Sequence[str], table: str, chosen: Sequence[str], why: str
) -> dict[str, str]:
    """The arguments by key; of a key that is typed twice the last, as everywhere.

    Args:
        chosen: Keys, or patterns of keys, that this table chooses besides.
        why: What the message says of them.

    Raises:
        UsageError: If one of them is chosen by the table.
    """
    typed = {}
    for argument in arguments:
        key, _, value = argument.partition("=")
        key = key.lstrip("+")
        if any(fnmatch(key, pattern) for pattern in (*CHOSEN, *chosen)):
            raise UsageError(f"{key}: is chosen by {table}; {why}")
        typed[key] = value
    return typed


def own_values(arguments: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The arguments by key, of a table that takes no settings of a search.

    Args:
        known: Keys, and the values of each; none where any will do.

    Raises:
        UsageError: If a key or a value is another.
    """
    typed = dict(one.lstrip("+").partition("=")[::2] for one in arguments)
    for key, value in typed.items():
        if key not in known:
            raise UsageError(f"{key}: no such key; {catalog.suggestion(key, known)}")
        if known[key] and value not in known[key]:
            nearest = catalog.suggestion(value, known[key])
            raise UsageError(f"{key}: no size called '{value}'; {nearest}")
        if not value.strip():
            raise UsageError(f"{key}: names nothing")
    return typed


def folder_of(table: str, typed: str | None, told: object) -> Path:
    """The folder of the flows: the typed one, or one that is named by what they depend on.

    Raises:
        UsageError: If what is typed names none.
    """
    if typed is None or typed == "null":
        return RUNS / f"{table}-{digest(told)[:HASH_LENGTH]}"
    if not typed.strip():
        raise UsageError("run_dir: names no directory")
    return Path(typed)
