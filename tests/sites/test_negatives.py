"""Negatives for real promoters of chr20, checked against bedtools; and draft assemblies of many small pieces."""

import gzip
import shutil
import subprocess

import numpy as np
import polars as pl
import pytest

from helpers_sites import complete, sites_table, write_fasta
from lncprom.genes import promoter_bed
from lncprom.genome.coordinates import window_bounds
from lncprom.genome.reader import Genome
from lncprom.sites import negatives as sampling

FASTA, EPD = "GRCh38.chr20_1-10000000.fa.gz", "EPDnew006.chr20_1-10000000.bed"


@pytest.fixture(scope="module")
def chr20(real_data, tmp_path_factory):
    """The genome, EPD's promoters as positives, and all of Ensembl's gene starts."""
    rows = promoter_bed.read(real_data / EPD).rows.rename({"name": "sample_id"}).with_columns(label=1)
    bed = tmp_path_factory.mktemp("chr20") / "genes.bed"
    with gzip.open(real_data / "Homo_sapiens.GRCh38.109.genes_only.gtf.gz", "rt") as lines, open(bed, "w") as out:
        for line in lines:
            chrom, _, _, start, end, _, strand, *_ = line.split("\t") if line[0] != "#" else [""] * 9
            if chrom == "20" and int(end) <= 10_000_000:
                tss = int(start) - 1 if strand == "+" else int(end) - 1
                out.write(f"chr20\t{tss}\t{tss + 1}\tgene\t0\t{strand}\n")
    return Genome.open(real_data / FASTA), complete(rows), [bed, real_data / EPD]


def as_bed(rows: pl.DataFrame, window: int, path):
    start, end = window_bounds(rows["tss"].to_numpy(), rows["strand"].to_numpy(), window)
    table = rows.select("chrom", pl.Series("start", start), pl.Series("end", end), "sample_id", pl.lit(0), "strand")
    table.sort("chrom", "start").write_csv(path, separator="\t", include_header=False)
    return path


