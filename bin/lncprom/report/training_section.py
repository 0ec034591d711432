"""The language models: how much of each sequence they see, how they were fine-tuned, losses by epoch."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import polars as pl
from markupsafe import Markup

from lncprom.report import svg, titles
from lncprom.report.results import Dataset, Results, together
from lncprom.sites import task_names

_GUESS = math.log(2)  # cross-entropy of a model that gives both classes a probability of 0.5
_PARAMETERS = ("family", "learning_rate", "epochs", "batch", "warmup_steps", "weight_decay", "clip", "restarts")
_GREY = {"color": svg.MUTED, "linewidth": 0.8}


def trained(results: Results, cards: dict[str, dict]) -> list[dict]:
    """Every model on every data set by its cards, without controls trained on shuffled labels: rows of the tables.

    `cards` are sorted by seed, `collapsed` are the seeds whose last attempt collapsed, `tss_seen` is the fraction of
    sequences whose TSS the model sees (the lowest over seeds; None where no TSS is known), `blind`: not all of them.
    """
    found: dict[tuple[str, str], list[dict]] = {}
    tuned = [card for card in cards.values() if card["step"] == "finetune"]
    tuned = [card for card in tuned if not card["parameters"].get("shuffle_labels")]
    for card in sorted(tuned, key=lambda card: card["parameters"]["seed"]):
        found.setdefault((card["dataset"], card["parameters"]["model"]), []).append(card)
    order = sorted({model for _, model in found}, key=lambda model: (results.rank(model), model))
    pairs = [(dataset, model) for dataset in results.datasets for model in order]
    chosen = {
        (card["dataset"], card["parameters"]["model"]): card["counts"]
        for card in cards.values()
        if card["step"] == "choose_settings" and card["parameters"]["split"] == 1
    }
    return [
        _row(of, model, found[of.name, model], chosen.get((of.name, model)))
        for of, model in pairs
        if (of.name, model) in found
    ]


def windows(results: Results, trained: list[dict], cards: dict[str, dict]) -> list[dict]:
    """How much of a sequence each model of `trained` sees, and each probe: rows of the table."""
    found: dict[tuple[str, str], list[dict]] = {}
    for card in cards.values():
        if card["step"] == "train_probe":
            of = (card["dataset"], card["parameters"]["model"])
            found.setdefault(of, []).extend(record for record in card["upstream"] if record["step"] == "embed")
    probes = [
        _seen(of, model, found[name, model]) for of in results.datasets for name, model in found if name == of.name
    ]
    order = [of.name for of in results.datasets]
    return sorted(
        [*trained, *probes],
        key=lambda row: (order.index(row["dataset"].name), results.rank(row["model"]), row["model"]),
    )


def _seen(dataset: Dataset, model: str, cards: list[dict]) -> dict:
    seen = [card["counts"].get("tss_seen_share") for card in cards]
    tss_seen = None if None in seen else min(seen)
    return {
        "dataset": dataset,
        "model": model,
        "cards": cards,
        "tss_seen": tss_seen,
        "blind": tss_seen is not None and tss_seen < 1,
        "truncation": _each(cards, lambda card: card["parameters"].get("truncation")),
        "seen": [_count(cards, name, titles.percent) for name in ("bases_seen_share", "tss_seen_share")],
        "sequences": [_count(cards, name) for name in ("sequences_cut", "samples")],
    }


def _each(cards: list[dict], get: Callable[[dict], object]) -> str:
    """A value of each card, once where all seeds agree."""
    return ", ".join(dict.fromkeys(str(get(card)) for card in cards))


def _count(cards: list[dict], name: str, form: Callable[[object], str] = titles.scalar) -> str:
    return _each(cards, lambda card: form(card["counts"].get(name)))


def _row(dataset: Dataset, model: str, cards: list[dict], tried: dict | None) -> dict:
    lost = [str(card["parameters"]["seed"]) for card in cards if card["counts"].get("collapsed")]
    return _seen(dataset, model, cards) | {
        "weights": f"{_count(cards, 'weights_trained')} of {_count(cards, 'weights')}",
        "which": _each(cards, _which),
        "epochs": ", ".join(f"{card['counts']['best_epoch']} of {card['parameters']['epochs']}" for card in cards),
        "collapsed": f"{'seeds' if len(lost) > 1 else 'seed'} {', '.join(lost)}" if lost else "",
        "device": _each(cards, _device),
        "trials": f"{tried['trials']}: {kept(tried['settings'])}" if tried else "1",
    }


def kept(settings: dict) -> str:
    """`learning rate x 3`, as within a cell."""
    words = {"rate_factor": "learning rate \u00d7 {}", "truncation": "truncation {}"}
    return ", ".join(words[name].format(value) for name, value in settings.items()) or "as in the sheet"


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


def truncations(results: Results, models: list[dict]) -> list[tuple[str, Markup]]:
    """Of --ablation truncation: a panel per task and model with MCC by window length, one line for each way to cut."""
    ways = {row["model"]: row["truncation"] for row in models}
    varied: dict[str, list[str]] = {}
    for variant, base in results.variants.items():
        varied.setdefault(base, [base]).append(variant)
    return [
        _by_way(results, task, base, {ways[name]: name for name in names if name in ways})
        for task in results.tasks
        for base, names in varied.items()
    ]


def _by_way(results: Results, task: str, model: str, names: dict[str, str]) -> tuple[str, Markup]:
    """The panel of one task and model; `names`: way to cut -> model that was trained so."""
    sets, told = [dataset for dataset in results.built if dataset.task == task], []
    with svg.style():
        drawn = svg.figure(3.1, 2.7, left=0.66, bottom=0.92)
        axes = drawn.subplots()
        for at, (way, name) in enumerate(names.items()):
            found = {
                of.length: score for of in sets if (score := results.score(of.name, name)) and score.value is not None
            }
            value = [100 * score.value for score in found.values()]
            whiskers = [
                [
                    100 * abs((score.value if bound is None else bound) - score.value)
                    for bound in (score.low, score.high)
                ]
                for score in found.values()
            ]
            place = [length * (1 + 0.02 * (at - (len(names) - 1) / 2)) for length in found]
            look = {"color": svg.SERIES[at], "marker": svg.MARKERS[at], "linestyle": svg.DASHES[at], "label": way}
            axes.errorbar(place, value, list(zip(*whiskers, strict=True)), markersize=5, capsize=2.5, **look)
            told.append(
                f"{way}: " + ", ".join(f"{v:.1f} at {length} bp" for length, v in zip(found, value, strict=True))
            )
        axes.axhline(0, color=svg.MUTED, linewidth=0.8)
        axes.set(xlabel="window length (bp)", ylabel="MCC \u00d7 100, test split", ylim=(None, 101))
        drawn.legend(loc="lower center", ncols=4)
        title = f"{titles.model(model)}, {task_names.title(task)}"
        return title, svg.inline(drawn, f"truncation-{model}-{task}", f"{title}: MCC by way to cut", "; ".join(told))


def settings(models: list[dict]) -> list[tuple[str, str]]:
    """Model -> its settings; several where they differ between data sets."""
    found: dict[str, dict[str, None]] = {}
    for row in models:
        for card in row["cards"]:
            told = [f"{name.replace('_', ' ')} {titles.scalar(card['parameters'].get(name))}" for name in _PARAMETERS]
            found.setdefault(titles.model(row["model"]), {})[", ".join(told)] = None
    return [(model, "; or ".join(told)) for model, told in found.items()]


def notes(models: list[dict]) -> list[tuple[str, str]]:
    """Notes of the cards with the models and data sets that they are about."""
    found: dict[tuple[str, str], dict[str, Dataset]] = {}
    for row in models:
        for note in (note for card in row["cards"] for note in card.get("notes", [])):
            if not note.startswith("new in the"):  # the head's seed differs in every run
                found.setdefault((titles.model(row["model"]), note), {})[row["dataset"].name] = row["dataset"]
    return [(f"{model}, {together(list(of.values()))}", note) for (model, note), of in found.items()]


def warnings(models: list[dict]) -> list[tuple[str, str]]:
    """Models that do not see the TSS, and models that collapsed: level and text."""
    blind: dict[tuple[str, str, float], list[Dataset]] = {}
    collapsed: dict[tuple[str, str], list[Dataset]] = {}
    for row in models:
        name = titles.model(row["model"])
        if row["blind"]:
            blind.setdefault((name, row["truncation"], row["tss_seen"]), []).append(row["dataset"])
        if row.get("collapsed"):
            collapsed.setdefault((name, row["collapsed"]), []).append(row["dataset"])
    alike: dict[tuple[str, str, float], list[str]] = {}
    for (model, truncation, fraction), of in blind.items():
        alike.setdefault((together(of), truncation, fraction), []).append(model)
    found = []
    for (of, truncation, fraction), names in alike.items():
        part = f"only {titles.percent(fraction)} of the sequences" if fraction else "no sequence"
        found.append(
            f"The TSS is visible to {titles.listed(names)} in {part} of {of}: the sequences are longer than the "
            f"model's context and were cut (truncation {truncation}), so scores describe sequence far from the TSS."
        )
    for (model, seeds), of in collapsed.items():
        found.append(f"{model} collapsed in every attempt ({seeds}), so it learned nothing on {together(of)}.")
    return [("bad", text) for text in found]


def curves(results: Results, losses: pl.DataFrame) -> dict[str, list[tuple[str, Markup]]]:
    """Data set -> a panel per model: train and dev loss by epoch for every seed; repeated attempts in grey.

    A model that was trained for one epoch has no curve.
    """
    longer = losses.filter(pl.col("epoch").max().over("dataset", "model") > 1)
    given = longer.sort("seed", "attempt", "epoch").partition_by("dataset", "model", as_dict=True)
    found = {}
    for dataset in results.datasets:
        models = sorted((model for name, model in given if name == dataset.name), key=lambda m: (results.rank(m), m))
        if panels := [_curves(given[dataset.name, model], dataset, model) for model in models]:
            found[dataset.name] = panels
    return found


def _curves(rows: pl.DataFrame, dataset: Dataset, model: str) -> tuple[str, Markup]:
    rows = rows.with_columns(final=pl.col("attempt") == pl.col("attempt").max().over("seed"))
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
    return f"{titles.model(model)}, {dataset.short}", figure
