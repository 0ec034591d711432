"""Who is in a task, placed on a hand-made genome of two chromosomes."""

import polars as pl
import pytest

from lncprom.errors import InputError
from lncprom.genes import promoter_bed
from lncprom.genome.reader import Genome
from lncprom.sites import define, tasks
from lncprom.sites.define import Settings

BOX = "GTATAAAAGGCGGGG"
CODING, LNCRNA = "protein_coding", "lncRNA"
TASK_1, TASK_2, TASK_3, TASK_4, *_ = tasks.registry().values()
ANY = Settings(tata="any")


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """chr1: 4,000 C with a TATA box for a forward TSS at 1000 and a reverse one at 2000; chr2: 500 C."""
    chr1 = bytearray(b"C" * 4000)
    chr1[1000 - 28 - 3 : 1000 - 28 + 12] = BOX.encode()
    # the reverse strand reads from right to left: position 0 of the box stands 28 bases to the right of the TSS
    chr1[2000 + 28 - 11 : 2000 + 28 + 4] = BOX.translate(str.maketrans("ACGT", "TGCA"))[::-1].encode()
    path = tmp_path_factory.mktemp("genome") / "g.fa"
    path.write_bytes(b">chr1\n" + bytes(chr1) + b"\n>chr2\n" + b"C" * 500 + b"\n")
    return Genome.open(path)


def genes(*rows, labels=None):
    """Rows of (id, biotype, chrom, strand, tss)."""
    ids, biotypes, chroms, strands, tss = zip(*rows, strict=True)
    table = {"gene_id": ids, "gene_name": [None] * len(ids), "biotype": biotypes, "chrom": chroms, "strand": strands}
    table = pl.DataFrame(table | {"tss": tss}, schema_overrides={"gene_name": pl.String})
    return table if labels is None else table.with_columns(pl.Series("expression", labels))


def placed(found):
    return [tuple(row) for row in found.sites.select("sample_id", "label", "chrom", "tss", "strand").rows()]


def bed(*rows):
    table = pl.DataFrame(
        rows, schema={"name": pl.String, "chrom": pl.String, "strand": pl.String, "tss": pl.Int64}, orient="row"
    )
    return promoter_bed.Promoters(table, "interval, 5' end (BED6)")


GENES = genes(
    ("G1", CODING, "1", "+", 1000),
    ("G2", CODING, "1", "-", 2000),
    ("G3", LNCRNA, "2", "+", 300),
    ("G4", LNCRNA, "1", "+", 3000),
    ("G5", "miRNA", "1", "+", 3500),
)


def test_coding_against_lncrna__each_gene_in_its_class_under_the_fastas_names(genome):
    found = define.define(TASK_4, GENES, None, genome, Settings())
    assert placed(found) == [
        ("G1", 1, "chr1", 1000, "+"),
        ("G2", 1, "chr1", 2000, "-"),
        ("G4", 0, "chr1", 3000, "+"),
        ("G3", 0, "chr2", 300, "+"),
    ]
    assert found.sites["negative_kind"].to_list() == [None, None, "annotated", "annotated"]
    assert found.sites["biotype"].to_list() == [CODING, CODING, LNCRNA, LNCRNA]
    assert found.sites.select("group", "fold").null_count().row(0) == (4, 4)
    assert found.dropped == {}
    assert define.parameters(TASK_4, Settings())["tata"] is None


def test_high_against_low__by_label_whatever_the_biotype(genome):
    labelled = GENES.with_columns(pl.Series("expression", ["high", "low", "high", "low", None]))
    found = define.define(TASK_3, labelled, None, genome, Settings())
    assert {(name, label) for name, label, *_ in placed(found)} == {("G1", 1), ("G3", 1), ("G2", 0), ("G4", 0)}


def test_a_regression__all_genes_with_a_target_which_stays_beside_the_half_they_are_in(genome):
    rows = GENES.with_columns(target=pl.Series([0.5, 3.0, 1.0, None, 2.0]))
    found = define.define(tasks.get("expression_level"), rows, None, genome, Settings()).sites
    given = {name: (target, label) for name, target, label in found.select("sample_id", "target", "label").rows()}
    assert given == {"G1": (0.5, 0), "G2": (3.0, 1), "G3": (1.0, 0), "G5": (2.0, 1)}


