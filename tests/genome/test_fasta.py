"""FASTA as a stream and its index: against samtools faidx, and against files as users have them."""

from __future__ import annotations

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_genome import fasta_text
from lncprom.errors import InputError
from lncprom.genome import fasta

BOM = b"\xef\xbb\xbf"


def chopped(text: bytes, size: int) -> list[bytes]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def sequences_of(text: bytes, size: int) -> dict[str, str]:
    found: dict[str, list[bytes]] = {}
    for piece in fasta.pieces(chopped(text, size), "g.fa"):
        if piece.name is not None:
            found[piece.name] = []
        else:
            found[list(found)[-1]].append(piece.bases)
    return {name: b"".join(parts).translate(None, b"\r\n").decode() for name, parts in found.items()}


_sequences = st.dictionaries(
    st.from_regex(r"[A-Za-z0-9_.|>]{1,8}", fullmatch=True), st.text("ACGTNacgtn", min_size=1, max_size=50), min_size=1
)
_layout = st.fixed_dictionaries(
    {"width": st.integers(1, 60), "end": st.sampled_from(["\n", "\r\n"]), "last_end": st.booleans()}
)


@settings(deadline=None)
@given(_sequences, _layout, st.integers(1, 40), st.booleans())
def test_any_layout_in_blocks_of_any_size__the_same_sequences(sequences, layout, size, bom):
    text = (BOM if bom else b"") + fasta_text(sequences, **layout)
    assert sequences_of(text, max(size, 3)) == sequences


@settings(deadline=None)
@given(_sequences, _layout, st.integers(3, 40), st.booleans())
def test_any_layout__index_points_at_every_base(sequences, layout, size, bom):
    text = (BOM if bom else b"") + fasta_text(sequences, **layout)
    entries = fasta.index(chopped(text, size), "g.fa")
    assert [(entry.name, entry.length) for entry in entries] == [(name, len(s)) for name, s in sequences.items()]
    for entry in entries:
        bases = sequences[entry.name]
        for at in range(entry.length):
            line, column = divmod(at, entry.line_bases)
            assert chr(text[entry.offset + line * entry.line_bytes + column]) == bases[at]


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_mark_within_a_line__starts_no_sequence(size):
    assert sequences_of(b">chr1 a>b\nAC>GT\n>chr2\nA\n", size) == {"chr1": "AC>GT", "chr2": "A"}


def test_hand_made_file__index_is_that_of_samtools(tmp_path):
    path = tmp_path / "g.fa"
    path.write_bytes(fasta_text({"chr1": "ACGT" * 40, "chr2": "ACGTN" * 12, "chrM": "AC"}, width=60))
    pysam.faidx(str(path))
    assert fasta.format_index(fasta.index(fasta.blocks(path), path.name)) == (tmp_path / "g.fa.fai").read_text()


def test_index_written_and_read__the_same():
    entries = [fasta.Entry("chr1", 10, 6, 4, 5), fasta.Entry("chr2", 3, 25, 3, 4)]
    assert fasta.format_index(entries) == "chr1\t10\t6\t4\t5\nchr2\t3\t25\t3\t4\n"


@pytest.mark.parametrize("line", ["chr1\t10\t6\t4", "chr1\t10\t6\t4\tx", "chr1\t0\t6\t4\t5", "chr1\t10\t6\t5\t4"])
def test_index_line_that_is_none__refused_by_number(tmp_path, line):
    path = tmp_path / "g.fa.fai"
    path.write_text("chr1\t10\t6\t4\t5\n" + line + "\n")
    with pytest.raises(InputError, match=r"g\.fa\.fai, line 2"):
        fasta.read_index(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"ACGT\n>chr1\nACGT\n", ["text before the first '>'"]),
        (b"\n\n\n", ["no sequence in it"]),
        (b">chr1\nACGT\n>chr2\n>chr3\nAC\n", ["sequence chr2", "no bases"]),
        (b">chr1\nACGT\n>chr2\n", ["sequence chr2", "no bases"]),
        (b">chr1\nACGT\n>chr2", ["sequence chr2", "no bases"]),
        (b">chr1\n\r\n\n>chr2\nA\n", ["sequence chr1", "no bases"]),
        (b">chr1 a\nACGT\n>chr1 b\nAC\n", ["two sequences are named chr1"]),
        (b">chr1\nACGT\n>\nAC\n", ["sequence 2", "without a name"]),
        (b">chr1\nACGT\n> chr2\nAC\n", ["sequence 2", "without a name"]),
        (b">chr\xe91\nACGT\n", ["not UTF-8"]),
    ],
)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_file_that_is_no_fasta__one_line_says_why(text, words, size):
    with pytest.raises(InputError) as caught:
        list(fasta.pieces(chopped(text, size), "g.fa"))
    assert all(word in caught.value.message for word in ["g.fa", *words])
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "bases", [b"ACGT\nAC\nACGT\n", b"ACGT\nACGTA\n", b"ACGT\nACGT\nACGTAAA", b"ACGT\n\nACGT\n", b"AC\nACGT\n"]
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_of_different_lengths__no_index(bases, size):
    with pytest.raises(InputError, match="sequence chr1: lines of different lengths; run prepare_genome"):
        fasta.index(chopped(b">chr0\nA\n>chr1\n" + bases + b">chr2\nA\n" * bases.endswith(b"\n"), size), "g.fa")


@pytest.mark.parametrize("blank", [b"\n", b"\n\n\n", b"\r\n"])
def test_blank_lines_after_a_sequence__do_not_count(blank):
    text = b">chr1\nACGT\nAC\n" + blank + b">chr2\nACGT\n" + blank
    assert [entry[:2] for entry in fasta.index(chopped(text, 4), "g.fa")] == [("chr1", 6), ("chr2", 4)]


def test_letters__upper_case_u_as_t_ambiguity_as_asked():
    table = fasta.letters(b"!", ambiguous=b"?")
    assert b"acgtunACGTUN".translate(table) == b"ACGTTNACGTTN"
    assert b"RYSWKMBDHVXrx".translate(table) == b"?" * 13
    assert b"EFILPQZJO*-.1 ".translate(table) == b"!" * 14
    assert b"RYK".translate(fasta.letters(b"!")) == b"NNN"
