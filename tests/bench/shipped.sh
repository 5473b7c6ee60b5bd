#!/usr/bin/env bash
# What the settings of the profile `dist` cost in build time, and gain in size and speed: builds the program from nothing
# with each of them changed, and times `plan` on a sheet of 400,000 rows that it makes. Prints a table.
#
#   tests/bench/shipped.sh [NAME...]     of: dist no-lto units opt-3
#
# All times are processor time, which other work on the computer changes little. A build takes some minutes, and half a GB.
# The programs are left in target/shipped, stripped.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p target/shipped
[ "$#" -gt 0 ] || set -- dist no-lto units opt-3

awk -v rows=400000 'BEGIN {
  print "Name,Contact,Goes to,Remark"
  for (row = 1; row <= rows; row++) {
    user = 101 + row % 20
    if (row % 3 == 0) contact = "+6012" 3000000 + row
    else if (row % 3 == 1) contact = "contact-" row "@example.com"
    else contact = "id:" 10000000 + row
    printf "Contact %d,%s,%d,moved in batch %d\n", row, contact, user, row % 97
  }
}' >"$work/sheet.csv"

size() { stat -c %s "$1" | awk '{ printf "%.1f MB", $1 / 1e6 }'; }
# The processor time of a command, in seconds.
processor() {
  local TIMEFORMAT='%U %S'
  { time "$@" >"$work/said" 2>"$work/errors"; } 2>"$work/time" || { cat "$work/errors" >&2; return 1; }
  awk '{ printf "%.2f\n", $1 + $2 }' "$work/time"
}
plan() { "$program" plan "$work/sheet.csv" --identifier Contact --json; }

echo "| built with | program | stripped | packed (gzip -9) | build from nothing | plan of 400,000 rows |"
echo "|---|---|---|---|---|---|"
for name in "$@"; do
  case $name in
    dist) what='as it is' options=() ;;
    no-lto) what='`lto = "off"`' options=(--config 'profile.dist.lto="off"') ;;
    units) what='`lto = "off"`, `codegen-units = 16`' options=(--config 'profile.dist.lto="off"' --config profile.dist.codegen-units=16) ;;
    opt-3) what='`opt-level = 3` for all' options=(--config profile.dist.package.reassign.opt-level=3 --config profile.dist.package.libsqlite3-sys.opt-level=3) ;;
    *) echo "there is no \`$name\`" >&2; exit 2 ;;
  esac
  export CARGO_TARGET_DIR=$work/target
  rm -rf "$CARGO_TARGET_DIR"
  build=$(processor cargo build --profile dist --locked "${options[@]}")
  program=target/shipped/$name
  cp "$CARGO_TARGET_DIR/dist/reassign" "$program"
  rm -rf "$CARGO_TARGET_DIR"
  whole=$(size "$program")
  strip --strip-all "$program"
  gzip -9c "$program" >"$program.gz"
  best=$(for _ in 1 2 3 4 5; do processor plan; done | sort -g | head -n 1)
  printf '| %s | %s | %s | %s | %.0f s | %s s |\n' "$what" "$whole" "$(size "$program")" "$(size "$program.gz")" "$build" "$best"
done
