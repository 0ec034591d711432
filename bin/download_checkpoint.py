#!/usr/bin/env python3
"""Download a published checkpoint from a model hub: config, vocabulary and weights of one commit, with digests.

Where the authors' own result for a sequence is known, the checkpoint has to give it too. A complete copy in --cache is
used without a network. Without --out-dir only the cache is filled: run this on a login node if the other nodes have no
network. HF_HUB_OFFLINE has no effect here; use --offline.
"""

from pathlib import Path

import click

from lncprom import cli


@cli.command(show_default=False, help=__doc__)
@click.option("--checkpoint", required=True, help="Id on the hub, owner/name.")
@click.option("--revision", required=True, help="Commit, 40 hexadecimal digits; or a branch or tag, which may change.")
@click.option("--family", required=True, help="dnabert, dnabert2, nucleotide_transformer, hyenadna or huggingface.")
@click.option("--cache", type=cli.STATE_FOLDER, required=True, help="Folder that keeps downloads for all runs.")
@click.option("--endpoint", envvar="HF_ENDPOINT", help="Address of a hub or mirror.  [default: huggingface.co]")
@click.option("--offline", is_flag=True, help="Use no network; stop if the cache is incomplete.")
@click.option("--answers", type=cli.INPUT, help="Known answers (JSON).  [default: those of lncprom]")
@click.option("--out-dir", type=cli.REPLACED_FOLDER, help="Folder for a copy of the checkpoint.")
@click.option("--card", type=cli.OUTPUT, help="Record of the files, with digests (JSON).")
def main(answers: Path | None, out_dir: Path | None, card: Path | None, **asked):
    from lncprom import files, provenance
    from lncprom.hub import download
    from lncprom.hub.cache import RECORD, Request
    from lncprom.inference import known_answers

    if out_dir:
        files.refuse_foreign(out_dir, RECORD)
    request = Request(**asked)
    snapshot = download.bring(request, cli.say)
    known = known_answers.of(snapshot.checkpoint, snapshot.commit, answers or known_answers.FILE)
    checked = known_answers.check(known, request.family, snapshot.folder) if known else known_answers.NONE
    cli.say(checked)
    if out_dir:
        snapshot.deliver(out_dir)
    if card:
        provenance.write(download.card(request, snapshot, checked), card)


if __name__ == "__main__":
    main()
