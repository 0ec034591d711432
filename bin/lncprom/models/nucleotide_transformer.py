"""Nucleotide Transformer, first and second version: an ESM over 6-mers, fine-tuned by LoRA (Dalla-Torre et al. 2024).

The published weights are licensed CC BY-NC-SA 4.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import torch

from lncprom.errors import InputError
from lncprom.models import checkpoints, encoder, esm, lora, vocabulary
from lncprom.models.base import Option


class NucleotideTransformer(encoder.Encoder):
    name = "nucleotide_transformer"
    MODEL_TYPE, VOCABULARY = "esm", vocabulary.WORDS
    read_vocabulary = staticmethod(vocabulary.kmer_blocks)
    HEAD = ("classifier.",)
    UNUSED = (r"lm_head\.", r"esm\.pooler\.", r".*\.position_ids$", r"esm\.embeddings\.position_embeddings\.")
    IDLE = ("esm.contact_head.",)
    OPTIONS: ClassVar[Mapping[str, Option]] = encoder.Encoder.OPTIONS | lora.OPTIONS

    @classmethod
    def _check_config(cls, config: dict, path: Path) -> None:
        kind = config.get("position_embedding_type", "absolute")
        if kind not in ("absolute", "rotary") or config.get("is_folding_model"):
            raise InputError(
                f"{path}: no Nucleotide Transformer, whose positions are absolute (first version) or rotary (second)"
            )

    @classmethod
    def _build(cls, config: dict, words: vocabulary.KmerBlocks, options: dict) -> torch.nn.Module:
        rotary = config.get("position_embedding_type") == "rotary"
        sizes = encoder.sizes(config, words.pad, options, mask_id=words.mask, rotary=rotary)
        return esm.EsmForSequenceClassification(sizes)

    def _prepare(self, seed: int) -> None:
        if self.options["lora_r"]:
            lora.add(self.module, self.HEAD, self.IDLE, self.options, seed)
        self.notes.append("the published weights of Nucleotide Transformer are licensed CC BY-NC-SA 4.0")
        self.notes.append(lora.summary(self.module, self.options))

    def _positions(self) -> int:
        return self.config["max_position_embeddings"] - self.vocabulary.pad - 1  # ESM counts on from the padding's id

    def redraw(self, seed: int) -> None:
        # The head twice: earlier versions held two, and the same seed has to give the same model.
        again = [self.module.classifier] if self.options["lora_r"] else []
        checkpoints.draw([self.module, *again], seed, encoder.spread(self.config) or None)

    def save(self, folder: Path) -> None:
        if not self.options["lora_r"]:
            super().save(folder)
            return
        lora.save(self, self.HEAD, folder)

    def restore(self, folder: Path) -> None:
        if not self.options["lora_r"]:
            super().restore(folder)
            return
        lora.restore(self, folder)
