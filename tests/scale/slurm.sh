#!/usr/bin/env bash
# Runs docs/scale/array.sh on a Slurm of its own, made from Debian's packages on this computer: 8 sheets against 8 sandboxes,
# tasks killed and requeued on the way. Each result has to be that of an undisturbed run, and no contact may be written twice.
#
#   tests/scale/slurm.sh [PROGRAM [ROWS]]
#
# Needs root and the packages slurmctld, slurmd, slurm-client and munge, which it installs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/scale/common.sh
rows=${2:-2500}
tasks=8

for needed in slurmctld slurmd sbatch munged; do
  command -v "$needed" >/dev/null || {
    say "Slurm"
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge >/dev/null
    break
  }
done

say "a Slurm of one node with $tasks places"
node=$(hostname -s)
mkdir -m 755 "$work/slurm" && cd "$work/slurm"
chmod 755 "$work"
mkdir state spool
head -c 1024 /dev/urandom >munge.key
chmod 600 munge.key
munged --force --key-file="$PWD/munge.key" --socket="$PWD/munge.socket" --pid-file="$PWD/munge.pid" \
  --log-file="$PWD/munge.log" --seed-file="$PWD/munge.seed"
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
cat >slurm.conf <<END
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
AuthType=auth/munge
AuthInfo=socket=$PWD/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$PWD/state
SlurmdSpoolDir=$PWD/spool
SlurmctldPidFile=$PWD/slurmctld.pid
SlurmdPidFile=$PWD/slurmd.pid
SlurmctldLogFile=$PWD/slurmctld.log
SlurmdLogFile=$PWD/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
KillWait=5
MinJobAge=600
ReturnToService=2
MailProg=/bin/true
NodeName=$node NodeAddr=127.0.0.1 CPUs=$tasks RealMemory=4096 State=UNKNOWN
PartitionName=main Nodes=$node Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$PWD/slurm.conf
cleaners+=('scancel --user root 2>/dev/null' 'for pid in "$work"/slurm/slurmctld.pid "$work"/slurm/slurmd.pid "$work"/slurm/munge.pid; do kill "$(cat "$pid")" 2>/dev/null; done' 'sleep 1')
slurmctld
slurmd
for _ in $(seq 100); do sinfo -h -o %T 2>/dev/null | grep -q idle && break; sleep 0.2; done
sinfo -h -o '%N %T, %c places' >&2

# Two sets of the same workspaces: one is left alone, in the other one tasks are killed.
workspace_settings='rate = "40/s"'
for set in calm rough; do
  for task in $(seq 0 $((tasks - 1))); do
    mkdir -p "$work/$set/w$task"
    people "$work/$set/w$task" "$rows"
    sandbox "$work/$set/w$task" --latency 20ms
  done
  settings "$work/$set/config.toml" "$work/$set"/w*
done

say "$tasks sheets of $rows rows, undisturbed"
for task in $(seq 0 $((tasks - 1))); do
  REASSIGN_CONFIG=$work/calm/config.toml "$program" apply "$work/calm/w$task/team.csv" --workspace "w$task" --yes --quiet \
    >"$work/calm/w$task/said" 2>&1 &
  undisturbed[task]=$!
done
for pid in "${undisturbed[@]}"; do wait "$pid"; done

say "the same as a Slurm array, with tasks killed and requeued"
for task in $(seq 0 $((tasks - 1))); do printf '%s\tw%s\n' "$work/rough/w$task/team.csv" "$task"; done >"$work/rough/list"
mkdir "$work/bin"
ln -s "$program" "$work/bin/reassign"
# Submits these tasks, and prints the job's number.
script=$OLDPWD/docs/scale/array.sh
submit() {
  PATH=$work/bin:$PATH REASSIGN_CONFIG=$work/rough/config.toml sbatch --parsable --array="$1" --output="$work/rough/said-%a" \
    "$script" "$work/rough/list"
}
job=$(submit "0-$((tasks - 1))")

# Waits until a task has come so far, or has ended.
settled() { cat "$work/rough/w$1/team.reassign/journal" 2>/dev/null | grep -c '^{"outcome"' || true; }
# Slurm lets a task that was requeued wait for two minutes.
hurry() {
  squeue -h -j "$job" -r -t pending -o '%F_%K' 2>/dev/null | while read -r id; do scontrol update job="$id" StartTime=now 2>/dev/null || true; done
}
active() { squeue -h -j "$job" -t pending,running,completing,configuring -o %i 2>/dev/null | wc -l; }
killed=0 requeued=0
for round in 1 2 3; do
  for task in $(seq 0 $((tasks - 1))); do
    until [ "$(settled "$task")" -ge $((rows * round / 5)) ] || [ "$(active)" -eq 0 ]; do hurry && sleep 0.5; done
    case $(((task + round) % 3)) in
      0)
        pid=$(pgrep -f "^[^ ]*reassign apply $work/rough/w$task/team.csv" | head -n 1) || continue
        kill -KILL "$pid" && killed=$((killed + 1))
        ;;
      1) scontrol requeue "${job}_$task" 2>/dev/null && requeued=$((requeued + 1)) ;;
    esac
  done
done
say "$killed tasks killed, $requeued requeued"
until [ "$(active)" -eq 0 ]; do hurry && sleep 1; done
squeue -h -t all -j "$job" -o '%i %T, %r' >&2 || true
# On a busy computer, Slurm ends some tasks that it was to requeue. The same task again continues.
ended=$(squeue -h -t failed -r -j "$job" -o %K | paste -sd,)
if [ -n "$ended" ]; then
  say "ended instead of requeued, and submitted again: $ended"
  job=$(submit "$ended")
  until [ "$(active)" -eq 0 ]; do hurry && sleep 1; done
fi

say "results"
# What is of a row, without when it was settled, by how many attempts, and where.
row_by_row() {
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i !~ /reassign_(at|attempts|workspace)$/) keep[i] = 1 }
    { line = ""; for (i = 1; i <= NF; i++) if (i in keep) line = line "," $i; print line }' "$1"
}
wrong=0
for task in $(seq 0 $((tasks - 1))); do
  calm=$work/calm/w$task rough=$work/rough/w$task
  if ! diff <(row_by_row "$calm/team.results.csv") <(row_by_row "$rough/team.results.csv") >"$work/diff"; then
    echo "w$task: the results differ"
    head -n 6 "$work/diff"
    tail -n 3 "$work/diff"
    wrong=1
  fi
  for each in "$calm" "$rough"; do
    curl -sS -H "Authorization: Bearer $token" "$(sed 's|/v1$|/_sandbox/assignments|' "$each/url")" >"$each/record"
  done
  if ! cmp -s "$calm/record" "$rough/record"; then
    echo "w$task: the workspaces differ, or a contact was written twice"
    diff "$calm/record" "$rough/record" | head -n 6 || true
    wrong=1
  fi
  runs=$(grep -c '^{"start"' "$rough/team.reassign/journal" || true)
  echo "w$task: $(($(wc -l <"$rough/team.results.csv") - 1)) rows, $(grep -c ',assigned,' "$rough/team.results.csv") assigned, $runs runs"
done
[ "$wrong" -eq 0 ] || { tail -n 40 "$work"/rough/said-*; exit 1; }
[ "$killed" -ge 3 ] && [ "$requeued" -ge 3 ] || { echo "too few tasks were disturbed"; exit 1; }
say "all as of an undisturbed run"
