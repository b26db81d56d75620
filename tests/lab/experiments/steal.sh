# More busy vCPUs than CPUs, in three steps: two guests of KVM that have a steal clock and share one
# CPU, two emulated ones that have none.
# shellcheck shell=bash disable=SC2034
pane=steal
guests='steal-a steal-b web db'
does='changes nothing on this host, but keeps two of its CPUs busy: with 2, then 4, then 6 busy vCPUs.'
look='wait and steal: lab-steal-a is told what is taken from it, lab-web and lab-db are blind.'
times='12 51 12'
finds='lab-steal-a steal-wait agree
lab-web steal-blind blind
lab-db steal-blind blind'

# On larger hosts, too, all are on the two CPUs of which the last has the guests of KVM.
begin() {
	local cpus vcpu guest
	cpus=$(($(nproc) - 2))
	for guest in web db; do
		"$lab" load $guest 0
		[ "$cpus" -gt 0 ] || continue
		for vcpu in 0 1; do virsh -q -c qemu:///system vcpupin lab-$guest $vcpu "$cpus-$((cpus + 1))" --live; done
	done
	"$lab" freeze steal-b
}
trouble() { # seconds
	"$lab" load web 1 && stay $(($1 / 3)) &&
		"$lab" load web 2 && "$lab" thaw steal-b && stay $(($1 / 3)) &&
		"$lab" load db 2 && stay $(($1 / 3))
}
calm() {
	"$lab" load db 0
	"$lab" load web 0
	"$lab" freeze steal-b
}
