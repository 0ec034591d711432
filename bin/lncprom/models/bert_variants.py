"""Two BERTs of which transformers has no class, with the names of their published weights.

GENA-LM has its norms in front of each part. MutBERT turns queries and keys by their places and has no position table.

Sources: Fishman et al. 2023, https://doi.org/10.1101/2023.06.12.544594; Long et al., "MutBERT: Probabilistic Genome
Representation Improves Genomics Foundation Models".
"""

from __future__ import annotations

import torch
from torch import nn
from transformers import BertConfig, BertModel
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.bert.modeling_bert import (
    BertEmbeddings,
    BertLayer,
    BertSelfAttention,
    eager_attention_forward,
)

from lncprom.models.layers import Rotary


class PreNormLayer(BertLayer):
    def __init__(self, config: BertConfig, number: int) -> None:
        super().__init__(config, number)
        self.attention.output.LayerNorm = self.output.LayerNorm = nn.Identity()
        self.pre_attention_ln = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.post_attention_ln = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, hidden_states, attention_mask=None, encoder_hidden_states=None, **given) -> torch.Tensor:
        found, _ = self.attention.self(self.pre_attention_ln(hidden_states), attention_mask)
        x = self.attention.output(found, hidden_states)
        return self.output(self.intermediate(self.post_attention_ln(x)), x)


class PreNormBert(BertModel):
    """GENA-LM; the norm behind the last layer is there unless config.json says that it is not."""

    def __init__(self, config: BertConfig, add_pooling_layer: bool = True) -> None:
        super().__init__(config, add_pooling_layer)
        self.encoder.layer = nn.ModuleList(PreNormLayer(config, at) for at in range(config.num_hidden_layers))
        if getattr(config, "last_layer_norm", True):
            self.encoder.last_layer_ln = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.post_init()

    def forward(self, **given):
        found = super().forward(**given)
        if hasattr(self.encoder, "last_layer_ln"):
            found.last_hidden_state = self.encoder.last_layer_ln(found.last_hidden_state)
        return found


class TurnedAttention(BertSelfAttention):
    def forward(self, hidden_states, attention_mask=None, **given) -> tuple[torch.Tensor, torch.Tensor | None]:
        shape = (*hidden_states.shape[:2], -1, self.attention_head_size)
        q, k, v = (part(hidden_states).view(shape).transpose(1, 2) for part in (self.query, self.key, self.value))
        with torch.device(hidden_states.device):
            turn = Rotary(self.attention_head_size)
        attend = ALL_ATTENTION_FUNCTIONS.get_interface(self.config._attn_implementation, eager_attention_forward)
        dropout = self.dropout.p if self.training else 0.0
        found, weights = attend(self, turn(q), turn(k), v, attention_mask, dropout=dropout, scaling=self.scaling)
        return found.flatten(2), weights


class PlacelessEmbeddings(BertEmbeddings):
    def __init__(self, config: BertConfig) -> None:
        super().__init__(config)
        del self.position_embeddings

    def forward(self, input_ids, **given) -> torch.Tensor:
        x = self.word_embeddings(input_ids) + self.token_type_embeddings.weight[0]
        return self.dropout(self.LayerNorm(x))


class RotaryBert(BertModel):
    """MutBERT."""

    def __init__(self, config: BertConfig, add_pooling_layer: bool = True) -> None:
        super().__init__(config, add_pooling_layer)
        self.embeddings = PlacelessEmbeddings(config)
        for number, layer in enumerate(self.encoder.layer):
            layer.attention.self = TurnedAttention(config, layer_idx=number)
        self.post_init()
