#!/usr/bin/env bash
# A Slurm of one node, this machine, to test `companion sweep --cluster slurm` with real jobs. For Debian, as root:
#
#     sudo tests/cluster/one_node_slurm.sh start && pytest tests/cluster; sudo tests/cluster/one_node_slurm.sh stop
#
# `start` installs Debian's slurm-wlm and munge if they are missing (20 s), and starts munged, slurmctld and slurmd
# without systemd and cgroups, all with their files below /run/one-node-slurm; on a machine with a slurm.conf of its
# own it refuses. Where a Slurm runs already, only pytest is needed. `stop` ends just the processes that `start`
# started, by their numbers, and removes what it wrote; the packages stay.
set -euo pipefail

HOME_OF_SLURM=/run/one-node-slurm
CONF=/etc/slurm/slurm.conf
MARK="# written by one_node_slurm.sh"

daemons() { echo slurmd slurmctld munged; } # in the order in which they are to end

lives() { # NAME: whether the process that we started under this name is still that one
    local pid
    pid=$(cat "$HOME_OF_SLURM/$1.pid" 2>/dev/null) || return 1
    [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$1" ]] && readlink -q "/proc/$pid/exe" >/dev/null # none in a zombie
}

ended() {
    ! lives "$1"
}

wait_for() { # SECONDS COMMAND...
    local left=$(($1 * 5))
    shift
    until "$@" >/dev/null 2>&1; do
        ((left-- > 0)) || { echo "one_node_slurm: still not: $*; see $HOME_OF_SLURM/*.log" >&2; return 1; }
        sleep 0.2
    done
}

install_packages() {
    command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null && return
    apt-get update -qq
    # the packages' own start of the daemons fails without systemd, and is not wanted
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends slurm-wlm munge >/dev/null
}

configure() {
    local host memory
    host=$(hostname -s)
    memory=$(awk '/^MemTotal/ {print int($2 / 1024 * 0.95)}' /proc/meminfo) # MiB
    mkdir -p $HOME_OF_SLURM/{state,spool,munge} "$(dirname $CONF)"
    chmod 755 $HOME_OF_SLURM $HOME_OF_SLURM/munge
    cat >$CONF <<EOF
$MARK
ClusterName=one-node
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$HOME_OF_SLURM/munge/socket
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
KillWait=5
MinJobAge=60
SlurmctldPidFile=$HOME_OF_SLURM/slurmctld.pid
SlurmctldLogFile=$HOME_OF_SLURM/slurmctld.log
SlurmdPidFile=$HOME_OF_SLURM/slurmd.pid
SlurmdLogFile=$HOME_OF_SLURM/slurmd.log
StateSaveLocation=$HOME_OF_SLURM/state
SlurmdSpoolDir=$HOME_OF_SLURM/spool
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
}

start() {
    if [[ -f $CONF ]] && ! grep -qF "$MARK" $CONF; then
        echo "one_node_slurm: $CONF is not mine, I leave it alone" >&2
        exit 1
    fi
    install_packages
    configure
    if ! lives munged; then
        head -c 1024 /dev/urandom >$HOME_OF_SLURM/munge/key
        chmod 600 $HOME_OF_SLURM/munge/key
        chown -R munge: $HOME_OF_SLURM/munge
        runuser -u munge -- munged --force --key-file=$HOME_OF_SLURM/munge/key --socket=$HOME_OF_SLURM/munge/socket \
            --pid-file=$HOME_OF_SLURM/munge/pid --log-file=$HOME_OF_SLURM/munge/log --seed-file=$HOME_OF_SLURM/munge/seed
        cp $HOME_OF_SLURM/munge/pid $HOME_OF_SLURM/munged.pid
    fi
    lives slurmctld || slurmctld
    lives slurmd || slurmd
    wait_for 20 scontrol ping
    wait_for 30 bash -c "sinfo -h -o %T | grep -qE 'idle|mixed|allocated'"
    sinfo
}

stop() {
    local name
    if lives slurmctld; then scancel --user=root 2>/dev/null || true; fi
    for name in $(daemons); do
        lives "$name" || continue
        kill "$(cat $HOME_OF_SLURM/$name.pid)"
        wait_for 20 ended "$name"
    done
    if grep -qsF "$MARK" $CONF; then rm $CONF; fi
    rm -rf $HOME_OF_SLURM
}

case ${1:-} in
start) start ;;
stop) stop ;;
*)
    echo "usage: $0 start|stop" >&2
    exit 2
    ;;
esac