def test_genes_without_labels__are_refused_for_task_three(genome):
    with pytest.raises(InputError, match=r"no column expression\. Run label_expression"):
        define.define(TASK_3, GENES, None, genome, Settings())
    with pytest.raises(InputError, match=r"no column target\. Run label_expression with --target\."):
        define.define(tasks.get("expression_level"), GENES, None, genome, Settings())


def test_nobody_is_high__is_refused_with_what_there_is(genome):
    labelled = GENES.with_columns(pl.Series("expression", ["low", "neither", "neither", "low", None]))
    with pytest.raises(InputError, match=r"no gene has expression high\. The table has: low, neither"):
        define.define(TASK_3, labelled, None, genome, Settings())


@pytest.mark.parametrize(
    ("choice", "kept", "reason"),
    [
        ("exclude", ["C_1"], {define.WITH_TATA: 2}),
        ("only", ["A_1", "B_1"], {define.WITHOUT_TATA: 1}),
        ("any", ["A_1", "B_1", "C_1"], {}),
    ],
)
def test_promoters_with_tata_boxes_on_both_strands__are_told_from_others(genome, choice, kept, reason):
    given = bed(("A_1", "chr1", "+", 1000), ("B_1", "chr1", "-", 2000), ("C_1", "chr1", "+", 3000))
    found = define.define(TASK_1, GENES, given, genome, Settings(tata=choice))
    assert [name for name, *_ in placed(found)] == kept
    assert found.dropped == reason
    assert found.sites["label"].to_list() == [1] * len(kept)
    assert found.sites["biotype"].null_count() == len(kept)


def test_a_promoter_at_a_chromosomes_edge__cannot_be_looked_at_and_is_counted(genome):
    given = bed(("A", "chr2", "+", 33), ("B", "chr2", "+", 34), ("C", "chr2", "-", 465), ("D", "chr2", "-", 466))
    found = define.define(TASK_1, GENES, given, genome, Settings())
    assert [name for name, *_ in placed(found)] == ["B", "C"]
    assert found.dropped == {define.NEAR_START: 2}


def test_no_promoters_given__coding_genes_stand_in_and_the_notes_say_so(genome):
    found = define.define(TASK_2, GENES, None, genome, ANY)
    assert [name for name, *_ in placed(found)] == ["G1", "G2"]
    assert found.notes == ["no promoters given: the annotated TSSs of protein-coding genes replace them"]


def test_no_promoters_and_no_coding_gene__all_genes_stand_in(genome):
    found = define.define(TASK_2, GENES.filter(pl.col("biotype") != CODING), None, genome, ANY)
    assert [name for name, *_ in placed(found)] == ["G4", "G5", "G3"]
    assert "all genes (none is protein_coding)" in found.notes[0]


def test_the_same_tss_in_both_classes__is_in_neither_and_twice_in_one_is_once(genome):
    table = genes(
        ("G1", CODING, "1", "+", 1000),
        ("G2", LNCRNA, "1", "+", 1000),
        ("G3", LNCRNA, "1", "-", 1000),  # the other strand is another window
        ("G5", CODING, "1", "+", 1500),
        ("G4", CODING, "1", "+", 1500),
    )
    found = define.define(TASK_4, table, None, genome, Settings(balance=False))
    assert [(name, label) for name, label, *_ in placed(found)] == [("G4", 1), ("G3", 0)]
    assert found.dropped == {define.IN_BOTH: 2, define.REPEATED: 1}


MANY = genes(
    *((f"C{n:03}", CODING, "1", "+-"[n % 2], 100 + n) for n in range(200)),
    *((f"L{n:03}", LNCRNA, "1", "+-"[n % 2], 600 + n) for n in range(50)),
)


def test_balanced__the_larger_class_is_drawn_down_by_ids_and_seed_alone(genome):
    found = define.define(TASK_4, MANY, None, genome, Settings())
    assert found.counts["label"] == {"positive": 50, "negative": 50}
    assert found.dropped == {define.BALANCED: 150}
    shuffled = MANY.sample(fraction=1, shuffle=True, seed=3)
    assert define.define(TASK_4, shuffled, None, genome, Settings()).sites.equals(found.sites)
    other = define.define(TASK_4, MANY, None, genome, Settings(seed=43)).sites
    assert set(other["sample_id"]) != set(found.sites["sample_id"])
    fewer = MANY.filter(pl.col("gene_id") != "C000")
    kept = {name for name, label, *_ in placed(found) if label}
    again = {name for name, label, *_ in placed(define.define(TASK_4, fewer, None, genome, Settings())) if label}
    assert len(kept ^ again) <= 2  # one gene less changes no other draw


