"""compare_motifs.py from the shell: planted motifs by name, nothing in noise, or one line and no file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from helpers_motifs import explained, promoters, write
from lncprom.motifs import motif_files
from lncprom.tables import dataset, importance, motifs

DATA = Path(__file__).parents[1] / "data" / "motifs"
FILES = ["elements.tsv", "enrichment.tsv", "hits.tsv", "logos", "motifs.meme", "motifs.tsv", "seqlets.tsv"]
OWN = ["--motifs", DATA / "three.meme"]  # quicker than JASPAR's hundreds


def outputs(folder) -> list:
    return ["--out-dir", folder / "motifs", "--card", folder / "card.json"]


def table(folder, name: str) -> pl.DataFrame:
    kinds = {column: kind.dtype for column, kind in motifs.TABLES[name].items()}
    rows = pl.read_csv(folder / "motifs" / f"{name}.tsv", separator="\t", schema_overrides=kinds)
    assert rows.columns == list(kinds)
    return rows.with_columns(pl.col("control").fill_null(""))


@pytest.fixture
def work(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """The folder of a run on planted motifs against all of JASPAR, and what it was called with."""
    from click.testing import CliRunner

    import compare_motifs

    folder = tmp_path_factory.mktemp("planted")
    rows, truth = promoters(200)
    given = write(folder, rows, explained(rows, truth))
    result = CliRunner().invoke(compare_motifs.main, [str(part) for part in [*given, *outputs(folder)]])
    assert result.exit_code == 0, result.output
    return folder, given


def test_planted_motifs__sp1_nrf1_and_tbp_are_the_first_hits(planted):
    folder, _ = planted
    motifs = table(folder, "motifs")
    trained = motifs.filter((pl.col("control") == "") & (pl.col("class") == "positive"))
    assert sorted(trained["motif_name"]) == ["Nrf1", "SP1", "TBP"]
    assert trained["named"].all()
    assert (trained["tomtom_q"] < 0.01).all()
    assert trained.filter(pl.col("evidence") == "found").height >= 2
    assert set(trained["evidence"]) <= {"found", "place"}
    assert trained["composition_share"].max() < 0.6
    assert trained["composition_p"].max() < 1e-4
    where = dict(trained.select("motif_name", "position_median").iter_rows())
    assert where["TBP"] == pytest.approx(-27, abs=2)  # trimmed columns move its middle
    families = table(folder, "hits").join(trained.filter(pl.col("motif_name") == "SP1"), on="pattern", how="semi")
    assert families.filter(pl.col("rank") <= 4)["tf_family"].unique().to_list() == ["Three-zinc finger Kruppel-related"]


def test_controls_and_other_class__nothing_named(planted):
    motifs = table(planted[0], "motifs")
    rest = motifs.filter((pl.col("control") != "") | (pl.col("class") == "negative"))
    assert not rest["named"].any()
    assert set(rest["evidence"].drop_nulls()) <= {"chance"}
    assert rest.filter(pl.col("control") != "")["evidence"].null_count() == rest.filter(pl.col("control") != "").height


def test_elements_and_enrichment__tata_and_gc_box_where_they_are(planted):
    folder, _ = planted
    elements = table(folder, "elements")
    assert elements.height == 8 * 2 * 2
    mine = elements.filter((pl.col("control") == "") & (pl.col("class") == "positive"))
    for name in ("TATA box", "GC box"):
        row = mine.filter(pl.col("element") == name).row(0, named=True)
        assert row["q_value"] < 1e-3
        assert row["rank_q"] < 1e-3
        assert row["odds_ratio"] > row["ci_low"] > 1
    random_init = elements.filter(pl.col("control") == "random_init")
    assert random_init["rank_q"].drop_nulls().min() > 0.01
    enriched = table(folder, "enrichment")
    first = enriched.filter((pl.col("control") == "") & (pl.col("class") == "positive"))
    assert {"MA0506.3", "MA0079.5"} <= set(first.filter(pl.col("q_value") < 0.01)["motif_id"])
    assert enriched.filter(pl.col("control") == "random_init")["q_value"].min() > 0.01


def test_folder__tables_patterns_logos_and_card_agree(planted):
    folder, _ = planted
    assert sorted(path.name for path in (folder / "motifs").iterdir()) == FILES
    motifs = table(folder, "motifs").filter(pl.col("control") == "")
    raw = motif_files.read(folder / "motifs" / "motifs.meme")
    assert [motif.id for motif in raw] == motifs["pattern"].to_list()
    assert [motif.counts.shape[1] for motif in raw] == motifs["width"].to_list()
    assert [round(motif.counts[:, 0].sum()) for motif in raw] == motifs["members"].to_list()
    logos = sorted(f"logos/{path.name}" for path in (folder / "motifs" / "logos").iterdir())
    assert logos == sorted(motifs["logo"])
    seqlets = table(folder, "seqlets")
    mine = seqlets.filter((pl.col("control") == "") & pl.col("pattern").is_not_null())
    counted = dict(mine.group_by("pattern").len().iter_rows())
    assert counted == dict(motifs.select("pattern", "members").iter_rows())
    rows = dataset.read(folder / "d.parquet")
    row = seqlets.row(0, named=True)
    text, tss = rows.filter(pl.col("sample_id") == row["sample_id"]).select("sequence", "tss_index").row(0)
    assert row["sequence"] == text[tss + row["start"] : tss + row["end"]]
    card = json.loads((folder / "card.json").read_text())
    assert (card["step"], card["dataset"], card["model"]) == ("compare_motifs", "d", "m")
    assert card["parameters"]["motifs"] == "JASPAR2024 vertebrates CORE"
    assert card["parameters"]["pseudocount"] == 1
    assert {"memelite", "pyjaspar", "tangermeme"} <= set(card["versions"])
    assert card["counts"]["seeds"] == {"as trained": [1], "random_init": [1]}
    assert card["counts"]["named"] == motifs["named"].sum()


def test_rows_in_another_order_and_one_thread__same_bytes(step, planted, work, monkeypatch):
    import numba

    folder, _ = planted
    rows = dataset.read(folder / "d.parquet").sample(fraction=1, shuffle=True, seed=1)
    scored = importance.read(folder / "i.parquet").sample(fraction=1, shuffle=True, seed=2)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        result = step("compare_motifs", *write(work, rows, scored), *outputs(work))
    finally:
        numba.set_num_threads(before)
    assert result.exit_code == 0, result.output
    for path in sorted((folder / "motifs").rglob("*.*")):
        assert path.read_bytes() == (work / "motifs" / path.relative_to(folder / "motifs")).read_bytes(), path.name


def test_random_importance__no_pattern_is_found_and_the_card_says_so(step, work):
    rows, truth = promoters(80)
    given = write(work, rows, explained(rows, truth, controls={"": 0.0, "random_init": 0.0}))
    result = step("compare_motifs", *given, *outputs(work), *OWN, "--seed", 7)
    assert result.exit_code == 0, result.output
    motifs = table(work, "motifs")
    assert not motifs["named"].any()
    assert "found" not in motifs["evidence"].to_list()
    assert json.loads((work / "card.json").read_text())["counts"]["named"] == 0


SEQLETS = pytest.param("seqlets", 300, marks=pytest.mark.full)  # compiles a minute


@pytest.mark.parametrize(("source", "length"), [("windows", 300), ("windows", 8), SEQLETS])
def test_no_window_or_none_above_zero__empty_tables_with_headers_a_note_and_exit_0(step, work, source, length):
    rows, truth = promoters(40)
    rows = rows.with_columns(pl.col("sequence").str.tail(length), pl.lit(length - 1, pl.Int32).alias("tss_index"))
    given = write(work, rows, explained(rows, 0 * truth[:, :length], noise=0, controls={"": 1.0}))
    result = step("compare_motifs", *given, *outputs(work), *OWN, "--source", source)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (work / "motifs").iterdir()) == FILES
    assert [table(work, name).height for name in ("motifs", "hits", "seqlets")] == [0, 0, 0]
    assert list((work / "motifs" / "logos").iterdir()) == []
    notes = json.loads((work / "card.json").read_text())["notes"]
    assert any(f"no {source} at this rate" in note for note in notes)
    assert any("randomly initialised" in note for note in notes)
    assert any("three.meme has 3 motifs" in note for note in notes)


def test_unsigned_method_and_no_tss__positive_class_only_positions_from_the_last_base_no_elements(step, work):
    rows, truth = promoters(40)
    rows = rows.with_columns(pl.lit(None, pl.Int32).alias("tss_index"))
    given = write(work, rows, explained(rows, np.abs(truth), method="attention"))
    result = step("compare_motifs", *given, *outputs(work), *OWN, "--method", "attention")
    assert result.exit_code == 0, result.output
    for name in ("motifs", "seqlets", "enrichment"):
        assert set(table(work, name)["class"]) <= {"positive"}
        assert set(table(work, name)["method"]) <= {"attention"}
    assert table(work, "elements").height == 0
    assert table(work, "seqlets")["end"].max() <= 1
    card = json.loads((work / "card.json").read_text())
    assert card["counts"]["tss_known"] is False
    assert any("no TSS is known" in note for note in card["notes"])


def test_negative_scores_in_negatives__patterns_of_the_negative_class(step, work):
    rows, truth = promoters(100)
    rows = rows.with_columns((1 - pl.col("label")).alias("label"))
    given = write(work, rows, explained(rows, -truth))
    result = step("compare_motifs", *given, *outputs(work), *OWN)
    assert result.exit_code == 0, result.output
    motifs = table(work, "motifs").filter(pl.col("control") == "")
    named = motifs.filter(pl.col("named"))
    assert set(named["class"]) == {"negative"}
    assert "GCBOX" in named["motif_id"].to_list()


@pytest.fixture
def small(tmp_path):
    rows, truth = promoters(3)
    return rows, write(tmp_path, rows, explained(rows, truth))


BAD = {
    "ragged JASPAR": (["--motifs", DATA / "ragged.jaspar"], ("ragged.jaspar, line 3", "3 columns")),
    "short MEME row": (["--motifs", DATA / "short_row.meme"], ("short_row.meme, line 8", "3 numbers")),
    "release": (["--jaspar-release", "JASPAR2023"], ("--jaspar-release JASPAR2023", "JASPAR2022")),
    "method": (["--method", "occlusion"], ("--method occlusion", "i.parquet")),
    "data set's name": (["--name", "e"], ("i.parquet", "of the data set d, not e")),
    "model's name": (["--model", "n"], ("i.parquet", "of the model m, not n")),
    "blank": (["--model", "a b"], ("--model 'a b'",)),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_option_or_file__one_line_and_nothing_left(step, refused, small, work, kind):
    more, words = BAD[kind]
    refused(step("compare_motifs", *small[1], *outputs(work), *more), *words, nothing_in=work)


def test_other_tables__refused_by_the_first_sample_or_column_they_lack(step, refused, small, tmp_path, work):
    rows, given = small
    dataset.write(rows[1:], tmp_path / "d.parquet")
    words = ("i.parquet", "d000000: no such sample in d.parquet")
    refused(step("compare_motifs", *given, *outputs(work)), *words, nothing_in=work)
    dataset.write(rows, tmp_path / "i.parquet")
    refused(step("compare_motifs", *given, *outputs(work)), "i.parquet", "importance", "method", nothing_in=work)


def test_folder_with_other_files__kept(step, refused, small, work):
    (work / "motifs").mkdir()
    (work / "motifs" / "mine.txt").write_text("mine")
    refused(step("compare_motifs", *small[1], *outputs(work)), "motifs.tsv", nothing_in=work, but=("motifs",))
    assert (work / "motifs" / "mine.txt").read_text() == "mine"
