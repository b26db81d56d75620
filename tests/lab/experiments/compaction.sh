# A vCPU that has to compact the host's memory itself, as one does whose fault wants a huge page.
# shellcheck shell=bash disable=SC2034
pane=thp
guests=kvm-touch
every_s=6
does="compacts this host's memory: in the thread of the vCPU of a guest (tinyvmm), for 3 s in every $every_s."
look='stall, cmpct and worst: the guest stands still meanwhile, and no clock of a guest counts it.'
times='10 18 70'
finds='tinyvmm thp-stall blind'

needs() {
	[ -w /proc/sys/vm/compact_memory ] && return
	say 'memory cannot be compacted here: the kernel was built without it'
	return 1
}
begin() { pid=$("$lab" pid kvm-touch); }
trouble() { # seconds
	local end=$((SECONDS + $1))
	while [ $((SECONDS + every_s)) -le $end ]; do
		kill -HUP "$pid" && stay $every_s || return
	done
}
