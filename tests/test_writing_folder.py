"""A folder as an output: whole or not there at all, and what is not ours is not replaced."""

import errno
import os
import tempfile

import pytest

from lncprom import files
from lncprom.errors import InputError


def fill(path, text: str, fail: bool = False) -> None:
    with files.writing_folder(path, "mark.json") as beside:
        (beside / "mark.json").write_text("{}")
        (beside / text).write_text(text)
        if fail:
            raise KeyboardInterrupt


def names(path) -> list[str]:
    return sorted(str(each.relative_to(path)) for each in path.rglob("*") if each.is_file())


def test_new_empty_or_own_folder__filled_anew_and_nothing_of_before_in_it(tmp_path):
    out = tmp_path / "out"
    fill(out, "first")
    assert names(tmp_path) == ["out/first", "out/mark.json"]
    fill(out, "second")
    assert names(tmp_path) == ["out/mark.json", "out/second"]
    (tmp_path / "empty").mkdir()
    fill(tmp_path / "empty", "third")
    assert names(tmp_path / "empty") == ["mark.json", "third"]
    (tmp_path / "plain").mkdir()
    assert out.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_failure_while_filling__the_folder_of_before_stays_and_nothing_else(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        fill(out, "first", fail=True)
    assert list(tmp_path.iterdir()) == []
    fill(out, "first")
    with pytest.raises(KeyboardInterrupt):
        fill(out, "second", fail=True)
    assert names(tmp_path) == ["out/first", "out/mark.json"]


def test_folder_of_other_files__refused_before_and_while_writing(tmp_path):
    (tmp_path / "thesis.doc").write_text("years")
    with pytest.raises(InputError, match=r"holds other files \(no mark.json among them\)"):
        files.refuse_foreign(tmp_path, "mark.json")
    with pytest.raises(InputError):
        fill(tmp_path, "first")
    assert names(tmp_path) == ["thesis.doc"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk__one_line_and_no_folder(tmp_path, monkeypatch, number):
    def full(*given, **how):
        raise OSError(number, os.strerror(number))

    with (
        pytest.raises(InputError, match=rf"out: {os.strerror(number)}\. Free some space"),
        files.writing_folder(tmp_path / "out", "mark.json"),
    ):
        full()
    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(InputError, match=rf"out: cannot be written \({os.strerror(number)}\)"):
        fill(tmp_path / "out", "first")
    assert list(tmp_path.iterdir()) == []
