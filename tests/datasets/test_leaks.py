"""The audit of leaks: planted ones are found, shuffled sequences have none, GUE has those that are known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from lncprom import random_keys
from lncprom.datasets import leaks, sequences, shuffles
from lncprom.genome.bases import reverse_complement
from lncprom.tables import dataset
from lncprom.tables.leaks import PAIRS


def drawn(number: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).choice(np.frombuffer(b"ACGT", np.uint8), (number, 300))


def rows(letters: np.ndarray, fold, label=1, **columns) -> pl.DataFrame:
    """Rows of a data set with ids from the fold and the number."""
    known = {"sequence": sequences.to_strings(letters), "fold": fold, "label": label}
    frame = pl.DataFrame(known | columns)
    names = pl.format("{}:{}", "fold", pl.int_range(pl.len()))
    return pl.concat([dataset.TABLE.empty(), frame.with_columns(sample_id=names)], how="diagonal_relaxed")


def by_kind(audited: leaks.Audited, fold: str = "test") -> dict[str, int]:
    table = leaks.table(audited.samples, "planted", 1).filter(pl.col("fold") == fold, pl.col("measure") == "leak")
    return {kind: number for kind, number in table.select("level", "samples").rows() if number}


@pytest.fixture(scope="module")
def planted() -> pl.DataFrame:
    """500 of train; in test 10 copies, 10 of the other strand, 10 that overlap, 5 of a gene of train, 65 unrelated."""
    train, other = drawn(500), drawn(80, seed=1)
    copies, strands = train[:10], reverse_complement(train[10:20])
    where = {"chrom": "chr1", "start": np.arange(500) * 1000, "end": np.arange(500) * 1000 + 300}
    genes = {"gene_id": [f"G{number}" for number in range(500)]}
    near = np.arange(100) * 1000 + 300_000_000
    near[20:30] = np.arange(10) * 1000 + 299
    place = {"chrom": "chr1", "start": near, "end": near + 300}
    names = {"gene_id": [f"G{number}" if 30 <= number < 35 else None for number in range(100)]}
    tested = rows(np.concatenate([copies, strands, other]), "test", **place, **names)
    return pl.concat([rows(train, "train", **where, **genes), tested])


def test_planted_leaks__each_kind_is_counted_and_the_search_measures_itself(planted):
    found = leaks.audit(planted, seed=1)
    kinds = {"exact": 10, "reverse_complement": 10, "near": 20, "overlapping": 10, "same_gene": 5, "any": 35}
    assert by_kind(found) == kinds | {"related": 20, "same_label": 20}
    assert found.counts["planted"] == {"sequences": 200, "identity": 0.8, "found": pytest.approx(200, abs=6)}
    assert found.counts["null"] == {"sequences": 100, "related": 0}
    assert found.samples.filter(pl.col("exact"))["best_identity"].to_list() == [1] * 10
    assert found.samples["best_score"].max() == 300


def test_order_of_rows__changes_nothing(planted):
    one, other = (leaks.audit(table, seed=1) for table in (planted, planted.sample(fraction=1, shuffle=True, seed=3)))
    assert one.samples.equals(other.samples)
    assert one.pairs.equals(other.pairs)
    assert one.counts == other.counts


def test_two_shuffled_sets__no_more_than_one_in_a_thousand_is_related():
    parts = [
        shuffles.dinucleotide_shuffle(drawn(1000), random_keys.keys(map(str, range(1000)), seed, "test"))
        for seed in (1, 2)
    ]
    found = leaks.compare(rows(parts[0], "test"), rows(parts[1], "train"), seed=1)
    assert found.samples["related"].sum() <= 1


@pytest.mark.parametrize(("by", "low", "high"), [("sample", 0.75, 0.85), ("group", 0, 0)])
def test_negatives_of_substituted_chunks__leak_as_often_as_their_positive_is_in_train(by, low, high):
    positives = drawn(1000)
    negatives = shuffles.substitute(positives, random_keys.keys(map(str, range(1000)), 1, "substitute"))
    lots = np.random.default_rng(5).random((2, 1000))
    folds = np.where(lots < 0.8, "train", "test")
    both = [rows(part, folds[0 if by == "group" else label], label) for label, part in ((1, positives), (0, negatives))]
    table = pl.concat(both).with_columns(sample_id=pl.format("{}{}", "label", "sample_id"))
    found = leaks.audit(table, seed=1).samples
    assert low <= found["shared_chunks"].mean() <= high


@pytest.mark.real
def test_gue_as_published__copies_relatives_and_shared_chunks_as_known(real_data):
    def gue(name: str, fold: str) -> pl.DataFrame:
        table = pl.read_csv(real_data / "gue" / f"{name}.csv.gz")
        return rows(sequences.to_codes(table["sequence"]), fold, table["label"])

    tata = leaks.compare(gue("prom_300_tata.dev", "test"), gue("prom_300_tata.train", "train"), seed=42)
    assert by_kind(tata)["exact"] == 14
    assert by_kind(tata)["related"] == pytest.approx(92, abs=2)  # an alignment with gaps: 92 at a score of 60
    assert tata.counts["planted"]["found"] >= 195

    notata = gue("prom_300_notata.dev", "test").sort("label")
    negatives, positives = (notata.filter(pl.col("label") == label) for label in (0, 1))
    pairs = leaks.compare(negatives, positives, seed=42).pairs
    twins = pairs.filter(pl.col("shared_chunks") == 8)["sample_id"].n_unique()
    assert (twins, negatives.height) == (288, 2681)

    core = leaks.compare(notata, gue("prom_core_notata.train", "train"), seed=42).pairs
    whole = core.filter(pl.col("strand") == "+", pl.col("identity") == 1, pl.col("coverage") == 1)
    assert whole["sample_id"].n_unique() / notata.height == pytest.approx(0.797, abs=0.0005)


def test_no_train_or_no_dev__nothing_is_related_and_no_error(planted):
    lone = planted.filter(pl.col("fold") == "test")
    assert by_kind(leaks.audit(lone, seed=1)) == {}
    assert leaks.audit(planted.filter(pl.col("fold") == "train"), seed=1).pairs.columns == list(PAIRS.columns)
