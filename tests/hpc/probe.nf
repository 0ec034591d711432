// What a task of each kind finds around itself, under the pipeline's own configuration (-c nextflow.config).
process ON_CPU {
    tag "${number}"

    input:
    val number

    output:
    path 'seen.txt'

    script:
    """
    seen() { echo "\$1=\${2:-unset}"; }
    {
        seen cuda "\${CUDA_VISIBLE_DEVICES:-}"
        seen job "\${SLURM_JOB_ID:-}"
        seen home "\$HOME"
        touch "\$HOME/written" && seen writable yes
        [ -d /.singularity.d ] && seen container apptainer || seen container none
        [ -f /.dockerenv ] && seen container docker || true
        seen tmp "\$(mktemp)"
    } > seen.txt
    """
}

process ON_GPU {
    label 'process_gpu'
    label 'language_models'

    output:
    path 'seen.txt'

    script:
    """
    seen() { echo "\$1=\${2:-unset}"; }
    {
        seen device ${task.accelerator ? 'cuda' : 'cpu'}
        seen cuda "\${CUDA_VISIBLE_DEVICES:-}"
        seen job "\${SLURM_JOB_ID:-}"
        [ -d /.singularity.d ] && seen container apptainer || seen container none
        touch '${task.ext.state_dir}/kept' && seen state kept
    } > seen.txt
    """
}

workflow {
    ON_CPU(channel.of(1..5))
    ON_GPU()
}
