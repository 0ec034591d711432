"""One TSS a gene: from hand-made annotations that a person can check by eye."""

import random

import pytest

from lncprom.errors import InputError
from lncprom.genes import tss

DATA = "tests/data"


def starts(root, name, *arguments, **options):
    return tss.transcription_starts(root / DATA / name, *arguments, **options)


def rows(found):
    return {gene_id: (chrom, strand, tss) for gene_id, _, _, chrom, strand, tss in found.genes.iter_rows()}


def test_three_genes_of_three_biotypes__each_starts_at_its_five_prime_end(root):
    found = starts(root, "three_genes.gtf")
    assert found.genes.rows() == [
        ("G1", "ALPHA", "protein_coding", "1", "+", 100),
        ("G2", "BETA", "lncRNA", "1", "-", 899),
        ("G3", None, "miRNA", "2", "+", 10),
    ]
    assert found.dropped == {}


def test_ensembl__each_gene_once_and_every_loss_counted_by_reason(root):
    found = starts(root, "ensembl.gtf")
    assert rows(found) == {
        "ENSG00000000001": ("1", "+", 1000),
        "ENSG00000000002": ("1", "-", 2999),
        "ENSG00000000003": ("2", "-", 599),
        "ENSG00000000013": ("2", "+", 700),
        "ENSG00000000010": ("MT", "+", 10),
        "ENSG00000000004": ("X", "+", 5000),
        "ENSG00000000006": ("X", "-", 5299),
        "ENSG00000000008": ("Y", "-", 9099),
        "ENSG00000000009": ("Y", "+", 9500),
    }
    assert found.dropped == {
        tss.PAR_TWIN: 2,
        tss.REPEATED: 1,
        "on a patch or an alternate locus": 1,
        "on a scaffold or another sequence that is not a primary chromosome": 1,
    }
    assert found.counts["genes_in_file"] == found.genes.height + sum(found.dropped.values()) == 14


def test_canonical_starts__the_tagged_transcripts_then_basic_then_the_gene(root):
    found = starts(root, "ensembl.gtf", source="canonical")
    assert rows(found)["ENSG00000000001"] == ("1", "+", 1100)
    assert rows(found)["ENSG00000000002"] == ("1", "-", 2949)
    assert rows(found)["ENSG00000000003"] == ("2", "-", 599)
    assert found.counts["tss_from"] == {
        "basic transcript, the most upstream": 1,
        "canonical transcript": 1,
        "gene's 5' end": 7,
    }


def test_canonical_without_tags__is_refused(root):
    with pytest.raises(InputError, match=r"three_genes\.gtf: no transcript is tagged Ensembl_canonical or basic"):
        starts(root, "three_genes.gtf", source="canonical")


def test_gencode_of_old__versions_kept_kinds_of_lncrna_merged_par_dropped(root):
    found = starts(root, "gencode.gtf", ["protein_coding", "lncRNA"])
    assert found.genes.select("gene_id", "biotype").rows() == [
        ("ENSG00000000001.5", "protein_coding"),
        ("ENSG00000000002.1", "lncRNA"),
        ("ENSG00000000003.1", "lncRNA"),
        ("ENSG00000000004.2", "protein_coding"),
    ]
    assert found.dropped[tss.PAR_TWIN] == 1
    assert found.notes[:1] == ["3 genes of older biotypes are read as lncRNA (lincRNA 2, antisense 1)"]


def test_a_former_biotype_asked_for_by_its_name__is_found(root):
    assert starts(root, "gencode.gtf", ["antisense"]).genes["gene_id"].to_list() == ["ENSG00000000003.1"]


def test_refseq__symbols_as_ids_and_the_copy_on_y_dropped(root):
    found = starts(root, "refseq.gtf")
    assert found.genes.rows() == [
        ("LOC1", "LOC1", "lncRNA", "NC_000001.11", "+", 100),
        ("PLCXD1", "PLCXD1", "protein_coding", "NC_000023.11", "-", 1499),
    ]
    assert found.dropped[tss.PAR_TWIN] == 1
    assert sum(found.dropped.values()) == 2
    assert rows(starts(root, "refseq.gtf", source="canonical"))["LOC1"] == ("NC_000001.11", "+", 100)


def test_all_tss__genes_and_transcripts_of_any_biotype_sorted_and_once(root):
    bed = starts(root, "ensembl.gtf", ["lncRNA"]).all_tss
    loci = bed.select("chrom", "start", "strand").rows()
    assert loci == sorted(set(loci))
    assert (bed["end"] - bed["start"]).unique().to_list() == [1]
    assert [start for chrom, start, _ in loci if chrom == "1"] == [1000, 1100, 2899, 2949, 2999]
    assert {"Y", "KI270728.1", "MT"} <= set(bed["chrom"])


