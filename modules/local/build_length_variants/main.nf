// The data set of one task at one length: sites with the sequence of their window.
process BUILD_LENGTH_VARIANTS {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(sites, stageAs: 'input/*'), path(upstream, stageAs: 'upstream/*')
    tuple path(genome), path(fai), path(genome_card)
    path soft_mask, stageAs: 'mask/*'
    val options

    output:
    tuple val(meta), path("${meta.id}.parquet"), path("${meta.id}.dataset.json"), emit: dataset
    path "${meta.id}.composition.tsv", emit: composition
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    """
    build_length_variants.py \\
        --sites ${sites} \\
        --genome ${genome} \\
        --length ${meta.length} \\
        --name ${meta.id} \\
        ${soft_mask ? "--soft-mask ${soft_mask}" : ''} \\
        --max-n-share ${options.max_n_share} \\
        --max-lost ${options.max_lost} \\
        --seed ${options.seed} \\
        ${upstream.collect { card -> "--upstream ${card}" }.join(' ')} \\
        --out ${meta.id}.parquet \\
        --composition ${meta.id}.composition.tsv \\
        --card ${meta.id}.dataset.json
    """

    stub:
    """
    touch ${meta.id}.parquet ${meta.id}.composition.tsv ${meta.id}.dataset.json
    """
}
