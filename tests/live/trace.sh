# SPDX-License-Identifier: GPL-2.0-or-later
# A second source for what happens in one thread, or in all: a trace of the kernel's own, in the
# clock that programs in the kernel read. $tmp is the caller's folder.
# shellcheck shell=bash disable=SC2154
trace='' trace_mounted=''
trace_open() { # why not, on failure
	local tracefs=/sys/kernel/tracing
	if [ ! -d $tracefs/instances ]; then
		tracefs=$tmp/tracefs
		mkdir "$tracefs"
		mount -t tracefs tracefs "$tracefs" 2>&1 || return
		trace_mounted=$tracefs
	fi
	mkdir "$tracefs/instances/parallax-$$" 2>&1 || return
	trace=$tracefs/instances/parallax-$$
	echo mono >"$trace/trace_clock"
	echo 8192 >"$trace/buffer_size_kb"
}
trace_close() {
	[ -z "$trace" ] || { echo 0 >"$trace/events/enable"; rmdir "$trace"; }
	[ -z "$trace_mounted" ] || umount "$trace_mounted"
	trace='' trace_mounted=''
}
trace_all() { # events...
	local event
	for event; do echo 1 >"$trace/events/$event/enable"; done
}
trace_thread() { # tid, events...
	echo "$1" >"$trace/set_event_pid"
	shift
	trace_all "$@"
}
trace_clear() { : >"$trace/trace"; }
# How many of an event came over a thread of process 1. There are kernels that let no program run
# then, whatever it is about; a trace has them all.
trace_hidden() { # event, words of its line
	awk -v threads="$(cd /proc/1/task && echo *)" -v event="$1:" -v words="$2" '
		BEGIN { n = split(threads, tid, " "); for (i = 1; i <= n; i++) first[tid[i]] }
		index($0, event) && index($0, words) { sub(/ *\[[0-9]+\] .*/, ""); sub(/.*-/, ""); hidden += $0 in first }
		END { print hidden + 0 }' "$trace/trace"
}
# From each NAME_begin to the NAME_end that follows: "ms pairs", summed.
trace_pairs() { # name
	awk -v begin="$1_begin:" -v end="$1_end:" '
		{ for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9]+:$/) t = $i + 0 }
		index($0, begin) { from = t }
		index($0, end) && from { sum += t - from; n++; from = 0 }
		END { printf "%.3f %d\n", sum * 1000, n }' "$trace/trace"
}
# Entries that found no room.
trace_lost() { awk '/^(overrun|dropped events)/ { n += $NF } END { print n + 0 }' "$trace"/per_cpu/cpu*/stats; }