def test_lines_in_any_order__give_the_same_tables(root, tmp_path):
    lines = (root / DATA / "ensembl.gtf").read_text().splitlines()
    straight = starts(root, "ensembl.gtf", source="canonical")
    for seed in range(5):
        random.Random(seed).shuffle(lines)
        (tmp_path / "a.gtf").write_text("\n".join(lines) + "\n")
        shuffled = tss.transcription_starts(tmp_path / "a.gtf", source="canonical")
        assert shuffled.genes.equals(straight.genes)
        assert shuffled.all_tss.equals(straight.all_tss)
        assert shuffled.dropped == straight.dropped


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (None, False),
        (("protein_coding", "lncRNA"), True),  # another biotype
        (("\t6100\t", "\t6101\t"), True),  # another length
        (("\t+\t", "\t-\t"), True),  # another strand
        (("PARGENE", "OTHER"), True),
    ],
)
def test_a_gene_of_y__is_a_twin_only_if_it_is_like_the_one_on_x(root, tmp_path, change, kept):
    lines = (root / DATA / "ensembl.gtf").read_text().splitlines(keepends=True)
    named = [line for line in lines if "PARGENE" in line]
    y = named[1].replace(*change) if change else named[1]
    (tmp_path / "a.gtf").write_text(named[0] + y)
    found = tss.transcription_starts(tmp_path / "a.gtf")
    assert ("ENSG00000000005" in set(found.genes["gene_id"])) == kept


def test_a_name_that_stands_twice_on_x__makes_no_twins(root, tmp_path):
    lines = [line for line in (root / DATA / "ensembl.gtf").read_text().splitlines(keepends=True) if "PARGENE" in line]
    again = lines[0].replace("ENSG00000000004", "ENSG00000000099").replace("5001", "7001").replace("5100", "7100")
    (tmp_path / "a.gtf").write_text("".join([*lines, again]))
    assert tss.transcription_starts(tmp_path / "a.gtf").dropped == {}


def gtf(folder, *lines):
    """An annotation with one line for each (kind, chromosome, strand, gene)."""
    path = folder / "own.gtf"
    attributes = 'gene_id "{gene}"; transcript_id "{gene}.t"; gene_biotype "lncRNA";'
    rows = [(c, "x", kind, 11, 20, ".", strand, ".", attributes.format(gene=gene)) for kind, c, strand, gene in lines]
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("unknown", [".", "?"])
def test_a_gene_without_a_strand__is_left_out_and_counted(tmp_path, unknown):
    given = gtf(tmp_path, ("gene", "1", unknown, "A"), ("transcript", "1", unknown, "A"), ("gene", "1", "-", "B"))
    found = tss.transcription_starts(given)
    assert rows(found) == {"B": ("1", "-", 19)}
    assert found.dropped == {tss.STRANDLESS: 1}
    assert (found.counts["genes_in_file"], found.counts["transcripts_in_file"]) == (2, 1)
    assert found.all_tss.height == 1


def test_transcripts_without_genes__said_by_one_line(tmp_path):
    given = gtf(tmp_path, ("transcript", "1", "+", "A"), ("transcript", "1", ".", "B"))
    with pytest.raises(
        InputError, match=r"own.gtf: transcripts, but no line of a gene .* StringTie and Cufflinks write"
    ):
        tss.transcription_starts(given)


def test_genes_on_names_that_are_no_chromosomes__noted_and_from_a_share_on_refused(tmp_path):
    odd = [("gene", f"tig{number}", "+", f"S{number}") for number in range(3)]
    given = gtf(tmp_path, *odd, *(("gene", "chr01", "+", f"G{number}") for number in range(7)))
    found = tss.transcription_starts(given, max_left_out=0.3)
    assert found.genes.height == 7
    finding = "30% of the genes lie on sequences whose names are not those of chromosomes"
    assert found.notes == [f"{finding} and are left out: tig0, tig1, tig2"]
    with pytest.raises(
        InputError, match=rf"own.gtf: {finding} \(tig0, tig1, tig2\), more than 29%. Keep them with --all-chromosomes"
    ):
        tss.transcription_starts(given, max_left_out=0.29)
    assert tss.transcription_starts(given, primary_only=False, max_left_out=0).notes == []
