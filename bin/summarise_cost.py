#!/usr/bin/env python3
"""Sum the costs of a run from Nextflow's trace: CPU-h, GPU-h and memory by step and model, with suggested requests."""

from pathlib import Path

import click

from lncprom import cli


@cli.command(help=__doc__)
@click.option("--trace", type=cli.INPUT, required=True, help="Nextflow's trace, raw (pipeline_info/trace.txt).")
@click.option("--datasets", type=cli.NAMES, default=(), help="Names of the data sets, separated by commas.")
@click.option("--models", type=cli.NAMES, default=(), help="Names of the models, separated by commas.")
@click.option("--gpus", type=click.IntRange(0), default=0, help="GPUs that each task requests.")
@click.option("--gpu-steps", type=cli.NAMES, default=(), help="Steps whose tasks request GPUs, separated by commas.")
@click.option("--title", default="lncprom", help="Title of the page.")
@click.option("--page", "html", type=cli.OUTPUT, required=True, help="The costs as a page (HTML).")
@click.option("--out", type=cli.OUTPUT, required=True, help="The costs as a table (TSV).")
@click.option("--config", type=cli.OUTPUT, required=True, help="The suggested requests, for nextflow run -c (config).")
def main(trace: Path, datasets, models, gpus: int, gpu_steps, title: str, html: Path, out: Path, config: Path) -> None:
    from lncprom import files
    from lncprom.report.costs import page, tally
    from lncprom.report.costs import trace as traces

    tasks, cut = traces.read(trace)
    gpu_steps = {step.lower() for step in gpu_steps}
    rows = tally.rows(tasks, datasets, models, gpus, gpu_steps)
    with files.writing_all([html, out, config]) as beside:
        files.write_text(page.render(rows, title, gpus, gpu_steps, cut), beside[html])
        files.write_text(page.table(rows), beside[out])
        files.write_text(
            page.configuration({r["step"]: r["ask"] for r in rows if r["level"] == "step"}), beside[config]
        )
    cli.say(f"{len(tasks):,} tasks, {rows[-1]['reserved']:.2f} CPU-h reserved: {html}")


if __name__ == "__main__":
    main()
