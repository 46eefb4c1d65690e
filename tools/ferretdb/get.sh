#!/bin/sh
# Builds FerretDB, a server of MongoDB's protocol over SQLite, for the tests that want one, and prints its path for FERRETDB:
#   export FERRETDB="$(sh tools/ferretdb/get.sh)"
# Built once into the user's cache. Fails, saying why, where go is missing or the Go module proxy is out of reach.
set -eu
version=v1.24.2
home="${XDG_CACHE_HOME:-$HOME/.cache}/weft/ferretdb-$version-1"
if [ ! -x "$home/ferretdb" ]; then
  command -v go >/dev/null || { echo "no FerretDB: go is not installed" >&2; exit 1; }
  part=$(mktemp -d)
  trap 'chmod -R u+w "$part"; rm -rf "$part"' EXIT
  go mod download -json "github.com/FerretDB/FerretDB@$version" >"$part/module" || exit 1
  cp -R "$(sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p' "$part/module")" "$part/source"
  chmod -R u+w "$part/source"
  echo "$version" >"$part/source/build/version/version.txt" # The module leaves it out, and the program will not start without.
  (cd "$part/source" && go build -o "$part/ferretdb" ./cmd/ferretdb) >"$part/log" 2>&1 || { tail -n 5 "$part/log" >&2; exit 1; }
  mkdir -p "$home"
  mv "$part/ferretdb" "$home/ferretdb"
fi
echo "$home/ferretdb"
