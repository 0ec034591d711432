// Metrics of every model on external sets and on the data sets of other tasks: trained on by tested on.
process EVALUATE_TRANSFER {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    val meta
    path datasets
    path predictions, stageAs: 'predictions/*'
    path upstream, stageAs: 'upstream/*'
    val options

    output:
    path 'transfer.tsv', emit: metrics
    path 'transfer.json', emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def files = [predictions: predictions, dataset: datasets, upstream: upstream]
        .collectMany { option, paths -> [paths].flatten().collect { path -> "--${option} ${path}" } }
    def pairs = meta.pairs.collect { pair -> "--pair ${pair}" }
    """
    evaluate_transfer.py \\
        ${(files + pairs).join(' ')} \\
        --confidence ${options.confidence} \\
        --seed ${options.seed} \\
        ${options.prevalence ? "--prevalence ${options.prevalence}" : ''} \\
        --out transfer.tsv \\
        --card transfer.json
    """

    stub:
    """
    touch transfer.tsv transfer.json
    """
}
