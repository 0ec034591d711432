// Scores of windows along a part of a chromosome, both strands.
process SCAN_GENOME {
    tag "${meta.id}"
    label 'process_gpu'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(models, stageAs: 'models/*'), path(checkpoints, stageAs: 'pretrained/*')
    tuple path(fasta), path(fai), path(soft_mask)
    path regions
    val options

    output:
    tuple val(meta), path("${meta.id}.scan.parquet"), path("${meta.id}.scan.json"), emit: scan
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('torch'), eval('versions.py torch'), topic: versions

    script:
    // by a name of its own: the default parser hashes what is written as task.ext and a dot
    def place = task.ext
    """
    scan_genome.py \\
        --fasta ${fasta} \\
        --chrom '${meta.chrom}' \\
        --first ${meta.first} \\
        --last ${meta.last} \\
        ${regions ? "--regions ${regions}" : ''} \\
        --step ${options.step} \\
        --max-n-share ${options.max_n_share} \\
        ${options.max_repeat_share < 1 ? "--soft-mask ${soft_mask} --max-repeat-share ${options.max_repeat_share}" : ''} \\
        ${meta.members} \\
        --device ${task.accelerator ? 'cuda' : 'cpu'} \\
        ${place.require_gpu ? '--require-gpu' : ''} \\
        --threads ${task.cpus} \\
        --out ${meta.id}.scan.parquet \\
        --card ${meta.id}.scan.json
    """

    stub:
    """
    touch ${meta.id}.scan.parquet ${meta.id}.scan.json
    """
}
