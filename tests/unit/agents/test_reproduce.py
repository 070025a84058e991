import pytest

from agents import reproduce
from agents.reproduction import Figure, Reproduction, reproductions


@pytest.mark.parametrize("name", sorted(reproductions()))
def test_every_published_figure_is_met(name: str) -> None:
    figures = reproductions()[name].figures()
    assert figures
    assert [one for one in figures if not one.is_met] == []


def test_neuronas_is_shown_with_both_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert reproduce.main(["neuronas"]) == 0
    shown = capsys.readouterr().out
    assert "1,425 " in shown
    assert "1,425.261" in shown
    assert "24 of 24 figures within their tolerances" in shown


def test_a_file_gets_each_figure_on_one_line_however_narrow_the_terminal_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    reproduce.main(["neuronas"])
    lines = capsys.readouterr().out.splitlines()
    for figure in reproductions()["neuronas"].figures():
        assert sum(f"{figure.what} ({figure.note})" in line for line in lines) == 1


def test_a_figure_out_of_tolerance_is_exit_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    off = Reproduction("off", "nobody", lambda: [Figure("x", "J", 1.0, 1.2, 0.1)])
    monkeypatch.setattr(reproduce, "reproductions", lambda: {"off": off})
    assert reproduce.main([]) == 1
    assert "OUT" in capsys.readouterr().out


def test_an_unknown_paper_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert reproduce.main(["neuronaz"]) == 2
    said = capsys.readouterr().err
    assert said == "error: no reproduction called 'neuronaz'; did you mean 'neuronas'?\n"
