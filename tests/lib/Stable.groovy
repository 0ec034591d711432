import groovy.json.JsonOutput
import groovy.json.JsonSlurper

/** What of the outputs is the same on every machine, for snapshots; which that is: tests/helpers/helpers_snapshots.py. */
class Stable {

    /** Named channels of a process with the contents of their files; `without`: columns or keys to leave out. */
    static Object of(Map options = [:], Map channels) {
        def named = channels.findAll { name, _items -> !name.toString().isNumber() }
        def words = ['.venv/bin/python', 'tests/helpers/helpers_snapshots.py']
        def left = (options.without ?: []).collectMany { column -> ['--without', column] }
        def reader = (words + left).execute()
        def (said, faults) = [new StringBuilder(), new StringBuilder()]
        reader.withWriter { writer -> writer << JsonOutput.toJson(named) }
        reader.waitForProcessOutput(said, faults)
        assert reader.exitValue() == 0 : faults
        return new JsonSlurper().parseText(said.toString())
    }

    /** Number of tasks of each process. */
    static Map tasks(trace) {
        return trace.tasks()*.name*.tokenize(' ')*.first()*.tokenize(':')*.last().countBy { name -> name }
    }
}
