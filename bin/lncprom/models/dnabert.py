"""DNABERT with k = 3, 4, 5 or 6: a stock BERT over overlapping k-mers (Ji et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from lncprom.errors import InputError
from lncprom.models import base, bert, encoder, kmer_tokens
from lncprom.models.base import Option


class DNABERT(encoder.Encoder):
    name = "dnabert"
    MODEL_TYPE, VOCABULARY = "bert", kmer_tokens.FILE
    HEAD = ("bert.pooler.", "classifier.")
    OPTIONS: ClassVar[Mapping[str, Option]] = encoder.Encoder.OPTIONS | {
        "k": Option(None, base.whole(1)),  # a checkpoint of another k is refused; None: the checkpoint's
    }

    @classmethod
    def _check_config(cls, config: dict, path: Path) -> None:
        if "alibi_starting_size" in config:
            raise InputError(f"{path}: a checkpoint of DNABERT-2 (it has alibi_starting_size); its family is dnabert2")

    @classmethod
    def _read_vocabulary(cls, path: Path, config: dict, options: dict) -> kmer_tokens.Vocabulary:
        found = kmer_tokens.read(path)
        if options["k"] not in (None, found.k):
            raise InputError(f"{path}: k-mers of k = {found.k}, asked for is k = {options['k']}; give that checkpoint")
        if found.size != config["vocab_size"]:
            raise InputError(
                f"{path}: {found.size:,} tokens (k = {found.k}), its config.json says {config['vocab_size']:,} "
                "(vocab_size); they are of two models"
            )
        return found

    @classmethod
    def _build(cls, config: dict, vocabulary: kmer_tokens.Vocabulary, options: dict) -> torch.nn.Module:
        names = ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout")
        return bert.BertForSequenceClassification(encoder.sizes(config, vocabulary.pad, options, names))

    @classmethod
    def _renamed(cls, tensors: dict[str, torch.Tensor], folder: Path) -> dict[str, torch.Tensor]:
        odd = [name for name in tensors if name.endswith("Wqkv.weight")]
        if odd:
            raise InputError(f"{folder}: weights of DNABERT-2 (they have {odd[0]}); its family is dnabert2")
        # As BERT's first release named them, and transformers still reads.
        return {
            name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias"): tensor
            for name, tensor in tensors.items()
        }

    @property
    def shortest(self) -> int:
        return self.vocabulary.k

    def base_tokens(self) -> np.ndarray:
        return self.vocabulary.ids

    def _inner(self) -> torch.nn.Module:
        return self.module.bert

    def _positions(self) -> int:
        return self.module.sizes.max_position_embeddings

    def _written(self) -> dict:
        return super()._written() | {"architectures": ["BertForSequenceClassification"]}

    def _room(self, sequences: Sequence[str], from_end: bool) -> np.ndarray:
        most = self.max_tokens - 2 + self.vocabulary.k - 1
        return np.minimum([len(sequence) for sequence in sequences], most).astype(np.int64)

    def _encode(self, sequences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        return kmer_tokens.encode(sequences, self.vocabulary)

    def _spans(self, sequences: Sequence[str], width: int) -> np.ndarray:
        return kmer_tokens.spans(sequences, self.vocabulary.k, width)
