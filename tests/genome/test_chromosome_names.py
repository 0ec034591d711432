"""Chromosome names: what is one chromosome under two names, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lncprom.errors import InputError
from lncprom.genome.chromosome_names import read_report, reconcile

HEADER = (
    "# Assembly name:  GRCh38.p14\n"
    "# Sequence-Name\tSequence-Role\tAssigned-Molecule\tAssigned-Molecule-Location/Type\tGenBank-Accn\tRelationship\t"
    "RefSeq-Accn\tAssembly-Unit\tSequence-Length\tUCSC-style-name\n"
)
ROWS = (
    "20\tassembled-molecule\t20\tChromosome\tCM000682.2\t=\tNC_000020.11\tPrimary Assembly\t64444167\tchr20\n"
    "MT\tassembled-molecule\tMT\tMitochondrion\tJ01415.2\t=\tNC_012920.1\tnon-nuclear\t16569\tchrM\n"
    "HSCHR20_RANDOM_CTG1\tunlocalized-scaffold\t20\tChromosome\tGL000001.1\t=\tNT_000001.1\tPrimary Assembly\t9000"
    "\tchr20_GL000001v1_random\n"
    "HSCHRUN\tunplaced-scaffold\tna\tna\tKI270302.1\t=\tna\tPrimary Assembly\t2274\tchrUn_KI270302v1\n"
)


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "assembly_report.txt"
    path.write_text(HEADER + ROWS)
    return path


@pytest.mark.parametrize(
    ("name", "genome", "match"),
    [
        ("20", ["20", "21"], "20"),
        ("20", ["chr20", "chr21"], "chr20"),
        ("chr20", ["20", "21"], "20"),
        ("1", ["Chr1", "Chr2"], "Chr1"),  # TAIR's style against Ensembl Plants'
        ("chr20", ["20", "chr20"], "chr20"),  # the same name goes first
        ("MT", ["chrM"], "chrM"),
        ("chrM", ["MT"], "MT"),
        ("M", ["chrMT"], "chrMT"),
        ("MT", ["chrM", "chrMT"], "chrMT"),  # hg19 has both, and they differ: the prefix goes before the synonym
        ("2", ["20", "21"], None),
        ("chr", ["20"], None),
        ("X", ["chrY"], None),
        ("NC_000020.11", ["gi|1|ref|NC_000020.11|", "gi|2|ref|NC_000021.9|"], "gi|1|ref|NC_000020.11|"),
        ("chr20", ["lcl|20", "lcl|21"], "lcl|20"),
        ("chr20", ["20", "lcl|20"], "20"),  # a plain name goes first
        ("gb|CM000682.2|", ["CM000682.2", "CM000683.2"], "CM000682.2"),
        ("ref", ["gi|1|ref|NC_000020.11|", "gi|2|ref|NC_000021.9|"], None),
        ("20", ["a|20", "b|20"], None),
    ],
)
def test_one_name_against_a_genomes__its_counterpart_or_none(name, genome, match):
    assert reconcile([name], genome) == ({name: match} if match else {})


@pytest.mark.parametrize("name", ["NC_000020.11", "CM000682.2", "chr20", "20"])
def test_accession_with_report__the_chromosome_in_any_style(report, name):
    assert reconcile([name], ["20"], report) == {name: "20"}
    assert reconcile([name], ["chr20"], report) == {name: "chr20"}
    assert reconcile([name], ["NC_000020.11"], report) == {name: "NC_000020.11"}
    assert reconcile([name], ["gi|1|ref|NC_000020.11|"], report) == {name: "gi|1|ref|NC_000020.11|"}


def test_unlocalized_scaffold__not_taken_for_its_chromosome(report):
    assert reconcile(["GL000001.1"], ["20"], report) == {}
    assert reconcile(["20"], ["GL000001.1"], report) == {}
    assert reconcile(["GL000001.1"], ["chr20_GL000001v1_random"], report) == {"GL000001.1": "chr20_GL000001v1_random"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chr1\t1\n", ["line 1", "Sequence-Name"]),
        (HEADER, ["no sequence"]),
        (HEADER + "20\tassembled-molecule\n", ["line 3", "2 columns, the header 10"]),
        (HEADER + ROWS + ROWS, ["line 7", "20 names an earlier sequence"]),
    ],
)
def test_no_assembly_report__one_line_that_names_it(tmp_path, text, words):
    path = tmp_path / "report.txt"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_report(path)
    assert all(word in caught.value.message for word in ["report.txt", *words])


_name = st.sampled_from(["1", "2", "10", "X", "M", "MT", "chr1", "chr2", "Chr1", "chrM", "chrMT", "CHR1", "scaffold_1"])


@given(names=st.lists(_name, unique=True), genome=st.lists(_name, unique=True))
def test_any_names__matches_exist_agree_in_stem_and_never_replace_an_exact_one(names, genome):
    matched = reconcile(names, genome)
    assert set(matched) <= set(names)
    for name, match in matched.items():
        assert match in genome
        stems = {text.lower().removeprefix("chr") for text in (name, match)}
        assert len(stems) == 1 or stems == {"m", "mt"}
    assert all(matched[name] == name for name in names if name in genome)
    assert reconcile(names, list(reversed(genome))) == matched
