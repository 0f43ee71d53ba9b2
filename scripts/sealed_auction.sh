#!/usr/bin/env bash
# Holds a sealed auction of a market from keys to verified log, each bidder with its own rows and
# a message of its own, and prints wall seconds, processor seconds and peak memory of each step:
# scripts/sealed_auction.sh MARKET FOLDER [PRICING]
# MARKET is a folder of tables as `postroad auction generate` writes it; pricing is uniform (left
# out), as_bid, vcg or core. Needs bash, Python and GNU time.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
market=$(cd "$1" && pwd)
pricing=${3:-uniform}
if [ -z "${POSTROAD:-}" ]; then
  target="${CARGO_TARGET_DIR:-$root/target}"
  cargo build --release --quiet --manifest-path "$root/Cargo.toml" --target-dir "$target" --package postroad
  POSTROAD="$target/release/postroad"
fi
mkdir -p "$2"
cd "$2"
rm -f auction.jsonl
python3 "$root/scripts/sealed_auction.py" "$market" rows > bidders

# Runs one step: its name, when it happens, and commands in which `auction` is the program and
# `desk` its options for the operator.
step() {
  local name=$1 at=$2 commands=$3
  /usr/bin/time --format "$name: %e s, %U s of processor time, %M KB" \
    env POSTROAD="$POSTROAD" AT="$at" bash -euo pipefail -c '
      auction() { "$POSTROAD" auction "$@"; }
      desk="--log auction.jsonl --key keys/operator.secret.json --at $AT"
      '"$commands"
}

each='while read -r bidder; do' && done='done < bidders'
step "draw keys" now "for name in operator anna ben chris \$(cat bidders); do
  auction keys \$name --out keys > /dev/null; done"
cat > notice.toml <<END
title = "Sealed auction of $(basename "$market")"
operator = "The operator"
opens = "2026-11-23T09:00:00Z"
closes = "2026-11-24T09:00:00Z"
pricing = "$pricing"

[officers]
quorum = 2
public_keys = ["keys/anna.public.json", "keys/ben.public.json", "keys/chris.public.json"]
END
step notice 2026-11-22T09:00:00Z "auction notice notice.toml '$market' \$desk"
step admit 2026-11-22T10:00:00Z "
  auction admit \$(sed 's,.*,keys/&.public.json,' bidders) \$desk | tail -n 1"
step "submit, all bidders" now "$each auction submit rows/\$bidder --log auction.jsonl \
  --key keys/\$bidder.secret.json --out messages/\$bidder.message > /dev/null; $done"
step "receive, all messages" 2026-11-23T10:00:00Z "
  auction receive \$(sed 's,.*,messages/&.message,' bidders) --receipts receipts \$desk | tail -n 1"
step "one receipt checked" now "
  auction receipt check receipts/\$(ls receipts | head -n 1) auction.jsonl"
step close 2026-11-24T09:00:00Z "auction close \$desk"
step "publish and receive keys" 2026-11-24T10:00:00Z "
  for officer in anna chris; do auction publish-key --log auction.jsonl \
    --key keys/\$officer.secret.json --out \$officer.message > /dev/null; done
  auction receive anna.message chris.message \$desk"
step open 2026-11-24T10:00:00Z "auction open \$desk"
step "settle, $pricing" 2026-11-24T11:00:00Z "auction settle \$desk"
step verify now "auction verify auction.jsonl --operator keys/operator.public.json"
step ocds now "auction ocds auction.jsonl --ocid ocds-abc123-1 --out release.json"
du -k auction.jsonl release.json
