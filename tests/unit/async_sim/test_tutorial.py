"""The tutorial's code prints what the tutorial says."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[3] / "docs" / "noc_tutorial.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_tutorial_prints_what_it_says() -> None:
    names: dict[str, Any] = {}
    printed = []
    for block in blocks("python"):
        with redirect_stdout(StringIO()) as output:
            exec(block, names)  # noqa: S102
        printed.append(output.getvalue())
    assert printed == blocks("text")
    assert len(printed) == 4


def test_the_table_by_hand_is_what_the_actors_do() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if re.match(r"\| \d \|", line)]
    by_hand = [re.findall(r"\*\*(\d+)\*\*", row) for row in rows]
    run = re.findall(r"(\d+) ps: token (\d) in", "".join(blocks("text")))
    found = [[time_ps for time_ps, token in run if token == str(n)] for n in range(3)]
    assert by_hand == found
