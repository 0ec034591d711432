// Stands in for main.nf: prints what is wrong with the parameters of each case in cases.json, one line of JSON a case.

include { checkCall ; withoutLists } from './subworkflows/local/check_parameters'

workflow {
    def schema = file("${projectDir}/nextflow_schema.json")
    def defaults = params.collectEntries { name, value -> [name, value] }
    def context = [
        root: projectDir, profile: 'standard', engine: null, version: workflow.manifest.version,
        command: 'nextflow run main.nf', parameters: '', foreign: false, words: [], stub: false, python: 'python3',
    ]
    new groovy.json.JsonSlurper().parseText(file("${launchDir}/cases.json").text).each { name, facts ->
        def changed = context + facts.context + [root: facts.context.root ? file(facts.context.root) : projectDir]
        println("CASE ${groovy.json.JsonOutput.toJson([name, checkCall(withoutLists(defaults + facts.params), schema, changed).problems])}")
    }
}
