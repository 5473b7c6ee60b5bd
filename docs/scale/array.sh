#!/bin/bash
#SBATCH --job-name=reassign
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=256M
#SBATCH --requeue
#SBATCH --open-mode=append
#
# One task, one sheet. Submit it with as many tasks as there are lines in the list:
#
#   sbatch --array=0-7 array.sh LIST
#
# A line of LIST holds a sheet and the workspace of the settings file that it is for, with a tab between. Sheets and results
# are in folders that every node has. The settings file (REASSIGN_CONFIG) names address and token file of each workspace.
set -u
list=$1
IFS=$'\t' read -r sheet workspace < <(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$list")

# A task that was stopped, killed or moved to another node is the same command again: it continues.
reassign apply "$sheet" --workspace "$workspace" --yes --quiet
code=$?

# Killed from outside, for want of memory for instance. All else ends the task: 0 all rows are settled, 1 some have to be
# repaired or decided, 2 it could not start, 3 it stopped early.
if [ "$code" -eq 137 ]; then
  # Slurm itself may be busy just then.
  for _ in 1 2 3 4 5; do
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && break
    sleep 5
  done
fi
exit "$code"
