"""BERT for two classes, with the names that DNABERT's published weights have.

Source: Devlin et al. 2019, https://arxiv.org/abs/1810.04805
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from lncprom.models.layers import AddedLinear, Output, SelfAttention, Settings, key_mask


class Embeddings(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        width = sizes.hidden_size
        self.word_embeddings = nn.Embedding(sizes.vocab_size, width, padding_idx=sizes.pad_id)
        self.position_embeddings = nn.Embedding(sizes.max_position_embeddings, width)
        self.token_type_embeddings = nn.Embedding(sizes.type_vocab_size, width)
        self.LayerNorm = nn.LayerNorm(width, eps=sizes.layer_norm_eps)
        self.dropout = nn.Dropout(sizes.hidden_dropout_prob)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        types = self.token_type_embeddings(torch.zeros_like(ids))
        places = self.position_embeddings(torch.arange(ids.shape[1], device=ids.device)[None])
        return self.dropout(self.LayerNorm(self.word_embeddings(ids) + types + places))


class Layer(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        own, output = SelfAttention(sizes, scale_query=False), AddedLinear(sizes.hidden_size, sizes, norm=True)
        self.attention = nn.ModuleDict({"self": own, "output": output})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(sizes.hidden_size, sizes.intermediate_size)})
        self.output = AddedLinear(sizes.intermediate_size, sizes, norm=True)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor | None]:
        found, weights = self.attention["self"](x, mask)
        x = self.attention["output"](found, x)
        return self.output(functional.gelu(self.intermediate["dense"](x)), x), weights


class Bert(nn.Module):
    parts: tuple[type[nn.Module], type[nn.Module]] = (Embeddings, Layer)

    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        embeddings, layer = self.parts
        self.embeddings = embeddings(sizes)
        layers = nn.ModuleList(layer(sizes) for _ in range(sizes.num_hidden_layers))
        self.encoder = nn.ModuleDict({"layer": layers})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(sizes.hidden_size, sizes.hidden_size)})

    def bias(self, length: int, mask: torch.Tensor | None) -> torch.Tensor | None:
        return key_mask(mask)


class BertForSequenceClassification(nn.Module):
    """Tanh of a linear map of the first token, then the classifier."""

    encoder: type[nn.Module] = Bert

    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        self.sizes, self.bert = sizes, self.encoder(sizes)
        dropout = sizes.classifier_dropout
        self.dropout = nn.Dropout(sizes.hidden_dropout_prob if dropout is None else dropout)
        self.classifier = nn.Linear(sizes.hidden_size, sizes.num_labels)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> Output:
        x, bias = self.bert.embeddings(input_ids), self.bert.bias(input_ids.shape[1], attention_mask)
        attentions = []
        for layer in self.bert.encoder["layer"]:
            x, weights = layer(x, bias)
            attentions.append(weights)
        pooled = torch.tanh(self.bert.pooler["dense"](x[:, 0]))
        return Output(self.classifier(self.dropout(pooled)), tuple(attentions) if self.sizes.eager else None)
