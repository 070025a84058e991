"""Epochs of a training on the terminal."""

from typing import Self

from rich.console import Console

from agents.progress_bar import counting_bar
from agents.saying import say
from snn.cell_training import Epoch


class TrainingProgress:
    """Epochs on the terminal, live or as plain lines."""

    def __init__(self, console: Console, epochs: int) -> None:
        self._console, self._epochs = console, epochs
        self._bar = counting_bar(console, "epochs")
        self._task = self._bar.add_task("training", total=epochs)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def on_epoch(self, epoch: Epoch) -> None:
        """Advance by one epoch."""
        held_out = epoch.validation_accuracy
        told = f"loss {epoch.loss:.3f}  accuracy {100 * epoch.accuracy:.1f} %" + (
            "" if held_out is None else f"  held out {100 * held_out:.1f} %"
        )
        self._bar.update(self._task, completed=epoch.number, description=told)
        if not self._console.is_terminal:
            say(self._console, f"epoch {epoch.number}/{self._epochs}  {told}")
