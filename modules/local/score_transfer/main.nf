// Probabilities of the test samples of a data set that a model was not trained on.
process SCORE_TRANSFER {
    tag "${meta.id}"
    label 'process_gpu'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(trained_on, stageAs: 'trained_on/*'), path(predictions), path(model), path(checkpoint, stageAs: 'pretrained/*'), path(tested_on, stageAs: 'tested_on/*'), path(upstream, stageAs: 'upstream/*')

    output:
    tuple val(meta), path("${meta.id}.transfer.parquet"), emit: predictions
    path "${meta.id}.transfer.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('torch'), eval('versions.py torch'), topic: versions

    script:
    // by a name of its own: the default parser hashes what is written as task.ext and a dot
    def place = task.ext
    def cards = [upstream].flatten().collect { card -> "--upstream ${card}" }
    """
    score_transfer.py \\
        --trained-on ${trained_on} \\
        --predictions ${predictions} \\
        --model-dir ${model} \\
        ${checkpoint ? "--checkpoint ${checkpoint}" : ''} \\
        --tested-on ${tested_on} \\
        --name ${meta.tested_on} \\
        ${meta.precision ? "--precision ${meta.precision}" : ''} \\
        --device ${task.accelerator ? 'cuda' : 'cpu'} \\
        ${place.require_gpu ? '--require-gpu' : ''} \\
        --threads ${task.cpus} \\
        ${cards.join(' ')} \\
        --out ${meta.id}.transfer.parquet \\
        --card ${meta.id}.transfer.json
    """

    stub:
    """
    touch ${meta.id}.transfer.parquet ${meta.id}.transfer.json
    """
}
