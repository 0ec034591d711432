// Stands in for main.nf: prints what is wrong with the parameters of each case in cases.json, one line of JSON a case.

include { problemsOf } from './subworkflows/local/check_parameters'

workflow {
    def schema = file("${projectDir}/nextflow_schema.json")
    def registry = file("${projectDir}/bin/lncprom/sites/tasks.json")
    def defaults = params.collectEntries { name, value -> [name, value] }
    def surroundings = [
        root: projectDir, profile: 'standard', engine: null, version: workflow.manifest.version,
        command: 'nextflow run main.nf', parameters: '', foreign: false,
    ]
    new groovy.json.JsonSlurper().parseText(file("${launchDir}/cases.json").text).each { name, facts ->
        def place = surroundings + facts.place + [root: facts.place.root ? file(facts.place.root) : projectDir]
        println("CASE ${groovy.json.JsonOutput.toJson([name, problemsOf(defaults + facts.params, schema, registry, place)])}")
    }
}
