"""How a command says a line."""

from rich.console import Console


def say(console: Console, text: str) -> None:
    """Print as it is: a path may hold brackets, and is pasted whole."""
    console.print(text, highlight=False, markup=False, emoji=False, soft_wrap=True)
