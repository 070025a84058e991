"""A user's own evaluator of built designs: made, checked, and tried out before the search.

Its class tells in ``yields`` which metrics it returns, and is called with the design and the
metrics measured so far (and with ``seed``, if it has such an argument). It may also tell

* ``maximized``: those of its metrics of which more is better,
* ``is_cheap``: that it is to be called before the network is trained, with the costs alone,
* ``version``: what to raise when any figure changes; without one the content of its file counts.
"""

import hashlib
import inspect
import math
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from configs.imports import OwnClassError, told
from envs.design import Design
from envs.evaluation import InfeasibleError, Metrics
from envs.own_class import made_of


class OwnEvaluatorError(ValueError):
    """An evaluator of a user's own that cannot be made or used; the message says why."""


@dataclass(frozen=True)
class OwnStage:
    """A user's evaluator as the last but one, or the last, of the stages of a pipeline.

    Attributes:
        name: The key under ``env.evaluators``.
        made: The instance of the user's class.
    """

    name: str
    target: str
    arguments: Mapping[str, Any]
    made: Any

    @property
    def where(self) -> str:
        """Where the configuration names it."""
        return f"env.evaluators.{self.name}"

    @property
    def yields(self) -> tuple[str, ...]:
        """Names of its metrics."""
        return tuple(self.made.yields)

    @property
    def maximized(self) -> frozenset[str]:
        """Those of its metrics of which more is better."""
        return frozenset(getattr(self.made, "maximized", ()))

    @property
    def is_cheap(self) -> bool:
        """Whether it comes before the training."""
        return bool(getattr(self.made, "is_cheap", False))

    @property
    def context(self) -> dict[str, Any]:
        """Path, arguments, and the version or else the content of the file."""
        told_of = {"target": self.target, "arguments": dict(self.arguments)}
        version = getattr(self.made, "version", None)
        if version is not None:
            return told_of | {"version": version}
        return told_of | {"source": _source_digest(type(self.made))}

    def measure(self, design: Design, seed: int, metrics: Metrics) -> Metrics:
        """Measure a design.

        Raises:
            InfeasibleError: If the class says so.
            OwnEvaluatorError: If it fails, or returns anything but its metrics.
        """
        further = {"seed": seed} if _takes_seed(self.made) else {}
        try:
            found = self.made(design, dict(metrics), **further)
        except InfeasibleError:
            raise
        except Exception as error:
            raise OwnEvaluatorError(f"{self._told} fails: {told(error)}") from error
        return self._checked(found)

    @property
    def _told(self) -> str:
        return f"{self.where}: '{self.target}'"

    def _checked(self, found: object) -> dict[str, float]:
        if not isinstance(found, Mapping):
            raise OwnEvaluatorError(f"{self._told} must return metrics by name, got {found!r:.60}")
        for name in self.yields:
            if name not in found:
                raise OwnEvaluatorError(f"{self._told} does not return '{name}', which it yields")
        for name in found:
            if name not in self.yields:
                raise OwnEvaluatorError(
                    f"{self._told} returns '{name}', which is not among what it yields: "
                    f"{', '.join(self.yields)}"
                )
        return {name: self._number(name, found[name]) for name in self.yields}

    def _number(self, name: str, value: Any) -> float:  # noqa: ANN401 (a user's own)
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            message = f"{self._told} returns {value!r:.60} as {name}, not a number"
            raise OwnEvaluatorError(message) from error


def own_stage(name: str, target: str, arguments: Mapping[str, Any]) -> OwnStage:
    """Make an instance of a user's class, and check what it tells of itself.

    Raises:
        OwnEvaluatorError: If it cannot be imported, made, called or sent to another process.
    """
    try:
        made = made_of(f"env.evaluators.{name}", target, arguments, {})
    except OwnClassError as error:
        raise OwnEvaluatorError(str(error)) from error
    stage = OwnStage(name, target, arguments, made)
    where = f"env.evaluators.{name}: '{target}'"
    _check_names(where, made)
    _check_signature(where, made)
    try:
        pickle.loads(pickle.dumps(made))  # noqa: S301 (what was just written)
    except Exception as error:
        message = f"{where} cannot be sent to worker processes: {told(error)}"
        raise OwnEvaluatorError(message) from error
    return stage


def check_clashes(stages: Sequence[OwnStage], taken: Sequence[str]) -> None:
    """Refuse two evaluators of the same metric.

    Raises:
        OwnEvaluatorError: With the metric.
    """
    of: dict[str, str] = dict.fromkeys(taken, "the environment")
    for stage in stages:
        for name in stage.yields:
            if name in of:
                raise OwnEvaluatorError(
                    f"{stage.where}: yields '{name}', which {of[name]} yields already; "
                    "give it another name"
                )
            of[name] = stage.where


def try_out(stage: OwnStage, design: Design, names: Sequence[str]) -> None:
    """Call a user's evaluator once, so that its mistakes show before the search and not in it.

    Args:
        names: Metrics that are measured before it.

    Raises:
        OwnEvaluatorError: If it fails on them, or returns no finite number.
    """
    try:
        found = stage.measure(design, 0, dict.fromkeys(names, 0.5))
    except InfeasibleError:
        return
    for name, value in found.items():
        if not math.isfinite(value):
            raise OwnEvaluatorError(
                f"{stage.where}: '{stage.target}' returns {value} as {name}, not a finite number"
            )


def _check_names(where: str, made: object) -> None:
    yields: Any = getattr(made, "yields", None)
    maximized: Any = getattr(made, "maximized", ())
    for attribute, names in (("yields", yields), ("maximized", maximized)):
        is_list = isinstance(names, list | tuple)
        if not is_list or not all(isinstance(one, str) and one.isidentifier() for one in names):
            raise OwnEvaluatorError(
                f"{where} needs {attribute}, the names of its metrics, such as ('lifetime_s',); "
                f"got {names!r:.60}"
            )
    if not yields:
        raise OwnEvaluatorError(f"{where} yields nothing")
    for name in maximized:
        if name not in yields:
            raise OwnEvaluatorError(f"{where}: maximized names '{name}', which it does not yield")


def _check_signature(where: str, made: Any) -> None:  # noqa: ANN401 (a user's own)
    if not callable(made):
        raise OwnEvaluatorError(f"{where} needs __call__(self, design, metrics), and has none")
    further = {"seed": 0} if _takes_seed(made) else {}
    try:
        inspect.signature(made).bind(None, {}, **further)
    except TypeError as error:
        raise OwnEvaluatorError(
            f"{where} must take (design, metrics) or (design, metrics, seed): {error}"
        ) from error


def _takes_seed(made: Any) -> bool:  # noqa: ANN401 (a user's own)
    return "seed" in inspect.signature(made).parameters


def _source_digest(kind: type) -> str:
    try:
        source = inspect.getsource(inspect.getmodule(kind) or kind)
    except (OSError, TypeError):  # written in C, or typed by hand
        return "unknown"
    return hashlib.sha256(source.encode()).hexdigest()
