"""Models of transformers' own classes, built from a config.json and filled from its weights; no other code is run."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn
from transformers import AutoConfig
from transformers.models.auto.modeling_auto import MODEL_MAPPING
from transformers.utils import logging

from lncprom.errors import InputError
from lncprom.models import checkpoint_folder, checkpoints, out_of_memory

_HEADS = re.compile(r"(\w+\.)?(cls|lm_head|head|decoder|pooler|classifier|score)\.|(.*\.)?position_ids$")
_IDLE = re.compile(r"(pooler|contact_head)\.")  # no part of the hidden states; may be missing
# Fields that the authors' code reads and a stock class ignores, and what they would change.
_FOREIGN = {
    "pre_layer_norm": "norms in front of each layer",
    "alibi_starting_size": "ALiBi in place of positions",
    "add_bias_fnn": "a gated feed-forward part",
    "pooler_type": "rotation in place of positions",
    "rope_theta": "rotation in place of positions",
}
_OF_BERT = ("pooler_type", "rope_theta")  # other classes have these fields themselves

logging.set_verbosity_error()
logging.disable_progress_bar()


def check_config(config: Mapping[str, object], path: Path, stock: bool) -> None:
    """Refuse a config.json that asks for other mathematics than the stock class of its `model_type`."""
    for name, what in _FOREIGN.items():
        asked = name in config and config[name] not in (None, False)
        if name == "add_bias_fnn":
            asked = config.get(name) is False
        if asked and (name not in _OF_BERT or config.get("model_type") == "bert"):
            raise InputError(
                f"{path}: {name} is {config[name]!r}, that is {what}, which the stock class {config.get('model_type')} "
                "does not have; its authors' code is needed, and lncprom runs no code of a checkpoint"
            )
    if config.get("auto_map") and not stock:
        raise InputError(
            f"{path}: auto_map names code of the checkpoint's authors, which is not run; if the stock class "
            f"{config.get('model_type')} is the same model, give the option stock=true"
        )


def settings(config: Mapping[str, object], path: Path, dropout: float | None = None):
    """The config of transformers that a config.json is; `dropout`: in place of all of its dropouts."""
    given = {name: value for name, value in config.items() if name not in ("auto_map", "model_type")}
    with _one_line(path):
        found = AutoConfig.for_model(config["model_type"], **given)
        found.use_cache = False  # of a decoder's keys and values, which only generating text needs
        if config["model_type"] == "big_bird":
            found.attention_type = "original_full"
        for name, value in vars(found).items() if dropout is not None else ():
            if "drop" in name and isinstance(value, (int, float)) and not isinstance(value, bool):
                setattr(found, name, dropout)
        if type(found) not in MODEL_MAPPING or found.is_encoder_decoder:
            raise InputError(f"{path}: {found.model_type} is no encoder or decoder of transformers; give another model")
    return found


def build(settings) -> nn.Module:
    """The model without a head, its weights drawn as its class draws them, from torch's random state."""
    return MODEL_MAPPING[type(settings)]._from_config(settings, dtype=torch.float32, **_without_pooler(settings))


def filled(settings, folder: Path) -> nn.Module:
    """The same with the weights of a checkpoint folder, in evaluation mode.

    Raises
    ------
    InputError
        that names weights which are missing, left over (but for those of a head) or of another shape.
    """
    tensors = checkpoints.weights(folder)
    checkpoints.check_finite(tensors, folder)
    with _one_line(folder / checkpoint_folder.CONFIG):
        module, info = MODEL_MAPPING[type(settings)].from_pretrained(
            None,
            config=settings,
            state_dict=tensors,
            dtype=torch.float32,  # whatever the type of the file
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # reported below
            **_without_pooler(settings),
        )
    missing = [name for name in info["missing_keys"] if not _IDLE.match(name)]
    spare = [name for name in info["unexpected_keys"] if not _HEADS.match(name)]
    shapes = [f"{name} {list(found)}, not {list(wanted)}" for name, found, wanted in info["mismatched_keys"]]
    checkpoints.refuse(folder, sorted(missing), sorted(spare), [*sorted(shapes), *info["error_msgs"]])
    for name, weight in module.named_parameters():
        weight.requires_grad_(not _IDLE.match(name))
    return module.eval()


def positions(module: nn.Module) -> tuple[int | None, bool]:
    """How many tokens a model was made for, and whether more are an error, as with learned positions."""
    for name, part in module.named_modules():
        if isinstance(part, nn.Embedding) and re.search(r"position|\bwpe$", name):
            before = 0 if part.padding_idx is None else part.padding_idx + 1  # as RoBERTa and ESM count
            return part.num_embeddings - before, True
    return getattr(module.config, "max_position_embeddings", None), False


def _without_pooler(settings) -> dict[str, bool]:
    takes = "add_pooling_layer" in inspect.signature(MODEL_MAPPING[type(settings)].__init__).parameters
    return {"add_pooling_layer": False} if takes else {}


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """Say in one line what transformers says of a config.json in many ways."""
    try:
        yield
    except Exception as fault:
        if isinstance(fault, InputError) or out_of_memory.is_too_large(fault):
            raise
        what = " ".join(str(fault).split())[:300]
        raise InputError(f"{path}: no config of a model of transformers ({what}); download it again") from None
