#!/usr/bin/env python3
"""Show scores, peaks and the models that made them on one self-contained HTML page."""

from pathlib import Path

import click

from lncprom import cli


@cli.command(help=__doc__)
@click.option("--scores", type=cli.INPUT, multiple=True, help="NAME.scores.parquet of apply_model; repeat.")
@click.option("--peaks", type=cli.INPUT, multiple=True, help="NAME.peaks.bed of merge_scan; repeat.")
@click.option("--variants", type=cli.INPUT, multiple=True, help="NAME.variants.tsv of score_variants; repeat.")
@click.option("--card", "cards", type=cli.INPUT, multiple=True, required=True, help="NAME.*.json of both; repeat.")
@click.option("--title", default="lncprom", help="Title of the page.")
@click.option("--out", type=cli.OUTPUT, required=True, help="The page (HTML).")
def main(scores, peaks, variants, cards, title: str, out: Path) -> None:
    from lncprom import files
    from lncprom.report import scores_inputs, scores_page

    given = scores_inputs.read(scores, peaks, variants, cards)
    files.write_text(scores_page.render(given, title), out)
    cli.say(f"{len({*given.scores, *given.peaks})} sets of models: {out}")


if __name__ == "__main__":
    main()
