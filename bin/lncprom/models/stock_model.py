"""Models of the classes of transformers and two variants of BERT, filled from a checkpoint; none of its code is run."""

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
from lncprom.models.bert_variants import PreNormBert, RotaryBert

_HEADS = re.compile(
    r"(cls|lm_head|head|decoder|classifier|score|vocab_\w+|generator_\w+|(\w+\.)?pooler)\.|(.*\.)?position_ids$"
)
_ROPE_THETA = 10_000  # of RotaryBert
_IDLE = re.compile(r"(pooler|contact_head)\.")  # no part of the hidden states; may be missing
logging.set_verbosity_error()
logging.disable_progress_bar()


def check_config(config: Mapping[str, object], path: Path, stock: bool) -> None:
    """Refuse a config.json that asks for other mathematics than the class of its `model_type`."""
    if _variant(config):
        return
    foreign = [name for name in ("pre_layer_norm", "alibi_starting_size") if config.get(name)]
    foreign += [name for name in ("add_bias_fnn",) if config.get(name) is False]
    foreign += [name for name in ("rope_theta",) if config["model_type"] == "bert" and config.get(name)]
    if foreign:
        raise InputError(
            f"{path}: {foreign[0]} is {config[foreign[0]]!r}, which the class of transformers for "
            f"{config['model_type']} does not know; it needs its authors' code, and no code of a checkpoint is run"
        )
    if config.get("auto_map") and not stock:
        raise InputError(
            f"{path}: auto_map names code of the checkpoint's authors, which is not run; if the class of transformers "
            f"for {config['model_type']} is the same model, give the option stock=true"
        )


def _variant(config: Mapping[str, object]) -> type[nn.Module] | None:
    """The class of this project for a BERT that transformers has none for."""
    if config["model_type"] != "bert" or "alibi_starting_size" in config:
        return None
    rotary = bool(config.get("pooler_type")) or config.get("rope_theta") == _ROPE_THETA
    return PreNormBert if config.get("pre_layer_norm") else RotaryBert if rotary else None


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
    return _class(settings)._from_config(settings, dtype=torch.float32, **_without_pooler(settings))


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
        module, info = _class(settings).from_pretrained(
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
    stated = getattr(module.config, "max_position_embeddings", None)
    for name, part in module.named_modules():
        if isinstance(part, nn.Embedding) and re.search(r"position|\bwpe$", name):
            before = 0 if part.padding_idx is None else part.padding_idx + 1  # as RoBERTa and ESM count
            return min(part.num_embeddings - before, stated or part.num_embeddings), True
    return stated, False


def _class(settings) -> type[nn.Module]:
    return _variant(vars(settings) | {"model_type": settings.model_type}) or MODEL_MAPPING[type(settings)]


def _without_pooler(settings) -> dict[str, bool]:
    takes = "add_pooling_layer" in inspect.signature(_class(settings).__init__).parameters
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
