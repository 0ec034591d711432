"""High and low genes: by eye on seven genes, and against a naive route on any table."""

import math
import re
import statistics

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lncprom.errors import InputError
from lncprom.genes import expression_labels, expression_table, tss

A, B, C, D, E, F, G = (f"ENSG0000000010{n}" for n in range(1, 8))


@pytest.fixture
def genes(root):
    return tss.transcription_starts(root / "tests/data/labels.gtf").genes


@pytest.fixture
def table(root):
    return expression_table.read(root / "tests/data/labels.gct")


def called(found):
    return dict(found.genes.select("gene_id", "expression").iter_rows())


def test_seven_genes__high_above_p75_low_at_p25_in_both_tissues(genes, table):
    # Liver and Lung hold 100, 50, 10, 0, 0 in the universe: P75 is 50, P25 is 0
    found = expression_labels.label(genes, table, expression_labels.Rule())
    assert called(found) == {A: "high", B: "neither", C: "neither", D: "low", E: "low", F: None, G: "absent"}
    row = found.genes.filter(pl.col("gene_id") == C).row(0, named=True)
    assert (row["tissues_high"], row["tissues_low"], row["median_tpm"], row["max_tpm"]) == (0, 0, 10, 10)
    row = found.genes.filter(pl.col("gene_id") == F).row(0, named=True)
    assert (row["tissues_high"], row["tissues_low"], row["median_tpm"], row["max_tpm"]) == (None, None, 999, 999)


def test_seven_genes__mean_breadth_tau_and_the_quantile_within_biotype_and_tissue(genes, table):
    found = expression_labels.label(genes, table, expression_labels.Rule(exclude_tissues="none"))
    rows = {row["gene_id"]: row for row in found.genes.iter_rows(named=True)}
    tpm = dict(zip(table.gene_ids, table.tpm.tolist(), strict=True))
    for gene in (A, C, D):
        x = [math.log2(value + 1) for value in tpm[gene]]
        assert rows[gene]["mean_log_tpm"] == pytest.approx(statistics.fmean(x))
        assert rows[gene]["max_log_tpm"] == max(x)
        assert rows[gene]["breadth"] == sum(value >= 1 for value in tpm[gene]) / len(x)
        assert rows[gene]["tau"] == pytest.approx(sum(1 - value / max(x) for value in x) / (len(x) - 1))
    assert (rows[D]["tau"], rows[G]["tau"], rows[G]["breadth"]) == (1, None, None)  # in Bladder alone; absent
    assert expression_labels.tissue_specificity(np.array([[3.0, 3], [0, 2], [0, 0]])) == pytest.approx(
        [0, 1, math.nan], nan_ok=True
    )
    assert np.isnan(expression_labels.tissue_specificity(np.array([[3.0], [0]]))).all()  # of a single tissue
    lung = found.expression.filter(pl.col("tissue") == "Lung").rows_by_key("gene_id", named=True, unique=True)
    assert lung[A]["log2_tpm"] == pytest.approx(math.log2(101))
    quantiles = {gene: lung[gene]["quantile"] for gene in (B, A, D, E, C)}  # two coding genes; lncRNA 0, 0, 10
    assert quantiles == pytest.approx({B: 0.25, A: 0.75, D: 1 / 3, E: 1 / 3, C: 5 / 6})


def test_target__the_number_that_was_asked_for_within_the_universe(genes, table):
    rule = expression_labels.Rule()
    for name, column in {"mean": "mean_log_tpm", "max": "max_log_tpm", "tau": "tau"}.items():
        found = expression_labels.label(genes, table, rule, target=name).genes.filter(pl.col("gene_id") != F)
        assert found["target"].equals(found[column], check_names=False)
    found = expression_labels.label(genes, table, rule, target="tissue:Lung").genes.rows_by_key("gene_id", named=True)
    assert (found[A][0]["target"], found[F][0]["target"]) == (pytest.approx(math.log2(101)), None)
    every = expression_labels.label(genes, table, rule, target="all-tissues").genes.rows_by_key("gene_id", named=True)
    assert every[A][0]["target"] == every[A][0]["mean_log_tpm"]
    assert every[A][0]["tissue_targets"][every[A][0]["tissues"].index("Lung")] == found[A][0]["target"]
    assert every[F][0]["tissues"] is None
    with pytest.raises(InputError, match="Lung is the only tissue that counts"):
        expression_labels.label(
            genes, table, expression_labels.Rule(exclude_tissues="Bladder,Liver"), target="all-tissues"
        )
    for name, said in {"tissue:Lunge": "Did you mean Lung", "men": "Did you mean mean"}.items():
        with pytest.raises(InputError, match=said):
            expression_labels.label(genes, table, rule, target=name)


