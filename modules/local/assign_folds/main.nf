// Loci that overlap become one group, a group goes to one fold, the same in every task.
process ASSIGN_FOLDS {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), val(tasks), path(sites, stageAs: 'input/*')
    val options

    output:
    tuple val(tasks), path('folded'), emit: sites
    path 'folds.json', emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def tables = tasks.collect { sites_meta -> "--sites input/${sites_meta.id}.sites.parquet" }.join(' ')
    """
    assign_folds.py \\
        ${tables} \\
        --out-dir folded \\
        --window ${options.window} \\
        --by ${options.by} \\
        --fractions '${options.fractions}' \\
        ${options.splits > 1 ? "--splits ${options.splits}" : ''} \\
        --seed ${options.seed} \\
        --card folds.json
    """

    stub:
    """
    mkdir folded
    touch folds.json ${tasks.collect { sites_meta -> "folded/${sites_meta.id}.sites.parquet" }.join(' ')}
    """
}
