// A small checkpoint in the published format, that stands in for a real one in the demo.
process MAKE_CHECKPOINT {
    tag "${meta.id}"
    label 'process_single'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    val meta

    output:
    tuple val(meta), path("${meta.id}.checkpoint"), emit: checkpoint
    tuple val(meta), path("${meta.id}.checkpoint.json"), emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('torch'), eval('versions.py torch'), topic: versions

    script:
    """
    make_checkpoint.py \\
        --kind ${meta.kind} \\
        --seed ${meta.seed} \\
        --out-dir ${meta.id}.checkpoint \\
        --card ${meta.id}.checkpoint.json
    """

    stub:
    """
    mkdir ${meta.id}.checkpoint
    touch ${meta.id}.checkpoint.json
    """
}
