"""Every page of ``docs/howto``: its files are written as it shows them, its commands run."""

import re
from pathlib import Path

import pytest
from commands import Commands
from pages import ROOT, is_told, shown, typed

PAGES = sorted((ROOT / "docs" / "howto").glob("*.md"))
FILE = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
MISTAKE = 2


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_a_page_does_what_it_shows(
    page: Path, tmp_path: Path, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    text = page.read_text("utf-8")
    for name, content in FILE.findall(text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    for command, expected in shown(text):
        ended = typed(command, tmp_path, commands)
        told = ended.stdout + ended.stderr
        is_mistake = any(line.startswith("error: ") for line in expected)
        assert ended.returncode == (MISTAKE if is_mistake else 0), told
        assert not [line for line in expected if not is_told(line, told)], told
        if is_mistake:  # that line, and nothing else
            assert len(told.splitlines()) == 1


def test_there_is_a_page_for_each_thing_that_can_be_added() -> None:
    things = "agent device environment evaluator objective operation reward"
    assert [page.stem for page in PAGES] == things.split()
