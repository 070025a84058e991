"""Values of JSON files: numbers, flags and names, read strictly but as they are meant."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from configs.arguments import one_line
from configs.mistakes import shown


def _whole(value: Any) -> Any:  # noqa: ANN401 (raw input)
    """22.0 is 22; everything else is left to the check."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _flag(value: Any) -> Any:  # noqa: ANN401 (raw input)
    """1 is true, 0 is false; everything else is left to the check."""
    return bool(value) if isinstance(value, int | float) and value in {0, 1} else value


def simplified(name: str) -> str:
    """A name without case, spaces and signs: ``XY-bus`` is ``xybus``."""
    return re.sub(r"[\W_]", "", name).lower()


def shown_name(name: object) -> str:
    """A name on one line, shortened."""
    text = one_line(str(name))
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 3]}..."


LONGEST_NAME = 60


def one_of(names: Mapping[str, str]) -> BeforeValidator:
    """Names that a file may say, in any case, and what they are here."""
    known = {simplified(name): ours for name, ours in names.items()}

    def read(value: Any) -> str:  # noqa: ANN401 (raw input)
        if not isinstance(value, str) or simplified(value) not in known:
            what = "one of " if len(names) > 1 else ""
            raise ValueError(f"needs {what}{', '.join(names)}; got {shown(value)}")
        return known[simplified(value)]

    return BeforeValidator(read)


Whole = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
Flag = Annotated[bool, BeforeValidator(_flag), Field(strict=True)]
