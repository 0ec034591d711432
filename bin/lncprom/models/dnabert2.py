"""DNABERT-2: MosaicBERT over byte pairs, without a limit of length (Zhou et al. 2023)."""

from __future__ import annotations

import torch

from lncprom.models import encoder, mosaic_bert, vocabulary


class DNABERT2(encoder.Encoder):
    name = "dnabert2"
    MODEL_TYPE, VOCABULARY = "bert", vocabulary.BYTE_PAIRS
    read_vocabulary = staticmethod(vocabulary.byte_pairs)
    HEAD = ("bert.pooler.", "classifier.")

    @classmethod
    def _build(cls, config: dict, words: vocabulary.BytePairs, options: dict) -> torch.nn.Module:
        config = {"attention_probs_dropout_prob": 0.0} | config  # MosaicBERT's default
        return mosaic_bert.MosaicBertForSequenceClassification(encoder.sizes(config, words.pad, options))
