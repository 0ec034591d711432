// The genome as later steps read it: plain FASTA, upper case, one line a sequence, with its index; and its soft-mask.
process PREPARE_GENOME {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(fasta, stageAs: 'input/*')

    output:
    tuple val(meta), path('genome.fa'), path('genome.fa.fai'), path('genome.json'), emit: genome
    path 'genome.soft_mask.bed', emit: soft_mask
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('python'), eval('versions.py python'), topic: versions

    script:
    """
    prepare_genome.py \\
        --fasta ${fasta} \\
        --out-fasta genome.fa \\
        --out-fai genome.fa.fai \\
        --out-mask genome.soft_mask.bed \\
        --card genome.json
    """

    stub:
    """
    touch genome.fa genome.fa.fai genome.soft_mask.bed genome.json
    """
}
