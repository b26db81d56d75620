# Sourced by lab: the guests, and how one of each kind is started, asked and ended.

guests='web db idle hostile bare bare-nothreads hostile-bare kvm kvm-halt kvm-comm kvm-touch steal-a steal-b'
rlo=$'\xe2\x80\xae' # turns the direction of the text after it

# guest NAME: sets what the guest is: kind, uuid, title, load, agent, nic.
guest() {
	kind= uuid= title= load=2 agent=qga nic= label=lab-$1
	case $1 in
	web) kind=libvirt uuid=1ab00000-0000-4000-8000-000000000001 title='Lab: busy' nic=lab-web ;;
	db) kind=libvirt uuid=1ab00000-0000-4000-8000-000000000002 title='Lab: busy, too' nic=lab-db ;;
	idle) kind=libvirt uuid=1ab00000-0000-4000-8000-000000000003 title='Lab: idle' load=0 nic=lab-idle ;;
	hostile)
		kind=libvirt uuid=1ab00000-0000-4000-8000-000000000004 load=0 agent=evil
		label=lab-hostile$rlo title="Lab: ${rlo}evil"$'\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf\xc2\x9b1m' ;;
	bare) kind=qemu uuid=1ab00000-0000-4000-8000-000000000011 ;;
	bare-nothreads) kind=qemu uuid=1ab00000-0000-4000-8000-000000000012 ;;
	hostile-bare)
		kind=qemu uuid=1ab00000-0000-4000-8000-000000000013 load=0
		label=$'lab-\e[31mred\a\xe2\x80\xaeevil\xff' ;;
	kvm | kvm-halt | kvm-comm | kvm-touch) kind=tinyvmm load=0 ;;
	steal-a) kind=steal load=0 uuid=1ab00000-0000-4000-8000-000000000021 ;;
	steal-b) kind=steal load=0 uuid=1ab00000-0000-4000-8000-000000000022 ;;
	*) die 2 "there is no guest '$1': $guests" ;;
	esac
}

guests_recorded() {
	[ ! -e "$run" ] || ls "$run"
}

guest_pid() {
	if [ "$kind" = libvirt ]; then
		libvirt_pid "$uuid"
	else
		recorded_pid "$run/$1"
	fi
}

# Only what the lab itself has started is one of its guests.
guest_up() {
	[ -e "$run/$1" ] && guest_pid "$1" >/dev/null
}

guest_start() {
	rm -rf "${run:?}/$1"
	case $kind in
	libvirt) libvirt_up && mkdir -p "$run/$1" && libvirt_start "$1" ;;
	qemu) qemu_start "$1" ;;
	tinyvmm) tinyvmm_start "$1" ;;
	steal) steal_start "$1" ;;
	esac
}

# Booted, and the agent answers where there is one.
guest_ready() {
	guest_up "$1" || die 1 "guest $1 has ended while it booted: $(tail -n 1 "$run/$1/log" 2>/dev/null)"
	case $kind in
	libvirt) control "$1" 2 true && agent_answers ;;
	qemu) control "$1" 2 true ;;
	tinyvmm) grep -qx ready "$run/$1/log" ;;
	steal) grep -qsx '[0-9a-f]\{16\}' "$run/$1/steal" ;;
	esac
}

guest_end() {
	if [ "$kind" = libvirt ]; then
		libvirt_end "$1"
	else
		end_recorded "$run/$1"
	fi
	rm -rf "${run:?}/$1"
}

