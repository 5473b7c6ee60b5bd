#!/usr/bin/env bash
# Runs many workspaces at once on this computer, one process each, against as many sandboxes that each have a limit, and says
# what that takes: processor, memory, and how much of its limit each one used.
#
#   tests/scale/workspaces.sh [PROGRAM [WORKSPACES [REQUESTS-A-SECOND [ROWS]]]]
#
# The sandboxes run beside it, so this needs two to three times what the program itself needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/scale/common.sh
count=${2:-300} limit=${3:-5} rows=${4:-300}
ulimit -n 65536 2>/dev/null || true

say "$count sandboxes, each with a limit of $limit a second for each operation"
people "$work" "$rows"
for number in $(seq "$count"); do
  mkdir "$work/w$number"
  ln "$work/contacts.csv" "$work/users.csv" "$work/team.csv" "$work/w$number/"
  sandbox "$work/w$number" --rate-limit "$limit/s"
done
settings "$work/config.toml" "$work"/w*

say "$count sheets of $rows rows"
export REASSIGN_CONFIG=$work/config.toml
TIMEFORMAT='%R %U %S'
begun=$SECONDS
running=()
for number in $(seq "$count"); do
  ({ time "$program" apply "$work/w$number/team.csv" --workspace "w$number" --yes --quiet >"$work/w$number/said" 2>&1; } 2>"$work/w$number/time") &
  running+=($!)
done
# Memory that is shared counts once: the proportional set size, summed over all.
most=0 processes=0
while sleep 5; do
  pids=$(pgrep -f "^$program apply $work/" || true)
  [ -n "$pids" ] || break
  sum=$(for pid in $pids; do cat "/proc/$pid/smaps_rollup" 2>/dev/null || true; done | awk '/^Pss:/ { sum += $2 } END { print int(sum) }')
  [ "$sum" -gt "$most" ] && most=$sum processes=$(wc -w <<<"$pids")
done
for pid in "${running[@]}"; do wait "$pid" || true; done
took=$((SECONDS - begun))

cat "$work"/w*/time | awk -v took="$took" -v limit="$limit" -v rows="$rows" -v count="$count" -v most="$most" -v processes="$processes" '
  { cpu += $2 + $3; share[NR] = 100 * rows / limit / $1; real[NR] = $1 }
  END {
    n = asort_(share)
    printf "%d workspaces, %d rows each, %d s: %d rows a second in all\n", count, rows, took, count * rows / took
    printf "share of its limit that a run used: median %.0f %%, lowest %.0f %%\n", share[int((n + 1) / 2)], share[1]
    printf "processor: %.0f s, %.2f of one core; %.2f ms a row (a read and a write)\n", cpu, cpu / took, 1000 * cpu / count / rows
    printf "memory: %.0f MiB in %d processes, %.1f MiB each\n", most / 1024, processes, most / 1024 / processes
  }
  function asort_(a,  i, j, t, n) {
    for (n in a) i++
    n = i
    for (i = 2; i <= n; i++) { t = a[i]; for (j = i - 1; j >= 1 && a[j] > t; j--) a[j + 1] = a[j]; a[j + 1] = t }
    return n
  }'

settled=$(cat "$work"/w*/team.results.csv | grep -c ',assigned,')
echo "rows assigned: $settled of $((count * rows))"
[ "$settled" -eq $((count * rows)) ] || { head -n 3 "$work"/w1/said; exit 1; }