def test_seven_genes__what_was_lost_is_counted(genes, table):
    found = expression_labels.label(genes, table, expression_labels.Rule())
    assert found.dropped == {
        "genes of the universe without a row in the expression table": 1,
        "rows of the expression table without a gene in the annotation": 1,
        "rows of the expression table for copies on Y of pseudoautosomal genes": 1,
    }
    assert found.counts["universe"] == 5
    assert found.counts["tissues_excluded"] == ["Bladder"]
    assert found.counts["percentiles"]["low"] == {"least": 0.0, "greatest": 0.0}
    assert "the low percentile is 0 TPM in 2 of 2 tissues: low there means not detected" in found.notes


@pytest.mark.parametrize(
    ("change", "high", "low"),
    [
        ({}, [A], [D, E]),
        ({"low_ties": "exclude"}, [A], []),  # nobody lies below 0
        ({"high_ties": "include"}, [A, B], [D, E]),
        ({"exclude_tissues": "none"}, [], []),  # in Bladder A is 0 and D is 9
        ({"exclude_tissues": "none", "share": 0.6}, [A], [D, E]),  # two tissues of three
        ({"exclude_tissues": "none", "share": 0.7}, [], []),
        ({"exclude_tissues": "Liver,Lung"}, [], [A, B]),
        ({"high_percentile": 50.0}, [A, B], [D, E]),
        ({"low_percentile": 50.0}, [A], [C, D, E]),
        ({"universe": ("lncRNA",)}, [C], [D, E]),  # of 10, 0, 0 P75 is 5
        ({"universe": ("miRNA", "lncRNA")}, [F], [D, E]),
    ],
)
def test_every_parameter_of_the_rule__moves_the_labels(genes, table, change, high, low):
    found = called(expression_labels.label(genes, table, expression_labels.Rule(**change)))
    assert [gene for gene, label in found.items() if label == "high"] == high
    assert [gene for gene, label in found.items() if label == "low"] == low


@pytest.mark.parametrize(
    ("share", "number", "least"), [(1, 49, 49), (0.9, 49, 45), (0.5, 49, 25), (0.5, 2, 1), (0.01, 49, 1), (0.3, 10, 3)]
)
def test_a_share_of_tissues__is_rounded_up(share, number, least):
    assert expression_labels.Rule(share=share).least(number) == least


def test_a_gene_that_is_high_here_and_low_there__is_neither_and_told(genes, table):
    found = expression_labels.label(genes, table, expression_labels.Rule(exclude_tissues="none", share=0.3))
    assert called(found)[A] == "neither"  # high in Liver and Lung, low in Bladder
    assert any("meet the rules for high and for low" in note for note in found.notes)


TPM = st.sampled_from([0.0, 0.0, 0.5, 1.0, 1.0, 2.0, 7.25])


