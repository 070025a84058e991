import pytest

from configs.arguments import Parser, one_line


def test_a_refused_argument_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = Parser("python -m some.tool")
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(["--wrong\nname\x1b[31m"])
    assert caught.value.code == 2
    told = "python -m some.tool: unrecognized arguments: --wrong name [31m\n"
    assert capsys.readouterr() == ("", told)


def test_a_message_fits_on_one_line() -> None:
    assert one_line("a\n  b\tc\x07 d") == "a b c d"
