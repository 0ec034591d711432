// How variants change a model's score of the promoters whose windows hold them.
process SCORE_VARIANTS {
    tag "${meta.id}"
    label 'process_gpu'
    label 'language_models'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(models, stageAs: 'models/*'), path(checkpoints, stageAs: 'pretrained/*'), path(variants, stageAs: 'variants/*'), path(regions, stageAs: 'regions/*')
    tuple path(fasta), path(fai), path(upstream, stageAs: 'upstream/*')
    tuple path(gtf, stageAs: 'annotation/*'), path(promoters, stageAs: 'promoters/*')
    path assembly_report, stageAs: 'assembly/*'
    val options

    output:
    tuple val(meta), path("${meta.id}.variants.tsv"), optional: true, emit: effects
    tuple val(meta), path("${meta.id}.variants.vcf.gz"), optional: true, emit: vcf
    tuple val(meta), path("${meta.id}.saturation"), optional: true, emit: saturation
    path "${meta.id}.variants.json", emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions
    tuple val(task.process), val('torch'), eval('versions.py torch'), topic: versions

    script:
    // by a name of its own: the default parser hashes what is written as task.ext and a dot
    def place = task.ext
    """
    score_variants.py \\
        ${variants ? "--vcf ${variants} --out ${meta.id}.variants.tsv --out-vcf ${meta.id}.variants.vcf.gz" : ''} \\
        ${regions ? "--saturate ${regions} --out-saturation ${meta.id}.saturation" : ''} \\
        --fasta ${fasta} \\
        ${gtf ? "--gtf ${gtf} --tss-source ${options.tss_source}" : ''} \\
        ${promoters ? "--promoters ${promoters}" : ''} \\
        ${assembly_report ? "--assembly-report ${assembly_report}" : ''} \\
        ${meta.members} \\
        --null ${options.variant_null} \\
        --max-mismatches ${options.max_ref_mismatches} \\
        --seed ${options.seed} \\
        --device ${task.accelerator ? 'cuda' : 'cpu'} \\
        ${place.require_gpu ? '--require-gpu' : ''} \\
        --threads ${task.cpus} \\
        ${upstream ? "--upstream ${upstream}" : ''} \\
        --card ${meta.id}.variants.json
    """

    stub:
    """
    touch ${meta.id}.variants.json
    ${variants ? "touch ${meta.id}.variants.tsv ${meta.id}.variants.vcf.gz" : ''}
    ${regions ? "mkdir ${meta.id}.saturation && touch ${meta.id}.saturation/saturation.tsv" : ''}
    """
}
