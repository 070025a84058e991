"""The database that a search shares with others, opened for one sitting."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from agents.keeping import n_kept
from agents.rundir import resume_argument
from agents.settings import RunSettings
from agents.usage import UsageError
from envs.service import EvaluationService
from envs.sharing import Sharing
from envs.store_url import SharedStoreError


def check_shared_store(settings: RunSettings) -> None:
    """Find out now whether the database can be used, if there is one.

    Raises:
        UsageError: With the reason.
    """
    if settings.store is None:
        return
    from envs.shared_store import SharedStore  # noqa: PLC0415 (loads SQLAlchemy)

    try:
        SharedStore(settings.store).close()
    except SharedStoreError as error:
        raise UsageError(f"store: {error}") from error


@contextmanager
def shared_by(
    settings: RunSettings, service: EvaluationService, run: Path
) -> Iterator[Sharing | None]:
    """Have a service share what it evaluates, if the settings name a database.

    Raises:
        UsageError: If the database cannot be used, or is lost.
    """
    if settings.store is None:
        yield None
        return
    from envs.shared_store import SharedStore  # noqa: PLC0415 (loads SQLAlchemy)

    try:
        with closing(SharedStore(settings.store)) as shared:
            keeps_files = bool(n_kept(settings) or getattr(service.evaluator, "keeps_files", False))
            sharing = Sharing(shared, is_taking=not keeps_files)
            service.share(sharing)
            yield sharing
    except SharedStoreError as error:
        raise UsageError(
            f"store: {error}; every finished evaluation is saved: {resume_argument(run)} goes on"
        ) from error
