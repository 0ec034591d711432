"""ESM for two classes, with the names that Nucleotide Transformer's published weights have.

Its first version has learned positions, its second rotary ones and a gated feed-forward part.

Source: Rives et al. 2021, https://doi.org/10.1073/pnas.2016239118; Dalla-Torre et al. 2024,
https://doi.org/10.1038/s41592-024-02523-z
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from lncprom.models.layers import AddedLinear, Output, SelfAttention, Settings, key_mask

_MASKED = 0.15 * 0.8  # fraction of tokens replaced by <mask> in pre-training


class Embeddings(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        self.sizes, width = sizes, sizes.hidden_size
        self.word_embeddings = nn.Embedding(sizes.vocab_size, width, padding_idx=sizes.pad_id)
        norm = nn.LayerNorm(width, eps=sizes.layer_norm_eps)
        self.layer_norm = norm if sizes.emb_layer_norm_before else nn.Identity()
        if not sizes.rotary:
            self.position_embeddings = nn.Embedding(sizes.max_position_embeddings, width, padding_idx=sizes.pad_id)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        x = self.word_embeddings(ids)
        if self.sizes.token_dropout:  # <mask> counts as dropped, and the others are scaled as dropout scales them
            masked = ids == self.sizes.mask_id
            tokens = ids.shape[1] if mask is None else mask.sum(-1)
            x = x.masked_fill(masked.unsqueeze(-1), 0.0)
            x = x * (1 - _MASKED) / (1 - masked.sum(-1).float() / tokens)[:, None, None]
        if not self.sizes.rotary:
            real = (ids != self.sizes.pad_id).int()
            places = real.cumsum(dim=1) * real + self.sizes.pad_id  # positions count on from the id of the padding
            x = x + self.position_embeddings(places)
        x = self.layer_norm(x)
        return x if mask is None else x * mask.unsqueeze(-1)


class Layer(nn.Module):
    """As BERT's, with each LayerNorm in front of its part."""

    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        width, eps = sizes.hidden_size, sizes.layer_norm_eps
        own, output = SelfAttention(sizes, scale_query=True), AddedLinear(width, sizes, norm=False)
        self.attention = nn.ModuleDict({"self": own, "output": output, "LayerNorm": nn.LayerNorm(width, eps=eps)})
        self.gated, inner = sizes.rotary, sizes.intermediate_size
        dense = nn.Linear(width, 2 * inner, bias=False) if self.gated else nn.Linear(width, inner)
        self.intermediate = nn.ModuleDict({"dense": dense})
        self.output = AddedLinear(inner, sizes, norm=False, bias=not self.gated)
        self.LayerNorm = nn.LayerNorm(width, eps=eps)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor | None]:
        found, weights = self.attention["self"](self.attention["LayerNorm"](x), mask)
        x = self.attention["output"](found, x)
        inner = self.intermediate["dense"](self.LayerNorm(x))
        if self.gated:
            gate, value = inner.chunk(2, dim=-1)
            return self.output(functional.silu(gate) * value, x), weights
        return self.output(functional.gelu(inner), x), weights


class Esm(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        self.embeddings = Embeddings(sizes)
        layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.num_hidden_layers))
        norm = nn.LayerNorm(sizes.hidden_size, eps=sizes.layer_norm_eps)
        self.encoder = nn.ModuleDict({"layer": layers, "emb_layer_norm_after": norm})
        contacts = nn.Linear(sizes.num_hidden_layers * sizes.num_attention_heads, 1)
        self.contact_head = nn.ModuleDict({"regression": contacts})  # of proteins; kept as published files have it


class Head(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        self.dense = nn.Linear(sizes.hidden_size, sizes.hidden_size)
        self.dropout = nn.Dropout(sizes.hidden_dropout_prob)
        self.out_proj = nn.Linear(sizes.hidden_size, sizes.num_labels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out_proj(self.dropout(torch.tanh(self.dense(self.dropout(x)))))


class EsmForSequenceClassification(nn.Module):
    """A two-layer head on the first token."""

    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        self.sizes, self.esm, self.classifier = sizes, Esm(sizes), Head(sizes)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> Output:
        x, mask, attentions = self.esm.embeddings(input_ids, attention_mask), key_mask(attention_mask), []
        for layer in self.esm.encoder["layer"]:
            x, weights = layer(x, mask)
            attentions.append(weights)
        x = self.esm.encoder["emb_layer_norm_after"](x)
        return Output(self.classifier(x[:, 0]), tuple(attentions) if self.sizes.eager else None)
