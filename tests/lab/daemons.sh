# Sourced by lab: libvirt's daemons, started when none answer, and ended with the last guest.

libvirt_answers() {
	timeout 5 virsh -q -c "$uri" uri >/dev/null 2>&1
}

libvirt_up() {
	local pid
	pid=$(recorded_pid "$run/.libvirtd") && kill -CONT "$pid"
	libvirt_answers && return
	command -v libvirtd >/dev/null || die 77 'there is no libvirtd here: try `lab deps`'
	remember_host
	kvm_open
	if gone "$run/.virtlogd"; then
		detached "$run/.virtlogd" virtlogd
	fi
	if gone "$run/.libvirtd"; then
		detached "$run/.libvirtd" libvirtd
	fi
	wait_for 120 libvirt_answers ||
		die 1 "libvirtd does not answer: $(tail -n 1 "$run/.libvirtd/log" 2>/dev/null)"
}

# Notes what is not here before the daemons make it, to be taken away with them.
remember_host() {
	local path
	[ ! -e "$run/.absent" ] || return 0
	for path in /run/libvirt $(printf '%s/machine\n' /sys/fs/cgroup /sys/fs/cgroup/*); do
		[ ! -d "${path%/*}" ] || [ -e "$path" ] || echo "$path"
	done >"$run/.absent"
}

# libvirt asks QEMU again at every start, for minutes, while its own user may not open KVM.
kvm_open() {
	[ -c /dev/kvm ] && [ "$(stat -c %a /dev/kvm)" = 600 ] || return 0
	stat -c '%u:%g %a' /dev/kvm >"$run/.kvm"
	chgrp kvm /dev/kvm && chmod 660 /dev/kvm
}

kvm_restore() {
	local owner mode
	read -r owner mode 2>/dev/null <"$run/.kvm" || return 0
	chown "$owner" /dev/kvm && chmod "$mode" /dev/kvm
}

# A bridge that leads nowhere: no address on it, so no packet but what guests and tests send. Its
# alias says that it is the lab's, whatever became of the lab that made it.
network_up() {
	[ ! -e "/sys/class/net/$bridge" ] || return 0
	ip link add "$bridge" type bridge stp_state 0 mcast_snooping 0 ||
		die 1 "cannot make the bridge $bridge: see the line above"
	network_silence "$bridge"
	ip link set "$bridge" alias "$bridge_alias" up
}

network_silence() {
	[ ! -e "/proc/sys/net/ipv6/conf/$1" ] || echo 1 >"/proc/sys/net/ipv6/conf/$1/disable_ipv6"
}

network_down() {
	[ "$(cat "/sys/class/net/$bridge/ifalias" 2>/dev/null)" != "$bridge_alias" ] ||
		ip link delete "$bridge"
}

# No guest is left: ends the daemons, and takes away what they and the lab have made.
lab_clean() {
	local path
	end_recorded "$run/.libvirtd"
	end_recorded "$run/.virtlogd"
	network_down
	kvm_restore
	while read -r path; do
		case $path in
		/run/libvirt) rm -rf /run/libvirt ;;
		/sys/fs/cgroup/*) [ ! -d "$path" ] || rmdir "$path" 2>/dev/null ;;
		esac
	done 2>/dev/null <"$run/.absent"
	rm -rf "${disks:?}" "${run:?}"
}
