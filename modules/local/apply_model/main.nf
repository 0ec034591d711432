// Scores of sequences, promoters or genes by trained models, with what is unlike their training data.
process APPLY_MODEL {
    tag "${meta.id}"
    label 'process_gpu'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(models, stageAs: 'models/*'), path(checkpoints, stageAs: 'pretrained/*'), path(regions, stageAs: 'regions/*')
    tuple path(fasta), path(fai), path(upstream, stageAs: 'upstream/*')
    path gtf
    path assembly_report

    output:
    tuple val(meta), path("${meta.id}.scores.parquet"), emit: scores
    path "${meta.id}.scores.tsv", emit: tsv
    path "${meta.id}.scores.bed", emit: bed
    path "${meta.id}.scores.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('torch'), eval('versions.py torch'), topic: versions

    script:
    // by a name of its own: the default parser hashes what is written as task.ext and a dot
    def place = task.ext
    """
    apply_model.py \\
        --regions ${regions} \\
        ${fasta ? "--fasta ${fasta}" : ''} \\
        ${gtf ? "--gtf ${gtf}" : ''} \\
        ${assembly_report ? "--assembly-report ${assembly_report}" : ''} \\
        ${meta.members} \\
        --device ${task.accelerator ? 'cuda' : 'cpu'} \\
        ${place.require_gpu ? '--require-gpu' : ''} \\
        --threads ${task.cpus} \\
        ${upstream ? "--upstream ${upstream}" : ''} \\
        --out ${meta.id}.scores.parquet \\
        --tsv ${meta.id}.scores.tsv \\
        --bed ${meta.id}.scores.bed \\
        --card ${meta.id}.scores.json
    """

    stub:
    """
    touch ${meta.id}.scores.parquet ${meta.id}.scores.tsv ${meta.id}.scores.bed ${meta.id}.scores.json
    """
}
