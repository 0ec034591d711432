"""Motif files: what they say, and the line of what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lncprom.errors import InputError
from lncprom.motifs import databases, motif_files

DATA = Path(__file__).parents[1] / "data" / "motifs"


def read(tmp_path, text: str, name: str = "m.txt") -> list[motif_files.Raw]:
    (tmp_path / name).write_text(text)
    return motif_files.read(tmp_path / name)


def test_meme_file__ids_names_and_counts_as_they_stand():
    box, tata, ccaat = motif_files.read(DATA / "three.meme")
    assert [(motif.id, motif.name) for motif in (box, tata, ccaat)] == [
        ("GCBOX", "GC box"),
        ("TATA", "TATA"),
        ("CCAAT", "NFY"),
    ]
    assert box.counts.tolist() == [[0, 0, 0, 1, 0, 0], [0, 0, 0, 9, 0, 0], [10, 10, 10, 0, 10, 10], [0] * 6]
    assert tata.counts[:, 0] == pytest.approx([1, 1, 1, 17])  # 20 sites where the file does not say
    assert ccaat.counts.sum(axis=0).tolist() == [100] * 5


def test_jaspar_file__with_and_without_letters():
    first, second = motif_files.read(DATA / "two.jaspar")
    assert (first.id, first.name, second.id, second.name) == ("MY0001.1", "TATA-like", "MY0002.1", "plain rows")
    assert first.counts.tolist() == [[1, 9, 0, 10], [1, 0, 0, 0], [0, 0, 0, 0], [8, 1, 10, 0]]
    assert second.counts.tolist() == [[0, 0, 10], [10, 0, 0], [0, 10, 0], [0, 0, 0]]


LINE = "-" * 80
OUTPUT = f"""{LINE.replace("-", "*")}
MEME - Motif discovery tool
MEME version 5.4.1 (Release date: Sat Aug 21 19:23:23 2021 -0700)
ALPHABET= ACGT
MOTIF AC MEME-1\twidth =   2  sites =  10  llr = 9  E-value = 1e-9
\tMotif AC MEME-1 Description
log-odds matrix: alength= 4 w= 2 n= 90 bayes= 3 E= 1e-9
 100 -900 -900 -900
