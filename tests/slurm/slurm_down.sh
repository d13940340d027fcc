#!/usr/bin/env bash
# Stop the Slurm that slurm_up.sh FOLDER started, jobs and all, and take its configuration away.
set -uo pipefail
folder=$(realpath -m "$1")
conf=$folder/etc/slurm.conf

if [ "$(readlink /etc/slurm/slurm.conf)" = "$conf" ]; then
	timeout -k 1 5 scancel --user=root >/dev/null 2>&1
	ours=1
fi
for name in slurmd slurmctld munged; do # by the number we noted and only while it is that program: numbers are used again
	pid=$(cat "$folder/run/$name.started" 2>/dev/null) || continue
	for signal in TERM KILL; do
		for _ in $(seq 15); do
			[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$name" ] || break 2
			kill -s "$signal" "$pid" 2>/dev/null
			sleep 0.1
		done
	done
done
# What a job left on the node: processes that a step daemon of this configuration started.
for pid in $(pgrep -x slurmstepd); do
	if grep -qs "$folder" "/proc/$pid/environ" "/proc/$pid/cmdline"; then kill -KILL "$pid" 2>/dev/null; fi
done
[ -n "${ours:-}" ] && rm -f /etc/slurm/slurm.conf
exit 0