def test_genes_on_chromosomes_that_the_fasta_lacks__are_counted_up_to_the_limit(genome):
    table = pl.concat([MANY, genes(("X1", CODING, "X", "+", 10))])
    found = define.define(TASK_4, table, None, genome, Settings(balance=False))
    assert found.dropped == {define.UNPLACED: 1}
    with pytest.raises(InputError, match=r"1 of 251 \(0.4%\) genes or promoters lie on chromosomes that g.fa lacks"):
        define.define(TASK_4, table, None, genome, Settings(max_unplaced=0))


def test_no_chromosome_in_common__is_refused_with_names_of_both(genome):
    table = genes(("G1", CODING, "NC_000001.11", "+", 10), ("G2", LNCRNA, "NC_000001.11", "+", 20))
    with pytest.raises(InputError, match=r"g.fa: no chromosome in common with .*: chr1, chr2 against NC_000001.11"):
        define.define(TASK_4, table, None, genome, Settings(max_unplaced=1))


def test_an_assembly_report__joins_accessions(genome, tmp_path):
    header = "# Sequence-Name\tSequence-Role\tAssigned-Molecule\tGenBank-Accn\tRefSeq-Accn\tUCSC-style-name"
    row = "1\tassembled-molecule\t1\tCM000663.2\tNC_000001.11\tchr1"
    (tmp_path / "r.txt").write_text(f"{header}\n{row}\n")
    table = genes(("G1", CODING, "NC_000001.11", "+", 10), ("G2", LNCRNA, "NC_000001.11", "+", 20))
    found = define.define(TASK_4, table, None, genome, Settings(), tmp_path / "r.txt")
    assert set(found.sites["chrom"]) == {"chr1"}


def test_a_tss_past_its_chromosomes_end__is_refused_with_gene_position_and_length(genome):
    table = pl.concat([MANY, genes(("FAR", LNCRNA, "2", "-", 500))])
    words = r"FAR: its TSS at 2:501 lies past the end of chr2 \(500 bp in g.fa\)"
    with pytest.raises(InputError, match=words):
        define.define(TASK_4, table, None, genome, Settings())
    found = define.define(TASK_4, table, None, genome, Settings(max_unplaced=1, balance=False))
    assert found.dropped == {define.PAST_END: 1}
    at_the_end = pl.concat([MANY, genes(("LAST", LNCRNA, "2", "-", 499))])
    assert "LAST" in define.define(TASK_4, at_the_end, None, genome, Settings()).sites["sample_id"]


def test_every_promoter_has_a_box_and_none_is_wanted__is_refused_with_the_losses(genome):
    given = bed(("A_1", "chr1", "+", 1000))
    with pytest.raises(
        InputError, match=r"no promoters left \(1 promoters with a TATA box\)\. Check the inputs and --tata"
    ):
        define.define(TASK_1, GENES, given, genome, Settings())


def test_tss_of_the_other_strand_upstream__marked_within_1000_bp_and_support_carried(genome):
    rows = genes(
        ("A", CODING, "1", "+", 2500),  # reverse TSS at 1500: 1,000 bp upstream
        ("B", CODING, "1", "-", 1500),  # forward TSS at 2500: upstream of a reverse gene
        ("C", LNCRNA, "1", "+", 2501),  # 1,001 bp
        ("D", LNCRNA, "1", "-", 3900),  # no forward TSS further on
    )
    starts = rows.select("chrom", "tss", "strand").filter(pl.col("tss") != 2501)
    starts = starts.select(pl.lit("chr1").alias("chrom"), "strand", start="tss")
    supported = rows.with_columns(tss_support=pl.Series([True, False, None, True]))
    found = define.define(TASK_4, supported, None, genome, Settings(), starts=starts).sites.sort("sample_id")
    assert found["bidirectional"].to_list() == [True, True, False, False]
    assert found["tss_support"].to_list() == [True, False, None, True]
    assert "bidirectional" not in define.define(TASK_4, rows, None, genome, Settings()).sites.columns
