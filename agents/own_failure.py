"""What a search has failed at, in one line: a user's own classes, weights, or a GPU's memory."""

import traceback
from pathlib import Path

from agents.rundir import RunDirectory, resume_argument
from agents.saved import FailedSearchError
from agents.settings import RunSettings
from agents.usage import UsageError
from configs.imports import told
from envs.custom_evaluator import OwnEvaluatorError
from envs.evaluation import DeviceMemoryError
from envs.problem import UnmeasuredError
from envs.rewards import RewardError
from envs.store import StoreError
from envs.store_url import SharedStoreError
from snn.weight_files import WeightFileError

TOLD_ELSEWHERE = (
    UsageError, OwnEvaluatorError, DeviceMemoryError, RewardError, SharedStoreError, StoreError,
    OSError,
)  # fmt: skip


def told_failure(
    settings: RunSettings, directory: RunDirectory, error: Exception
) -> FailedSearchError | None:
    """What it failed at, and what is to be done then; None if that is no matter of the user's."""
    goes_on = resume_argument(directory.whole)
    match error:
        case WeightFileError():
            return FailedSearchError(error, f": put the file back, then go on with {goes_on}")
        case RewardError():
            return FailedSearchError(error, f": mend the reward, then go on with {goes_on}")
        case DeviceMemoryError():
            return FailedSearchError(error, f": go on with {goes_on} search.workers=1")
        case OwnEvaluatorError():
            return FailedSearchError(
                error,
                f"; {resume_argument(directory.path)} goes on once it is mended, if its class "
                "tells a version that stays the same",
            )
    failure = own_failure(settings, error)
    return None if failure is None else FailedSearchError(failure, f" in {directory.path}")


def own_failure(settings: RunSettings, error: Exception) -> str | None:
    """Kind, message and place of an error in a search with code of a user's own; None without."""
    targets = {
        group: getattr(getattr(settings, group), "target", None) for group in ("agent", "env")
    }
    own = " or ".join(f"{group}._target_ '{path}'" for group, path in targets.items() if path)
    if not own or isinstance(error, TOLD_ELSEWHERE):
        return None
    if isinstance(error, UnmeasuredError):
        return f"env._target_ '{targets['env']}': {error}" if targets["env"] else None
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{own} fails: {told(error)} ({Path(last.filename).name}:{last.lineno})"
