#!/usr/bin/env bash
# Prints the folder with the jars of a Kafka broker. The first run downloads them from Maven Central into .toolchain/kafka (55 MB); later
# runs need no network.
# Exits 3 if this machine lacks Java 17 or newer, or lacks both Maven and the jars. Exits 1 if the download fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
pom="$PWD/scripts/kafka-pom.xml"
folder="$PWD/.toolchain/kafka"
. scripts/lock.sh

java_version="$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')" || true
if [ "${java_version:-0}" -lt 17 ]; then
  echo "a Kafka broker needs Java 17 or newer; java on PATH is ${java_version:-missing} (on Debian: apt-get install default-jre-headless)" >&2
  exit 3
fi
is_current() { cmp -s "$pom" "$folder/pom.xml"; }
if ! is_current; then
  if ! command -v mvn >/dev/null; then
    echo "the jars of Kafka are downloaded by Maven, and mvn is not on PATH (on Debian: apt-get install maven)" >&2
    exit 3
  fi
  mkdir -p .toolchain
  lock "$PWD/.toolchain/kafka.lock"
  if ! is_current; then
    echo "downloading the jars of Kafka into .toolchain/kafka" >&2
    rm -rf "$folder"
    mvn -q -B -f "$pom" dependency:copy-dependencies -DoutputDirectory="$folder/lib" >&2
    # Last, so that a half-made folder is never taken for a finished one.
    cp "$pom" "$folder/pom.xml"
  fi
fi
echo "$folder/lib"
