"""Users' tables and FASTA pairs as they come, and what is wrong with those that cannot be read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from lncprom.datasets import readers
from lncprom.errors import InputError
from lncprom.genome import prepare

GOOD = "sequence,label\nACGT,1\nTTTT,0\n"


@pytest.fixture
def file(tmp_path):
    def make(content: str | bytes, name: str = "t.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def pairs(rows) -> list[tuple[str, int]]:
    return rows.select("sequence", "label").rows()


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.rstrip("\n"),
        "\ufeff" + GOOD,
        "sequence\tlabel\nACGT\t1\nTTTT\t0\n",
        "label,sequence\n1,acgt\n0,tttt\n",
        '"sequence","label"\n"ACGT","1"\n"TTTT","0"\n',
        "sequence , label\n ACGT , 1 \nTTTT, 0\n\n\n",
        gzip.compress(GOOD.encode(), mtime=0),
    ],
)
def test_table_as_users_have_it__the_same_two_samples(file, content):
    rows, notes = readers.read_fold([file(content)], "train")
    assert pairs(rows) == [("ACGT", 1), ("TTTT", 0)]
    assert rows["record"].to_list() == ["line 2", "line 3"]
    assert rows["id"].to_list() == [None, None]
    assert notes == []


def test_other_columns__passed_over_with_a_note(file):
    rows, notes = readers.read_fold([file("gene,sequence,label,tpm\nA,ACGT,1,3\nB,TTTT,0,4\n")], "train")
    assert pairs(rows) == [("ACGT", 1), ("TTTT", 0)]
    assert notes == ["t.csv: columns not read: gene, tpm"]


@pytest.mark.parametrize(
    ("header", "note"),
    [
        (",sequence,label", "a column without a name"),
        (",sequence,label,tpm,,", "tpm, 3 columns without a name"),
    ],
)
def test_columns_without_a_name_and_empty_rows__passed_over_with_a_note(file, header, note):
    rows, notes = readers.read_fold([file(f"{header}\n1,ACGT,1,,,\n,,,,,\n2,TTTT,0,,,\n")], "train")
    assert pairs(rows) == [("ACGT", 1), ("TTTT", 0)]
    assert rows["record"].to_list() == ["line 2", "line 4"]
    assert notes == [f"t.csv: columns not read: {note}"]


def test_iupac_codes_and_u__read_as_in_a_genome_and_counted(file, tmp_path):
    codes = "ACGUTNRYSWKMBDHVXacgutnryswkmbdhvx"
    note = "22 IUPAC ambiguity codes in 1 sequences are read as N"
    prepare.rewrite(file(f">a\n{codes}\n", "g.fa"), *(tmp_path / name for name in ("out.fa", "fai", "bed")))
    expected = (tmp_path / "out.fa").read_text().split()[1]
    table, pair = (
        [file(f"sequence,label\n{codes},1\nACGT,0\n")],
        [file(f">a\n{codes}\n", "p.fa"), file(">b\nACGT\n", "n.fa")],
    )
    for paths, name in ((table, "t.csv"), (pair, "p.fa, n.fa")):
        rows, notes = readers.read_fold(paths, "train")
        assert pairs(rows) == [(expected, 1), ("ACGT", 0)]
        assert notes == [f"{name}: {note}"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_two_fasta_files__positives_then_negatives(file, pack):
    positive = file(pack(b">p1 chr1\nAC\nGT\n>p2\nacgn\n"), "p.fa")
    negative = file(pack(b">n1\r\nTTTT\r\n"), "n.fa")
    rows, notes = readers.read_fold([positive, negative], "dev")
    assert pairs(rows) == [("ACGT", 1), ("ACGN", 1), ("TTTT", 0)]
    assert rows["id"].to_list() == ["p1", "p2", "n1"]
    assert rows["record"].to_list() == ["sequence p1", "sequence p2", "sequence n1"]
    assert notes == []


def test_a_sequence_longer_than_csv_takes_by_itself__read(file):
    rows, _ = readers.read_fold([file("sequence,label\n" + "A" * 200_000 + ",1\nC,0\n")], "train")
    assert rows["sequence"].str.len_bytes().to_list() == [200_000, 1]


def test_folds__only_those_that_were_given_with_names_for_the_card(file):
    table, positive, negative = file(GOOD), file(">p\nA\n", "p.fa"), file(">n\nC\n", "n.fa")
    read = readers.read({"train": (table,), "dev": (), "test": (positive, negative)})
    assert list(read.folds) == ["train", "test"]
    assert read.inputs == {"train": table, "test_positives": positive, "test_negatives": negative}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["t.csv, line 1: no column sequence"]),
        ("seq,label\nACGT,1\n", ["t.csv, line 1: no column sequence in 'seq,label'"]),
        ("sequence,class\nACGT,1\n", ["t.csv, line 1: no column label in 'sequence,class'"]),
        ("ACGT,1\nTTTT,0\n", ["t.csv, line 1: no column sequence in 'ACGT,1'"]),
        ("sequence;label\nACGT;1\n", ["t.csv, line 1: no column sequence in 'sequence;label'"]),
        ("sequence,label,label\nACGT,1,0\n", ["t.csv, line 1: two columns label"]),
        ("sequence,label\n", ["t.csv: a header and no samples"]),
        (GOOD + "AC,2\n", ["t.csv, line 4: label '2' is neither 0 nor 1"]),
        (GOOD + "AC,1.0\n", ["t.csv, line 4: label '1.0'"]),
        (GOOD + "AC,\n", ["t.csv, line 4: label ''"]),
        (GOOD + "AC,nan\n", ["t.csv, line 4: label 'nan'"]),
        (GOOD + "\n\nAC,x\n", ["t.csv, line 6: label 'x'"]),
        (GOOD + ",1\n", ["t.csv, line 4: an empty sequence"]),
        (GOOD + "  ,1\n", ["t.csv, line 4: an empty sequence"]),
        (GOOD + "ACEGT,1\n", ["t.csv, line 4: 'E' in the sequence is not a nucleotide"]),
        (GOOD + "AC,1,x\n", ["t.csv, line 4: 3 columns, the header has 2"]),
        (GOOD + '"AC\nGT",1\n', ["t.csv, line 5: '\\n' in the sequence"]),
        (GOOD + "AC\n", ["t.csv, line 4: 1 columns, the header has 2"]),
        (GOOD + "AC,1,2\n", ["t.csv, line 4: 3 columns, the header has 2"]),
        (GOOD + '"AC,1\n', ["t.csv, line 4: unexpected end of data"]),
        ("sequence,label\nACGT,1\nAC,1\n", ["t.csv: only samples of label 1"]),
        ("sequence,label\nACGT,0\n", ["t.csv: only samples of label 0"]),
        (GOOD.encode() + b"\xff\xfe,1\n", ["t.csv, line 4: not UTF-8"]),
        (gzip.compress(GOOD.encode() * 99, mtime=0)[:-20], ["t.csv: the compressed file ends too early"]),
    ],
)
def test_table_that_cannot_be_read__file_line_and_fault(file, content, words):
    with pytest.raises(InputError) as caught:
        readers.read_fold([file(content)], "train")
    assert all(word in caught.value.message for word in words), caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("positive", "negative", "words"),
    [
        (">p\nMEEPQ\n", ">n\nC\n", ["p.fa, sequence p: 'E' in the sequence"]),
        (">p\nACGT\n", ">n\nAC-T\n", ["n.fa, sequence n: '-' in the sequence"]),
        (">p\nACGT\n", ">n\nAC\xe9T\n", ["n.fa, sequence n", "in the sequence"]),
        (">p\nACGT\n>p\nAC\n", ">n\nC\n", ["p.fa: two sequences are named p"]),
        (">p\nACGT\n>q\n", ">n\nC\n", ["p.fa, sequence q: no bases"]),
        (">p\nACGT\n", GOOD, ["--train: p.fa (FASTA), n.fa (table). Give one CSV"]),
        (GOOD, GOOD, ["--train: p.fa (table), n.fa (table). Give one CSV"]),
    ],
)
def test_fasta_pair_that_cannot_be_read__file_record_and_fault(file, positive, negative, words):
    with pytest.raises(InputError) as caught:
        readers.read_fold([file(positive, "p.fa"), file(negative, "n.fa")], "train")
    assert all(word in caught.value.message for word in words), caught.value.message


def test_one_fasta_or_three__refused(file):
    fasta = [file(f">s\n{base}\n", f"{base}.fa") for base in "ACG"]
    for files in (fasta[:1], fasta):
        with pytest.raises(InputError, match=r"--test: .*\. Give one CSV or TSV"):
            readers.read_fold(files, "test")


def test_one_file_for_both_classes_or_two_folds__refused(file):
    fasta, table = file(">p\nA\n", "p.fa"), file(GOOD)
    with pytest.raises(InputError, match=r"p\.fa: given twice to --train"):
        readers.read_fold([fasta, fasta], "train")
    with pytest.raises(InputError, match=r"t\.csv: given to --train and --test"):
        readers.read({"train": (table,), "test": (table,)})


@pytest.mark.parametrize("k", [1, 3, 6])
def test_kmers_of_dnabert__joined_with_a_note_that_says_which_k(file, k):
    sequences = ["ACGTTGCA", "ttnacgat", "ACGTAC"]
    kmers = [" ".join(text[at : at + k] for at in range(len(text) - k + 1)) for text in sequences]
    table = file("sequence\tlabel\n" + "".join(f"{text}\t{n % 2}\n" for n, text in enumerate(kmers)), "t.tsv")
    rows, notes = readers.read_fold([table], "train")
    assert rows["sequence"].to_list() == ["ACGTTGCA", "TTNACGAT", "ACGTAC"]
    assert notes == [f"t.tsv: overlapping {k}-mers, joined to the sequences they were cut from"]
    fasta = [file(f">s\n{text}\n", f"{n}.fa") for n, text in enumerate(kmers[:2])]
    rows, notes = readers.read_fold(fasta, "train")
    assert rows["sequence"].to_list() == ["ACGTTGCA", "TTNACGAT"]
    assert notes == [f"0.fa, 1.fa: overlapping {k}-mers, joined to the sequences they were cut from"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("ACG TTT GTA", "t.csv, line 3: ACG TTT do not overlap by 2 letters"),
        ("ACGTAC GTACGT", "t.csv, line 3: a word of 6 letters among words of 3"),
        ("ACG CG", "t.csv, line 3: a word of 2 letters among words of 3"),
        ("ACGTACGT", "t.csv, line 3: a word of 8 letters among words of 3"),
        ("ACE CEG", "t.csv, line 3: 'E' in the sequence"),
    ],
)
def test_words_that_are_no_kmers_of_one_sequence__refused_by_line(file, words, fault):
    with pytest.raises(InputError) as caught:
        readers.read_fold([file(f"sequence,label\nACG CGT,1\n{words},0\n")], "train")
    assert fault in caught.value.message
