"""label_expression.py on files: good input, and every bad one named in a line."""

import gzip
import json

import polars as pl
import pytest

GCT = "#1.2\n2\t2\nName\tDescription\tLiver\tLung\nENSG00000000101\tA\t1\t2.5\nENSG00000000103\tB\t0\t1e-3\n"
MORE = b"".join(b"G%d\tC\t%d\t%d\n" % (n, n * n % 997, n * 7 % 991) for n in range(3000))


@pytest.fixture
def genes(step, root, tmp_path):
    outputs = ("--out", tmp_path / "genes.parquet", "--all-tss", tmp_path / "a.bed", "--card", tmp_path / "g.json")
    result = step("extract_tss", "--gtf", root / "tests/data/labels.gtf", *outputs)
    assert result.exit_code == 0, result.output
    return tmp_path / "genes.parquet"


@pytest.fixture
def label(step, tmp_path, genes):
    (tmp_path / "out").mkdir()

    def call(table, *arguments, name="t.gct"):
        if isinstance(table, bytes):
            (tmp_path / name).write_bytes(table)
            table = tmp_path / name
        out = tmp_path / "out"
        outputs = ("--out", out / "l.parquet", "--tpm-table", out / "t.tsv", "--card", out / "c.json")
        outputs += ("--expression-table", out / "e.parquet")
        return step("label_expression", "--genes", genes, "--expression", table, *outputs, *arguments), out

    return call


def test_seven_genes__table_tpm_and_card(label, root, tmp_path):
    result, out = label(root / "tests/data/labels.gct", "--upstream", tmp_path / "g.json")
    assert result.exit_code == 0, result.output
    labels = ["high", "neither", "neither", "low", "low", None, "absent"]
    assert pl.read_parquet(out / "l.parquet")["expression"].to_list() == labels
    assert (out / "t.tsv").read_text() == (
        "biotype\tgenes\ttissues\tmean\tsd\tmedian\tzero_share\n"
        "protein_coding\t2\t2\t75.0\t28.867513459481287\t75.0\t0.0\n"
        "lncRNA\t3\t2\t3.3333333333333335\t5.163977794943222\t0.0\t0.6666666666666666\n"
    )
    assert pl.read_parquet(out / "e.parquet").shape == (12, 4)  # six genes with expression, two tissues
    card = json.loads((out / "c.json").read_text())
    assert card["step"] == "label_expression"
    assert [record["step"] for record in card["upstream"]] == ["extract_tss"]
    assert card["counts"]["expression_by_biotype"] == {
        "protein_coding": {"absent": 1, "high": 1, "neither": 1},
        "lncRNA": {"low": 2, "neither": 1},
    }
    assert card["parameters"] == {
        "universe": ["protein_coding", "lncRNA"],
        "exclude_tissues": "study",
        "high_percentile": 75.0,
        "low_percentile": 25.0,
        "share": 1.0,
        "high_ties": "exclude",
        "low_ties": "include",
        "max_lost": 0.5,
    }
    assert "low there means not detected" in result.stderr


def test_every_option__reaches_the_rule(label, root):
    options = (
        "--exclude-tissues none --high-percentile 70 --low-percentile 30 --rule 0.6 --high-ties include "
        "--low-ties exclude --universe lncRNA --max-lost 0.25"
    )
    result, out = label(root / "tests/data/labels.tsv", *options.split())
    assert result.exit_code == 0, result.output
    assert json.loads((out / "c.json").read_text())["parameters"] == {
        "universe": ["lncRNA"],
        "exclude_tissues": "none",
        "high_percentile": 70.0,
        "low_percentile": 30.0,
        "share": 0.6,
        "high_ties": "include",
        "low_ties": "exclude",
        "max_lost": 0.25,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "t.gct: empty"),
        (gzip.compress(GCT.encode() + MORE, mtime=0)[:-20], "t.gct: the compressed file ends too early"),
        (GCT.encode() + b"\xff\t1\t1\t1\n", "t.gct, line 6: not UTF-8"),
        (GCT.replace("2.5", "high").encode(), "t.gct, line 4 (ENSG00000000101), column Lung: 'high' is not a TPM"),
        (GCT.replace("ENSG", "FBgn").encode(), "t.gct: no gene in common: its ids are like FBgn00000000101"),
        (GCT.encode(), "have no row in t.gct (limit 50%). Give annotation and expression of one assembly"),
    ],
)
def test_a_bad_table__is_refused_in_one_line_and_leaves_nothing(label, refused, text, words):
    result, out = label(text)
    refused(result, words, nothing_in=out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--exclude-tissues", "Livr"], "labels.gct: no tissue 'Livr' to exclude. Did you mean Liver?"),
        (["--exclude-tissues", "*"], "labels.gct: every tissue is excluded"),
        (["--rule", "most"], "--rule most: not a number"),
        (["--rule", "0"], "--rule 0: not a fraction"),
        (["--rule", "1.1"], "--rule 1.1: not a fraction"),
        (["--rule", "nan"], "--rule nan: not a fraction"),
        (["--high-percentile", "101"], "not 0 <= low < high <= 100"),
        (["--low-percentile", "-1"], "not 0 <= low < high <= 100"),
        (["--low-percentile", "80"], "not 0 <= low < high <= 100"),
        (["--universe", "protein_coding,lncrna"], "no gene is of biotype lncrna. Did you mean lncRNA?"),
        (["--max-lost", "0.1"], "1 of 6 (16.7%) genes of the universe"),
    ],
)
def test_a_bad_option__is_refused_in_one_line_and_leaves_nothing(label, refused, root, arguments, words):
    result, out = label(root / "tests/data/labels.gct", *arguments)
    refused(result, words, nothing_in=out)
