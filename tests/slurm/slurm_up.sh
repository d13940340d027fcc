#!/usr/bin/env bash
# A Slurm of one node in FOLDER, as root, without systemd. Stop it with slurm_down.sh FOLDER.
#   slurm_up.sh FOLDER              configure and start munge, controller and node
#   slurm_up.sh FOLDER controller   start the controller again, after it was killed
# SLURM_PORT: the controller's port; the node has the next one.
# SLURM_OWNER: a process; when it is gone, killed perhaps, all is stopped.
set -euo pipefail
folder=$(realpath -m "$1")
conf=$folder/etc/slurm.conf
host=$(hostname -s)

start() { # name, command: in a session of its own, so that a signal to the caller's group spares it
	local name=$1
	shift
	setsid "$@" >"$folder/log/$name.out" 2>&1 </dev/null &
	echo $! >"$folder/run/$name.started"
}

wait_for() { # seconds, what to say, command
	local until=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$until" ]; then
			echo "slurm_up.sh: $what" >&2
			tail -n 5 "$folder"/log/* >&2 || true
			exit 1
		fi
		sleep 0.1
	done
}

answers() { timeout -k 1 5 scontrol ping | grep -q UP; }
idle() { timeout -k 1 5 sinfo --noheader --format=%t | grep -qE 'idle|mix|alloc'; }

if [ "${2:-}" = controller ]; then
	start slurmctld /usr/sbin/slurmctld -D -f "$conf"
	wait_for 30 "the controller does not answer" answers
	exit 0
fi

# SLURM_CONF does not do: Snakemake's plugin drops SLURM_ variables inside jobs. A configuration of others is left alone.
if [ -e /etc/slurm/slurm.conf ]; then
	echo "slurm_up.sh: /etc/slurm/slurm.conf exists: this machine has a Slurm of its own, or another test runs" >&2
	exit 3
fi
mkdir -p "$folder"/{etc,run,log,state,spool}
chmod 755 "$folder" "$folder/run"
install -d -m 700 "$folder/munge"
(umask 077 && head -c 1024 /dev/urandom >"$folder/munge/munge.key" && chmod 400 "$folder/munge/munge.key")
memory=$(awk '/MemTotal/ {print int($2 / 1024 * 0.8)}' /proc/meminfo)
port=${SLURM_PORT:-26817}
cat >"$conf" <<CONF
ClusterName=tests
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherParams=OverMemoryKill
JobAcctGatherFrequency=task=2
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/log/jobcomp.txt
KillWait=2
MinJobAge=7200
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(getconf _NPROCESSORS_ONLN) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
mkdir -p /etc/slurm
ln -sfn "$conf" /etc/slurm/slurm.conf # a link that leads nowhere is what a killed test left

if [ -n "${SLURM_OWNER:-}" ]; then
	setsid bash -c 'while kill -0 "$0" 2>/dev/null; do sleep 1; done; exec "$1" "$2"' \
		"$SLURM_OWNER" "$(cd "$(dirname "$0")" && pwd)/slurm_down.sh" "$folder" </dev/null >/dev/null 2>&1 &
fi
start munged /usr/sbin/munged --foreground --key-file="$folder/munge/munge.key" --socket="$folder/run/munge.socket" \
	--pid-file="$folder/munge/munged.pid" --log-file="$folder/munge/munged.log" --seed-file="$folder/munge/munged.seed"
wait_for 10 "munge does not start" test -S "$folder/run/munge.socket"
start slurmctld /usr/sbin/slurmctld -D -f "$conf"
wait_for 20 "the controller does not answer" answers
start slurmd /usr/sbin/slurmd -D -f "$conf" -N "$host"
wait_for 20 "the node does not come up" idle
