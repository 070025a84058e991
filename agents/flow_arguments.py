"""What a table that runs flows is told: ``key=value``, but for the keys that it chooses itself."""

from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from agents.rundir import RUNS
from agents.usage import UsageError
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
