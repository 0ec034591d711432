"""Scores by level: a planted model that is right in one level only, where levels come from, and real promoters."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from scipy import stats

from helpers_baseline import planted, table
from lncprom.evaluation import strata
from lncprom.genes import promoter_bed, tss
from lncprom.genome import bases
from lncprom.genome.reader import Genome
from lncprom.sites import tata_box
from lncprom.sites.divergent import bidirectional
from lncprom.tables import dataset, metrics, predictions

ISLAND = "CG" * 100
ALL = ",".join(metrics.STRATA_NAMES)


@pytest.fixture
def data(tmp_path):
    """2,000 samples of two biotypes; the model knows the label of protein-coding ones and draws that of lncRNA."""
    biotype = np.resize(["protein_coding"] * 2 + ["lncRNA"] * 2, 2000)
    of_groups = [f"g{at // 4:04d}" for at in range(2000)]
    rows = planted(2000, biotype=biotype.tolist(), group=of_groups, fold=["dev"] * 500 + ["test"] * 1500)
    dataset.write(rows, tmp_path / "d.parquet")
    predicted = []
    for seed in (1, 2):
        draw = np.random.default_rng(seed)
        known = 0.5 + 0.4 * (rows["label"].to_numpy() - 0.5) + 0.15 * draw.normal(size=2000)
        probability = np.where(biotype == "lncRNA", draw.random(2000), np.clip(known, 0, 1))
        facts = {"dataset": "d", "model": "m", "seed": seed, "probability": probability}
        predicted.append(
            rows.select(
                "sample_id",
                "label",
                "fold",
                **{k: pl.lit(v) for k, v in list(facts.items())[:3]},
                probability=pl.Series(probability),
            )
        )
    predictions.write(pl.concat(predicted), tmp_path / "p.parquet")
    return tmp_path


def call(step, data, work, *more, dataset="d.parquet", predictions="p.parquet"):
    given = ["--predictions", data / predictions, "--dataset", data / dataset, "--name", "d"]
    outputs = ["--out", work / "m.tsv", "--curves", work / "c.tsv", "--card", work / "card.json"]
    return step("evaluate", *given, *outputs, "--seeds-out", work / "s.tsv", "--strata-out", work / "st.tsv", *more)


def test_model_that_knows_one_biotype__right_there_random_in_the_other_with_the_intervals_of_the_subset(
    step, data, work
):
    homology = pl.DataFrame({"sample_id": [f"s{at:05d}" for at in range(500, 2000)], "split": 1})
    number = pl.int_range(pl.len(), dtype=pl.Int64)
    positives_above = pl.when(number % 2 == 1).then(300).otherwise(240)  # so that the last level has one class
    homology = homology.with_columns(best_score=number % positives_above)
    homology.write_parquet(data / "h.parquet")
    result = call(step, data, work, "--strata", ALL, "--homology", data / "h.parquet")
    assert result.exit_code == 0, result.output
    found = metrics.STRATA.read(work / "st.tsv")
    assert found["stratum"].unique(maintain_order=True).to_list() == ["biotype", "homology"]
    levels = found.filter(metric="auroc", stratum="homology").select("level", "n").rows()
    assert levels == [("below 30", 180), ("30-59", 180), ("60-119", 330), ("120-239", 660), ("240 or more", 150)]
    one_class = found.filter(level="240 or more")
    assert one_class.select("value", "ci_low", "ci_high", "interval_note").null_count().row(0) == (2, 2, 2, 2)
    by = {row["level"]: row for row in found.filter(metric="mcc", stratum="biotype").to_dicts()}
    assert by["protein_coding"]["value"] > 0.75
    assert by["lncRNA"]["ci_low"] < 0 < by["lncRNA"]["ci_high"]
    assert {row["n_groups"] for row in by.values()} == {375}
    notes = json.loads((work / "card.json").read_text())["notes"]
    assert [note.split(" is left out: ")[0] for note in notes if "stratum" in note] == [
        f"stratum {name}" for name in ("cpg_island", "bidirectional", "tata", "repeat", "tss_support")
    ]

    rows, of = dataset.read(data / "d.parquet"), predictions.read(data / "p.parquet")
    kept = rows.filter((pl.col("fold") == "dev") | (pl.col("biotype") == "lncRNA"))
    dataset.write(kept, data / "kept.parquet")
    predictions.write(of.filter(pl.col("sample_id").is_in(kept["sample_id"].implode())), data / "kept_p.parquet")
    assert call(step, data, work, dataset="kept.parquet", predictions="kept_p.parquet").exit_code == 0
    alone = metrics.SEEDS.read(work / "s.tsv").filter(
        pl.col("fold") == "test", pl.col("metric").is_in(["mcc", "auroc"])
    )
    same = ["metric", "seeds", "ci_low", "ci_high", "n", "n_positive", "n_groups"]
    assert found.filter(level="lncRNA").select(*same, "value").rows() == alone.select(*same, "mean").rows()


def test_homology_of_another_data_set__refused_by_file(step, data, work, refused):
    pl.DataFrame({"sample_id": ["else"], "split": 1, "best_score": 40}).write_parquet(data / "h.parquet")
    given = ("--strata", "homology", "--homology", data / "h.parquet")
    refused(call(step, data, work, *given), "h.parquet: no sample is in the data set", nothing_in=work)


def test_a_regression__spearman_of_each_level_as_scipys_also_where_all_have_one_label(step, data, work):
    draw = np.random.default_rng(2)
    rows = dataset.read(data / "d.parquet")
    target = pl.Series(rows["label"] + draw.normal(size=rows.height))
    rows = rows.with_columns(
        target=target, biotype=pl.when(pl.col("label") == 1).then(pl.lit("lncRNA")).otherwise(pl.lit("coding"))
    )
    dataset.write(rows, data / "t.parquet")
    guess = pl.Series(rows["target"] + draw.normal(size=rows.height))
    of = predictions.read(data / "p.parquet").filter(seed=1).with_columns(prediction=guess)
    predictions.write(of, data / "t_p.parquet")
    result = call(step, data, work, "--strata", "biotype", dataset="t.parquet", predictions="t_p.parquet")
    assert result.exit_code == 0, result.output
    found = metrics.STRATA.read(work / "st.tsv")
    value = dict(found.filter(metric="spearman").select("level", "value").rows())
    assert found.filter(metric="mcc")["value"].to_list() == [None, None]
    test = rows.with_columns(guess=guess).filter(fold="test")
    assert len(value) == 2
    for level, spearman in value.items():
        part = test.filter(biotype=level)
        assert spearman == pytest.approx(stats.spearmanr(part["target"], part["guess"]).statistic)


def test_unknown_stratum__one_line_with_the_nearest_name(step, data, work, refused):
    words = ["--strata cpg_islands: no such stratum. Did you mean cpg_island?"]
    refused(call(step, data, work, "--strata", "biotype,cpg_islands"), *words, nothing_in=work)


def test_levels__from_sequence_and_columns_and_of_an_artificial_negative_its_promoter_s():
    weights = tata_box.WEIGHTS[:, :].argmax(axis=0)
    box = "".join("ACGT"[base] for base in weights)
    boxed = "A" * 200 + "C" * 18 + box + "C" * 16 + "G" + "C" * 50  # position 0 of the box 28 bases before the TSS
    plain = "A" * 100 + ISLAND
    rows = table(
        sample_id=["boxed", "plain", "boxed~substitute", "short", "other:9:+"],
        task=["t"] * 5,
        label=[1, 1, 0, 1, 0],
        transform=["none", "none", "substitute", "none", "none"],
        sequence=[boxed, plain, plain, "ACGT" * 10, plain],
        tss_index=[249, 249, 249, 9, None],
        repeat_fraction=[0.51, 0.5, 0.51, None, 0.2],
        bidirectional=[True, False, True, None, None],
    )
    found = strata.levels(rows, list(metrics.STRATA_NAMES), [])
    wanted = {
        "cpg_island": ["no", "yes", "no", None, "yes"],
        "tata": ["yes", "no", "yes", None, None],
        "repeat": ["yes", "no", "yes", None, "no"],
        "bidirectional": ["yes", "no", "yes", None, None],
        "tss_support": [None] * 5,
    }
    assert {name: found[name]["level"].to_list() for name in wanted} == wanted


def test_cpg_island__as_counted_window_by_window():
    draw = np.random.default_rng(1)
    texts = [
        "".join(draw.choice(list("ACGTN"), size=draw.integers(200, 260), p=[0.28, 0.235, 0.235, 0.22, 0.03]))
        for _ in range(60)
    ]
    codes = np.zeros((60, 260), np.uint8)
    for row, text in zip(codes, texts, strict=True):
        row[: len(text)] = np.frombuffer(text.encode(), np.uint8)

    def island(text: str) -> bool:
        for window in (text[at : at + 200] for at in range(len(text) - 199)):
            c, g = window.count("C"), window.count("G")
            if c + g >= 100 and window.count("CG") * 200 >= 0.6 * c * g > 0:
                return True
        return False

    wanted = [island(text) for text in texts]
    assert 10 < sum(wanted) < 50
    assert bases.has_cpg_island(codes).tolist() == wanted


def test_promoters_and_genes_of_the_human_genome__as_counted_before(real_data):
    promoters = promoter_bed.read(real_data / "EPDnew006.chr20_1-10000000.bed").rows
    genome = Genome.open(real_data / "GRCh38.chr20_1-10000000.fa.gz")
    windows = genome.windows(promoters["chrom"], promoters["tss"].to_numpy(), promoters["strand"].to_numpy(), 300)
    assert (len(windows), bases.has_cpg_island(windows).sum()) == (176, 108)
    genes = tss.transcription_starts(
        real_data / "Homo_sapiens.GRCh38.109.genes_only.gtf.gz", ("protein_coding", "lncRNA")
    ).genes
    found = bidirectional(genes, genes.filter(pl.col("biotype") == "protein_coding"))
    shares = dict(found.group_by("biotype").agg(pl.col("bidirectional").mean()).rows())
    assert shares == {"lncRNA": pytest.approx(0.075, abs=0.0005), "protein_coding": pytest.approx(0.086, abs=0.0005)}
