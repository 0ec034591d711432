"""Matched pairs of genes: no pairing has more, pairs stay in one fold, and the known numbers of GTEx V7."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from lncprom.errors import InputError
from lncprom.genes import expression_labels, expression_table, tss
from lncprom.genome.reader import Genome
from lncprom.sites import define, folds, matching, tasks

numbers = st.lists(st.integers(0, 20).map(lambda step: step / 10), max_size=9).map(np.array)
CODING_VS_LNCRNA = tasks.get("coding_vs_lncrna")


@given(numbers, numbers, st.sampled_from([0, 0.1, 0.35]))
def test_sorted_pairs__within_tolerance_each_once_and_as_many_as_any_assignment(one, other, tolerance):
    ours, theirs = matching.sorted_pairs(one, other, tolerance)
    assert len(set(ours.tolist())) == len(ours) == len(theirs) == len(set(theirs.tolist()))
    near = np.abs(one.reshape(-1, 1) - other.reshape(1, -1)) <= tolerance + 1e-9
    assert near[ours, theirs].all()
    best = near[linear_sum_assignment(near, maximize=True)].sum() if near.size else 0
    assert len(ours) == best


def candidates(n: int = 400) -> pl.DataFrame:
    """Genes of two classes on a genome of random bases: positives have more expression, and more support."""
    random = np.random.default_rng(1)
    label = np.arange(n) % 2
    return pl.DataFrame(
        {
            "gene_id": [f"G{number:03}" for number in range(n)],
            "gene_name": pl.Series([None] * n, dtype=pl.String),
            "biotype": np.where(label, "protein_coding", "lncRNA"),
            "chrom": "chr1",
            "strand": random.choice(["+", "-"], n),
            "tss": 1000 + 100 * np.arange(n),
            "tss_support": random.random(n) < 0.3 + 0.4 * label,
            "mean_log_tpm": pl.Series(random.normal(label, 1)).set(pl.Series(np.arange(n) == 7), None),
        }
    )


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    bases = np.random.default_rng(2).choice(list("ACGT"), 50_000)
    path = tmp_path_factory.mktemp("genome") / "g.fa"
    path.write_text(f">chr1\n{''.join(bases)}\n")
    return Genome.open(path)


def defined(genome, genes=None, task=CODING_VS_LNCRNA, **how):
    return define.define(task, candidates() if genes is None else genes, None, genome, define.Settings(**how))


@pytest.mark.parametrize(
    "names", [("log_tpm",), ("log_tpm", "tss_support"), ("tss_support",), ("log_tpm", "gc", "cpg")]
)
def test_every_kind_of_match__pairs_are_alike_and_the_card_shows_the_balance(genome, names):
    caliper = 0.1 if len(names) < 3 else 0.3
    found = defined(genome, match=names, caliper=caliper)
    pairs = found.sites.join(candidates().select("gene_id", "mean_log_tpm", "tss_support"), on="gene_id")
    pairs = (
        pairs.sort("pair", "label").group_by("pair", maintain_order=True).agg("label", "mean_log_tpm", "tss_support")
    )
    assert pairs["label"].to_list() == [[0, 1]] * pairs.height
    balance = found.counts["match"]
    assert balance["pairs"] == pairs.height > 40
    assert found.counts["label"] == {"positive": pairs.height, "negative": pairs.height}
    if "tss_support" in names:
        assert (pairs["tss_support"].list.n_unique() == 1).all()
        assert balance["tss_support"]["after"] == {"standardised_difference": 0, "auroc": 0.5}
    if "log_tpm" in names:
        of = balance["log_tpm"]
        sd = pairs["mean_log_tpm"].list.diff().list.last().abs().max() / caliper
        assert sd < 1.2  # the classes' standard deviations are 1
        assert abs(of["after"]["standardised_difference"]) < 0.15 < 0.8 < of["before"]["standardised_difference"]
        assert abs(of["after"]["auroc"] - 0.5) < 0.1 < 0.2 < of["before"]["auroc"] - 0.5
        assert found.dropped[matching.UNMEASURED] == 1


def test_rows_in_another_order__the_same_sites(genome):
    mixed = candidates().sample(fraction=1, shuffle=True, seed=3)
    for how in ({"match": ("log_tpm",)}, {"match": ("log_tpm", "gc"), "caliper": 0.2}):
        assert defined(genome, mixed, **how).sites.equals(defined(genome, **how).sites)


@pytest.mark.parametrize(
    ("how", "task", "words"),
    [
        (
            {"match": ("log_tpm",), "caliper": 1e-9},
            "coding_vs_lncrna",
            r"--caliper 1e-09 .* within 2e-09 there would be 0",
        ),
        ({"match": ("tpm",)}, "coding_vs_lncrna", r"--match tpm: not known. Did you mean log_tpm\?"),
        (
            {"match": ("gc",)},
            "biological_vs_artificial",
            r"--match: biological_vs_artificial has no two classes of genes",
        ),
        ({"require_tss_support": True}, "promoter_vs_nonpromoter", r"--require-tss-support: .* no task between genes"),
    ],
)
def test_what_cannot_be_matched__refused_in_one_line(genome, how, task, words):
    with pytest.raises(InputError, match=words):
        defined(genome, task=tasks.get(task), **how)


def test_a_caliper_without_a_pair__how_many_there_would_be_at_twice(genome):
    apart = candidates(4).with_columns(mean_log_tpm=pl.Series([0.0, 1.5, 2.0, 3.5]))  # sd 1.41: 1.5, or .35, apart
    with pytest.raises(InputError, match=r"within 0\.4 there would be 1\. Give a larger caliper"):
        defined(genome, apart, match=("log_tpm",), caliper=0.2)


def test_required_support__only_supported_genes_and_the_others_counted(genome):
    found = defined(genome, require_tss_support=True, balance=False)
    unsupported = candidates().filter(~pl.col("tss_support")).height
    assert found.dropped[define.UNSUPPORTED] == unsupported == 400 - found.sites.height
    with pytest.raises(InputError, match=r"has no tss_support\. Give --tss-support to extract_tss"):
        defined(genome, candidates().drop("tss_support"), require_tss_support=True)


def test_what_no_caliper_can_help__said_so(genome):
    high_vs_low = tasks.get("coding_high_vs_low")
    with pytest.raises(InputError, match=r"--match log_tpm: it defines the classes of coding_high_vs_low"):
        defined(genome, task=high_vs_low, match=("log_tpm",))
    apart = candidates().with_columns(tss_support=pl.col("biotype") == "lncRNA")
    with pytest.raises(InputError, match=r"no pair of genes has the same\. Match something else"):
        defined(genome, apart, match=("tss_support",))
    with pytest.raises(InputError, match=r"\(0 gc\)\. Give a smaller --window"):
        defined(genome, match=("gc",), window=100_000)


def test_required_support_that_no_gene_of_a_class_has__refused_by_class(genome):
    silent = candidates().with_columns(tss_support=pl.col("tss_support") & (pl.col("biotype") != "lncRNA"))
    with pytest.raises(InputError, match=r"no peak supports any TSS of the 200 negative genes\. Give CAGE peaks"):
        defined(genome, silent, require_tss_support=True)


@pytest.mark.parametrize("left", [0, 1])
def test_fewer_than_two_genes_of_a_class_with_a_value__refused_by_class_and_column(genome, left):
    rows = candidates().with_row_index().sort("biotype", "index")  # lncRNA first
    rows = rows.with_columns(
        mean_log_tpm=pl.when(pl.int_range(pl.len()).is_between(left, 199)).then(None).otherwise(1.0)
    )
    words = rf"--match log_tpm,gc: of 200 negative genes, fewer than two have all values \({left} log_tpm, 200 gc\)"
    with pytest.raises(InputError, match=words):
        defined(genome, rows.drop("index"), match=("log_tpm", "gc"))


@pytest.mark.parametrize("column", ["mean_log_tpm", "tss_support"])
def test_no_column_to_match__refused_with_the_step_that_makes_it(genome, column):
    how = {"mean_log_tpm": ("log_tpm", r"with a TPM table\.$"), "tss_support": ("tss_support", r"\(--tss-support\)\.$")}
    with pytest.raises(InputError, match=rf"no column {column}\. .*{how[column][1]}"):
        defined(genome, candidates().drop(column), match=(how[column][0],))


@pytest.mark.parametrize("by", ["group", "sample"])
def test_folds__a_pair_is_in_one_and_tasks_without_pairs_keep_their_columns(genome, by):
    matched, other = defined(genome, match=("log_tpm",)).sites, defined(genome, balance=False).sites
    other = other.with_columns(task=pl.lit("other"), tss=pl.col("tss") * 10)
    done = folds.assign({"a": matched, "b": other}, 100, by, (0.8, 0.1, 0.1), 1).tables
    assert (done["a"].group_by("pair").agg(pl.col("fold").n_unique())["fold"] == 1).all()
    assert done["a"]["fold"].n_unique() == 3
    assert "pair" not in done["b"].columns
    if by == "group":
        assert (done["a"].group_by("pair").agg(pl.col("group").n_unique())["group"] == 1).all()


def test_folds_by_chromosome__refused_for_pairs(genome):
    with pytest.raises(InputError, match=r"--by chromosome: it divides matched pairs of genes\. Give --by group"):
        folds.assign({"a": defined(genome, match=("log_tpm",)).sites}, 100, "chromosome", (0.8, 0.1, 0.1), 1)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 7), st.one_of(st.none(), st.integers(0, 5))), min_size=1, max_size=12))
def test_groups_that_share_a_pair__one_group_as_by_repeated_merging(rows):
    group = [f"g{number}" for number, _ in rows]
    pair = [None if number is None else f"p{number}" for _, number in rows]
    expected = list(group)
    for _ in rows:  # no chain is longer
        for one, of in zip(list(expected), pair, strict=True):
            least = min([one, *(o for o, p in zip(expected, pair, strict=True) if p == of and p is not None)])
            expected = [least if other == one else other for other in expected]
    found = folds.joined(pl.Series(group), pl.Series(pair, dtype=pl.String)).to_list()
    assert found == expected


@pytest.mark.real
def test_gtex_v7__6272_coding_lncrna_pairs_within_a_hundredth_of_log2_and_expression_predicts_nothing(real_data):
    genes = tss.transcription_starts(real_data / "Homo_sapiens.GRCh38.109.genes_only.gtf.gz").genes
    table = expression_table.read(real_data / "GTEx_V7_gene_median_tpm.gct.gz")
    tissues = "Bladder,Cervix - *,Fallopian Tube,Kidney - Cortex"
    rows = expression_labels.label(genes, table, expression_labels.Rule(exclude_tissues=tissues)).genes
    rows = rows.filter(pl.col("chrom") != "MT", pl.col("biotype").is_in(["protein_coding", "lncRNA"]))
    rows = rows.with_columns(label=pl.col("biotype") == "protein_coding", sample_id="gene_id").sort("gene_id")
    sd = 1.49595  # root of the mean variance: 0.01 of log2(TPM + 1) are 0.0067 standard deviations
    for least, pairs in ((0, 6_272), (0.5, 2_949)):
        values = rows.filter(pl.col("mean_log_tpm") >= least)
        coding, lncrna = (values.filter(pl.col("label") == side)["mean_log_tpm"].to_numpy() for side in (True, False))
        assert len(matching.sorted_pairs(coding, lncrna, 0.01)[0]) == pairs
    rows = rows.with_columns(pl.col("label").cast(pl.Int8))
    assert matching.match(rows, None, ("log_tpm",), 0.01 / sd, 300).balance["pairs"] == 6_272
    found = matching.match(rows, None, ("log_tpm",), define.Settings().caliper, 300)
    assert found.balance["pairs"] == 6_263
    assert found.balance["log_tpm"]["before"]["auroc"] > 0.87
    assert found.balance["log_tpm"]["after"]["auroc"] == pytest.approx(0.5, abs=0.01)
    assert abs(found.balance["log_tpm"]["after"]["standardised_difference"]) < 0.05
