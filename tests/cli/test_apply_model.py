"""apply_model.py from the shell: the same scores by FASTA, BED and gene ids, flags, tracks, and one line of refusal."""

import json

import polars as pl
import pytest

from helpers_baseline import random_sequences
from helpers_genome import write_fasta
from helpers_trained import TSS
from lncprom.genome.bases import on_other_strand
from lncprom.tables.scores import SCORES

GENES = (("g1", "+", 120), ("g2", "-", 300), ("g3.1", "-", 501))


def window(chromosome: str, strand: str, tss: int) -> str:
    """60 bases with the TSS at index 40, read off by hand."""
    first = tss - TSS if strand == "+" else tss - (59 - TSS)
    text = chromosome[first : first + 60]
    return text if strand == "+" else on_other_strand(text)


@pytest.fixture
def place(tmp_path):
    """A genome, and the same three promoters as BED, gene ids and FASTA."""
    chromosome = random_sequences(1, 700)[0]
    write_fasta(tmp_path / "g.fa", {"chr1": chromosome})
    at = dict.fromkeys(("bed", "gtf", "ids", "fa"), "")
    for name, strand, tss in GENES:
        first, last = (tss, tss + 50) if strand == "+" else (tss - 49, tss + 1)
        at["bed"] += f"1\t{first}\t{last}\t{name}\t0\t{strand}\n"
        about = f'gene_id "{name}"; gene_biotype "lncRNA";'
        at["gtf"] += f"1\tx\tgene\t{first + 1}\t{last}\t.\t{strand}\t.\t{about}\n"
        at["ids"] += f"{name}\n"
        at["fa"] += f">{name}\n{window(chromosome, strand, tss)}\n"
    for name, text in at.items():
        (tmp_path / f"x.{name}").write_text(text)
    return tmp_path


@pytest.fixture
def run(step, place, work):
    def call(regions: str, *given):
        outputs = (part for name in ("out", "tsv", "bed", "card") for part in (f"--{name}", work / name))
        return step("apply_model", "--regions", place / regions, *given, *outputs)

    return call


def test_bed_gene_ids_and_fasta_of_the_same_promoters__the_same_scores(trained, run, place, work, step):
    models = [part for name in ("position_ladder", "cnn") for part in ("--model-dir", trained(name) / "model")]
    genome, found = ("--fasta", place / "g.fa"), []
    for regions, given in (("x.bed", genome), ("x.ids", (*genome, "--gtf", place / "x.gtf")), ("x.fa", ())):
        result = run(regions, *models, *given)
        assert result.exit_code == 0, result.output
        found.append(SCORES.read(work / "out"))
    for other in found[1:]:
        assert other.drop("chrom", "start", "end", "strand", "tss").equals(
            found[0].drop("chrom", "start", "end", "strand", "tss")
        )
    assert found[0].select("start", "end", "tss").rows() == [(80, 140, 120), (281, 341, 300), (482, 542, 501)]
    assert found[0].equals(found[1])
    assert found[0]["sd"].null_count() == 0
    logits = []
    for name in ("position_ladder", "cnn"):
        step("predict", "--fasta", place / "x.fa", "--model-dir", trained(name) / "model", "--out", work / "p")
        logits.append(pl.read_csv(work / "p", separator="\t")["probability"])
    assert (found[2]["probability"] - (logits[0] + logits[1]) / 2).abs().max() < 1e-6
    run("x.bed", *models, *genome)
    lines = [line.split("\t") for line in (work / "bed").read_text().splitlines()]
    assert [line[6:8] for line in lines] == [["120", "121"], ["300", "301"], ["501", "502"]]
    assert [round(1000 * value) for value in found[0]["probability_calibrated"]] == [int(line[4]) for line in lines]
    card = json.loads((work / "card").read_text())
    assert card["counts"]["promoters"] == 3
    assert [one["task"] for one in card["members"]] == ["planted", "planted"]
    assert pl.read_csv(work / "tsv", separator="\t").columns == list(found[1].columns)


def test_sequences_unlike_training__flagged(trained, run, place, work):
    usual = random_sequences(3, 60)
    odd = {"long": usual[0] + usual[1], "at": "AT" * 30, "n": usual[2][:30] + "N" * 30}
    write_fasta(place / "odd.fa", {"usual": usual[0]} | odd)
    assert run("odd.fa", "--model-dir", trained("position_ladder") / "model").exit_code == 0
    flags = dict(SCORES.read(work / "out").select("id", "flags").iter_rows())
    assert "length" in flags["long"].split(",")
    assert {"gc", "kmers"} <= set(flags["at"].split(","))
    assert "n" in flags["n"].split(",")


@pytest.mark.parametrize(
    ("regions", "content", "given", "words"),
    [
        ("x.bed", None, (), ("x.bed: BED without a genome",)),
        ("x.ids", None, ("--fasta", "g.fa"), ("x.ids: gene ids without an annotation",)),
        (
            "x.ids",
            "g1\nnone\n",
            ("--fasta", "g.fa", "--gtf", "x.gtf"),
            ("x.ids: none not among the gene ids of x.gtf",),
        ),
        ("x.bed", "chr7\t9\t99\ta\t0\t+\n", ("--fasta", "g.fa"), ("x.bed, a: g.fa has no sequence chr7",)),
        ("x.bed", "chr1\t9\t99\ta\t0\t+\n", ("--fasta", "g.fa"), ("x.bed, a: 60 bases around chr1:10 end beyond",)),
        ("x.vcf", "##fileformat=VCFv4.2\n", (), ("x.vcf: a VCF. Run score_variants.py",)),
        ("x.bed", "# nothing\n", (), ("x.bed: no sequence, promoter or gene",)),
    ],
)
def test_regions_that_cannot_be_scored__one_line(trained, run, place, work, refused, regions, content, given, words):
    if content is not None:
        (place / regions).write_text(content)
    given = [place / word if "." in word else word for word in given]
    result = run(regions, "--model-dir", trained("position_ladder") / "model", *given)
    refused(result, *words, nothing_in=work)
