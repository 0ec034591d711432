"""Tokens: equal to those of the published tokenizers on any DNA, each with its bases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertTokenizer, EsmTokenizer, PreTrainedTokenizerFast

import tiny_checkpoints
from lncprom.errors import InputError
from lncprom.models import letters, vocabulary

# Runs of N of all lengths, and long stretches without one.
DNA = st.lists(st.one_of(st.text("ACGT", max_size=40), st.text("N", max_size=3)), max_size=6).map("".join)
SOME = st.lists(DNA, min_size=1, max_size=5)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """Name -> our vocabulary, and the published tokenizer as a function of a sequence."""
    folder, found = tmp_path_factory.mktemp("tokens"), {}
    for k in (1, 3, 4, 5, 6):
        path = tiny_checkpoints.dnabert(folder / f"kmers{k}", k=k)
        stock = BertTokenizer.from_pretrained(path, do_lower_case=False)
        found[f"kmers{k}"] = vocabulary.kmers(path / "vocab.txt", 5 + 4**k), kmers_of(stock, k)
    path = tiny_checkpoints.nucleotide_transformer(folder / "nt")
    stock = EsmTokenizer.from_pretrained(path)
    stock.eos_token = None  # as the published tokenizer_config.json has it: nothing is put behind the last token
    found["sixmers"] = vocabulary.kmer_blocks(path / "vocab.txt", 4105), stock
    path = tiny_checkpoints.nucleotide_transformer_v2(folder / "nt3", k=3)
    found["threemers"] = vocabulary.kmer_blocks(path / "vocab.txt", 75), EsmTokenizer.from_pretrained(path)
    found["threemers"][1].eos_token = None
    path = tiny_checkpoints.dnabert2(folder / "dnabert2", vocab_size=256) / "tokenizer.json"
    stock = PreTrainedTokenizerFast(tokenizer_file=str(path))
    found["byte_pairs"] = vocabulary.byte_pairs(path, 256), stock
    return found


def kmers_of(stock, k: int):
    return lambda text: stock(" ".join(text[at : at + k] for at in range(len(text) - k + 1)))


@pytest.mark.parametrize("name", [*(f"kmers{k}" for k in (1, 3, 4, 5, 6)), "sixmers", "threemers", "byte_pairs"])
@settings(max_examples=60, deadline=None)
@given(sequences=SOME)
def test_any_dna__ids_of_the_stock_tokenizer_and_nothing_but_padding_behind(words, name, sequences):
    ours, stock = words[name]
    ids, lengths = ours.encode(sequences)
    for row, length, text in zip(ids, lengths, sequences, strict=True):
        assert row[:length].tolist() == stock(text)["input_ids"]
        assert (row[length:] == ours.pad).all()


@settings(max_examples=60, deadline=None)
@given(sequences=SOME)
def test_any_dna_as_byte_pairs__offsets_of_the_stock_tokenizer(words, sequences):
    ours, stock = words["byte_pairs"]
    spans = ours.spans(sequences, ours.encode(sequences)[0].shape[1])
    for row, text in zip(spans, sequences, strict=True):
        inner = stock(text, return_offsets_mapping=True)["offset_mapping"][1:-1]
        assert row[1 : 1 + len(inner)].tolist() == [list(pair) for pair in inner]


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("sixmers", "ACGTNACGTACGTAC", ["A", "C", "G", "T", "N", "ACGTAC", "G", "T", "A", "C"]),
        ("kmers3", "ACGTA", ["ACG", "CGT", "GTA"]),
        ("kmers3", "AC", []),
    ],
)
def test_spans__the_bases_of_each_token(words, name, text, parts):
    ours, _ = words[name]
    spans = ours.spans([text], 12)[0].tolist()
    assert [text[first:last] for first, last in spans[1 : 1 + len(parts)]] == parts
    assert spans[:1] + spans[1 + len(parts) :] == [[-1, -1]] * (12 - len(parts))


@settings(max_examples=100, deadline=None)
@given(text=DNA, most=st.integers(1, 12), from_end=st.booleans())
def test_room_for_tokens__fits_alone_and_one_base_more_does_not(words, text, most, from_end):
    def side(bases: int) -> str:
        return text[len(text) - bases :] if from_end else text[:bases]

    ours, _ = words["sixmers"]
    bases = int(ours.room([text], most + 1, from_end)[0])
    counts = ours.encode([side(more) for more in range(len(text) + 1)])[1] - 1
    assert counts[bases] <= most
    assert (counts[bases + 1 :] > most).all()
    ours, _ = words["byte_pairs"]
    bases = int(ours.room([text], most + 2, from_end)[0])
    whole, part = (ours.encode([one])[0][0, 1:-1].tolist() for one in (text, side(bases)))
    assert part == (whole[-most:] if from_end else whole[:most])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("ACGTa", "gene2: 'a' at base 5; write it in upper case"),
        ("ACGTR", "gene2: 'R' at base 5"),
        ("ACéT", "gene2: 'é' at base 3"),
        ("NNNN", "gene2: nothing but N; leave it out"),
        ("", "gene2: 0 bases, the model needs 1 or more"),
    ],
)
def test_sequence_that_is_no_dna__refused_by_its_name(text, fault):
    with pytest.raises(InputError) as refused:
        letters.check(["ACGTN", text], ["gene1", "gene2"])
    assert fault in refused.value.message


def test_base_tokens__every_token_but_special_ones_and_those_with_an_n(words):
    for name, number in (("kmers3", 64), ("sixmers", 4**6), ("byte_pairs", 251)):
        ours, stock = words[name]
        assert len(np.unique(ours.bases)) == number
    assert not set(ours.bases) & set(stock.all_special_ids)
