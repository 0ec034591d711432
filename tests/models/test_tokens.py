"""Tokens: equal to those of the published tokenizers on any DNA, many times as fast, each with its bases."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertTokenizer, EsmTokenizer, PreTrainedTokenizerFast
from transformers.models.bert.tokenization_bert_legacy import BertTokenizerLegacy

import tiny_checkpoints
from lncprom.errors import InputError
from lncprom.models import bpe_tokens, kmer_tokens, letters, sixmer_tokens

# Runs of N of all lengths, and long stretches without one.
DNA = st.lists(st.one_of(st.text("ACGT", max_size=40), st.text("N", max_size=3)), max_size=6).map("".join)
SOME = st.lists(DNA, min_size=1, max_size=5)


def real(ids: np.ndarray, lengths: np.ndarray, pad: int) -> list[list[int]]:
    """The ids of each row; behind them there is nothing but padding."""
    for row, length in zip(ids, lengths, strict=True):
        assert (row[length:] == pad).all()
    return [row[:length].tolist() for row, length in zip(ids, lengths, strict=True)]


def spaced(text: str, k: int) -> str:
    return " ".join(text[at : at + k] for at in range(len(text) - k + 1))


def random_dna(number: int, length: int, seed: int = 0) -> list[str]:
    draw = np.random.default_rng(seed).choice(list("ACGTN"), p=[0.25, 0.25, 0.24, 0.25, 0.01], size=(number, length))
    return ["".join(row) for row in draw]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokens")
    for k in (1, 3, 4, 5, 6):
        tiny_checkpoints.dnabert(folder / f"dnabert{k}", k=k)
    tiny_checkpoints.nucleotide_transformer(folder / "nt")
    tiny_checkpoints.dnabert2(folder / "dnabert2", vocab_size=256)
    return folder


@pytest.mark.parametrize("k", [1, 3, 4, 5, 6])
@settings(max_examples=60, deadline=None)
@given(sequences=SOME)
def test_any_dna_as_kmers__ids_of_the_stock_tokenizer(folders, k, sequences):
    stock = BertTokenizer.from_pretrained(folders / f"dnabert{k}", do_lower_case=False)
    vocabulary = kmer_tokens.read(folders / f"dnabert{k}" / "vocab.txt")
    expected = [stock(spaced(text, k))["input_ids"] for text in sequences]
    assert real(*kmer_tokens.encode(sequences, vocabulary), vocabulary.pad) == expected


@settings(max_examples=150, deadline=None)
@given(sequences=SOME)
def test_any_dna_as_sixmers__ids_of_the_stock_tokenizer(folders, sequences):
    stock = stock_esm(folders / "nt")
    vocabulary = sixmer_tokens.read(folders / "nt" / "vocab.txt", 4105)
    expected = [stock(text)["input_ids"] for text in sequences]
    found = sixmer_tokens.encode(sequences, vocabulary)
    assert real(*found, vocabulary.pad) == expected
    assert [sixmer_tokens.count(text) + 1 for text in sequences] == found[1].tolist()


@settings(max_examples=150, deadline=None)
@given(sequences=SOME)
def test_any_dna_as_byte_pairs__ids_and_offsets_of_the_stock_tokenizer(folders, sequences):
    stock = PreTrainedTokenizerFast(tokenizer_file=str(folders / "dnabert2" / "tokenizer.json"))
    vocabulary = bpe_tokens.read(folders / "dnabert2" / "tokenizer.json")
    ids, lengths = bpe_tokens.encode(sequences, vocabulary)
    encoded = [stock(text, return_offsets_mapping=True) for text in sequences]
    assert real(ids, lengths, vocabulary.pad) == [one["input_ids"] for one in encoded]
    spans = bpe_tokens.spans(sequences, vocabulary, ids.shape[1])
    for row, one in zip(spans, encoded, strict=True):
        inner = one["offset_mapping"][1:-1]
        assert row[1 : 1 + len(inner)].tolist() == [list(pair) for pair in inner]


def stock_esm(folder) -> EsmTokenizer:
    # As the published tokenizer_config.json has it: nothing is put behind the last token.
    stock = EsmTokenizer.from_pretrained(folder)
    stock.eos_token = None
    return stock


def test_example_of_an_n_and_a_rest__base_by_base_around_them(folders):
    vocabulary = sixmer_tokens.read(folders / "nt" / "vocab.txt", 4105)
    text = "ACGTNACGTACGTAC"
    ids, lengths = sixmer_tokens.encode([text], vocabulary)
    spans = sixmer_tokens.spans([text], ids.shape[1])[0]
    assert [text[first:last] for first, last in spans[1:]] == ["A", "C", "G", "T", "N", "ACGTAC", "G", "T", "A", "C"]
    assert spans[0].tolist() == [-1, -1]
    assert lengths.tolist() == [11]
    assert ids[0, 0] == 3


def test_three_hundred_bases__as_many_tokens_as_published(folders):
    text = random_dna(1, 300)[0].replace("N", "A")
    three = kmer_tokens.read(folders / "dnabert3" / "vocab.txt")
    assert three.size == 69
    assert kmer_tokens.encode([text], three)[1] == 300
    assert sixmer_tokens.encode([text], sixmer_tokens.read(folders / "nt" / "vocab.txt", 4105))[1] == 51


def test_spans_of_kmers__k_bases_one_further_each(folders):
    found = kmer_tokens.spans(["ACGTA", "ACG"], 3, 5)
    assert found[0].tolist() == [[-1, -1], [0, 3], [1, 4], [2, 5], [-1, -1]]
    assert found[1].tolist() == [[-1, -1], [0, 3], [-1, -1], [-1, -1], [-1, -1]]


@settings(max_examples=100, deadline=None)
@given(text=DNA, most=st.integers(1, 12), from_end=st.booleans())
def test_room_for_tokens__fits_alone_and_one_base_more_does_not(folders, text, most, from_end):
    def side(bases: int) -> str:
        return text[len(text) - bases :] if from_end else text[:bases]

    bases = int(sixmer_tokens.room([text], most, from_end)[0])
    assert sixmer_tokens.count(side(bases)) <= most
    assert all(sixmer_tokens.count(side(more)) > most for more in range(bases + 1, len(text) + 1))

    vocabulary = bpe_tokens.read(folders / "dnabert2" / "tokenizer.json")
    bases = int(bpe_tokens.room([text], vocabulary, most, from_end)[0])
    whole, part = (bpe_tokens.encode([one], vocabulary)[0][0, 1:-1].tolist() for one in (text, side(bases)))
    assert part == (whole[-most:] if from_end else whole[:most])


@pytest.mark.parametrize("family", ["dnabert6", "nt"])
def test_speed__at_least_twenty_times_the_slow_tokenizer(folders, family):
    few, many = random_dna(100, 300), random_dna(4000, 300)
    if family == "nt":
        stock, vocabulary = stock_esm(folders / "nt"), sixmer_tokens.read(folders / "nt" / "vocab.txt", 4105)
        slow, fast = (lambda: stock(few)), (lambda: sixmer_tokens.encode(many, vocabulary))
    else:
        path = folders / "dnabert6" / "vocab.txt"
        stock, vocabulary = BertTokenizerLegacy(path, do_lower_case=False), kmer_tokens.read(path)
        slow, fast = (lambda: stock([spaced(text, 6) for text in few])), (lambda: kmer_tokens.encode(many, vocabulary))
    ratio = best(slow) / len(few) * len(many) / best(fast)
    assert ratio >= 20, ratio


def best(call) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ACGTa", "gene2: 'a' at base 5; write it in upper case"),
        ("ACGTR", "gene2: 'R' at base 5"),
        ("AC-T", "gene2: '-' at base 3"),
        ("ACéT", "gene2: 'é' at base 3"),
        ("NNNN", "gene2: nothing but N; leave it out"),
        ("", "gene2: 0 bases, the model needs 1 or more"),
    ],
)
def test_sequence_that_is_no_dna__refused_by_its_name(text, words):
    with pytest.raises(InputError) as fault:
        letters.check(["ACGTN", text], ["gene1", "gene2"])
    assert words in fault.value.message


def test_blocks__any_number_of_rows_gives_the_same(folders, monkeypatch):
    vocabulary = kmer_tokens.read(folders / "dnabert3" / "vocab.txt")
    sixmers = sixmer_tokens.read(folders / "nt" / "vocab.txt", 4105)
    sequences = [text[: 3 + 7 * at] for at, text in enumerate(random_dna(40, 300))]
    whole = kmer_tokens.encode(sequences, vocabulary)[0], sixmer_tokens.encode(sequences, sixmers)[0]
    monkeypatch.setattr(letters, "_CELLS", 500)
    parts = kmer_tokens.encode(sequences, vocabulary)[0], sixmer_tokens.encode(sequences, sixmers)[0]
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)
