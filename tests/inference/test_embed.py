"""Embeddings: those of the stock classes, whatever the batches; chunks by their mean; special tokens left out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch
from transformers import BertModel, EsmModel

from helpers_baseline import table
from helpers_models import inputs, random_dna
from lncprom.errors import InputError
from lncprom.inference import device, embed
from lncprom.tables import embeddings

MACHINE = device.choose(threads=1)
SEQUENCES = random_dna(61, 24, 61, 33, 18, 50, 27, letters="ACGTN")


def rows(sequences) -> pl.DataFrame:
    names = [f"s{at}" for at in range(len(sequences))]
    constant = {"task": "t", "label": 0, "transform": "none"}
    return table(
        sample_id=names, sequence=sequences, **{name: [value] * len(names) for name, value in constant.items()}
    )


def embedded(
    model, sequences=SEQUENCES, layers=(0, 1, 2), poolings=("mean", "max", "cls", "last"), size=3, cut="error"
):
    done = embed.embed(rows(sequences), "d", model, cut, layers, poolings, MACHINE, size, print)
    return {(part.layer, part.pooling): part.values for part in done.parts}


@pytest.fixture(scope="module")
def dnabert(trained):
    return embed.opened("dnabert", trained.checkpoint("dnabert"), {}, "pretrained", 1, MACHINE)


@pytest.mark.parametrize(
    ("family", "cls", "after"), [("dnabert", BertModel, 1), ("nucleotide_transformer", EsmModel, 0)]
)
def test_embeddings__pooled_hidden_states_of_the_stock_class(trained, family, cls, after):
    model = embed.opened(family, trained.checkpoint(family), {}, "pretrained", 1, MACHINE)
    found = embedded(model)
    ids, mask = inputs(model, SEQUENCES)
    with torch.no_grad():
        stock = cls.from_pretrained(trained.checkpoint(family)).eval()
        states = stock(ids, attention_mask=mask.long(), output_hidden_states=True).hidden_states
    for layer, state in enumerate(states):
        for sample, (tokens, real) in enumerate(zip(state.numpy(), mask.sum(dim=1).tolist(), strict=True)):
            bases = tokens[1 : real - after]
            expected = {"mean": bases.mean(0), "max": bases.max(0), "cls": tokens[0], "last": tokens[real - 1]}
            for pooling, value in expected.items():
                np.testing.assert_allclose(
                    found[layer, pooling][sample], value, atol=2e-3, err_msg=f"{layer} {pooling}"
                )


def test_batches_of_other_sizes__the_same_embeddings(dnabert):
    one, many = embedded(dnabert, size=1), embedded(dnabert, size=64)
    for part, values in one.items():
        np.testing.assert_allclose(values, many[part], atol=1e-3, err_msg=str(part))


def test_a_sequence_in_chunks__the_mean_over_its_chunks(dnabert):
    text = random_dna(150)[0]
    pieces = dnabert.tokenize([text], "chunk")
    parts = [text[first:last] for first, last in zip(pieces.first_base, pieces.last_base, strict=True)]
    assert len(parts) == 3
    whole, each = embedded(dnabert, [text], cut="chunk"), embedded(dnabert, parts)
    for part, values in each.items():
        np.testing.assert_allclose(whole[part][0], values.astype(float).mean(0), atol=2e-3)


def test_random_weights__another_seed_other_embeddings(trained):
    draws = [
        embedded(embed.opened("dnabert", trained.checkpoint("dnabert"), {}, "random", seed, MACHINE))[2, "mean"]
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(draws[0], draws[1])
    assert np.abs(draws[0] - draws[2]).max() > 0.1


@pytest.mark.parametrize(("layers", "poolings", "words"), [([3], ["mean"], "layers 1 to 2"), ([0], ["sum"], "sum")])
def test_a_layer_or_pooling_that_is_not_there__refused(dnabert, layers, poolings, words):
    with pytest.raises(InputError, match=words):
        embedded(dnabert, layers=layers, poolings=poolings)


def test_table__written_and_read_again_bit_for_bit(tmp_path):
    values = np.random.default_rng(1).normal(size=(2, 5, 8)).astype(np.float16)
    parts = [embeddings.Embedded(0, "mean", values[0]), embeddings.Embedded(2, "max", values[1])]
    embeddings.write(list("abcde"), parts, tmp_path / "e.parquet")
    for (samples, found), part in zip(embeddings.read(tmp_path / "e.parquet"), parts, strict=True):
        assert samples == list("abcde")
        assert found[:2] == part[:2]
        assert np.array_equal(found.values, part.values)
    rows = embeddings.TABLE.read(tmp_path / "e.parquet")  # as a frame, checked against the schema
    assert rows.filter(layer=2, pooling="max", sample_id="c")["embedding"].to_list()[0] == values[1, 2].tolist()
