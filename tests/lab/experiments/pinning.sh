# Three guests are bound to one CPU, one of them by somebody who moved it behind libvirt's back.
# shellcheck shell=bash disable=SC2034
pane=pinning
guests='steal-a steal-b web'
cpu=$(($(nproc) - 1)) # where the guests of KVM are bound from the start
does="binds two busy guests to CPU $cpu, and moves a third there whose definition gives it CPUs $((cpu - 1)) and $cpu."
look='dem of that CPU and who shares it; drft says that somebody has moved lab-web.'
times='12 35 15'
finds='- pinning-conflict -
lab-web pinning-drift -'

needs() {
	[ "$cpu" -ge 1 ] && return
	say 'this host has one CPU: there is no conflict to be made'
	return 1
}
begin() {
	"$lab" load web 1
	pid=$("$lab" pid web)
	tids=$(grep -lE '^CPU [0-9]+/TCG' /proc/"$pid"/task/*/comm | cut -d/ -f5)
	for vcpu in 0 1; do virsh -q -c qemu:///system vcpupin lab-web $vcpu $((cpu - 1)),$cpu --live; done
	calm
}
move() { # CPUs
	local tid
	for tid in $tids; do taskset -pc "$1" "$tid" >/dev/null || return; done
}
trouble() { # seconds
	"$lab" thaw steal-b && move "$cpu" && stay "$1"
}
calm() { move $((cpu - 1)),$cpu && "$lab" freeze steal-b; }
