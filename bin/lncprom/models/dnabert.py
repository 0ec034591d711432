"""DNABERT with k = 3, 4, 5 or 6: a stock BERT over overlapping k-mers (Ji et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import click
import torch

from lncprom.errors import InputError
from lncprom.models import bert, encoder, vocabulary
from lncprom.models.base import Option


class DNABERT(encoder.Encoder):
    name = "dnabert"
    MODEL_TYPE, VOCABULARY = "bert", vocabulary.WORDS
    read_vocabulary = staticmethod(vocabulary.kmers)
    HEAD = ("bert.pooler.", "classifier.")
    OPTIONS: ClassVar[Mapping[str, Option]] = encoder.Encoder.OPTIONS | {
        "k": Option(None, click.IntRange(1)),  # a checkpoint of another k is refused; None: the checkpoint's
    }

    @classmethod
    def _check_config(cls, config: dict, path: Path) -> None:
        if "alibi_starting_size" in config:
            raise InputError(f"{path}: a checkpoint of DNABERT-2 (it has alibi_starting_size); its family is dnabert2")

    @classmethod
    def _build(cls, config: dict, words: vocabulary.Kmers, options: dict) -> torch.nn.Module:
        names = ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout")
        return bert.BertForSequenceClassification(encoder.sizes(config, words.pad, options, names))

    @classmethod
    def _check_weights(cls, tensors: Mapping[str, torch.Tensor], folder: Path) -> None:
        odd = [name for name in tensors if name.endswith("Wqkv.weight")]
        if odd:
            raise InputError(f"{folder}: weights of DNABERT-2 (they have {odd[0]}); its family is dnabert2")

    def _prepare(self, seed: int) -> None:
        if self.options["k"] not in (None, self.vocabulary.k):
            raise InputError(
                f"{self.words_path}: k-mers of k = {self.vocabulary.k}, asked for is "
                f"k = {self.options['k']}; give that checkpoint"
            )

    @property
    def shortest(self) -> int:
        return self.vocabulary.k

    def _positions(self) -> int:
        return self.module.sizes.max_position_embeddings
