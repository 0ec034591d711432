"""Records of a FASTA as models get them."""

import pytest

from lncprom.errors import InputError
from lncprom.inference import fasta_scores


def test_blanks_in_a_sequence__left_out_unless_they_separate_kmers(tmp_path):
    path = tmp_path / "a.fa"
    path.write_text(">s\nACGTACGTAC ggtacgtacg\r\nTTT\n")
    assert list(fasta_scores.blocks(path)) == [(["s"], ["ACGTACGTACGGTACGTACGTTT"])]
    path.write_text(">s\nACG CGT GTT\n")
    with pytest.raises(InputError, match=r"^a\.fa, s: overlapping 3-mers\. Give the sequence"):
        list(fasta_scores.blocks(path))
