#!/usr/bin/env nextflow
// How much of the regulation of lncRNA genes can be read from promoter sequence?

include { LNCPROM } from './workflows/lncprom'
include { foreignIn ; forgetTrainings ; helpText ; problemsOf ; strangersIn } from './subworkflows/local/check_parameters'
include { makePlaces ; settingsOf } from './subworkflows/local/check_parameters/settings'
include { surroundingsOf } from './subworkflows/local/check_parameters/surroundings'

workflow {
    main:
    def schema = file("${projectDir}/nextflow_schema.json")
    def registry = file("${projectDir}/bin/lncprom/sites/tasks.json")
    if (params.help) {
        log.info(helpText(schema, workflow.manifest))
    }
    else {
        def place = surroundingsOf(params, workflow)
        def problems = problemsOf(params, schema, registry, place)
        if (problems) {
            error(problems.join('\n'))
        }
        def foreign = foreignIn(params, schema, place)
        if (foreign) {
            log.warn("Parameters of a configuration file that lncprom does not have, left alone: ${foreign.join(', ')}")
        }
        def strangers = strangersIn(params)
        if (strangers) {
            log.warn("${params.outdir} holds data sets of another run, which this one leaves alone: ${strangers.join(', ')}")
        }
        def settings = settingsOf(params, schema, registry, projectDir)
        makePlaces(params, workflow.workDir)
        def large = settings.models.findAll { model -> model.tuned && model.origin.kind in ['hub', 'folder'] }*.name
        if (large && !settings.given.gpus) {
            log.warn("No GPU is asked for (--gpus, -profile gpu), so these are fine-tuned on the CPU: ${large.join(', ')}. At the size in which they are published that takes days")
        }
        LNCPROM(settings)
    }

    workflow.onComplete = {
        if (!params.help && workflow.success) {
            if (!workflow.preview && !workflow.stubRun) {
                forgetTrainings(params, workflow.workDir)
            }
            log.info("Report: ${params.outdir}/report/report.html")
        }
    }
}
