"""Tables without frames, so that eight columns of figures fit a terminal of 80."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table


def narrow_table(title: str, columns: Sequence[str], n_names: int = 1) -> Table:
    """A table whose first ``n_names`` columns hold words; cells fold where they cannot fit.

    Args:
        columns: Headings; a line break in one keeps its column narrow.
    """
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i < n_names else "right", overflow="fold")
    return table