# What guests boot from, where QEMU may read it whoever it runs as.
boot_files() {
	local file
	mkdir -p "$run/.boot"
	for file in vmlinuz initrd tinyvmm steal.rom; do
		cmp -s "$built/$file" "$run/.boot/$file" ||
			cp --remove-destination "$built/$file" "$run/.boot/" || # a guest may run it
			die 1 "cannot copy $file to $run/.boot"
	done
	chmod 755 "$run" "$run/.boot" && chmod a+r "$run"/.boot/*
}

# disk_make NAME: an overlay on the base that all have, which is all data. Not in $run: that may be
# memory, and this is a disk. QEMU gets there whoever it runs as.
disk_make() {
	local base=$disks/base.qcow2
	mkdir -p "$disks" && chmod 755 "$disks" || return
	[ -e "$base" ] || qemu-img create -q -f qcow2 -o preallocation=full "$base" 32M || return
	rm -f "$disks/$1.qcow2"
	qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 "$disks/$1.qcow2"
}

# The guest's network device: on the bridge that all of the lab are on, moved by QEMU itself.
network_xml() {
	cat <<-END
	<interface type='bridge'>
	  <source bridge='$bridge'/>
	  <target dev='$nic'/>
	  <mac address='52:54:00:1a:b0:${uuid: -2}'/>
	  <model type='virtio'/>
	  <driver name='qemu'/>
	</interface>
	END
}

cmdline() {
	echo "console=ttyS0 quiet panic=-1 mitigations=off no_timer_check trace_clock=local lsm=capability cryptomgr.notests lab.agent=$1"
}

libvirt_start() {
	local xml
	disk_make "$1" || die 1 "cannot make a disk for guest $1 in $disks"
	[ -z "$nic" ] || network_up
	xml=$(<"$here/domain.xml")
	xml=${xml//@DISK@/$disks/$1.qcow2}
	xml=${xml//@NAME@/$label} xml=${xml//@UUID@/$uuid} xml=${xml//@TITLE@/$title}
	xml=${xml//@DESCRIPTION@/$title} xml=${xml//@BOOT@/$run/.boot} xml=${xml//@DIR@/$run/$1}
	xml=${xml//@NETWORK@/$([ -z "$nic" ] || network_xml)}
	printf '%s\n' "${xml//@CMDLINE@/$(cmdline "$agent")}" >"$run/$1/domain.xml"
	virsh -q -c "$uri" create "$run/$1/domain.xml" >"$run/$1/log" 2>&1 ||
		die 1 "libvirt cannot start guest $1: $(tail -n 1 "$run/$1/log")"
	[ -z "$nic" ] || network_silence "$nic"
}

libvirt_end() {
	local pid groups=
	pid=$(libvirt_pid "$uuid") && kill -CONT "$pid" && groups=$(libvirt_groups "$pid")
	timeout 30 virsh -q -c "$uri" destroy "$uuid" >/dev/null 2>&1
	pid=$(libvirt_pid "$uuid") && kill -KILL "$pid"
	wait_for 10 groups_gone $groups || say "guest $1 has left its cgroups:" $groups
	rm -f "/var/log/libvirt/qemu/$label.log" "$disks/$1.qcow2"
}

# The VM's own cgroups, of all hierarchies; where systemd makes them, it ends them, too.
libvirt_groups() { # pid
	sed -nE 's,^[^:]*:[^:]*:(/.*\.libvirt-qemu)(/.*)?$,\1,p' "/proc/$1/cgroup" | sort -u |
		sed 's,.*,/sys/fs/cgroup&\n/sys/fs/cgroup/*&,'
}

# libvirt gives up after a second, and then they stay for ever.
groups_gone() {
	local dir
	for dir; do
		[ ! -d "$dir" ] || find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || return
	done
}

# The QEMU that runs the domain, also when libvirtd cannot be asked.
libvirt_pid() {
	local dir
	for dir in $(grep -lsF -e "$1" /proc/[0-9]*/cmdline); do
		dir=${dir%/cmdline}
		[[ $(readlink "$dir/exe") == */qemu-system-* ]] && echo "${dir#/proc/}" && return
	done
	return 1
}

agent_answers() {
	virsh -q -c "$uri" qemu-agent-command --timeout 1 "$uuid" '{"execute":"guest-ping"}' >/dev/null 2>&1
}

