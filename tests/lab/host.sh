# Sourced by lab: the emulated host, a machine with a kernel of its own, on which a script and the
# program under test run beside VMs of their own. It knows nothing of the lab's guests.

host_limit=${PARALLAX_LAB_TIMEOUT:-300}
host_begin_limit=${PARALLAX_LAB_BEGIN:-30}
host_programs='/bin/bash /usr/bin/jq /usr/bin/setpriv'
host_data='/usr/lib/locale/C.utf8 /lib/terminfo/x/xterm-256color /lib/terminfo/l/linux
	/lib/terminfo/d/dumb'
host_kernel='console=ttyS0 quiet loglevel=1 panic=-1 mitigations=off no_timer_check
	cryptomgr.notests tsc=reliable trace_event=sched:sched_switch'
host_qemu='/usr/lib/*/qemu/accel-*.so /usr/share/seabios/bios-256k.bin /usr/share/qemu/kvmvapic.bin
	/usr/share/qemu/linuxboot.bin /usr/share/qemu/linuxboot_dma.bin'

host_libraries() {
	ldd "$@" 2>/dev/null | sed -nE 's/^\t(.* => )?(\/.*) \(0x[0-9a-f]+\)$/\2/p' | sort -u
}

# host_root ROOT SCRIPT FILE...: what is of this run, and of this machine.
host_root() {
	local root=$1 script=$2 own=$host_data file libraries
	shift 2
	host_folders "$root" || return
	cat -- "$script" >"$root/host/${script##*/}" || return
	ln -s "/host/${script##*/}" "$root/script"
	for file; do
		[ "${file##*/}" = qemu-system-x86_64 ] || continue
		own="$own $(echo $host_qemu)"
		mkdir -p "$root/usr/share/qemu"
	done
	set -- "$built/tinyvmm" "$built/steal.rom" "$built/takes.rom" "$here/../tap.sh" "$@"
	cp -rL -- "$@" "$root/host/" || return
	mapfile -t libraries < <(host_libraries "$@" $host_programs $own)
	cp -rL --parents $host_programs $own "${libraries[@]}" "$root" || return
	if [ -e "$root/host/qemu-system-x86_64" ]; then # it looks for its files from where it is
		mv "$root/host/qemu-system-x86_64" "$root/bin/" &&
			ln -s /usr/bin/qemu-system-x86_64 "$root/host/"
	fi || return
	printf '%s:x:%s:%s::/:/bin/bash\n' root 0 0 user 1000 1000 nobody 65534 65534 >"$root/etc/passwd"
	printf '%s:x:%s:\n' root 0 user 1000 kvm 106 nogroup 65534 >"$root/etc/group"
}

# QEMU: the script's output on descriptor 3, its status on standard output. EPYC has SVM, which
# KVM wants; its time stamp counters agree, but under TCG it does not say so. The kernel ends QEMU
# when the lab is killed; sh looks whether it was killed before the kernel knew.
host_boot() {
	exec setpriv --pdeathsig KILL sh -c '[ "$PPID" = "$0" ] && exec "$@"' $$ \
		qemu-system-x86_64 -name guest=lab-host,debug-threads=on \
		-nodefaults -no-user-config -display none -no-reboot \
		-accel tcg,thread=multi -cpu EPYC -smp 4,sockets=2,cores=2 -m 2G \
		-object memory-backend-ram,id=m0,size=1G -object memory-backend-ram,id=m1,size=1G \
		-numa node,nodeid=0,cpus=0-1,memdev=m0 -numa node,nodeid=1,cpus=2-3,memdev=m1 \
		-numa dist,src=0,dst=1,val=21 -kernel "$built/vmlinuz" -initrd "$1/initrd" \
		-append "$(echo $host_kernel) tsc_early_khz=$("$built/tsc")" \
		-serial "file:$1/console" -serial file:/dev/fd/3 -serial file:/dev/fd/1 </dev/null
}

# Ends the machine and its output, so that whatever waits for them goes on.
host_kill() {
	kill -KILL $host_pid $host_out 2>/dev/null
}

host_end() {
	trap '' HUP INT TERM
	host_kill
	exec {host_guard}>&-
	wait "$host_guard_pid"
	rm -rf "$host_tmp"
}

# The folder goes when all that hold the pipe are gone, also when they are killed.
host_folder() {
	host_tmp=$(mktemp -d -t parallax-host.XXXXXX) || die 1 'cannot make a temporary folder'
	exec {host_guard}> >(
		trap '' HUP INT TERM
		cat >/dev/null 2>&1
		rm -rf "$host_tmp"
	)
	host_guard_pid=$!
	trap host_end EXIT
}

# host_files SCRIPT FILE...: makes the initramfs; the kernel unpacks both archives in it.
host_files() {
	host_root "$host_tmp/root" "$@" && cp "$built/host.cpio" "$host_tmp/initrd" &&
		archive "$host_tmp/root" >>"$host_tmp/initrd" && rm -rf "$host_tmp/root"
}

# Boots it: host_status is where its init says that the script begins, and then its status.
host_start() {
	local out
	exec {out}> >(exec cat)
	host_out=$!
	exec {host_status}< <(host_boot "$host_tmp" 3>&"$out" 2>"$host_tmp/log")
	host_pid=$!
	exec {out}>&-
}

# Boots it until the script begins, has ended, or is not wanted any more. QEMU's TCG may hang
# while the kernel boots (see host-init): such a machine has run nothing of the script.
host_begin() {
	local begun
	for _ in 1 2 3; do
		host_start
		stop_here
		IFS= read -r -t "$host_begin_limit" begun <&"$host_status"
		[ $? -gt 128 ] && [ -z "$stopped" ] || return 0
		say "the emulated host has hung for $host_begin_limit s before its script"
		kill -KILL "$host_pid"
		wait "$host_pid"
		wait "$host_out"
		exec {host_status}<&-
	done
	host_pid= host_out=
	die 1 'the emulated host does not boot: it hung three times'
}

# Sets status to the script's, and waits until QEMU and the output have ended.
host_wait() {
	IFS= read -r -t "$host_limit" status <&"$1"
	if [ $? -gt 128 ] && [ -z "$stopped" ]; then
		say "the script has not ended within $host_limit s"
		status=124
		kill -KILL "$host_pid"
	fi
	read -r -t 10 <&"$1"
	[ $? -le 128 ] || kill -KILL "$host_pid"
	wait "$host_pid"
	host_pid=
	wait "$host_out"
	host_out=
}

lab_host() {
	local file host_status status=
	for file; do
		[ -r "$file" ] || die 2 "cannot read $file, which the emulated host shall have"
	done
	host_pid= host_out=
	trap 'stopped=129; host_kill' HUP
	trap 'stopped=130; host_kill' INT
	trap 'stopped=143; host_kill' TERM
	build
	stop_here
	umask 022
	host_folder
	host_files "$@" || {
		stop_here
		die 1 "cannot make the emulated host's files: see the lines above"
	}
	stop_here
	host_begin
	stop_here
	host_wait "$host_status"
	stop_here
	if [ -z "$status" ]; then
		cat "$host_tmp/log" "$host_tmp/console" 2>/dev/null |
			grep -v "warning: TCG doesn't support" | tail -n 50 >&2
		die 1 'the emulated host has ended before the script: see the lines above'
	fi
	exit "$status"
}
