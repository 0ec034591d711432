// Every pair of models of one data set: how far apart on the test fold, with interval and p; declared contrasts first.
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
    def contrasts = options.contrasts.collect { contrast -> "--contrast ${contrast}" } + options.no_chance.collect { model -> "--no-chance ${model}" }
    """
    compare_models.py \\
        ${tables} \\
        --dataset ${dataset} \\
        --name ${meta.id} \\
        ${contrasts.join(' ')} \\
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
