#!/bin/sh
# Installs the packages that package-lock.json names, and notes which lock file that was.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  echo "weft: Node 20 or later and npm are needed to install. See https://nodejs.org" >&2
  exit 1
fi
major=$(node -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 20 ]; then
  echo "weft: Node $major is too old to install with; Node 20 or later is needed" >&2
  exit 1
fi
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64 | Linux-aarch64 | Darwin-arm64) ;;
  *)
    echo "weft: no ClickHouse engine is published for $(uname -s) on $(uname -m); Linux (glibc) and macOS on Apple silicon work, Windows by WSL 2" >&2
    exit 1
    ;;
esac
echo "Installing packages (once, about 1 GB) …" >&2
cd "$root"
# Not `npm ci`: it refuses a lock file that does not list the optional packages of every platform, and not every
# registry has them all. Every package is installed at the version of the lock file either way, and the file stays as it is.
npm install --no-save --no-audit --no-fund --loglevel=error >&2
cp package-lock.json node_modules/.weft-installed
# The first start is only faster with these.
node_modules/.bin/node tools/bundle-server.ts >&2 || true
NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE-$root/node_modules/.cache/weft}" node_modules/.bin/node --disable-warning=ExperimentalWarning \
  tools/compile-ahead.ts >&2 || true
