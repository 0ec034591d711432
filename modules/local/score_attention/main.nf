// How much each base weighs in a model's call, by several methods, beside the same model randomly initialised.
process SCORE_ATTENTION {
    tag "${meta.id}"
    label 'process_gpu'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(model), path(upstream, stageAs: 'upstream/*'), path(checkpoint, stageAs: 'pretrained/*')
    val options

    output:
    tuple val(meta), path("${meta.id}.importance.parquet"), emit: importance
    tuple val(meta), path("${meta.id}.deletion.tsv"), emit: curves
    tuple val(meta), path("${meta.id}.heads.tsv"), emit: heads
    path "${meta.id}.importance.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('torch'), eval('versions.py torch'), topic: versions

    script:
    // by a name of its own: the default parser hashes what is written as task.ext and a dot
    def place = task.ext
    """
    score_attention.py \\
        --dataset ${dataset} \\
        --name ${meta.dataset} \\
        --model-dir ${model} \\
        ${checkpoint ? "--checkpoint ${checkpoint}" : ''} \\
        --model ${meta.model} \\
        --family ${meta.family} \\
        --control ${meta.control ?: 'none'} \\
        --methods '${meta.methods}' \\
        --samples ${options.samples} \\
        --seed ${meta.seed} \\
        --device ${task.accelerator ? 'cuda' : 'cpu'} \\
        ${place.require_gpu ? '--require-gpu' : ''} \\
        --threads ${task.cpus} \\
        --upstream ${upstream} \\
        --out ${meta.id}.importance.parquet \\
        --curves ${meta.id}.deletion.tsv \\
        --heads ${meta.id}.heads.tsv \\
        --card ${meta.id}.importance.json
    """

    stub:
    """
    touch ${meta.id}.importance.parquet ${meta.id}.deletion.tsv ${meta.id}.heads.tsv ${meta.id}.importance.json
    """
}
