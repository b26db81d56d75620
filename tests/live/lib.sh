# SPDX-License-Identifier: GPL-2.0-or-later
# What live tests share: the lab's guests, parallax beside them, and a second source for numbers.
# shellcheck shell=bash disable=SC2034
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. tests/tap.sh
. tests/live/recording.sh
. tests/lab/trouble.sh
: "${O:=build}"
PARALLAX=${PARALLAX:-$O/parallax}
SCREEN=${SCREEN:-$O/tests/tools/screen}
lab=tests/lab/lab
tmp=$(mktemp -d /tmp/parallax-live-XXXXXX)
trap 'live_cleanup' EXIT
live_pids=()
live_cleanup() {
	local pid
	for pid in "${live_pids[@]}"; do kill -9 "$pid" 2>/dev/null; done
	rm -rf "$tmp"
}
# Start in the background, ended with the test.
start() {
	"$@" &
	live_pids+=($!)
}
# Exactly these guests run.
need_guests() { # guests...
	local reason others
	others=$("$lab" status | awk -v want=" $* " '$4 == "running" && !index(want, " " $1 " ") { print $1 }')
	# shellcheck disable=SC2086
	[ -z "$others" ] || "$lab" down $others >/dev/null 2>&1
	reason=$("$lab" up "$@" 2>&1 >/dev/null </dev/null)
	case $? in
	0) ;;
	77) skip_all "$reason" ;;
	*)
		echo "Bail out! $reason"
		exit 1
		;;
	esac
}

# The second source. Threads of a VM that run vCPUs, by name: libvirt and debug-threads set it.
vcpu_tids() { # pid
	grep -lE '^CPU [0-9]+/(KVM|TCG)' /proc/"$1"/task/*/comm | cut -d/ -f5
}
# Their run time and run delay in ns, summed, and the moment: "run wait now". Read without a
# fork, for on a busy host one may take longer than what is measured.
sched_totals() { # pid, tids...
	local pid=$1 tid run=0 wait=0 r w before=${EPOCHREALTIME/./} rest
	shift
	for tid; do
		read -r r w rest </proc/"$pid"/task/"$tid"/schedstat
		run=$((run + r)) wait=$((wait + w))
	done
	echo $run $wait $(((before + ${EPOCHREALTIME/./}) * 500))
}
# Per cent of all vCPUs between two such lines: "run wait".
sched_pct() { # before, after, vcpus
	echo "$1 $2" | awk -v n="$3" '{ t = ($6 - $3) * n / 100; printf "%.2f %.2f\n", ($4 - $1) / t, ($5 - $2) / t }'
}
# Mean of a jq expression over the lines of a recording, for one VM by name.
mean() { # file, vm, expression
	jq -r --arg vm "$2" ".vms[] | select(.name == \$vm) | $3 | numbers" "$1" |
		awk '{ s += $1; n++ } END { if (n) printf "%.2f\n", s / n; else print "none" }'
}
of_vm() { # vm, expression: for newest
	echo ".vms[] | select(.name == \"$1\") | $2"
}

# A cgroup of our own with one controller, of either version; nothing when there is none.
cgroup_make() { # controller: prints its folder
	local dir
	if [ -e "/sys/fs/cgroup/$1/cgroup.procs" ]; then
		dir=/sys/fs/cgroup/$1/parallax-live-$$
	else
		grep -qw "$1" /sys/fs/cgroup/cgroup.controllers 2>/dev/null || return
		echo "+$1" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
		dir=/sys/fs/cgroup/parallax-live-$$
	fi
	mkdir "$dir" 2>/dev/null && echo "$dir"
}
cgroup_add() { echo "$2" >"$1/cgroup.procs"; } # folder, pid
cgroup_quota() { # folder, us a period, period
	if [ -e "$1/cpu.max" ]; then
		echo "$2 $3" >"$1/cpu.max"
	else
		echo "$3" >"$1/cpu.cfs_period_us" && echo "$2" >"$1/cpu.cfs_quota_us"
	fi
}
# Time that one of its threads was throttled, in ns: of all CPUs together.
cgroup_throttled_ns() { # folder
	awk '/^throttled_time/ { print $2 } /^throttled_usec/ { printf "%.0f\n", $2 * 1000 }' "$1/cpu.stat"
}
# Empties and removes it; accepts no folder.
cgroup_remove() { # folder
	local parent pid
	[ -n "$1" ] && [ -d "$1" ] || return 0
	parent=${1%/*}
	while read -r pid; do echo "$pid" >"$parent/cgroup.procs"; done <"$1/cgroup.procs" 2>/dev/null
	rmdir "$1"
}
