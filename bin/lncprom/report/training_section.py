"""The fine-tuned models: how much of each sequence they see, how they were trained, losses by epoch."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple

import polars as pl

from lncprom.report import svg, titles
from lncprom.report.datasets_section import Warning
from lncprom.report.figures import Panel
from lncprom.report.results import Dataset, Results, together

_GUESS = math.log(2)  # cross-entropy of a model that gives both classes a probability of 0.5
_PARAMETERS = ("family", "learning_rate", "epochs", "batch", "warmup_steps", "weight_decay", "clip", "restarts")


class Trained(NamedTuple):
    """A model on a data set with the cards of its seeds, sorted by seed."""

    dataset: Dataset
    model: str
    cards: list[dict]

    def each(self, get: Callable[[dict], object]) -> str:
        """A value of each card, once where all seeds agree."""
        return ", ".join(dict.fromkeys(str(get(card)) for card in self.cards))

    def count(self, name: str, form: Callable[[object], str] = titles.scalar) -> str:
        return self.each(lambda card: form(card["counts"].get(name)))

    def percent(self, name: str) -> str:
        return self.count(name, titles.percent)

    @property
    def seeds(self) -> list[int]:
        return [card["parameters"]["seed"] for card in self.cards]

    @property
    def tss_seen(self) -> float | None:
        """Fraction of sequences whose TSS the model sees, the lowest over seeds; None where no TSS is known."""
        fractions = [card["counts"].get("tss_seen_share") for card in self.cards]
        return None if None in fractions else min(fractions)

    @property
    def blind(self) -> bool:
        """Whether the model does not see the TSS of every sequence."""
        return self.tss_seen is not None and self.tss_seen < 1

    @property
    def truncation(self) -> str:
        return self.each(lambda card: card["parameters"].get("truncation"))

    @property
    def collapsed(self) -> list[int]:
        """Seeds whose last attempt collapsed."""
        return [card["parameters"]["seed"] for card in self.cards if card["counts"].get("collapsed")]

    @property
    def attempts(self) -> str:
        told = ", ".join(str(len(card["counts"]["attempts"])) for card in self.cards)
        return f"{told}; still collapsed: {_seeds(self.collapsed)}" if self.collapsed else told

    @property
    def epochs(self) -> str:
        return ", ".join(f"{card['counts']['best_epoch']} of {card['parameters']['epochs']}" for card in self.cards)

    @property
    def which(self) -> str:
        return self.each(_which)

    @property
    def device(self) -> str:
        return self.each(_device)


class View(NamedTuple):
    """Models, loss curves by data set, settings by model, and notes with the models that they are about."""

    models: list[Trained]
    curves: dict[str, list[Panel]]
    settings: list[tuple[str, str]]
    notes: list[tuple[str, str]]


def trained(results: Results, cards: dict[str, dict]) -> list[Trained]:
    """Every model on every data set by its cards, without controls trained on shuffled labels."""
    known = {dataset.name: dataset for dataset in results.datasets}
    found: dict[tuple[str, str], list[dict]] = {}
    for card in cards.values():
        if card["step"] == "finetune" and not card["parameters"].get("shuffle_labels") and card["dataset"] in known:
            found.setdefault((card["dataset"], card["parameters"]["model"]), []).append(card)
    names = [*results.models, *sorted({model for _, model in found} - set(results.models))]
    return [
        Trained(dataset, model, sorted(found[name, model], key=lambda card: card["parameters"]["seed"]))
        for name, dataset in known.items()
        for model in names
        if (name, model) in found
    ]


def view(results: Results, losses: pl.DataFrame, cards: dict[str, dict]) -> View | None:
    """None if nothing was fine-tuned. Times and memory are left out, since no two runs repeat them."""
    models = trained(results, cards)
    if not models and losses.is_empty():
        return None
    notes: dict[tuple[str, str], dict[str, Dataset]] = {}
    for one in models:
        for note in (note for card in one.cards for note in card.get("notes", [])):
            if not note.startswith("new in the"):  # the head's seed differs in every run
                notes.setdefault((titles.model(one.model), note), {})[one.dataset.name] = one.dataset
    return View(
        models,
        {dataset.name: shown for dataset in results.datasets if (shown := curves(results, losses, dataset))},
        _settings(models),
        [(f"{model}, {together(list(of.values()))}", note) for (model, note), of in notes.items()],
    )


def _which(card: dict) -> str:
    """Which weights were trained: `LoRA r 8 on query and value`."""
    options, counts = card["parameters"].get("options", {}), card["counts"]
    if options.get("lora_r"):
        return f"LoRA r {options['lora_r']} on {titles.listed(list(options.get('lora_targets') or ['its targets']))}"
    return "all of them" if counts["weights"] == counts["weights_trained"] else "the rest frozen"


def _device(card: dict) -> str:
    """`NVIDIA H100 80GB HBM3, bf16`."""
    run = card.get("run", {})
    device = re.sub(r"\((R|TM)\)", "", str(run.get("device", "not known")))
    return f"{device}, {run['precision']}" if run.get("precision") else device


def _seeds(values: list[int]) -> str:
    return f"{'seed' if len(values) == 1 else 'seeds'} {', '.join(map(str, values))}"


def _settings(models: list[Trained]) -> list[tuple[str, str]]:
    """Model -> its settings; several where they differ between data sets."""
    found: dict[str, dict[str, None]] = {}
    for one in models:
        for card in one.cards:
            told = [f"{name.replace('_', ' ')} {titles.scalar(card['parameters'].get(name))}" for name in _PARAMETERS]
            found.setdefault(titles.model(one.model), {})[", ".join(told)] = None
    return [(model, "; or ".join(told)) for model, told in found.items()]


def warnings(results: Results, cards: dict[str, dict]) -> list[Warning]:
    """Models that do not see the TSS, and models that collapsed."""
    blind: dict[tuple[str, str, float], list[Dataset]] = {}
    collapsed: dict[tuple[str, str], list[Dataset]] = {}
    for one in trained(results, cards):
        name = titles.model(one.model)
        if one.blind:
            blind.setdefault((name, one.truncation, one.tss_seen), []).append(one.dataset)
        if one.collapsed:
            collapsed.setdefault((name, _seeds(one.collapsed)), []).append(one.dataset)
    alike: dict[tuple[str, str, float], list[str]] = {}
    for (model, truncation, fraction), of in blind.items():
        alike.setdefault((together(of), truncation, fraction), []).append(model)
    found = []
    for (of, truncation, fraction), models in alike.items():
        part = f"only {titles.percent(fraction)} of the sequences" if fraction else "no sequence"
        text = (
            f"The TSS is visible to {titles.listed(models)} in {part} of {of}: the sequences are longer than the "
            f"model's context and were cut (truncation {truncation}), so scores describe sequence far from the TSS."
        )
        found.append(Warning("bad", text))
    for (model, seeds), of in collapsed.items():
        text = f"{model} collapsed in every attempt ({seeds}), so it learned nothing on {together(of)}."
        found.append(Warning("bad", text))
    return found


def curves(results: Results, losses: pl.DataFrame, dataset: Dataset) -> list[Panel]:
    """A panel per model: train and dev loss by epoch for every seed; repeated attempts in grey."""
    rows = losses.filter(pl.col("dataset") == dataset.name).sort("seed", "attempt", "epoch")
    names = set(rows["model"])
    order = [*(model for model in results.models if model in names), *sorted(names - set(results.models))]
    return [_curves(rows.filter(pl.col("model") == model), dataset, model) for model in order]


def _curves(rows: pl.DataFrame, dataset: Dataset, model: str) -> Panel:
    final = pl.col("attempt") == pl.col("attempt").max().over("seed")
    rows = rows.with_columns(final.alias("final"))
    lines = (("train_loss", svg.SERIES[1], (0, (4, 1.5)), "train"), ("dev_loss", svg.SERIES[0], "-", "dev"))
    with svg.style():
        drawn = svg.figure(3.1, 2.7, left=0.66, bottom=0.92)
        axes = drawn.subplots()
        for _, line in rows.group_by("seed", "attempt", maintain_order=True):
            for column, colour, dash, _ in lines:
                look = {"color": colour, "linewidth": 1.4} if line["final"][0] else _GREY
                axes.plot(line["epoch"], line[column], linestyle=dash, marker=".", markersize=4, **look)
        kept = rows.filter(pl.col("kept") == 1)
        axes.plot(kept["epoch"], kept["dev_loss"], "o", markersize=6, mfc="none", mec=svg.INK)
        axes.axhline(_GUESS, linestyle=(0, (1, 2)), **_GREY)
        for _, colour, dash, label in lines:
            axes.plot([], [], color=colour, linestyle=dash, label=label)
        axes.plot([], [], "o", mfc="none", mec=svg.INK, label="kept")
        axes.plot([], [], linestyle=(0, (1, 2)), label="random guess", **_GREY)
        if not rows["final"].all():
            axes.plot([], [], label="collapsed attempt", **_GREY)
        losses = pl.concat([rows["train_loss"], rows["dev_loss"]])
        low, high = min(_GUESS, losses.min()), max(_GUESS, losses.max())
        margin = max(0.05 * (high - low), 0.02)
        axes.set(xlabel="epoch", ylabel="loss (cross-entropy)", ylim=(low - margin, high + margin))
        axes.set_xlim(0.5, rows["epoch"].max() + 0.5)
        axes.xaxis.get_major_locator().set_params(integer=True, nbins=6, min_n_ticks=1)
        drawn.legend(loc="lower center", ncols=3)
        title = f"{titles.model(model)} on {dataset.title}: loss by epoch"
        told = "; ".join(
            f"seed {row['seed']}, attempt {row['attempt']}: dev loss {titles.number(row['dev_loss'])} at epoch "
            f"{row['epoch']}, which was kept"
            for row in kept.iter_rows(named=True)
        )
        figure = svg.inline(drawn, f"loss-{model}/{dataset.name}", title, told)
    return Panel(f"{titles.model(model)}, {dataset.short}", figure)


_GREY = {"color": svg.MUTED, "linewidth": 0.8}
