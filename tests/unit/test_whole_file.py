from pathlib import Path

import pytest

from configs.whole_file import replace_text


def test_a_file_that_cannot_be_written_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.yaml"
    replace_text(path, "größe: 1\n")

    def full(place: Path, content: bytes) -> int:
        with place.open("wb") as file:
            file.write(content[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*settings\.yaml'"):
        replace_text(path, "größe: 2\n")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.read_text("utf-8") == "größe: 1\n"
