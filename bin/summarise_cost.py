#!/usr/bin/env python3
"""Sum the costs of a run from Nextflow's trace: CPU-h, GPU-h and memory by step and model, with suggested requests."""

from pathlib import Path

import click

from lncprom import cli


@click.command(help=__doc__)
@click.option("--trace", type=cli.INPUT, required=True, help="Nextflow's trace, raw (pipeline_info/trace.txt).")
@click.option("--datasets", type=cli.NAMES, default=(), help="Names of the data sets, separated by commas.")
@click.option("--models", type=cli.NAMES, default=(), help="Names of the models, separated by commas.")
@click.option("--gpus", type=click.IntRange(0), default=0, show_default=True, help="GPUs that each task requests.")
@click.option("--gpu-steps", type=cli.NAMES, default=(), help="Steps whose tasks request GPUs, separated by commas.")
@click.option("--title", default="lncprom", show_default=True, help="Title of the page.")
@click.option("--page", "html", type=cli.OUTPUT, required=True, help="The costs as a page (HTML).")
@click.option("--out", type=cli.OUTPUT, required=True, help="The costs as a table (TSV).")
@click.option("--config", type=cli.OUTPUT, required=True, help="The suggested requests, for nextflow run -c (config).")
@cli.version_option
def main(trace: Path, datasets, models, gpus: int, gpu_steps, title: str, html: Path, out: Path, config: Path) -> None:
    from lncprom import files
    from lncprom.report.costs import advice, page, tally
    from lncprom.report.costs import trace as traces

    asking = tally.Gpus(gpus, frozenset(step.lower() for step in gpu_steps))
    costs = page.summed(traces.read(trace), datasets, models, asking)
    with files.writing_all([html, out, config]) as beside:
        files.write_text(page.render(costs, title), beside[html])
        files.write_text(page.table(costs), beside[out])
        files.write_text(advice.configuration({step: ask for step, (_, ask) in costs.steps.items()}), beside[config])
    click.echo(f"{costs.total.tasks:,} tasks, {costs.total.reserved:.2f} CPU-h reserved: {html}", err=True)


if __name__ == "__main__":
    main()
