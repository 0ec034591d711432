// Who is in a task: its positives, and its negatives where these are genes.
process DEFINE_TASK {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(genes, stageAs: 'input/*'), path(upstream, stageAs: 'upstream/*')
    path promoters, stageAs: 'promoters/*'
    tuple path(genome), path(fai), path(genome_card)
    path assembly_report, stageAs: 'assembly/*'
    val options

    output:
    tuple val(meta), path("${meta.id}.sites.parquet"), path("${meta.id}.task.json"), emit: sites
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    """
    define_task.py \\
        --task ${meta.task} \\
        --genes ${genes} \\
        ${promoters ? "--promoters ${promoters}" : ''} \\
        --genome ${genome} \\
        ${assembly_report ? "--assembly-report ${assembly_report}" : ''} \\
        --tata ${options.tata} \\
        ${options.balance ? '--balance' : '--no-balance'} \\
        --max-unplaced ${options.max_unplaced} \\
        --seed ${options.seed} \\
        --upstream ${upstream} \\
        --upstream ${genome_card} \\
        --out ${meta.id}.sites.parquet \\
        --card ${meta.id}.task.json
    """

    stub:
    """
    touch ${meta.id}.sites.parquet ${meta.id}.task.json
    """
}
