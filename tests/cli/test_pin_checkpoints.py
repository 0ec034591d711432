"""pin_checkpoints against a hub on loopback: branches become commits, and nothing else of a sheet changes."""

from __future__ import annotations

import re

import pytest

from helpers_hub import COMMIT, MODEL, OLDER, Hub
from lncprom.hub import client

HEADER = "name,family,checkpoint,revision,options"
# of the shipped sheets, the checkpoints whose commit no public registry lists
UNPINNED = {
    "models.csv": set(),
    "models_more.csv": {"RaphaelMourad/ModernBERT-DNA-v1-37M-hg38", "AIRI-Institute/moderngena-base"},
}


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setattr(client, "WAITS", (0, 0))
    with Hub() as server:
        server.add({"config.json": b"{}"})
        yield server


@pytest.fixture
def pin(step, tmp_path, hub):
    """Call with the lines of a sheet: the result, and the new sheet's lines where one was written."""

    def call(*lines: str, out: str = "pinned.csv"):
        (tmp_path / "models.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        made = tmp_path / out
        made.parent.mkdir(exist_ok=True)
        result = step("pin_checkpoints", "--models", tmp_path / "models.csv", "--endpoint", hub.url, "--out", made)
        return result, made.read_text().splitlines() if made.exists() else None

    return call


def test_main__becomes_the_commit_that_it_is_and_all_else_stays(pin, hub):
    hub.add({"config.json": b"{}"}, model="lab/other", commit=OLDER)
    hub.branches["main"] = OLDER
    lines = [
        HEADER,
        "# compared with each other",
        "lr,logistic_regression,,,",
        "",
        "other, dnabert,lab/other , main ,lora_targets=query value",
        f"bert,dnabert2,{MODEL},{COMMIT},",
        "small,nucleotide_transformer,demo:nucleotide_transformer,,",
    ]
    result, found = pin(*lines)
    assert result.exit_code == 0, result.output
    assert found == [line.replace(" main ", OLDER) for line in lines]
    assert f"other: lab/other at main is commit {OLDER}" in result.stderr
    assert f"bert: {MODEL} at {COMMIT}, as before" in result.stderr
    assert not any(MODEL in path for path in hub.paths())  # a commit needs no hub


def test_the_pinned_sheet__pinned_again_is_the_same(pin):
    result, found = pin(HEADER, f"bert,dnabert,{MODEL},main,")
    assert found == [HEADER, f"bert,dnabert,{MODEL},{COMMIT},"], result.output
    assert pin(*found)[1] == found


@pytest.mark.parametrize("sheet", UNPINNED)
def test_the_shipped_sheets__hub_rows_have_commits_where_one_is_known_and_nothing_is_asked(pin, hub, root, sheet):
    lines = (root / "assets" / sheet).read_text().splitlines()
    columns = [column for column in lines[0].split(",") if column != "tokenizer"]
    assert ",".join(columns) == (root / "assets" / "models.csv").read_text().splitlines()[0]
    moving = [line for line in lines if ",main," in line]
    assert {line.split(",")[2] for line in moving} == UNPINNED[sheet]
    lines = [line for line in lines if line not in moving]
    result, found = pin(*lines)
    assert result.exit_code == 0, result.output
    assert (found, hub.asked) == (lines, [])
    rows = [line.split(",")[2:4] for line in lines[1:] if "/" in line]
    assert len(rows) >= 5
    assert all(re.fullmatch(r"[0-9a-f]{40}", revision) for _, revision in rows)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["name,family,checkpoint", "a,dnabert,x"], "models.csv: no column revision"),
        ([HEADER, "a,dnabert,x,main"], "models.csv, line 2: 4 cells, the header has 5"),
        ([HEADER, "", "a,dnabert,lab/none,main,"], "models.csv, line 3: lab/none at main: "),
        ([HEADER, f"a,cnn,{MODEL},main,"], "models.csv, line 2: --family cnn"),
        ([HEADER, f"a,dnabert,{MODEL},next,"], "models.csv, line 2: lab/promoter-bert at next: "),
        ([HEADER, "lr,logistic_regression,,,"], "there is nothing to pin"),
    ],
)
def test_a_sheet_that_cannot_be_pinned__one_line_and_no_file(pin, refused, tmp_path, lines, words):
    result, _ = pin(*lines)
    refused(result, words, nothing_in=tmp_path, but=("models.csv",))


def test_a_hub_out_of_reach__said_and_the_sheet_that_was_there_stays(pin, hub, refused, tmp_path):
    hub.stop()
    (tmp_path / "pinned.csv").write_text("mine\n")
    result, found = pin(HEADER, f"bert,dnabert,{MODEL},main,")
    refused(result, f"models.csv, line 2: {MODEL} at main: {hub.url} cannot be reached (", "Run this on a machine")
    assert found == ["mine"]


def test_a_folder_relative_to_the_sheet__stays_beside_it_or_is_refused(pin, refused, tmp_path):
    (tmp_path / "mine").mkdir()
    lines = [HEADER, "a,dnabert,mine,,", f"bert,dnabert,{MODEL},main,"]
    assert pin(*lines)[1] == [*lines[:2], f"bert,dnabert,{MODEL},{COMMIT},"]
    result, _ = pin(*lines, out="elsewhere/pinned.csv")
    refused(result, "models.csv, line 2: the folder mine is relative to the sheet", nothing_in=tmp_path / "elsewhere")
