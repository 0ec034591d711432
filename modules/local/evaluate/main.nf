// Metrics with intervals for every model of one data set, and the curves of its test fold.
process EVALUATE {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(dataset), path(upstream, stageAs: 'upstream/*'), path(predictions, stageAs: 'predictions/*'), path(homology, stageAs: 'homology/*'), path(fractions, stageAs: 'fractions/*')
    val options

    output:
    path "${meta.id}.metrics.tsv", emit: metrics
    path "${meta.id}.curves.tsv", emit: curves
    path "${meta.id}.seeds.tsv", emit: seeds
    path "${meta.id}.reliability.tsv", emit: reliability
    path "${meta.id}.strata.tsv", optional: true, emit: strata
    path "${meta.id}.learning_curve.tsv", optional: true, emit: learning_curve
    path "${meta.id}.metrics.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def tables = [predictions].flatten().collect { table -> "--predictions ${table}" }.join(' ')
    def parts = [fractions].flatten().collect { table -> "--fractions ${table}" }
    """
    evaluate.py \\
        ${tables} \\
        --dataset ${dataset} \\
        --name ${meta.id} \\
        --confidence ${options.confidence} \\
        --seed ${options.seed} \\
        ${options.prevalence ? "--prevalence ${options.prevalence}" : ''} \\
        ${options.strata ? "--strata ${options.strata} --strata-out ${meta.id}.strata.tsv" : ''} \\
        ${[homology].flatten().collect { table -> "--homology ${table}" }.join(' ')} \\
        ${parts ? "${parts.join(' ')} --learning-curve ${meta.id}.learning_curve.tsv" : ''} \\
        --upstream ${upstream} \\
        --out ${meta.id}.metrics.tsv \\
        --curves ${meta.id}.curves.tsv \\
        --seeds-out ${meta.id}.seeds.tsv \\
        --reliability ${meta.id}.reliability.tsv \\
        --card ${meta.id}.metrics.json
    """

    stub:
    """
    touch ${meta.id}.metrics.tsv ${meta.id}.curves.tsv ${meta.id}.seeds.tsv ${meta.id}.reliability.tsv ${options.strata ? "${meta.id}.strata.tsv" : ''} ${fractions ? "${meta.id}.learning_curve.tsv" : ''} ${meta.id}.metrics.json
    """
}
