// One negative for each positive: drawn from the genome, or made from the positive.
process SAMPLE_NEGATIVES {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(sites, stageAs: 'input/*'), path(upstream, stageAs: 'upstream/*'), path(avoid, stageAs: 'avoid/*')
    tuple path(genome), path(fai), path(genome_card)
    val options

    output:
    tuple val(meta), path("${meta.id}.sites.parquet"), path("${meta.id}.negatives.json"), emit: sites
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    """
    sample_negatives.py \\
        --sites ${sites} \\
        --genome ${genome} \\
        --kind ${meta.negatives} \\
        --avoid ${avoid} \\
        --window ${options.window} \\
        --min-distance ${options.min_distance} \\
        --tolerance ${options.tolerance} \\
        --max-unmatched ${options.max_unmatched} \\
        --seed ${options.seed} \\
        --upstream ${upstream} \\
        --out ${meta.id}.sites.parquet \\
        --card ${meta.id}.negatives.json
    """

    stub:
    """
    touch ${meta.id}.sites.parquet ${meta.id}.negatives.json
    """
}
