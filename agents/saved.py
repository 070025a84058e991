"""What a failed search has saved; one refused before it saved anything leaves nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from agents.rundir import RunDirectory
from agents.usage import UsageError


class FailedSearchError(UsageError):
    """A search that cannot go on as it is.

    Args:
        why: What it failed at.
        how: What is said behind that all is saved: where, or how it goes on.
    """

    def __init__(self, why: object, how: str) -> None:
        super().__init__(f"{why}; every finished evaluation is saved{how}")
        self.why = str(why)


@contextmanager
def left_if_begun(directory: RunDirectory) -> Iterator[None]:
    """Remove a new run directory again if the search is refused before its first evaluation."""
    try:
        yield
    except UsageError as error:
        if not directory.discard():
            raise
        why = error.why if isinstance(error, FailedSearchError) else str(error)
        raise UsageError(why) from error
