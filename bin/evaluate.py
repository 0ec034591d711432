#!/usr/bin/env python3
"""Evaluate predictions of a data set: MCC, AUROC, calibration and others by fold, with intervals."""

from pathlib import Path

import click

from lncprom import cli

PREVALENCE = "Fraction of positives at which MCC, precision and AUPRC are also given; default: the data set's alone."
OPTIONAL = {"seeds": "seeds_out", "reliability": "reliability", "strata": "strata_out"}  # table -> its option


@cli.command(help=__doc__)
@click.option("--predictions", type=cli.INPUT, multiple=True, required=True, help="Predictions (Parquet); repeat.")
@click.option("--dataset", type=cli.INPUT, required=True, help="Their data set (Parquet).")
@cli.name_option
@cli.confidence_option
@cli.seed_option
@click.option("--prevalence", type=click.FloatRange(0, 1, min_open=True, max_open=True), help=PREVALENCE)
@click.option("--strata", type=cli.NAMES, default=(), help="Also by level of these, e.g. biotype,cpg_island.")
@click.option(
    "--homology", type=cli.INPUT, multiple=True, help="Nearest train samples (Parquet) of audit_leaks; repeat."
)
@click.option("--fractions", type=cli.INPUT, multiple=True, help="Predictions after training on a fraction; repeat.")
@cli.upstream_option
@click.option("--out", type=cli.OUTPUT, required=True, help="Metrics, one row per seed, fold and metric (TSV).")
@click.option("--curves", type=cli.OUTPUT, required=True, help="ROC and PR curves of the test fold (TSV).")
@click.option("--seeds-out", type=cli.OUTPUT, help="Mean, SD and interval over the seeds of each model (TSV).")
@click.option("--reliability", type=cli.OUTPUT, help="Predicted against observed fractions on the test fold (TSV).")
@click.option("--learning-curve", type=cli.OUTPUT, help="Metrics of the test fold by fraction of train (TSV).")
@click.option("--strata-out", type=cli.OUTPUT, help="Scores of the test fold by stratum (TSV).")
@click.option("--card", type=cli.OUTPUT, required=True, help="Record of the evaluation, with notes (JSON).")
def main(predictions: tuple[Path, ...], dataset: Path, name: str, out: Path, curves: Path, card: Path, **rest):
    from lncprom import files, provenance
    from lncprom.evaluation import evaluate, learning_curve, predicted, strata
    from lncprom.tables import dataset as dataset_table
    from lncprom.tables import metrics as tables

    upstream, by, homology = (rest.pop(option) for option in ("upstream", "strata", "homology"))
    fractions, curve = predicted.named(rest.pop("fractions")), rest.pop("learning_curve")
    others = {table: rest.pop(option) for table, option in OPTIONAL.items()}
    strata.refuse_unknown(by)
    given, rows, settings = predicted.named(predictions), dataset_table.read(dataset), evaluate.Settings(**rest)
    levels = strata.levels(rows, by, homology)
    done = evaluate.evaluate(given, rows, name, dataset.name, settings, cli.say, levels)
    inputs = {"dataset": dataset} | {f"predictions {file}": path for file, path in given.items()}
    inputs |= {f"fraction {file}": path for file, path in fractions.items()}
    inputs |= {f"homology {number}": path for number, path in enumerate(homology, 1)}
    record = {"step": "evaluate", "dataset": name, "task": rows["task"][0]}
    parameters = settings._asdict() | ({"strata": by} if by else {})
    record |= provenance.of(done, "evaluate", inputs, parameters, upstream)
    written = {out: (tables.METRICS, done.metrics), curves: (tables.CURVES, done.curves)}
    if curve:
        found = learning_curve.table(given | fractions, rows, name, dataset.name, settings)
        written[curve] = (tables.LEARNING_CURVE, found)
    asked = {table: path for table, path in others.items() if path}
    written |= {path: (getattr(tables, table.upper()), getattr(done, table)) for table, path in asked.items()}
    with files.writing_all([*written, card]) as beside:
        for path, (table, found) in written.items():
            table.write(found, beside[path])
        provenance.write(record, beside[card])


if __name__ == "__main__":
    main()
