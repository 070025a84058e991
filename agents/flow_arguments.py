"""What a table that runs flows is told: ``key=value``, but for the keys that it chooses itself."""

from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from agents.overrides import check_begin, key_and_value
from agents.rundir import RUNS, tag_of
from agents.usage import UsageError
from configs import catalog

SIZES, SIZE = ("smoke", "small", "paper"), "small"  # names of configs/search
CHOSEN = ("experiment", "env", "resume", "flow.name")  # by every such table


def typed_values(
    arguments: Sequence[str],
    table: str,
    chosen: Sequence[str],
    why: str,
    own: Sequence[str] = (),
) -> dict[str, str]:
    """The arguments by key; of a key that is typed twice the last, as everywhere.

    Args:
        chosen: Keys, or patterns of keys, that this table chooses besides.
        why: What the message says of them.
        own: Keys of the table, which no settings have.

    Raises:
        UsageError: If one is not ``key=value``, is chosen by the table, or is no such key.
    """
    typed = {}
    for argument in arguments:
        key, value = key_and_value(argument)
        if any(fnmatch(key, pattern) for pattern in (*CHOSEN, *chosen)):
            raise UsageError(f"{key}: is chosen by {table}; {why}")
        check_begin(key, own)
        typed[key] = value
    return typed


def own_values(arguments: Sequence[str], *others: str) -> dict[str, str]:
    """The arguments by key, of a table that takes no settings of a search; always with its size.

    Args:
        others: Keys besides ``search`` and ``run_dir``.

    Raises:
        UsageError: If one is not ``key=value``, or a key is another, or the size.
    """
    keys = ("search", "run_dir", *others)
    typed = dict(map(key_and_value, arguments))
    for key, value in typed.items():
        if key not in keys:
            raise UsageError(f"{key}: no such key; {catalog.suggestion(key, keys)}")
        if key == "search" and value not in SIZES:
            raise UsageError(f"{key}: no size called '{value}'; {catalog.suggestion(value, SIZES)}")
        if not value.strip():
            raise UsageError(f"{key}: names nothing")
    return {"search": SIZE, **typed}


def count_of(key: str, text: str) -> int:
    """How many are asked for by a key.

    Raises:
        UsageError: If it is no whole number from 1.
    """
    if not text.isascii() or not text.isdigit() or not int(text):
        raise UsageError(f"{key}: needs a whole number from 1, got '{text}'")
    return int(text)


def folder_of(table: str, typed: str | None, told: object) -> Path:
    """The folder of the flows: the typed one, or one that is named by what they depend on.

    Raises:
        UsageError: If what is typed names none.
    """
    if typed is None or typed == "null":
        return RUNS / f"{table}-{tag_of(told)}"
    if not typed.strip():
        raise UsageError("run_dir: names no directory")
    return Path(typed)
