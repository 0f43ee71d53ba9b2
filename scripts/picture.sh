#!/bin/sh
# Remakes a picture in docs/images from a report: its answer and its map, in light colours.
#   scripts/picture.sh out/us-2026/report.html report
#   scripts/picture.sh out/us-2026-auction/report.html auction 1080
# Needs chromium and pngquant (Debian packages of these names).
set -eu
report=${1:?usage: scripts/picture.sh REPORT.html NAME [HEIGHT]}
picture=$(dirname "$0")/../docs/images/${2:?a name such as report}.png
mkdir -p "$(dirname "$picture")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The page without its other sections and without what only a reader needs.
sed 's#</head>#<style>main>section:not(\#maps),nav,footer,.meta,.controls,.zoom,.read,\#maps .note,\#maps h3,\#maps .scroll{display:none!important}section{padding-top:0!important}header.cover{padding-top:1.5rem!important}</style></head>#' \
  "$report" > "$work/page.html"
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
  --disable-background-networking --hide-scrollbars --user-data-dir="$work/profile" \
  --virtual-time-budget=10000 --window-size="1200,${3:-1620}" --screenshot="$work/page.png" \
  "file://$work/page.html" 2> /dev/null
pngquant --force --output "$picture" 64 "$work/page.png"
ls -l "$picture"
