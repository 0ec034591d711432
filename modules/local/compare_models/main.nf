// Every pair of models of one data set: how far apart on the test fold, with interval, p and q.
process COMPARE_MODELS {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(upstream, stageAs: 'upstream/*'), path(predictions, stageAs: 'predictions/*')
    val options

    output:
    path "${meta.id}.comparisons.tsv", emit: comparisons
    path "${meta.id}.comparisons.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def tables = [predictions].flatten().collect { table -> "--predictions ${table}" }.join(' ')
    """
    compare_models.py \\
        ${tables} \\
        --dataset ${dataset} \\
        --name ${meta.id} \\
        ${options.reference ? "--reference ${options.reference}" : ''} \\
        --bootstrap ${options.bootstrap} \\
        --confidence ${options.confidence} \\
        --seed ${options.seed} \\
        --upstream ${upstream} \\
        --out ${meta.id}.comparisons.tsv \\
        --card ${meta.id}.comparisons.json
    """

    stub:
    """
    touch ${meta.id}.comparisons.tsv ${meta.id}.comparisons.json
    """
}
