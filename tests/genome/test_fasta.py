"""FASTA as a stream: layouts as users have them, and files that are no FASTA."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_genome import fasta_text
from lncprom.errors import InputError
from lncprom.genome import fasta


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


@settings(max_examples=40)
@given(_sequences, _layout, st.integers(3, 40), st.booleans())
def test_any_layout_in_blocks_of_any_size__the_same_sequences(sequences, layout, size, bom):
    text = (fasta.BOM if bom else b"") + fasta_text(sequences, **layout)
    assert sequences_of(text, size) == sequences


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_mark_within_a_line__starts_no_sequence(size):
    assert sequences_of(b">chr1 a>b\nAC>GT\n>chr2\nA\n", size) == {"chr1": "AC>GT", "chr2": "A"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"ACGT\n>chr1\nACGT\n", "text before the first '>'"),
        (b"\n\n\n", "no sequence"),
        (b">chr1\nACGT\n>chr2\n>chr3\nAC\n", "sequence chr2: no bases"),
        (b">chr1\nACGT\n>chr2", "sequence chr2: no bases"),
        (b">chr1\n\r\n\n>chr2\nA\n", "sequence chr1: no bases"),
        (b">chr1 a\nACGT\n>chr1 b\nAC\n", "two sequences are named chr1"),
        (b">chr1\nACGT\n> chr2\nAC\n", "sequence 2: a header without a name"),
        (b">chr\xe91\nACGT\n", "not UTF-8"),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_file_that_is_no_fasta__one_line_says_why(text, words, size):
    with pytest.raises(InputError, match=r"g\.fa") as caught:
        list(fasta.pieces(chopped(text, size), "g.fa"))
    assert words in caught.value.message


def test_letters__upper_case_u_as_t_ambiguity_as_asked():
    table = fasta.letters(b"!", ambiguous=b"?")
    assert b"acgtunACGTUN".translate(table) == b"ACGTTNACGTTN"
    assert b"RYSWKMBDHVXrx".translate(table) == b"?" * 13
    assert b"EFILPQZJO*-.1 ".translate(table) == b"!" * 14
    assert b"RYK".translate(fasta.letters(b"!")) == b"NNN"