qemu_start() {
	local threads=,debug-threads=on
	[ "$1" != bare-nothreads ] || threads=
	detached "$run/$1" qemu-system-x86_64 -accel tcg -smp 2 -m 384 -name "guest=$label$threads" \
		-uuid "$uuid" -nodefaults -no-user-config -display none -no-reboot \
		-kernel "$run/.boot/vmlinuz" -initrd "$run/.boot/initrd" -append "$(cmdline none)" \
		-serial "file:$run/$1/console" -serial "unix:$run/$1/control,server=on,wait=off" \
		-qmp "unix:$run/$1/qmp,server=on,wait=off"
}

need_kvm() {
	[ -w /dev/kvm ] || die 77 "guest $1 needs KVM, and this host has no /dev/kvm"
}

tinyvmm_start() {
	local how=--spin vcpus=2
	need_kvm "$1"
	[ "$1" != kvm-halt ] || how=--halt
	[ "$1" != kvm-touch ] || how='--touch 64' vcpus=1
	[ "$1" != kvm-comm ] || set -- "$1" --comm 'a) R 1 (b'
	detached "$run/$1" "$run/.boot/tinyvmm" --name "$label" --vcpus $vcpus $how "${@:2}"
}

# Both on one CPU, the last there is, so that each takes half of it from the other.
steal_start() {
	need_kvm "$1"
	detached "$run/$1" taskset -c "$(($(nproc) - 1))" qemu-system-x86_64 -accel kvm -m 16 \
		-name "guest=$label,debug-threads=on" -uuid "$uuid" -nodefaults -no-user-config \
		-display none -bios "$run/.boot/steal.rom" \
		-debugcon "file:$run/$1/steal" -qmp "unix:$run/$1/qmp,server=on,wait=off"
}

# control GUEST SECONDS COMMAND: runs it in the guest; sets out and err (base64) and status.
control() {
	local dir=$run/$1 nonce=$$.$RANDOM line fd end pid
	out= err= status=
	[ -S "$dir/control" ] || return
	exec {fd}<"$dir"
	flock -w "$2" "$fd" || return
	coproc SOCKET { exec socat - "UNIX-CONNECT:$dir/control" 2>/dev/null; }
	pid=$SOCKET_PID
	printf '\n%s %s %s\n' "$nonce" "$2" "$(printf '%s\n' "$3" | base64 -w 0)" >&"${SOCKET[1]}"
	end=$((SECONDS + $2 + 1))
	while [ -z "$status" ] && [ "$SECONDS" -lt "$end" ] &&
		IFS= read -r -t "$2" line <&"${SOCKET[0]}"; do
		case $line in
		"$nonce out "*) out=${line#* out } ;;
		"$nonce err "*) err=${line#* err } ;;
		"$nonce end "*) status=${line#* end } ;;
		esac
	done 2>/dev/null
	kill -KILL "$pid" 2>/dev/null # TERM it may lose, and then it never ends
	wait "$pid" 2>/dev/null
	exec {fd}>&-
	[ -n "$status" ]
}

lab_qmp() {
	local line pid answer=
	[ "$kind" != libvirt ] || die 1 "the monitor of guest $1 belongs to libvirt: use virsh qemu-monitor-command"
	lab_pid "$1" >/dev/null
	[ -S "$run/$1/qmp" ] || die 1 "guest $1 has no monitor"
	coproc SOCKET { exec socat - "UNIX-CONNECT:$run/$1/qmp" 2>/dev/null; }
	pid=$SOCKET_PID
	printf '%s\n%s\n' '{"execute":"qmp_capabilities","id":"lab"}' "$2" >&"${SOCKET[1]}"
	while [ -z "$answer" ] && IFS= read -r -t 10 line <&"${SOCKET[0]}"; do
		case $line in
		*'"QMP": {'* | *'"id": "lab"'* | *'"event": '*) ;;
		*) answer=${line%$'\r'} ;;
		esac
	done
	kill -KILL "$pid" 2>/dev/null
	[ -n "$answer" ] || die 124 "the monitor of guest $1 did not answer within 10 s"
	printf '%s\n' "$answer"
	[[ $answer != '{"error"'* ]]
}
