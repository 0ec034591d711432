// The parts of a scan as a bigWig of each strand and a BED of peaks.
process MERGE_SCAN {
    tag "${meta.id}"
    label 'process_single'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(scans, stageAs: 'scans/*'), path(cards, stageAs: 'cards/*')
    path fai
    val options

    output:
    tuple val(meta), path("${meta.id}.peaks.bed"), emit: peaks
    path "${meta.id}.plus.bw", emit: plus
    path "${meta.id}.minus.bw", emit: minus
    path "${meta.id}.peaks.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def parts = [scans].flatten().collect { table -> "--scan ${table}" }.join(' ')
    def upstream = [cards].flatten().collect { card -> "--upstream ${card}" }.join(' ')
    """
    merge_scan.py \\
        ${parts} \\
        --fai ${fai} \\
        --step ${options.step} \\
        --distance ${options.distance} \\
        --min-probability ${options.min_probability} \\
        ${upstream} \\
        --plus ${meta.id}.plus.bw \\
        --minus ${meta.id}.minus.bw \\
        --peaks ${meta.id}.peaks.bed \\
        --card ${meta.id}.peaks.json
    """

    stub:
    """
    touch ${meta.id}.peaks.bed ${meta.id}.plus.bw ${meta.id}.minus.bw ${meta.id}.peaks.json
    """
}
