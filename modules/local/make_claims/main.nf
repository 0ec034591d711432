// The declared contrasts of all data sets as claims: a sentence and a verdict each, p adjusted for all.
process MAKE_CLAIMS {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    val meta
    path comparisons, stageAs: 'comparisons/*'
    path cards, stageAs: 'upstream/*'

    output:
    path 'claims.tsv', emit: claims
    path 'claims.json', emit: card
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def tables = [comparisons].flatten().collect { table -> "--comparisons ${table}" }.join(' ')
    def upstream = [cards].flatten().collect { card -> "--upstream ${card}" }.join(' ')
    """
    make_claims.py \\
        ${tables} \\
        ${upstream} \\
        --out claims.tsv \\
        --card claims.json
    """

    stub:
    """
    touch claims.tsv claims.json
    """
}
