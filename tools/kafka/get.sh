#!/bin/sh
# Fetches Apache Kafka from Maven Central for the tests that want a real broker, and prints its directory for KAFKA_HOME:
#   export KAFKA_HOME="$(sh tools/kafka/get.sh)"
# Fetched once into the user's cache. Fails, saying why, where java or mvn is missing or Maven Central is out of reach.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
home="${XDG_CACHE_HOME:-$HOME/.cache}/weft/kafka-$(cksum <"$here/pom.xml" | cut -d' ' -f1)"
if [ ! -d "$home/libs" ]; then
  for command in java mvn; do
    command -v "$command" >/dev/null || { echo "no Kafka: $command is not installed" >&2; exit 1; }
  done
  part=$(mktemp -d)
  trap 'rm -rf "$part"' EXIT
  log="$part/maven.log"
  mvn --batch-mode --quiet -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DoutputDirectory="$part/libs" -DincludeScope=runtime >"$log" 2>&1 || { tail -n 5 "$log" >&2; exit 1; }
  mkdir -p "$home"
  mv "$part/libs" "$home/libs"
fi
echo "$home"
