#!/usr/bin/env bash
# Clears one market with HiGHS, CP-SAT and Postroad and prints all: scripts/peer_auction.sh MARKET --time S
# The solvers come from PyPI into an environment of its own under target/.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
target="${CARGO_TARGET_DIR:-$root/target}"
environment="$target/auction-environment"
if [ ! -x "$environment/bin/python" ]; then
  python3 -m venv "$environment"
fi
"$environment/bin/python" -c 'import highspy, ortools' 2>/dev/null ||
  "$environment/bin/pip" install --quiet 'highspy==1.15.1' 'numpy>=2' 'ortools>=9.14'
cargo build --release --quiet --manifest-path "$root/Cargo.toml" --target-dir "$target" --package postroad
POSTROAD="$target/release/postroad" exec "$environment/bin/python" "$root/scripts/peer_auction.py" "$@"
