"""DNABERT-2: MosaicBERT over byte pairs, without a limit of length (Zhou et al. 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from lncprom.errors import InputError
from lncprom.models import bpe_tokens, encoder, mosaic_bert
from lncprom.models.self_attention import SelfAttention


class DNABERT2(encoder.Encoder):
    name = "dnabert2"
    MODEL_TYPE, VOCABULARY = "bert", bpe_tokens.FILE
    HEAD = ("bert.pooler.", "classifier.")

    @classmethod
    def _read_vocabulary(cls, path: Path, config: dict, options: dict) -> bpe_tokens.Vocabulary:
        found = bpe_tokens.read(path)
        if found.size > config["vocab_size"]:
            raise InputError(
                f"{path}: {found.size:,} tokens, its config.json says {config['vocab_size']:,} (vocab_size); "
                "they are of two models"
            )
        return found

    @classmethod
    def _build(cls, config: dict, vocabulary: bpe_tokens.Vocabulary, options: dict) -> torch.nn.Module:
        config = {"attention_probs_dropout_prob": 0.0} | config  # MosaicBERT's default
        return mosaic_bert.MosaicBertForSequenceClassification(encoder.sizes(config, vocabulary.pad, options))

    def base_tokens(self) -> np.ndarray:
        special = self.vocabulary[2:]
        return np.setdiff1d(np.arange(self.vocabulary.size, dtype=np.int32), special)

    def self_attentions(self) -> list[SelfAttention]:
        bert = self._inner()
        found = [layer.attention["self"] for layer in bert.encoder["layer"]]
        return [SelfAttention(part, part.heads, part.query, part.key, bert.alibi) for part in found]

    def _inner(self) -> torch.nn.Module:
        return self.module.bert

    def _written(self) -> dict:
        return super()._written() | {"architectures": ["BertForSequenceClassification"]}

    def _room(self, sequences: Sequence[str], from_end: bool) -> np.ndarray:
        if self.max_tokens is None:
            return np.array([len(sequence) for sequence in sequences], np.int64)
        return bpe_tokens.room(sequences, self.vocabulary, self.max_tokens - 2, from_end)

    def _encode(self, sequences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        return bpe_tokens.encode(sequences, self.vocabulary)

    def _spans(self, sequences: Sequence[str], width: int) -> np.ndarray:
        return bpe_tokens.spans(sequences, self.vocabulary, width)
