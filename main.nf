#!/usr/bin/env nextflow
// How much of the regulation of lncRNA genes can be read from promoter sequence?

include { LNCPROM } from './workflows/lncprom'
include { helpText ; problemsOf ; settingsOf ; strangersIn } from './subworkflows/local/check_parameters'

workflow {
    main:
    def schema = file("${projectDir}/nextflow_schema.json")
    def registry = file("${projectDir}/bin/lncprom/tasks.json")
    if (params.help) {
        log.info(helpText(schema, workflow.manifest))
    }
    else {
        def problems = problemsOf(params, schema, registry)
        if (problems) {
            error(problems.join('\n'))
        }
        def strangers = strangersIn(params)
        if (strangers) {
            log.warn("${params.outdir} holds data sets of another run, which this one leaves alone: ${strangers.join(', ')}")
        }
        LNCPROM(settingsOf(params, schema, registry, projectDir))
    }

    workflow.onComplete = {
        if (!params.help && workflow.success) {
            log.info("Report: ${params.outdir}/report/report.html")
        }
    }
}
