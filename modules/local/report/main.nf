// All numbers, figures and cards in one HTML file.
process REPORT {
    tag "${meta.id}"
    label 'process_single'
    // by content: the versions and parameters are written anew by each run
    cache 'deep'
    conda "${moduleDir}/environment.yml"

    input:
    val meta
    path cards, stageAs: 'cards/*'
    path metrics, stageAs: 'metrics/*'
    path curves, stageAs: 'curves/*'
    path seeds, stageAs: 'seeds/*'
    path comparisons, stageAs: 'comparisons/*'
    path claims
    path composition, stageAs: 'composition/*'
    path kmers, stageAs: 'kmers/*'
    path training, stageAs: 'training/*'
    path importance, stageAs: 'importance/*'
    path motifs, stageAs: 'motifs/*'
    path tpm, stageAs: 'tpm/*'
    path dag
    path versions
    path parameters
    path reliability, stageAs: 'reliability/*'
    path leaks, stageAs: 'leaks/*'
    path transfer
    path strata, stageAs: 'strata/*'
    path learning_curve, stageAs: 'learning_curve/*'

    output:
    path 'report.html', emit: html
    path 'methods.md', emit: methods

    script:
    """
    report.py \\
        --cards cards \\
        --metrics metrics \\
        ${curves ? '--curves curves' : ''} \\
        ${seeds ? '--seeds seeds' : ''} \\
        ${reliability ? '--reliability reliability' : ''} \\
        ${leaks ? '--leaks leaks' : ''} \\
        ${transfer ? "--transfer ${transfer}" : ''} \\
        ${strata ? '--strata strata' : ''} \\
        ${learning_curve ? '--learning-curve learning_curve' : ''} \\
        ${comparisons ? '--comparisons comparisons' : ''} \\
        ${claims ? "--claims ${claims}" : ''} \\
        ${composition ? '--composition composition' : ''} \\
        ${kmers ? '--kmers kmers' : ''} \\
        ${training ? '--training training' : ''} \\
        ${importance ? '--importance importance' : ''} \\
        ${motifs ? '--motifs motifs' : ''} \\
        ${tpm ? "--tpm ${tpm}" : ''} \\
        --dag ${dag} \\
        --versions ${versions} \\
        --parameters ${parameters} \\
        --title '${meta.title}' \\
        --methods methods.md \\
        --out report.html
    """

    stub:
    """
    touch report.html methods.md
    """
}
