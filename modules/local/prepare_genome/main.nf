// The genome as later steps read it: plain FASTA, upper case, one line a sequence, with its index.
process PREPARE_GENOME {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(fasta, stageAs: 'input/*')

    output:
    tuple val(meta), path('genome.fa'), path('genome.fa.fai'), path('genome.json'), emit: genome
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('python'), eval('versions.py python'), topic: versions

    script:
    """
    prepare_genome.py \\
        --fasta ${fasta} \\
        --out-fasta genome.fa \\
        --out-fai genome.fa.fai \\
        --card genome.json
    """

    stub:
    """
    touch genome.fa genome.fa.fai genome.json
    """
}
