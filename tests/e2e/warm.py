"""Forks itself for each command line, with the imports that take most of a command's time done.

What it is asked, a line of JSON each: the module, its arguments, where they are typed, the
environment, and files for what is said. Its answers are exit codes.
"""

import gc
import importlib
import json
import os
import runpy
import sys
from typing import Any

HEAVY = (
    "agents.command",
    "agents.plots",
    "agents.session",
    "envs.accuracy",
    "envs.nacim_builder",
    "sklearn.datasets",
    "sklearn.model_selection",
    "torch.utils.tensorboard",
)


def awaited() -> dict[str, Any]:
    """The next thing asked; each is returned in a process of its own."""
    answer("ready")
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            asked: dict[str, Any] = json.loads(line)
            return asked
        _, status = os.waitpid(process, 0)
        answer(os.waitstatus_to_exitcode(status))
    sys.exit()


def answer(told: object) -> None:
    """Write a line to whom asks."""
    sys.stdout.write(f"{told}\n")
    sys.stdout.flush()


def take_the_place_of_a_process(asked: dict[str, Any]) -> None:
    """Stand where it would, and say things where they are read."""
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    for descriptor, name in enumerate((os.devnull, asked["stdout"], asked["stderr"])):
        opened = os.open(name, os.O_WRONLY | os.O_CREAT if descriptor else os.O_RDONLY)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.argv[1:] = asked["arguments"]
    sys.path[0] = asked["folder"]


for name in HEAVY:
    importlib.import_module(name)
gc.freeze()  # what is imported is garbage for none of them
ASKED = awaited()
take_the_place_of_a_process(ASKED)
runpy.run_module(ASKED["module"], run_name="__main__", alter_sys=True)
