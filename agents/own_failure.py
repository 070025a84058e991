"""What a user's own agent or environment has failed at, in one line."""

import traceback
from pathlib import Path

from agents.settings import RunSettings
from agents.usage import UsageError
from configs.imports import told
from envs.custom_evaluator import OwnEvaluatorError
from envs.evaluation import DeviceMemoryError
from envs.problem import UnmeasuredError
from envs.rewards import RewardError
from envs.store import StoreError
from envs.store_url import SharedStoreError

TOLD_ELSEWHERE = (
    UsageError, OwnEvaluatorError, DeviceMemoryError, RewardError, SharedStoreError, StoreError,
    OSError,
)  # fmt: skip


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
