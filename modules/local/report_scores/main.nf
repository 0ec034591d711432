// Scores, scans and the models that made them as one page.
process REPORT_SCORES {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    val meta
    path scores, stageAs: 'scores/*'
    path peaks, stageAs: 'peaks/*'
    path effects, stageAs: 'effects/*'
    path cards, stageAs: 'cards/*'

    output:
    path 'scores.html', emit: html
    tuple val(task.process), val('lncprom'), eval('versions.py lncprom'), topic: versions

    script:
    def tables = [scores].flatten().collect { table -> "--scores ${table}" }.join(' ')
    def found = [peaks].flatten().collect { bed -> "--peaks ${bed}" }.join(' ')
    def changed = [effects].flatten().collect { table -> "--variants ${table}" }.join(' ')
    def made = [cards].flatten().collect { card -> "--card ${card}" }.join(' ')
    """
    report_scores.py \\
        ${tables} \\
        ${found} \\
        ${changed} \\
        ${made} \\
        --title '${meta.title}' \\
        --out scores.html
    """

    stub:
    """
    touch scores.html
    """
}