@settings(max_examples=40)
@given(
    st.integers(1, 9).flatmap(
        lambda tissues: st.lists(
            st.tuples(st.sampled_from(["protein_coding", "lncRNA"]), st.lists(TPM, min_size=tissues, max_size=tissues)),
            min_size=2,
            max_size=12,
        )
    ),
    st.sampled_from(["include", "exclude"]),
    st.sampled_from(["include", "exclude"]),
    st.sampled_from([1.0, 0.5, 0.8]),
    st.randoms(use_true_random=False),
)
def test_any_table__labels_equal_those_of_a_loop_in_any_order_of_rows(drawn, high_ties, low_ties, share, chance):
    drawn = [("protein_coding", drawn[0][1]), ("lncRNA", drawn[1][1]), *drawn[2:]]
    names = [f"G{number:02}" for number in range(len(drawn))]
    width = len(drawn[0][1])
    rule = expression_labels.Rule(exclude_tissues="none", share=share, high_ties=high_ties, low_ties=low_ties)
    genes = pl.DataFrame(
        {
            "gene_id": names,
            "gene_name": names,
            "biotype": [biotype for biotype, _ in drawn],
            "chrom": "1",
            "strand": "+",
            "tss": range(len(drawn)),
        }
    )
    order = list(range(len(drawn)))
    chance.shuffle(order)
    table = expression_table.Expression(
        pl.Series([names[n] for n in order]),
        tuple(f"T{n}" for n in range(width)),
        np.array([drawn[n][1] for n in order]),
        0,
    )
    found = expression_labels.label(genes, table, rule)

    expected = []
    for _, values in drawn:
        high = low = 0
        for tissue, value in enumerate(values):
            p25, p75 = np.quantile([row[tissue] for _, row in drawn], [0.25, 0.75])
            high += value > p75 or (high_ties == "include" and value == p75)
            low += value < p25 or (low_ties == "include" and value == p25)
        is_high, is_low = high / width >= share - 1e-9, low / width >= share - 1e-9
        expected.append("neither" if is_high == is_low else "high" if is_high else "low")
    assert found.genes["expression"].to_list() == expected
    for row in found.tpm.iter_rows(named=True):
        values = [value for biotype, row_ in drawn for value in row_ if biotype == row["biotype"]]
        assert row["mean"] == math.fsum(values) / len(values)
        assert row["sd"] == pytest.approx(statistics.stdev(values), rel=1e-12) if len(values) > 1 else row["sd"] is None
    shuffled = expression_labels.label(genes.sample(fraction=1, shuffle=True, seed=1), table, rule)
    assert shuffled.genes.equals(found.genes)
    assert shuffled.tpm.equals(found.tpm)


def test_labelling_twice__replaces_the_labels(genes, table):
    once = expression_labels.label(genes, table, expression_labels.Rule())
    assert expression_labels.label(once.genes, table, expression_labels.Rule()).genes.equals(once.genes)


def test_two_versions_of_one_gene__are_refused(genes, table):
    twice = genes.with_columns(pl.Series("gene_id", ["ENSG00000000101.1", "ENSG00000000101.2", *"abcde"]))
    with pytest.raises(InputError, match=r"genes ENSG00000000101.1 and ENSG00000000101.2 are versions of one gene"):
        expression_labels.label(twice, table, expression_labels.Rule())


def test_ids_of_gencode_mapped_to_grch37__joined_and_one_version_kept(root, table, tmp_path):
    """`ENSG00000000101.1_4`: the number after `_` belongs to the version."""
    plain = tss.transcription_starts(root / "tests/data/labels.gtf")
    text = (root / "tests/data/labels.gtf").read_text()
    lifted, again = (re.sub(r'(ENSG\d+)"', rf'\1.1_{mapping}"', text) for mapping in (4, 5))
    (tmp_path / "lifted.gtf").write_text(lifted + again)
    starts = tss.transcription_starts(tmp_path / "lifted.gtf")
    assert starts.genes["gene_id"].str.ends_with(".1_4").all()
    assert starts.dropped == {tss.REPEATED: plain.genes.height}
    found, expected = (
        expression_labels.label(genes, table, expression_labels.Rule()).genes for genes in (starts.genes, plain.genes)
    )
    assert found.drop("gene_id").equals(expected.drop("gene_id"))


def test_names_and_descriptions_swapped__said_so(root, genes, tmp_path):
    lines = (root / "tests/data/labels.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines]
    swapped = [
        ["gene", "description", *rows[0][2:]],
        *([f"SYM{n}", row[0], *row[2:]] for n, row in enumerate(rows[1:])),
    ]
    (tmp_path / "t.tsv").write_text("\n".join(map("\t".join, swapped)) + "\n")
    with pytest.raises(InputError, match=r"swapped: column 2 \(description\) has ENSG"):
        expression_labels.label(genes, expression_table.read(tmp_path / "t.tsv"), expression_labels.Rule())
