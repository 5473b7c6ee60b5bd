#!/bin/sh
# Pictures of the report of the sample sheet. Needs chromium; run in the project's folder.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp samples/team-migration.xlsx "$folder"
# Exit code 1: the sample has rows to repair.
cargo run --quiet -- apply "$folder/team-migration.xlsx" --sandbox --rate 5/s --quiet \
  --note "Farid leaves in June; approved by Aisha" || [ $? -eq 1 ]
cargo run --quiet -- report "$folder/team-migration.trial.results.csv" --users samples/workspace/users.csv \
  -o "$folder/report.html"
picture() {
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$folder/$1" --hide-scrollbars --window-size=1200,1240 \
    --blink-settings=preferredColorScheme="$2" --screenshot="docs/pictures/report-$1.png" "file://$folder/report.html"
}
picture light 1
picture dark 0
