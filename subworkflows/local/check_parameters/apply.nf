// --apply: what has to be known before trained models are applied, and the settings of that workflow. It includes nothing
// (see values.nf).

// The files of --regions by their names: variants go to another step than promoters
def filesIn(regions) {
    def paths = regions ? regions.toString().tokenize(',') : []
    def vcf = paths.findAll { path -> path ==~ /(?i).*\.vcf(\.b?gz)?/ }
    return [variants: vcf, regions: paths - vcf]
}

// [name, folder, checkpoint] of each model: one folder, or the rows of a sheet; rows of one name are averaged
def modelsIn(given, sheet) {
    if (given.isDirectory()) {
        return [rows: [[name: given.name - ~/\.model$/, folder: given, checkpoint: null]], problems: []]
    }
    if (!given.exists()) {
        return [rows: [], problems: ["--apply is ${given}, which does not exist. Give the folder of a trained model, or a sheet of models.".toString()]]
    }
    def rows = sheet.rows.collect { row ->
        [name: row.name, line: row.line, folder: given.parent.resolve(row.model_dir), checkpoint: row.checkpoint ? given.parent.resolve(row.checkpoint) : null]
    }
    def absent = rows.collectMany { row -> [row.folder, row.checkpoint].findAll { path -> path != null && !path.isDirectory() }.collect { path ->
        "${given.name}, line ${row.line}: there is no folder ${path}. Give paths relative to the sheet.".toString()
    } }
    return [rows: rows, problems: sheet.problems + absent + sameNames(rows, given)]
}

// Tasks find models by the names of their folders
def sameNames(rows, sheet) {
    return rows.groupBy { row -> row.name }.collectMany { name, members ->
        [members*.folder, members*.checkpoint.findAll().unique()].collectMany { paths ->
            paths.countBy { path -> path.name }.findAll { _folder, times -> times > 1 }.keySet().collect { folder ->
                "${sheet.name}: ${name} has two folders with the name ${folder}. Rename one of them.".toString()
            }
        }
    }
}

def applyProblems(params, models) {
    def scans = params.scan.toString() == 'true'
    def given = filesIn(params.regions)
    def variants = params.saturate || given.variants
    return models.problems + [
        scans || params.regions || params.saturate ? null : '--regions is missing. Give a FASTA, a BED, a list of gene ids or a VCF; or --saturate, or --scan.',
        scans && !params.fasta ? '--fasta is missing. Give the genome that --scan reads.' : null,
        given.variants && scans ? '--scan takes a BED as --regions, not a VCF. Remove one.' : null,
        given.variants.size() > 1 || given.regions.size() > 1 ? "--regions is ${params.regions}. Give one file, or two of which one is a VCF.".toString() : null,
        variants && !params.fasta ? '--fasta is missing. Give the genome of the variants.' : null,
        variants && !params.gtf && !params.promoters ? '--gtf is missing. Give the annotation, or --promoters, around whose TSSs variants are scored.' : null,
    ].findAll()
}

// Each name once, with its folders, checkpoints, and the options that name them within a task
def applySettings(params, models, digests) {
    def given = filesIn(params.regions)
    def byName = models.rows.groupBy { row -> row.name }.collect { name, members ->
        def tuned = members.any { row -> row.checkpoint }
        def options = members.collect { row ->
            "--model-dir models/${row.folder.name}" + (tuned ? " --checkpoint ${row.checkpoint ? "pretrained/${row.checkpoint.name}" : "models/${row.folder.name}"}" : '')
        }
        [meta: [id: name, members: options.join(' '), code: digests.code], folders: members*.folder, checkpoints: members*.checkpoint.findAll().unique()]
    }
    return [
        models: byName,
        scan: params.scan.toString() == 'true',
        variants: pathOrNone(given.variants ? given.variants[0] : null),
        regions: pathOrNone(given.regions ? given.regions[0] : null),
        fasta: pathOrNone(params.fasta),
        saturate: pathOrNone(params.saturate),
        gtf: pathOrNone(params.gtf),
        promoters: pathOrNone(params.promoters),
        assembly_report: pathOrNone(params.assembly_report),
        code: digests.code,
        report_code: digests.report,
        outdir: params.outdir,
        title: params.report_title,
        chunk: params.scan_chunk as Long,
        options: [step: params.scan_step, max_n_share: params.max_n_share, max_repeat_share: params.max_repeat_share as BigDecimal, distance: params.peak_distance, min_probability: params.peak_probability, tss_source: params.tss_source, variant_null: params.variant_null, max_ref_mismatches: params.max_ref_mismatches as BigDecimal, seed: params.seed],
    ]
}

// An empty list leaves an optional path input out
def pathOrNone(value) {
    return value ? file(value, glob: false) : []
}
