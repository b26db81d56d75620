# A guest's vCPUs are moved to another node than its memory: on the emulated host, which has two.
# shellcheck shell=bash disable=SC2034
pane=numa
guests=
does='changes nothing on this host: it emulates one of two nodes, and moves the vCPUs of the VM db there.'
look='ran on, local and x lat: the memory stays where it was, and the guest sees one node.'
times='20 45 20'
finds='db numa-remote hidden'

needs() {
	command -v numactl >/dev/null && return
	say 'numactl is not here: install it'
	return 1
}
# Ends with its host, which runs numa-host with parallax; the times are a file beside it.
stream() { # once or again
	local cycles=$((limit_s / (calm_s + trouble_s))) seconds=$limit_s
	[ "$1" = again ] || cycles=1 seconds=$((calm_s + trouble_s + after_s))
	echo "seconds=$seconds cycles=$cycles calm_s=$calm_s trouble_s=$trouble_s" >"$state/times"
	PARALLAX_LAB_TIMEOUT=$((limit_s * 2)) "$lab" host $experiments/numa-host "$PARALLAX" "$state/times" \
		"$(command -v qemu-system-x86_64)" "$(command -v numactl)"
}
