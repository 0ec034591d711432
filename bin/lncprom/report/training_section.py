"""The models that were fine-tuned: what they saw of each sequence, how they were trained, their losses by epoch."""

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

_GUESS = math.log(2)  # the loss of a model that gives both classes the same chance
_PARAMETERS = ("family", "learning_rate", "epochs", "batch", "warmup_steps", "weight_decay", "clip", "restarts")


class Trained(NamedTuple):
    """A model on a data set, and the cards of its seeds, in order of seed."""

    dataset: Dataset
    model: str
    cards: list[dict]

    def each(self, get: Callable[[dict], object], form: Callable[[object], str] = str) -> str:
        """What the seeds' cards say, once where they agree."""
        return ", ".join(dict.fromkeys(form(get(card)) for card in self.cards))

    def count(self, name: str, form: Callable[[object], str] = titles.scalar) -> str:
        return self.each(lambda card: card["counts"].get(name), form)

    @property
    def tss_seen(self) -> float | None:
        """Share of the sequences whose TSS the model saw, the least over seeds; None where no TSS is known."""
        shares = [card["counts"].get("tss_seen_share") for card in self.cards]
        return None if None in shares else min(shares)

    @property
    def cut(self) -> int:
        return max(card["counts"].get("sequences_cut", 0) for card in self.cards)

    @property
    def truncation(self) -> str:
        return self.each(lambda card: card["parameters"].get("truncation"))


class Seen(NamedTuple):
    """A row of the table of what the models saw; `blind`: of a sequence or more it is not the TSS."""

    dataset: Dataset
    model: str
    truncation: str
    bases: str
    tss: str
    cut: str
    of: str
    blind: bool


class How(NamedTuple):
    """A row of the table of how they were trained."""

    dataset: Dataset
    model: str
    weights: str
    trained: str
    which: str
    seeds: str
    epochs: str
    attempts: str
    collapsed: bool
    device: str


class View(NamedTuple):
    """The two tables, loss curves by data set, settings by model, and notes with what they are of."""

    seen: list[Seen]
    how: list[How]
    curves: dict[str, list[Panel]]
    settings: list[tuple[str, str]]
    notes: list[tuple[str, str]]


def trained(results: Results, cards: dict[str, dict]) -> list[Trained]:
    """Every model on every data set, as their cards tell; controls of shuffled labels are left out."""
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
    """None where nothing was fine-tuned. No figure of it is one that another run would not repeat."""
    models = trained(results, cards)
    if not models and losses.is_empty():
        return None
    notes: dict[tuple[str, str], dict[str, Dataset]] = {}
    for one in models:
        for note in (note for card in one.cards for note in card.get("notes", [])):
            notes.setdefault((titles.model(one.model), note), {})[one.dataset.name] = one.dataset
    return View(
        [_seen(one) for one in models],
        [_how(one) for one in models],
        {dataset.name: curves(results, losses, dataset) for dataset in results.datasets},
        _settings(models),
        [
            (f"{model}, {together(list(of.values()))}", note)
            for (model, note), of in notes.items()
            if not note.startswith("new in the")  # the head's seed, another one in every run
        ],
    )


def _seen(one: Trained) -> Seen:
    return Seen(
        one.dataset,
        one.model,
        one.truncation,
        one.count("bases_seen_share", titles.percent),
        one.count("tss_seen_share", titles.percent),
        one.count("sequences_cut"),
        one.count("samples"),
        one.tss_seen is not None and one.tss_seen < 1,
    )


def _how(one: Trained) -> How:
    def which(card: dict) -> str:
        options = card["parameters"].get("options", {})
        if not options.get("lora_r"):
            return (
                "all of them" if card["counts"]["weights"] == card["counts"]["weights_trained"] else "the rest frozen"
            )
        return f"LoRA r {options['lora_r']} on {titles.listed(list(options.get('lora_targets') or ['its targets']))}"

    seeds = [card["parameters"]["seed"] for card in one.cards]
    attempts = [len(card["counts"]["attempts"]) for card in one.cards]
    collapsed = [seed for seed, card in zip(seeds, one.cards, strict=True) if card["counts"].get("collapsed")]
    told = ", ".join(map(str, attempts))
    if collapsed:
        told += f"; collapsed for good: {_seeds(collapsed)}"
    return How(
        one.dataset,
        one.model,
        one.count("weights"),
        one.count("weights_trained"),
        one.each(which),
        _numbers(seeds),
        ", ".join(f"{card['counts']['best_epoch']} of {card['parameters']['epochs']}" for card in one.cards),
        told,
        bool(collapsed),
        one.each(_device),
    )


def _device(card: dict) -> str:
    """`NVIDIA H100 80GB HBM3, bf16`; the card's `run` holds times too, which no page that is compared may show."""
    run = card.get("run", {})
    device = re.sub(r"\((R|TM)\)", "", str(run.get("device", "not told")))
    return f"{device}, {run['precision']}" if run.get("precision") else device


def _numbers(values: list[int]) -> str:
    return ", ".join(map(str, values))


def _seeds(values: list[int]) -> str:
    return f"{'seed' if len(values) == 1 else 'seeds'} {_numbers(values)}"


