// Genes with their expression label: high in all tissues, low in all, or neither.
process LABEL_EXPRESSION {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(genes, stageAs: 'input/*'), path(upstream, stageAs: 'upstream/*')
    path expression, stageAs: 'expression/*'
    val options

    output:
    tuple val(meta), path("${meta.id}.genes.parquet"), path("${meta.id}.expression.json"), emit: genes
    path "${meta.id}.expression.parquet", emit: expression
    path "${meta.id}.tpm.tsv", emit: tpm
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    """
    label_expression.py \\
        --genes ${genes} \\
        --expression ${expression} \\
        --exclude-tissues '${options.exclude_tissues}' \\
        --high-percentile ${options.high_percentile} \\
        --low-percentile ${options.low_percentile} \\
        --rule ${options.rule} \\
        --high-ties ${options.high_ties} \\
        --low-ties ${options.low_ties} \\
        --universe '${options.universe}' \\
        --max-lost ${options.max_lost} \\
        ${options.target ? "--target '${options.target}'" : ''} \\
        --upstream ${upstream} \\
        --out ${meta.id}.genes.parquet \\
        --expression-table ${meta.id}.expression.parquet \\
        --tpm-table ${meta.id}.tpm.tsv \\
        --card ${meta.id}.expression.json
    """

    stub:
    """
    touch ${meta.id}.genes.parquet ${meta.id}.expression.json ${meta.id}.expression.parquet ${meta.id}.tpm.tsv
    """
}