def bedtools(*arguments) -> list[list[str]]:
    done = subprocess.run(["bedtools", *map(str, arguments)], check=True, capture_output=True, text=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.mark.skipif(shutil.which("bedtools") is None, reason="bedtools is not on PATH")
@pytest.mark.real
@pytest.mark.parametrize(("kind", "window"), [("genomic", 300), ("genomic", 2000), ("matched", 300)])
def test_promoters_of_chr20__bedtools_finds_nothing_too_near_and_nothing_that_overlaps(chr20, tmp_path, kind, window):
    genome, positives, avoid = chr20
    settings = sampling.Settings(kind, window, 1000, 0.1, 0.9, 1)
    found = sampling.sample(positives, genome, avoid, settings, "p.parquet")
    negatives, kept = found.sites.filter(pl.col("label") == 0), found.sites.filter(pl.col("label") == 1)
    assert negatives.height == kept.height
    assert kept.height + sum(found.dropped.values()) == positives.height == 176
    windows = as_bed(negatives, window, tmp_path / "windows.bed")
    starts = tmp_path / "starts.bed"
    genes = [line.split("\t") for line in avoid[0].read_text().splitlines()]
    loci = positives.select("chrom", "tss", pl.col("tss").add(1).alias("end")).rows()
    lines = sorted({("chr20", int(row[1]), int(row[2])) for row in genes} | {tuple(row) for row in loci})
    starts.write_text("".join("{}\t{}\t{}\n".format(*line) for line in lines))
    nearest = [int(row[-1]) for row in bedtools("closest", "-a", windows, "-b", starts, "-d", "-t", "first")]
    assert len(nearest) == negatives.height
    assert min(nearest) > 1000  # bedtools counts a base that touches as 1
    everything = as_bed(found.sites, window, tmp_path / "all.bed")
    overlaps = bedtools("intersect", "-a", windows, "-b", everything, "-c")
    assert {row[-1] for row in overlaps} == {"1"}  # itself
    codes = genome.windows(negatives["chrom"], negatives["tss"].to_numpy(), negatives["strand"].to_numpy(), window)
    assert not (codes == ord("N")).any()


def draft_assembly(tmp_path, crowded: int):
    """60 scaffolds of 20 kb and `crowded` of 700 bp, one positive on each."""
    random = np.random.default_rng(1)
    sizes = {f"s{n}": 20_000 for n in range(60)} | {f"t{n}": 700 for n in range(crowded)}
    text = {name: "".join(random.choice(list("ACGT"), size)) for name, size in sizes.items()}
    rows = sites_table(*(f"p{name} 1 {name} 400 +" for name in sizes))
    return Genome.open(write_fasta(tmp_path / "draft.fa", **text)), rows


def test_a_draft_assembly_with_a_few_crowded_scaffolds__their_negatives_from_elsewhere_and_a_note(tmp_path):
    genome, rows = draft_assembly(tmp_path, 3)
    found = sampling.sample(rows, genome, [], sampling.Settings("genomic", 300), "p.parquet")
    assert (found.sites["label"] == 0).sum() == 63
    assert found.counts["on_other_chromosomes"] == 3
    assert found.notes[-1].startswith("3 negatives lie on other chromosomes")


def test_a_draft_assembly_of_crowded_scaffolds__refused(tmp_path):
    genome, rows = draft_assembly(tmp_path, 10)
    with pytest.raises(sampling.InputError, match=r"70 negatives of 300 bp needed, 60 found.*t0 0 of 1, "):
        sampling.sample(rows, genome, [], sampling.Settings("genomic", 300), "p.parquet")


@pytest.mark.parametrize(("last", "room"), [(1321, True), (1320, False)])
def test_a_gap_that_holds_one_window_at_the_least_distance__found_and_one_base_less_refused(tmp_path, last, room):
    # 10 bases, a window of 300, 10 bases between the TSSs at 1000 and 1321; nowhere else are 300 bases free
    bed = tmp_path / "tss.bed"
    bed.write_text("".join(f"a\t{tss}\t{tss + 1}\tx\t0\t+\n" for tss in (700, 1000, last)))
    genome = Genome.open(write_fasta(tmp_path / "g.fa", a="ACGT" * 335))
    settings = sampling.Settings("genomic", 300, min_distance=10)
    rows = sites_table("p 1 a 400 +")
    if not room:
        with pytest.raises(sampling.InputError, match=r"0 found.*\(a 0 of 1\)"):
            sampling.sample(rows, genome, [bed], settings, "p.parquet")
        return
    negative = sampling.sample(rows, genome, [bed], settings, "p.parquet").sites.row(1, named=True)
    assert window_bounds(negative["tss"], negative["strand"], 300) == (1011, 1311)


@pytest.fixture
def islands(tmp_path):
    """Positives on ten CpG islands of 400 bp, and as many islands elsewhere on chr1 as asked."""

    def make(number: int):
        random = np.random.default_rng(2)
        text = random.choice(list("AAAATTTTCG"), 80_000)
        spots = [*range(2000, 22_000, 2000), *range(40_000, 40_000 + 3000 * number, 3000)]
        for spot in spots:
            text[spot : spot + 400] = random.choice(list("ACGT"), 400, p=[0.15, 0.35, 0.35, 0.15])
        genome = Genome.open(write_fasta(tmp_path / "g.fa", chr1="".join(text)))
        rows = sites_table(*(f"i{spot} 1 chr1 {spot + 250} +" for spot in spots[:10]), "end 1 chr1 30 +")
        return rows, genome

    return make


def matched(rows, genome, max_unmatched=0.0):
    settings = sampling.Settings("matched", 200, 300, tolerance=0.2, max_unmatched=max_unmatched)
    return sampling.sample(rows, genome, [], settings, "p.parquet")


def test_matched_with_islands_to_find__each_within_tolerance_and_a_positive_past_the_end_counted(islands):
    rows, genome = islands(13)
    found = matched(rows, genome)
    gc = {}
    for (label,), part in found.sites.group_by("label"):
        codes = genome.windows(part["chrom"], part["tss"].to_numpy(), part["strand"].to_numpy(), 200)
        gc[label] = np.sort(np.isin(codes, list(b"CG")).mean(axis=1))
    assert len(gc[0]) == len(gc[1]) == 10
    assert (found.sites.filter(pl.col("label") == 0)["tss"] > 39_000).all()
    assert np.abs(gc[1] - gc[0]).max() <= 0.2
    match = found.counts["match"]["gc"]
    assert match["mean_of_positives"] == pytest.approx(gc[1].mean(), abs=1e-6)
    assert match["mean_of_negatives"] == pytest.approx(gc[0].mean(), abs=1e-6)
    assert match["mean_of_random_windows"] < 0.3 < match["mean_of_negatives"]
    assert found.dropped == {sampling.PAST_END: 1}


def test_matched_with_too_few_islands__refused_or_both_classes_smaller(islands):
    rows, genome = islands(4)
    with pytest.raises(
        sampling.InputError, match=r"p\.parquet have no window .* have one \(limit 0%\)\. Raise --tolerance"
    ):
        matched(rows, genome)
    found = matched(rows, genome, max_unmatched=0.9)
    labels = found.sites["label"].to_list()
    assert 1 <= labels.count(1) == labels.count(0) <= 8  # two windows of 200 an island at most
    assert found.dropped[sampling.UNMATCHED] == 10 - labels.count(0)