def _settings(models: list[Trained]) -> list[tuple[str, str]]:
    """Model -> its settings, those of each data set where they differ."""
    found: dict[str, dict[str, None]] = {}
    for one in models:
        for card in one.cards:
            given = [(name, card["parameters"].get(name)) for name in _PARAMETERS]
            told = ", ".join(f"{name.replace('_', ' ')} {titles.scalar(value)}" for name, value in given)
            found.setdefault(titles.model(one.model), {})[told] = None
    return [(model, "; or ".join(told)) for model, told in found.items()]


def warnings(results: Results, cards: dict[str, dict]) -> list[Warning]:
    """Models that do not see what the task is about, or that have learnt nothing."""
    blind: dict[tuple, dict[str, list[Dataset]]] = {}
    lost: dict[str, dict[str, list[Dataset]]] = {}
    for one in trained(results, cards):
        if one.tss_seen is not None and one.tss_seen < 1:
            blind.setdefault((one.truncation, one.tss_seen), {}).setdefault(one.model, []).append(one.dataset)
        seeds = [card["parameters"]["seed"] for card in one.cards if card["counts"].get("collapsed")]
        if seeds:
            lost.setdefault(one.model, {}).setdefault(_seeds(seeds), []).append(one.dataset)
    found = []
    for (truncation, share), by_model in blind.items():
        alike: dict[str, list[str]] = {}
        for model, of in by_model.items():
            alike.setdefault(together(of), []).append(titles.model(model))
        for of, models in alike.items():
            sees = "sees" if len(models) == 1 else "see"
            part = f"{titles.percent(share)} of the sequences" if share else "no sequence"
            text = (
                f"{titles.listed(models)} {sees} the TSS of {part} of {of}: longer than what fits, they were cut "
                f"(truncation {truncation}), so the figures say what can be read far from the TSS."
            )
            found.append(Warning("bad", text))
    for model, by_seeds in lost.items():
        told = titles.listed([f"{together(of)} ({seeds})" for seeds, of in by_seeds.items()])
        found.append(Warning("bad", f"{titles.model(model)} collapsed and stayed so, hence learnt nothing: {told}."))
    return found


def curves(results: Results, losses: pl.DataFrame, dataset: Dataset) -> list[Panel]:
    """A panel for each model: loss on train and dev by epoch, of every seed, attempts that were given up in grey."""
    rows = losses.filter(pl.col("dataset") == dataset.name).sort("seed", "attempt", "epoch")
    names = set(rows["model"])
    order = [*(model for model in results.models if model in names), *sorted(names - set(results.models))]
    return [_curves(rows.filter(pl.col("model") == model), dataset, model) for model in order]


def _curves(rows: pl.DataFrame, dataset: Dataset, model: str) -> Panel:
    said, given_up = [], False
    losses = pl.concat([rows["train_loss"], rows["dev_loss"]])
    last = rows.filter(pl.col("attempt") == pl.col("attempt").max().over("seed"))
    with svg.style():
        drawn = svg.figure(3.1, 2.7, left=0.66, bottom=0.92)
        axes = drawn.subplots()
        for (seed, attempt), line in rows.group_by("seed", "attempt", maintain_order=True):
            kept = line.filter(pl.col("kept") == 1)
            of_last = (seed, attempt) in set(last.select("seed", "attempt").iter_rows())
            given_up |= not of_last
            for column, colour, dash in (
                ("train_loss", svg.SERIES[1], (0, (4, 1.5))),
                ("dev_loss", svg.SERIES[0], "-"),
            ):
                look = {"color": colour, "linewidth": 1.4} if of_last else {"color": svg.MUTED, "linewidth": 0.8}
                axes.plot(line["epoch"], line[column], linestyle=dash, marker=".", markersize=4, **look)
            axes.plot(kept["epoch"], kept["dev_loss"], "o", markersize=6, mfc="none", mec=svg.INK)
            for row in kept.iter_rows(named=True):
                loss = titles.number(row["dev_loss"], 3)
                said.append(f"seed {seed}, attempt {attempt}: dev loss {loss} at epoch {row['epoch']}, which was kept")
        axes.axhline(_GUESS, color=svg.MUTED, linewidth=0.8, linestyle=(0, (1, 2)))
        axes.plot([], [], color=svg.SERIES[1], linestyle=(0, (4, 1.5)), label="train")
        axes.plot([], [], color=svg.SERIES[0], label="dev")
        axes.plot([], [], "o", mfc="none", mec=svg.INK, label="kept")
        axes.plot([], [], color=svg.MUTED, linewidth=0.8, linestyle=(0, (1, 2)), label="a guess")
        if given_up:
            axes.plot([], [], color=svg.MUTED, linewidth=0.8, label="given up")
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss (cross-entropy)")
        low, high = min(_GUESS, losses.min()), max(_GUESS, losses.max())
        margin = max(0.05 * (high - low), 0.02)
        axes.set_ylim(low - margin, high + margin)
        axes.set_xlim(0.5, rows["epoch"].max() + 0.5)
        axes.xaxis.get_major_locator().set_params(integer=True, nbins=6, min_n_ticks=1)
        drawn.legend(loc="lower center", ncols=3)
        title = f"{titles.model(model)} on {dataset.title}: loss by epoch"
        figure = svg.inline(drawn, f"loss-{model}/{dataset.name}", title, "; ".join(said))
    return Panel(f"{titles.model(model)}, {dataset.short}", figure)
