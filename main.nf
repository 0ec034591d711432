#!/usr/bin/env nextflow
// How much of the regulation of lncRNA genes can be read from promoter sequence?

include { LNCPROM } from './workflows/lncprom'
include { APPLY } from './workflows/apply'
include { checkParameters ; helpText ; removeFinishedStates } from './subworkflows/local/check_parameters'

workflow {
    main:
    if (params.help) {
        log.info(helpText(file("${projectDir}/nextflow_schema.json"), workflow.manifest))
    }
    else if (params.apply) {
        APPLY(checkParameters(params, workflow, args))
    }
    else {
        LNCPROM(checkParameters(params, workflow, args))
    }

    workflow.onComplete = {
        if (!params.help && workflow.success) {
            if (!workflow.preview && !workflow.stubRun && !params.apply) {
                removeFinishedStates(params, workflow)
            }
            log.info("Report: ${params.outdir}/report/${params.apply ? 'scores' : 'report'}.html")
        }
    }
}
