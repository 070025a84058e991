"""What commands say is what they were given to say."""

import io

import pytest
from rich.console import Console

from agents.saying import say


@pytest.mark.parametrize("text", ["figures: runs/[bold]x[/bold]", ":warning: " + 40 * "long/path/"])
def test_a_path_is_said_whole_and_as_it_is(text: str) -> None:
    said = io.StringIO()
    say(Console(file=said, width=20, force_terminal=True, color_system="truecolor"), text)
    assert said.getvalue() == f"{text}\n"
