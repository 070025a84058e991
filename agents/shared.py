"""The database that a search shares with others, opened for one sitting."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from agents.keeping import n_kept
from agents.rundir import resume_argument
from agents.saved import FailedSearchError
from agents.settings import RunSettings
from agents.usage import UsageError
from envs.evaluators import Evaluator
from envs.own_sources import UnknownSourceError, own_targets, source_digests
from envs.service import EvaluationService
from envs.sharing import Shared, Sharing
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
    settings: RunSettings, service: EvaluationService, run: Path, others: Shared | None = None
) -> Iterator[Sharing | None]:
    """Have a service share what it evaluates, if the settings name a database.

    Args:
        others: Whom it shares with if they name none.

    Nothing is shared if the source of a user's own class is unknown: another's figures may be
    those of other code.

    Raises:
        UsageError: If the database cannot be used, or is lost.
    """
    if settings.store is None and others is None:
        yield None
        return
    try:
        made_with = made_with_of(settings, service.evaluator)
    except UnknownSourceError as error:
        sys.stderr.write(f"warning: store: the source of '{error}' is unknown; nothing is shared\n")
        yield None
        return
    keeps_files = bool(n_kept(settings) or getattr(service.evaluator, "keeps_files", False))
    try:
        with _opened(settings.store, others) as shared:
            sharing = Sharing(shared, is_taking=not keeps_files, made_with=made_with)
            service.share(sharing)
            yield sharing
    except SharedStoreError as error:
        raise FailedSearchError(f"store: {error}", f": {resume_argument(run)} goes on") from error


@contextmanager
def _opened(address: str | None, others: Shared | None) -> Iterator[Shared]:
    if address is None and others is not None:
        yield others
        return
    from envs.shared_store import SharedStore  # noqa: PLC0415 (loads SQLAlchemy)

    with closing(SharedStore(str(address))) as shared:
        yield shared


def made_with_of(settings: RunSettings, evaluator: Evaluator) -> dict[str, str]:
    """What figures depend on that no context tells: the user's own source, and the GPU.

    Raises:
        UnknownSourceError: If the source of a class cannot be read.
    """
    sources = source_digests(own_targets(settings))
    return _gpu() | sources if _is_on_gpu(evaluator.context) else sources


def _is_on_gpu(context: object) -> bool:
    if not isinstance(context, Mapping):
        return False
    device = context.get("torch_device")
    is_here = isinstance(device, str) and device.startswith("cuda")
    return is_here or any(_is_on_gpu(one) for one in context.values())


def _gpu() -> dict[str, str]:
    import torch  # noqa: PLC0415 (slow, and only for this)

    return {"gpu": torch.cuda.get_device_name(), "cuda": str(torch.version.cuda)}
