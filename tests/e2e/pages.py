"""Pages of the documentation: the commands that they show, and what those print."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from commands import Commands

ROOT = Path(__file__).parents[2]
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXT = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")


def shown(text: str) -> list[tuple[str, list[str]]]:
    """Commands of a page, each with the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for block in CONSOLE.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def is_told(line: str, output: str) -> bool:
    """Whether a line is in the output; ``...`` stands for anything."""
    wanted = ".*".join(re.escape(part) for part in line.split("..."))
    return re.search(f"^{wanted}$", output, re.MULTILINE) is not None


def printed(text: str) -> dict[str, list[str]]:
    """Lines of the blocks of text below each console, by its last command."""
    found: dict[str, list[str]] = {}
    for below in re.split(r"^(?=```console$)", text, flags=re.MULTILINE)[1:]:
        (command, _) = shown(below)[-1]
        lines = [line.strip() for block in TEXT.findall(below) for line in block.splitlines()]
        found[command] = [line for line in lines if line.strip(".")]
    return found


def is_near(line: str, output: str, share: float) -> bool:
    """Whether words of a line are in the output, each number off by that share of it at most."""
    wanted = [float(one) for one in NUMBER.findall(line)]
    words = ".*".join(_words(part) for part in line.split("..."))
    found = ([float(one) for one in match.groups()] for match in re.finditer(words, output))
    return any(
        all(abs(one - here) <= share * here for one, here in zip(numbers, wanted, strict=True))
        for numbers in found
    )


def _words(part: str) -> str:
    """A pattern of a part of a line: a group for each number, and any space for a space."""
    between = [re.sub(r"(\\\s)+", r"\\s+", re.escape(one)) for one in NUMBER.split(part)]
    return f"({NUMBER.pattern})".join(between)


def typed(command: str, folder: Path, commands: Commands) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell does, by this interpreter."""
    assert not re.search(r"[;&|<>`]", command)
    python, flag, *words = shlex.split(command)
    if (python, flag) == ("python", "-m"):
        return commands.run(words[0], *words[1:], folder=folder)
    return subprocess.run(
        ["/bin/sh", "-c", re.sub(r"\bpython\b", f"'{sys.executable}'", command, count=1)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
