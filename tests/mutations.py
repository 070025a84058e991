"""Hypothesis strategies that damage files: their bytes, what they say, and what is in their place.

``FUZZ_EXAMPLES`` in the environment asks for more examples than a test run takes, and for others
each time.
"""

import copy
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

N_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
ABSURD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 10**30, -(10**30), 0.5, 1e308, -1e308, 5e-324, float("nan"),
    float("inf"), float("-inf"), "", "nan", "../..", "no such", "\x00", "ä\n\x1b[31m", "x" * 5000,
    [], {}, [[]], [None], {"": 0}, [10**30], [-1, "a"],
)  # fmt: skip
MOST_BYTES = 64  # that are put in


def some(n_examples: int, *, is_shrunk: bool = True) -> Callable[[Any], Any]:
    """So many examples, the same in each test run, or as many others as are asked for.

    Args:
        is_shrunk: Whether to look for a smaller one that fails, which takes hundreds more.
    """
    return settings(
        max_examples=N_EXAMPLES or n_examples,
        derandomize=not N_EXAMPLES,
        deadline=None,
        database=None,
        phases=tuple(Phase) if is_shrunk else (Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """A file cut short, with bytes flipped, put in, left out, or something else altogether."""
    end = max(len(content) - 1, 0)
    at, until = sorted((draw(st.integers(0, end)), draw(st.integers(0, end))))
    match draw(st.sampled_from(["cut", "flip", "insert", "drop", "zero", "other"])):
        case "cut":
            return content[:at]
        case "flip":
            changed = bytearray(content)
            for place in draw(st.lists(st.integers(0, end), min_size=1, max_size=8)):
                changed[place] ^= draw(st.integers(1, 255))
            return bytes(changed)
        case "insert":
            return content[:at] + draw(st.binary(min_size=1, max_size=MOST_BYTES)) + content[at:]
        case "drop":
            return content[:at] + content[until:]
        case "zero":
            return content[:at] + bytes(until - at) + content[until:]
    return draw(st.sampled_from([b"", b"\xff\xfe{\x00}\x00", b"\x00" * 100]) | st.binary())


def places(data: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every value of nested data lies."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from places(value, (*above, key))


@st.composite
def altered(draw: st.DrawFn, data: Any, values: tuple[Any, ...] = ABSURD) -> Any:
    """Nested data with a value that cannot be, one missing, or one too many."""
    made = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 2))):
        found = list(places(made))
        if not found:
            return draw(st.sampled_from(values))
        *above, last = draw(st.sampled_from(found))
        below = made
        for key in above:
            below = below[key]
        _changed(draw, below, last, values)
    return made


def _changed(draw: st.DrawFn, below: Any, last: Any, values: tuple[Any, ...]) -> None:
    value = copy.deepcopy(draw(st.sampled_from(values)))
    match draw(st.sampled_from(["value", "value", "value", "drop", "add", "text"])):
        case "value":
            below[last] = value
        case "drop":
            del below[last]
        case "add" if isinstance(below, dict):
            below[draw(st.sampled_from(["name", "more", "_target_", "defaults", ""]))] = value
        case "add":
            below.append(value)
        case "text":
            below[last] = str(below[last])


def altered_json(data: Any) -> st.SearchStrategy[bytes]:
    """The same as a file."""
    return altered(data).map(lambda one: json.dumps(one).encode())


def refused_or_fine(command: Callable[[list[str]], int], arguments: list[str]) -> None:
    """Have a command end well, or with exit code 2 and one line; any other exception goes on."""
    shown = io.StringIO()
    with redirect_stderr(shown), redirect_stdout(io.StringIO()):
        try:
            code = command(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    told = shown.getvalue()
    assert code in (0, 2), (code, told)
    if code:
        assert told.count("\n") == 1, told
        assert told[:-1].isprintable(), told
