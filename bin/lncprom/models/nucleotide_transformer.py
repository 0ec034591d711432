"""Nucleotide Transformer: a stock ESM over 6-mers, fine-tuned by LoRA (Dalla-Torre et al. 2024).

The weights of InstaDeepAI/nucleotide-transformer-500m-human-ref are licensed CC BY-NC-SA 4.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import torch

from lncprom.errors import InputError
from lncprom.models import base, checkpoints, encoder, esm, lora, vocabulary
from lncprom.models.base import Option


class NucleotideTransformer(encoder.Encoder):
    name = "nucleotide_transformer"
    MODEL_TYPE, VOCABULARY = "esm", vocabulary.WORDS
    read_vocabulary = staticmethod(vocabulary.sixmers)
    HEAD = ("classifier.",)
    UNUSED = (r"lm_head\.", r"esm\.pooler\.", r".*\.position_ids$")
    IDLE = ("esm.contact_head.",)
    OPTIONS: ClassVar[Mapping[str, Option]] = encoder.Encoder.OPTIONS | lora.OPTIONS

    @classmethod
    def _check_config(cls, config: dict, path: Path) -> None:
        if config.get("position_embedding_type", "absolute") != "absolute" or config.get("is_folding_model"):
            raise InputError(
                f"{path}: an ESM without absolute positions; the first Nucleotide Transformers have them, this family "
                "reads no other"
            )

    @classmethod
    def _build(cls, config: dict, words: vocabulary.Sixmers, options: dict) -> torch.nn.Module:
        return esm.EsmForSequenceClassification(encoder.sizes(config, words.pad, options, mask_id=words.mask))

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
        lora.save(self.module, self.HEAD, self.options, folder)
        base.write_record(self, folder, "adapter")

    def restore(self, folder: Path) -> None:
        if not self.options["lora_r"]:
            super().restore(folder)
            return
        record = base.read_record(folder)
        if record["checkpoint"] != self.digest():
            raise InputError(f"{folder}: LoRA adapters of another checkpoint or other options; give the one used then")
        lora.restore(self.module, folder)
