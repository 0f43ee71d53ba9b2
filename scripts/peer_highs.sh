#!/usr/bin/env bash
# Solves one instance with HiGHS and with Postroad and prints both: scripts/peer_highs.sh FILE --time S
# HiGHS comes from PyPI into an environment of its own under target/.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
target="${CARGO_TARGET_DIR:-$root/target}"
environment="$target/highs-environment"
if [ ! -x "$environment/bin/python" ]; then
  python3 -m venv "$environment"
fi
"$environment/bin/python" -c 'import highspy' 2>/dev/null ||
  "$environment/bin/pip" install --quiet 'highspy==1.15.1' 'numpy>=2'
cargo build --release --quiet --manifest-path "$root/Cargo.toml" --target-dir "$target" --package postroad
POSTROAD="$target/release/postroad" exec "$environment/bin/python" "$root/scripts/peer_highs.py" "$@"
