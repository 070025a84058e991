"""``agent.init=RUN_DIR``: what a run has learnt, for another network."""

from pathlib import Path
from typing import Any

from agents.qlearning import QLearning
from agents.usage import UsageError, differences


def check_source(source: str | None) -> None:
    """Refuse a directory that holds no run.

    Raises:
        UsageError: If it does not.
    """
    if source is not None:
        checkpoint_of(Path(source))


def take_over(agent: QLearning, source: str | None) -> QLearning:
    """Give an agent the values that another run has learnt; nothing without a source.

    Raises:
        UsageError: If there are none, they are damaged, or of other moves or features.
    """
    if source is None:
        return agent
    state = _learnt(Path(source))
    try:
        known = state["of"]
        here = {"kind": type(agent.values).__name__, **agent.knowledge}
        different = differences({"kind": state["kind"], **known}, here)
    except (KeyError, TypeError):
        raise UsageError(
            f"agent.init: {source} has learnt no values of moves; take a run of agent=qlearning"
        ) from None
    if different:
        raise UsageError(f"agent.init: {source} has learnt about something else: {different[0]}")
    try:
        agent.take_over(state)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise UsageError(
            f"agent.init: {checkpoint_of(Path(source))} is damaged: no values of moves can be read"
        ) from error
    return agent


def checkpoint_of(directory: Path) -> Path:
    """The file that holds what a run has learnt.

    Raises:
        UsageError: If there is none.
    """
    path = directory / "checkpoint.pt"
    if not path.is_file():
        raise UsageError(f"agent.init: {directory} holds no run (there is no {path})")
    return path


def _learnt(directory: Path) -> Any:  # noqa: ANN401 (not checked yet)
    path = checkpoint_of(directory)
    from agents.observers import load_checkpoint  # noqa: PLC0415 (loads torch)

    saved = load_checkpoint(path)
    if saved is None:
        raise UsageError(f"agent.init: {path} cannot be read")
    return saved.get("agent")
