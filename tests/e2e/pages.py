"""Pages of the documentation: the commands that they show, and what those print."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from commands import Commands

ROOT = Path(__file__).parents[2]
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


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
