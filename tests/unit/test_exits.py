"""How commands end."""

import pytest

from agents.exits import exit_code
from agents.overrides import UsageError


def ends_with(error: BaseException) -> int:
    def run() -> int:
        raise error

    return exit_code(run)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UsageError("env: no such"), 2, "error: env: no such\n"),
        (OSError(28, "No space left on device", "a/b"), 2, "error: a/b: No space left on device\n"),
        (OSError(28, "No space left", "a\nb"), 2, "error: a b: No space left\n"),
        (OSError("the disk is gone"), 2, "error: the disk is gone\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_what_goes_wrong_is_one_line_and_a_code(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends_with(error) == code
    assert capsys.readouterr().err == line


def test_a_command_that_ends_says_its_own_code() -> None:
    assert exit_code(lambda: 1) == 1
