// The two sheets a user writes, as rows and as what is wrong with them: [rows: [maps], faults: [lines]].

def cellsOf(line) {
    return line.split(',', -1)*.trim()
}

// Rows by column name, each with the number of its line; a sheet is a plain CSV without quotes
def rowsOf(sheet, needed, allowed) {
    def lines = sheet.text.replace('\uFEFF', '').readLines()
    def header = lines ? cellsOf(lines[0]) : []
    def missing = needed - header
    def unknown = header - allowed
    def numbered = lines.withIndex(1).drop(1).findAll { line, _number -> line.trim() && !line.startsWith('#') }
    def uneven = numbered.findAll { line, _number -> cellsOf(line).size() != header.size() }
    def faults = [
        missing.collect { column -> "${sheet.name}: no column ${column}; its first line names ${needed.join(',')}" },
        unknown.collect { column -> "${sheet.name}: unknown column ${column}; the columns are ${allowed.join(',')}" },
        uneven.collect { line, number -> "${sheet.name}, line ${number}: ${cellsOf(line).size()} cells, the header has ${header.size()}" },
        numbered ? [] : ["${sheet.name}: no rows; write one for each entry"],
    ].flatten()
    def rows = faults ? [] : numbered.collect { line, number -> [header, cellsOf(line)].transpose().collectEntries() + [line: number] }
    return [rows: rows, faults: faults*.toString() + nameFaults(sheet, rows)]
}

def nameFaults(sheet, rows) {
    def odd = rows.findAll { row -> !(row.name ==~ /[A-Za-z0-9_][A-Za-z0-9_.-]*/) }
    def twice = rows.groupBy { row -> row.name }.findAll { _name, same -> same.size() > 1 }
    return [
        odd.collect { row -> "${sheet.name}, line ${row.line}: the name '${row.name}' may hold letters, digits, '_', '.' and '-' only, and begins with none of the last two" },
        twice.collect { name, same -> "${sheet.name}, lines ${same*.line.join(' and ')}: the name ${name} stands twice; names are unique" },
    ].flatten()*.toString()
}

// A cell of the datasets sheet: one table, or two FASTA files (positives;negatives); relative to the sheet
def filesIn(cell, sheet) {
    return (cell ?: '').tokenize(';')*.trim().collect { name -> name.startsWith('/') || name.contains('://') ? file(name) : sheet.parent.resolve(name) }
}

def datasetRows(sheet) {
    def read = rowsOf(sheet, ['name', 'train'], ['name', 'train', 'dev', 'test', 'tss_index'])
    def faults = read.rows.collectMany { row ->
        def odd = ['train', 'dev', 'test'].findAll { fold -> row[fold] ==~ /.*[$`"\\].*/ }
            .collect { fold -> "${sheet.name}, line ${row.line}: ${row[fold]}: \$, `, \" and \\ in a path break the job scripts; rename the file" }
        def absent = ['train', 'dev', 'test'].collectMany { fold -> filesIn(row[fold], sheet) }.findAll { path -> path.scheme == 'file' && !path.isFile() }
        def untold = row.train ? [] : ["${sheet.name}, line ${row.line}: ${row.name} has no train file"]
        def index = !row.tss_index || row.tss_index ==~ /\d+/ ? [] : ["${sheet.name}, line ${row.line}: tss_index ${row.tss_index} is not a whole number"]
        odd + untold + index + absent.collect { path -> "${sheet.name}, line ${row.line}: ${path} does not exist; paths are relative to the sheet" }
    }
    def rows = read.rows.collect { row ->
        [
            name: row.name,
            tss_index: row.tss_index ? row.tss_index as Integer : null,
            train: filesIn(row.train, sheet),
            dev: filesIn(row.dev, sheet),
            test: filesIn(row.test, sheet),
        ]
    }
    return [rows: rows, faults: read.faults + faults*.toString()]
}

// What is wrong with the cells of a logistic regression; each may be empty
def regressionFaults(row) {
    def lengths = [row.kmer_min ?: '3', row.kmer_max ?: '6']
    def grid = (row.c_grid ?: '1').tokenize(';')*.trim()
    def words = lengths.every { length -> length ==~ /[1-8]/ }
    return [
        words ? null : "kmer_min and kmer_max are whole numbers from 1 to 8, not ${lengths.join(' and ')}",
        words && lengths[0].toInteger() > lengths[1].toInteger() ? "kmer_min ${lengths[0]} is above kmer_max ${lengths[1]}" : null,
        grid.every { c -> c.isNumber() && c.toBigDecimal() > 0 } ? null : "c_grid ${row.c_grid} is not a list of positive numbers by semicolons",
    ].findAll { fault -> fault != null }
}

def modelRows(sheet) {
    def families = ['logistic_regression']
    def read = rowsOf(sheet, ['name', 'family'], ['name', 'family', 'kmer_min', 'kmer_max', 'c_grid'])
    def faults = read.rows.collectMany { row ->
        def strange = row.family in families ? regressionFaults(row) : ["the family ${row.family} of ${row.name} is not one of ${families.join(', ')}"]
        def reserved = row.name in ['gc_cpg', 'biotype'] ? ["${row.name} is the name of a floor; choose another"] : []
        (strange + reserved).collect { fault -> "${sheet.name}, line ${row.line}: ${fault}".toString() }
    }
    def rows = read.rows.withIndex().collect { row, index ->
        [
            name: row.name,
            family: row.family,
            kmer_min: row.kmer_min ?: '3',
            kmer_max: row.kmer_max ?: '6',
            c_grid: (row.c_grid ?: '0.01;0.1;1;10;100').replace(';', ','),
            first: index == 0,
        ]
    }
    return [rows: rows, faults: read.faults + faults]
}
