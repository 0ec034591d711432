// One row per gene: where its transcription starts, on which strand, of which biotype.
process EXTRACT_TSS {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(gtf, stageAs: 'input/*')
    val biotypes
    path tss_support, stageAs: 'support/*'
    path assembly_report, stageAs: 'assembly/*'
    val options

    output:
    tuple val(meta), path("${meta.id}.genes.parquet"), path("${meta.id}.genes.json"), emit: genes
    path "${meta.id}.all_tss.bed", emit: all_tss
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def keep = biotypes.collect { biotype -> "--biotype '${biotype}'" }.join(' ')
    """
    extract_tss.py \\
        --gtf ${gtf} \\
        ${keep} \\
        --tss-source ${options.tss_source} \\
        ${tss_support ? "--tss-support ${tss_support} --support-distance ${options.support_distance}" : ''} \\
        ${tss_support && assembly_report ? "--assembly-report ${assembly_report}" : ''} \\
        ${options.primary_only ? "--primary-only --max-left-out ${options.max_left_out}" : '--all-chromosomes'} \\
        --out ${meta.id}.genes.parquet \\
        --all-tss ${meta.id}.all_tss.bed \\
        --card ${meta.id}.genes.json
    """

    stub:
    """
    touch ${meta.id}.genes.parquet ${meta.id}.genes.json ${meta.id}.all_tss.bed
    """
}
