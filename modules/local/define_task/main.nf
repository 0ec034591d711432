// The sites of a task: its positives, and its negatives where these are genes; and the TSSs that negatives avoid.
process DEFINE_TASK {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(genes, stageAs: 'input/*'), path(upstream, stageAs: 'upstream/*')
    path promoters, stageAs: 'promoters/*'
    path all_tss, stageAs: 'tss/*'
    tuple path(genome), path(fai), path(genome_card)
    path assembly_report, stageAs: 'assembly/*'
    val options

    output:
    tuple val(meta), path("${meta.id}.sites.parquet"), path("${meta.id}.task.json"), emit: sites
    tuple val(meta), path("${meta.id}.tss.bed"), optional: true, emit: tss
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def match = options.match?.get(meta.task)
    def tss = meta.negatives || options.bidirectional ? [all_tss].flatten().collect { bed -> "--all-tss ${bed}" }.join(' ') : ''
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
        ${options.require_tss_support && !meta.negatives ? '--require-tss-support' : ''} \\
        ${match ? "--match ${match} --caliper ${options.caliper}" : ''} \\
        ${tss} \\
        ${options.bidirectional ? '--bidirectional' : ''} \\
        ${meta.negatives ? "--out-tss ${meta.id}.tss.bed" : ''} \\
        --upstream ${upstream} \\
        --upstream ${genome_card} \\
        --out ${meta.id}.sites.parquet \\
        --card ${meta.id}.task.json
    """

    stub:
    """
    touch ${meta.id}.sites.parquet ${meta.id}.task.json ${meta.negatives ? "${meta.id}.tss.bed" : ''}
    """
}
