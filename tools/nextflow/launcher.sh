#!/usr/bin/env bash
# Starts the Nextflow whose jars lie in lib/ beside this file. tools/setup_nextflow.py copies it there as `nextflow`.
set -euo pipefail

home=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

java=java
if [[ -n ${NXF_JAVA_HOME:-} ]]; then
    export JAVA_HOME=$NXF_JAVA_HOME
fi
if [[ -n ${JAVA_HOME:-} && -x $JAVA_HOME/bin/java ]]; then
    java=$JAVA_HOME/bin/java
fi
if ! command -v "$java" >/dev/null; then
    echo "Error: nextflow needs Java 17 or later and found none; install one, or set JAVA_HOME" >&2
    exit 1
fi

# The list of Nextflow's own launcher; without it a task with a map among its inputs dies of InaccessibleObjectException.
opens=()
for package in java.lang java.io java.nio java.net java.util java.util.concurrent.locks java.util.concurrent.atomic \
    java.nio.file.spi sun.nio.ch sun.nio.fs sun.net.www.protocol.http sun.net.www.protocol.https \
    sun.net.www.protocol.ftp sun.net.www.protocol.file jdk.internal.misc jdk.internal.vm java.util.regex; do
    opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
done

unset JAVA_TOOL_OPTIONS
export NXF_CLI="nextflow $*"
# There is no plugin to fetch and no newer version to ask for: this one is complete.
export NXF_OFFLINE=${NXF_OFFLINE:-true}

# A driver lives for seconds to hours on little work: the quick compiler and the plain collector halve its CPU time.
read -r -a options <<<"${NXF_OPTS--XX:TieredStopAtLevel=1 -XX:+UseSerialGC}"
read -r -a arguments <<<"${NXF_JVM_ARGS:-}"
exec "$java" -Dfile.encoding=UTF-8 -Djava.awt.headless=true ${options[@]+"${options[@]}"} \
    ${arguments[@]+"${arguments[@]}"} "${opens[@]}" -cp "$home/lib/*" nextflow.cli.Launcher "$@"