-900  100 -900 -900
\tMotif AC MEME-1 position-specific probability matrix
{LINE}
letter-probability matrix: alength= 4 w= 2 nsites= 10 E= 1e-9
 1 0 0 0
 0 1 0 0
{LINE}
\tMotif AC MEME-1 regular expression
AC
MOTIF  2\twidth =   1  sites =  10
letter-probability matrix: nsites= 10
 0 0 1 0
{LINE}
\tMotif 2 regular expression
"""


def test_output_of_meme_suite__its_motifs_without_headings_and_figures(tmp_path):
    first, second = read(tmp_path, OUTPUT)
    assert (first.id, first.name, second.id, second.name) == ("AC", "MEME-1", "2", "2")
    assert first.counts.tolist() == [[10, 0], [0, 10], [0, 0], [0, 0]]
    assert second.counts.tolist() == [[0], [0], [10], [0]]


SYMBOLS = 'A "Adenine" CC0000 ~ T "Thymine" 008000\nC ~ G\nN = ACGT\nEND ALPHABET'
ALPHABETS = ["", "ALPHABET DNA", 'ALPHABET "DNA"', f'ALPHABET "mine" DNA-LIKE\n{SYMBOLS}']


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("width", ["w= 2", ""])
def test_alphabet_named_or_defined_and_width_left_out__the_same_motif(tmp_path, alphabet, width):
    text = f"MEME version 5\n{alphabet}\nMOTIF a\nletter-probability matrix: nsites= 10 {width}\n\n1 0 0 0\n0 0 0 1\n"
    (motif,) = read(tmp_path, text + "\nURL http://a.b/c d\n")
    assert motif.counts.tolist() == [[10, 0], [0, 0], [0, 0], [0, 10]]


def test_shares__pseudocount_of_one_a_quarter_a_letter():
    assert databases.shares(np.array([[9.0], [0], [0], [0]])).ravel().tolist() == [0.925, 0.025, 0.025, 0.025]


HEAD = "MEME version 4\nALPHABET= ACGT\n"
FAULTS = {
    "unknown format": ("DE some\n", "line 1", "neither"),
    "RNA": ("MEME version 4\nALPHABET= ACGU\n", "line 2", "alphabet"),
    "MOTIF without id": (HEAD + "MOTIF\n", "line 3", "without an id"),
    "no matrix": (HEAD + "MOTIF a\nMOTIF b\n", "line 3", "a has no letter-probability matrix"),
    "no matrix at the end": (HEAD + "MOTIF a\n", "line 3", "a has no letter-probability matrix"),
    "matrix before any motif": (HEAD + "letter-probability matrix: w= 1\n1 0 0 0\n", "line 3", "before any MOTIF"),
    "no width": (HEAD + "MOTIF a\nletter-probability matrix: w= 0\n1 0 0 0\n", "line 4", "no width"),
    "no rows": (HEAD + "MOTIF a\nletter-probability matrix:\nURL x\nMOTIF b\n", "line 4", "a has no rows"),
    "no width, no number": (HEAD + "MOTIF a\nletter-probability matrix:\n1 0 0 0\nx 0 0 0\n", "line 6", "'x'"),
    "RNA by name": ('MEME version 5\nALPHABET "RNA" RNA-LIKE\n', "line 2", "alphabet"),
    "five letters": ("MEME version 5\nALPHABET\nA\nC\nG\nT\nm\nEND ALPHABET\n", "line 2", "alphabet"),
    "protein": (HEAD + "MOTIF a\nletter-probability matrix: alength= 20 w= 1\n", "line 4", "alength 20"),
    "too few rows": (HEAD + "MOTIF a\nletter-probability matrix: w= 2\n1 0 0 0\nMOTIF b\n", "line 4", "has 1 rows"),
    "cut": (HEAD + "MOTIF a\nletter-probability matrix: w= 2\n1 0 0 0\n", "line 4", "has 1 rows"),
    "three numbers": (HEAD + "MOTIF a\nletter-probability matrix: w= 1\n1 0 0\n", "line 5", "3 numbers"),
    "sum": (HEAD + "MOTIF a\nletter-probability matrix: w= 1\n.5 .5 .5 0\n", "line 5", "add up to 1.5"),
    "no number": (HEAD + "MOTIF a\nletter-probability matrix: w= 1\n1 0 x 0\n", "line 5", "'x'"),
    "below zero": (HEAD + "MOTIF a\nletter-probability matrix: w= 1\n1.1 -.1 0 0\n", "line 5", "'-.1'"),
    "infinite": (HEAD + "MOTIF a\nletter-probability matrix: w= 1\ninf 0 0 0\n", "line 5", "'inf'"),
    "twice": (HEAD + 2 * "MOTIF a\nletter-probability matrix: w= 1\n1 0 0 0\n", "line 6", "stands on line 3"),
    "MEME without motifs": (HEAD, "", "holds no motif"),
    "comments only": ("# nothing\n", "", "holds no motif"),
    "JASPAR without id": (">\n1\n1\n1\n1\n", "line 1", "without an id"),
    "three lines of counts": (">a b\n1\n1\n1\n", "line 1", "has 3 lines of counts"),
    "letter twice": (">a b\nA [1]\nA [1]\nG [1]\nT [1]\n", "line 3", "no line of counts of C"),
    "other letter": (">a b\nA [1]\nC [1]\nG [1]\nU [1]\n", "line 5", "no line of counts of T"),
    "uneven": (">a b\nA [1 2]\nC [1]\nG [1 1]\nT [1 1]\n", "line 3", "1 columns"),
    "empty column": (">a b\nA [1 0]\nC [1 0]\nG [1 0]\nT [1 0]\n", "line 1", "column 2"),
    "no columns": (">a b\nA []\nC []\nG []\nT []\n", "line 1", "no columns"),
    "JASPAR twice": (2 * ">a b\n1\n1\n1\n1\n", "line 6", "stands on line 1"),
    "word among counts": (">a b\n1\nx\n1\n1\n", "line 3", "'x'"),
}


@pytest.mark.parametrize(("text", "line", "words"), FAULTS.values(), ids=FAULTS)
def test_malformed_file__names_it_the_line_and_the_fault(tmp_path, text, line, words):
    with pytest.raises(InputError) as fault:
        read(tmp_path, text)
    message = fault.value.message
    assert message.startswith(f"m.txt, {line}: " if line else "m.txt: ")
    assert words in message
    assert "\n" not in message


MATRICES = st.lists(
    st.tuples(
        st.text("ABCxyz019._-", min_size=1, max_size=12),
        st.lists(st.lists(st.integers(1, 500), min_size=4, max_size=4), min_size=1, max_size=25),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda entry: entry[0],
)


@given(MATRICES)
@settings(deadline=None)
def test_meme_written__is_read_again_as_it_was(tmp_path_factory, motifs):
    given = [(name, "n", databases.shares(np.array(columns, float).T), 17) for name, columns in motifs]
    back = read(tmp_path_factory.mktemp("meme"), motif_files.meme(given))
    assert [motif.id for motif in back] == [name for name, *_ in given]
    for motif, (_, _, shares, _) in zip(back, given, strict=True):
        assert motif.counts / 17 == pytest.approx(shares, abs=2e-6)


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text__is_read_or_refused_in_one_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "m.txt"
    for head in ("", HEAD + "MOTIF a\n", ">a b\n"):
        path.write_bytes((head + text).encode("utf-8", "replace"))
        message = "m.txt"
        try:
            motif_files.read(path)
        except InputError as fault:
            message = fault.message
        assert message.startswith("m.txt")
        assert "\n" not in message
