"""The source of a user's own classes, as what a figure that others take depends on."""

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, resolve_name
from pathlib import Path

from configs import catalog
from envs.problem_settings import ProblemSettings
from snn.operation import MARK, operation_set

OURS = frozenset({"agents", "async_sim", "configs", "envs", "hwmodels", "snn"})  # have a version
INSTALLED = frozenset({"site-packages", "dist-packages"})


class UnknownSourceError(ValueError):
    """A class of a user's own whose source cannot be read; the message is its path."""


def own_targets(settings: ProblemSettings) -> set[str]:
    """Paths of a user's own environment, evaluators, inner agent and operations."""
    env = settings.env
    found = {f"{type(env).__module__}.{type(env).__name__}"}
    found |= set(_named(env.model_dump(mode="json", by_alias=True)))
    inner = getattr(getattr(env, "inner", None), "agent", None)
    if isinstance(inner, str):
        found.add(str(catalog.target_of("agent", inner)))
    names = getattr(env, "operations", None)
    if isinstance(names, str):
        found |= {one.partition(MARK)[0] for one in operation_set(names)}
    return {one for one in found if "." in one and one.partition(".")[0] not in OURS}


def source_digests(targets: Iterable[str]) -> dict[str, str]:
    """A digest of the file of each class, and of the user's own files that it imports.

    Args:
        targets: Paths such as ``my_module.MyClass``.

    Raises:
        UnknownSourceError: If a file cannot be found or read.
    """
    return {target: _digest_of(target) for target in sorted(targets)}


def _named(content: object) -> Iterator[str]:
    """What any ``_target_`` names, at any depth."""
    if isinstance(content, dict):
        if isinstance(content.get("_target_"), str):
            yield content["_target_"]
        content = list(content.values())
    if isinstance(content, list):
        for one in content:
            yield from _named(one)


def _digest_of(target: str) -> str:
    found: dict[str, str] = {}
    waiting = [target.rpartition(".")[0]]
    try:
        while waiting:
            name = waiting.pop()
            spec = _spec(name)
            if name in found or spec is None:
                continue
            source = _source(spec)
            found[name] = hashlib.sha256(source).hexdigest()
            waiting += [one for one in _imported(source, spec) if _is_own(one, target)]
    except (ImportError, OSError, SyntaxError, ValueError) as error:
        raise UnknownSourceError(target) from error
    if not found:
        raise UnknownSourceError(target)
    text = "\n".join(f"{name} {found[name]}" for name in sorted(found))
    return hashlib.sha256(text.encode()).hexdigest()


def _spec(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except ModuleNotFoundError:  # a function or a class of that module, which is looked at itself
        return None


def _source(spec: ModuleSpec) -> bytes:
    if spec.origin is None and spec.submodule_search_locations is not None:
        return b""  # a package without a file
    if spec.origin is None or not spec.origin.endswith(".py"):
        raise ValueError(spec.name)
    return Path(spec.origin).read_bytes()


def _imported(source: bytes, spec: ModuleSpec) -> Iterator[str]:
    """Names of what a module imports, wherever in it: modules, and what may be one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = resolve_name("." * node.level + base, spec.parent)
            yield base
            yield from (f"{base}.{one.name}" for one in node.names)


def _is_own(name: str, target: str) -> bool:
    """Whether a module is the user's: no part of Python, of us, or of another package."""
    top = name.partition(".")[0]
    if top == target.partition(".")[0]:
        return True
    if top in OURS or top in sys.stdlib_module_names:
        return False
    spec = _spec(top)
    if spec is None:
        return False
    places = [spec.origin] if spec.origin else [*(spec.submodule_search_locations or ())]
    return not any(INSTALLED & set(Path(one).parts) for one in places)
