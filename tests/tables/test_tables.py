"""Rules that all tables have in common: columns, types, keys, allowed values; bytes that depend on the rows alone."""

from __future__ import annotations

import polars as pl
import pytest

from lncprom.errors import InputError
from lncprom.tables import dataset, genes, importance, predictions
from lncprom.tables.attribution import HEADS


def a_gene(**changes) -> pl.DataFrame:
    row = {"gene_id": "G1", "gene_name": None, "biotype": "lncRNA", "chrom": "1", "strand": "+", "tss": 5}
    return pl.DataFrame([row | changes], schema_overrides={"gene_name": pl.String})


def test_written_and_read__the_same_rows(tmp_path):
    genes.write(a_gene(), tmp_path / "g.parquet")
    assert genes.read(tmp_path / "g.parquet").equals(a_gene().cast({"tss": pl.Int64}))


def test_the_same_rows_in_other_chunks__the_same_bytes(tmp_path):
    rows = pl.concat([a_gene(gene_id=f"G{number}") for number in range(50)], rechunk=True)
    genes.write(rows, tmp_path / "whole")
    genes.write(pl.concat([rows[:7], rows[7:]], rechunk=False), tmp_path / "pieces")
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "pieces").read_bytes()


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (a_gene().drop("tss"), "lacks the column tss"),
        (a_gene(colour="red"), "the column colour does not belong"),
        (a_gene(strand="."), r"strand '\.' is not one of \+, -"),
        (a_gene(strand=None), "1 rows have no strand"),
        (a_gene(tss="five"), "conversion from"),
        (pl.concat([a_gene(), a_gene()]), "G1 stands more than once"),
    ],
)
def test_genes_with_a_fault__refused_by_name_and_nothing_written(tmp_path, rows, fault):
    with pytest.raises(InputError, match=rf"g\.parquet: .*{fault}"):
        genes.write(rows, tmp_path / "g.parquet")
    assert list(tmp_path.iterdir()) == []


def test_another_file__refused(tmp_path):
    (tmp_path / "g.parquet").write_text("gene_id\n")
    with pytest.raises(InputError, match=r"g\.parquet: not a Parquet table"):
        genes.read(tmp_path / "g.parquet")


@pytest.mark.parametrize("probability", [1.5, -0.1, float("nan")])
def test_a_probability_that_is_none__refused(probability):
    row = {"dataset": "d", "model": "m", "seed": 1, "sample_id": "s", "label": 1, "fold": "test"}
    with pytest.raises(InputError, match="s has probability"):
        predictions.check(pl.DataFrame([row | {"probability": probability}]), "p.parquet")


@pytest.mark.parametrize("sequence", ["", "ACGU", "acgt"])
def test_a_sequence_that_is_none__refused(sequence):
    row = dict.fromkeys(dataset.TABLE.columns) | {"sample_id": "s", "task": "t", "label": 1, "transform": "none"}
    rows = pl.DataFrame([row | {"sequence": sequence}])
    with pytest.raises(InputError, match="s has a sequence that is empty or not of A, C, G, T, N"):
        dataset.check(rows, "d.parquet")


@pytest.mark.parametrize("place", [-1, 4])
def test_a_tss_outside_of_its_sequence__refused(place):
    row = dict.fromkeys(dataset.TABLE.columns) | {"task": "t", "label": 1, "transform": "none", "sequence": "ACGT"}
    good = [row | {"sample_id": f"s{at}", "tss_index": at} for at in (None, 0, 3)]
    assert dataset.check(pl.DataFrame(good), "d.parquet").height == 3
    odd = [row | {"sample_id": name, "tss_index": place} for name in ("odd", "odder")]
    with pytest.raises(InputError, match=rf"^d.parquet: odd has tss_index {place}, which is outside of .* 4 bases"):
        dataset.check(pl.DataFrame(good + odd), "d.parquet")


def scores(**changes) -> pl.DataFrame:
    row = {"dataset": "d", "model": "m", "seed": 1, "control": "", "method": "ism", "sample_id": "s", "label": 1}
    return pl.DataFrame([row | {"position": -3, "score": 0.5} | changes])


def test_scores_of_bases_seen_and_unseen__kept_in_the_table_s_types(tmp_path):
    rows = pl.concat([scores(), scores(position=-2, score=None).cast({"score": pl.Float64})])
    importance.write(rows, tmp_path / "i.parquet")
    back = importance.read(tmp_path / "i.parquet")
    assert back["score"].to_list() == [0.5, None]
    assert back.schema == importance.TABLE.empty().schema
    assert back.schema["label"] == pl.Int8
    assert back.schema["position"] == pl.Int32


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (scores(score=float("nan")), "s has score nan at position -3, not a number"),
        (scores(score=float("-inf")), "s has score -inf at position -3"),
        (scores(control="random"), "control 'random' is not one of , random_init, shuffled_labels"),
        (scores(method="attentions"), "method 'attentions' is not one of attention, "),
        (pl.concat([scores(), scores()]), "d m 1  ism s -3 stands more than once"),
    ],
)
def test_scores_with_a_fault__refused(rows, fault):
    with pytest.raises(InputError, match=rf"i\.parquet: {fault}"):
        importance.check(rows, "i.parquet")


def test_tsv_written_and_read__the_same_rows_and_the_file_s_name(tmp_path):
    rows = [("d", "m", 1, "", 1, 1, None, 2.5), ("d", "m", 1, "random_init", 1, 1, 0.25, 3.0)]
    HEADS.write(HEADS.frame(rows), tmp_path / "h.tsv")
    assert (tmp_path / "h.tsv").read_text().splitlines() == [
        "dataset\tmodel\tseed\tcontrol\tlayer\thead\tshare_first80\tentropy_bits",
        "d\tm\t1\t\t1\t1\t\t2.5",
        "d\tm\t1\trandom_init\t1\t1\t0.25\t3.0",
    ]
    assert HEADS.read(tmp_path / "h.tsv").rows() == [(*rows[0][:3], None, *rows[0][4:], "h.tsv"), (*rows[1], "h.tsv")]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("layer\thead\n1\t1", "no column dataset. Give the table as score_attention wrote it."),
        ("DEFAULT\nd\tm\tone\t\t1\t1\t\t2.5", "not readable as a table ("),
        ("DEFAULT\nd\t\t1\t\t1\t1\t\t2.5", "1 rows have no model. Run score_attention again."),
    ],
)
def test_tsv_with_a_fault__refused_by_name(tmp_path, line, fault):
    (tmp_path / "h.tsv").write_text(line.replace("DEFAULT", "\t".join(HEADS.columns)) + "\n")
    with pytest.raises(InputError) as refused:
        HEADS.read(tmp_path / "h.tsv")
    assert str(refused.value).startswith(f"h.tsv: {fault}")


def test_a_data_set_of_several_splits__the_folds_of_each_and_a_line_for_one_more():
    rows = pl.DataFrame({"fold": ["train", "dev"], "folds": [["train", "test"], ["dev", "train"]]})
    assert dataset.of_split(rows, 2, "d.parquet")["fold"].to_list() == ["test", "train"]
    assert dataset.of_split(rows, 1, "d.parquet")["fold"].to_list() == ["train", "dev"]
    with pytest.raises(InputError, match=r"d\.parquet: split 3 of 2"):
        dataset.of_split(rows, 3, "d.parquet")
    with pytest.raises(InputError, match="split 2 of 1"):
        dataset.of_split(rows.drop("folds"), 2, "d.parquet")
