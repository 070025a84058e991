"""Which keys a model of settings has at a place, for one that is not among them."""

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

UNKNOWN = object()


def keys_at(model: type[BaseModel], place: Sequence[str | int], config: object) -> list[str]:
    """Keys of the settings that stand at a place of a configuration, in their order."""
    kinds: list[Any] = [model]
    content = config
    for part in place:
        content = inside(content, part)
        below = [entry for kind in kinds for entry in _entries(kind, part)]
        kinds = _named([one for entry in below for one in _alternatives(entry)], content)
    keys = (key for kind in kinds if _is_model(kind) for key in _annotations(kind))
    return list(dict.fromkeys(keys))


def inside(content: Any, part: str | int) -> Any:  # noqa: ANN401 (settings hold anything)
    """What stands under a key or a number; `UNKNOWN` if nothing does."""
    if isinstance(content, Mapping):
        return content.get(part, UNKNOWN)
    is_entry = isinstance(content, list | tuple) and isinstance(part, int) and part < len(content)
    return content[part] if is_entry else UNKNOWN


def _entries(kind: Any, part: str | int) -> list[Any]:  # noqa: ANN401 (an annotation)
    if _is_model(kind):
        return [found for key, found in _annotations(kind).items() if key == part]
    return [*get_args(kind)]  # of a container


def _annotations(model: type[BaseModel]) -> dict[str, Any]:
    return {one.alias or name: one.annotation for name, one in model.model_fields.items()}


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _alternatives(kind: Any) -> Iterator[Any]:  # noqa: ANN401 (an annotation)
    if get_origin(kind) is Annotated:
        yield from _alternatives(get_args(kind)[0])
    elif get_origin(kind) in (Union, UnionType):
        for one in get_args(kind):
            yield from _alternatives(one)
    else:
        yield kind


def _named(kinds: list[Any], content: object) -> list[Any]:
    """Of several kinds those that the ``name`` among the settings is of, if it is of any."""
    name = content.get("name") if isinstance(content, Mapping) else None
    models = [kind for kind in kinds if _is_model(kind)]
    chosen = [one for one in models if name in get_args(_annotations(one).get("name"))]
    return chosen or kinds
