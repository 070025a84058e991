"""Kinds of numbers that settings are made of, and the strict model that holds them."""

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from envs.space import Choice


def _no_truth_value(value: Any) -> Any:  # noqa: ANN401 (raw input)
    if isinstance(value, bool):
        raise ValueError(f"needs a number, got {str(value).lower()}")  # noqa: TRY004 (for pydantic)
    return value


def _whole(value: Any) -> Any:  # noqa: ANN401 (raw input)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number_or_name(value: Any) -> Any:  # noqa: ANN401 (raw input)
    is_infinite = isinstance(value, float) and not math.isfinite(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str) or is_infinite:
        raise ValueError(f"needs a number or a name, got {value}")
    return value


Number = BeforeValidator(_no_truth_value)  # pydantic takes true for 1
Whole = BeforeValidator(_whole)  # 1e30 is whole, and too large: pydantic calls it no whole number
Share = Annotated[float, Field(ge=0, le=1), Number]
Weight = Annotated[float, Field(ge=0), Number]
Positive = Annotated[float, Field(gt=0), Number]
Real = Annotated[float, Number]
Count = Annotated[int, Field(ge=1), Number, Whole]
Quality = Literal["accuracy", "worst_accuracy"]  # mean over chips, or the worst of them
Natural = Annotated[int, Field(ge=0), Number, Whole]
CheckedChoice = Annotated[Choice, BeforeValidator(_number_or_name)]


class Strict(BaseModel):
    """Settings that refuse keys they do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
