// Loci that overlap become one group, a group goes to one fold, the same in every task.
process ASSIGN_FOLDS {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), val(tasks), path(sites, stageAs: 'input/*')
    path genome
    val options

    output:
    tuple val(meta), val(tasks), path("${meta.id}"), path("${meta.id}.json"), emit: sites
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def tables = tasks.collect { sites_meta -> "--sites input/${sites_meta.id}.sites.parquet" }.join(' ')
    """
    assign_folds.py \\
        ${tables} \\
        --out-dir ${meta.id} \\
        --window ${options.window} \\
        --by ${meta.by} \\
        ${genome ? "--genome ${genome[0]} --upstream ${genome[2]}" : ''} \\
        ${meta.by == 'homology' && options.lengths ? "--lengths ${options.lengths.join(',')}" : ''} \\
        --fractions '${options.fractions}' \\
        ${options.splits > 1 ? "--splits ${options.splits}" : ''} \\
        --seed ${options.seed} \\
        --card ${meta.id}.json
    """

    stub:
    """
    mkdir ${meta.id}
    touch ${meta.id}.json ${tasks.collect { sites_meta -> "${meta.id}/${sites_meta.id}.sites.parquet" }.join(' ')}
    """
}
