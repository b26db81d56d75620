# Sourced by lab: what the guests boot from, made once and kept in the cache.

cache=${PARALLAX_LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/parallax-lab}
packages='binutils busybox-static cpio gcc iproute2 jq kmod libc6-dev libvirt-clients libvirt-daemon
	libvirt-daemon-driver-qemu libvirt-daemon-system qemu-system-x86 qemu-utils socat'
modules='virtio_pci virtio_console virtio_balloon virtio_net virtio_blk'
host_modules='kvm-amd tun vhost_net brd null_blk'

packages_missing() {
	comm -23 <(printf '%s\n' $packages | sort) <(dpkg-query -W \
		-f '${db:Status-Status} ${Package}\n' $packages 2>/dev/null | sed -n 's/^installed //p' | sort)
}

deps() {
	local missing
	command -v dpkg-query apt-get >/dev/null || die 77 'the lab is built from Debian packages, and there is no apt-get here'
	missing=$(packages_missing | xargs)
	[ -n "$missing" ] || return 0
	need_root
	say "installing $missing"
	apt_get install -y --no-install-recommends $missing ||
		die 77 "cannot install $missing: see the lines of apt-get above"
}

# apt-get with an answer to everything; fetches the lists once when it fails without them.
apt_get() {
	local log status try
	log=$(mktemp)
	for try in 1 2; do
		DEBIAN_FRONTEND=noninteractive apt-get -q -o APT::Sandbox::User=root "$@" \
			>"$log" 2>&1 </dev/null
		status=$?
		[ $status -ne 0 ] && [ $try = 1 ] || break
		apt-get -q update >/dev/null 2>&1
	done
	[ $status = 0 ] || tail -n 5 "$log" >&2
	rm -f "$log"
	return $status
}

build_key() {
	{
		cat "$here/build.sh" "$here"/{init,host-init,load,spin,steal.S,takes.S,evilagent.c,io.c,sink.c,tinyvmm.c,io.h,tsc.c}
		dpkg-query -W busybox-static
	} | sha256sum | cut -c 1-16
}

# Sets $built to the folder with vmlinuz, initrd, host.cpio, tinyvmm, tsc, steal.rom and takes.rom.
build() {
	local lock
	deps
	built=$cache/$(build_key)
	[ ! -e "$built/done" ] || return 0
	mkdir -p "$cache" || die 1 "cannot make the folder $cache: set PARALLAX_LAB_CACHE to another one"
	exec {lock}<"$cache"
	flock "$lock"
	if [ ! -e "$built/done" ]; then
		say "building the guests' kernel and programs in $cache"
		find "$cache" -mindepth 1 -maxdepth 1 -name 'new.*' -exec rm -rf {} +
		build_into "$cache/new.$$" || die 77 "cannot build the lab's guests: see the lines above"
		touch "$cache/new.$$/done"
		rm -rf "$built"
		mv "$cache/new.$$" "$built"
	fi
	exec {lock}>&-
}

# Downloads and unpacks the Debian packages that are used but not installed.
build_packages() {
	local kernel
	kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: //p' | head -n 1)
	if [ -z "$kernel" ]; then
		apt_get update
		kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: //p' | head -n 1)
	fi
	mkdir -p "$cache/debs"
	[ -e "$cache/debs/vmlinuz.deb" ] && [ -e "$cache/debs/agent.deb" ] || (
		cd "$1" && apt_get download "$kernel" qemu-guest-agent &&
			mv linux-image-*.deb "$cache/debs/vmlinuz.deb" &&
			mv qemu-guest-agent_*.deb "$cache/debs/agent.deb"
	) || return
	dpkg -x "$cache/debs/vmlinuz.deb" "$1/kernel" && dpkg -x "$cache/debs/agent.deb" "$1/agent"
}

build_into() {
	local to=$1 tmp=$1/tmp c='gcc -O2 -Wall -Wextra -D_GNU_SOURCE -pthread'
	mkdir -p "$tmp/root"/{bin,dev,proc,sys,run,etc} || return
	build_packages "$tmp" &&
		$c -static -o "$tmp/root/bin/evilagent" "$here/evilagent.c" &&
		$c -static -o "$tmp/root/bin/io" "$here/io.c" &&
		$c -static -o "$tmp/root/bin/sink" "$here/sink.c" &&
		$c -o "$to/tinyvmm" "$here/tinyvmm.c" &&
		$c -o "$to/tsc" "$here/tsc.c" &&
		build_rom "$to/steal.rom" "$here/steal.S" &&
		build_rom "$to/takes.rom" "$here/takes.S" &&
		build_root "$tmp" && archive "$tmp/root" >"$to/initrd" &&
		build_host "$tmp" && archive "$tmp/host" >"$to/host.cpio" &&
		cp "$tmp"/kernel/boot/vmlinuz-* "$to/vmlinuz" && rm -rf "$tmp"
}

build_rom() {
	gcc -c -o "$1.o" "$2" && ld --oformat binary -Ttext 0 -o "$1" "$1.o" && rm "$1.o"
}

archive() {
	(cd "$1" && find . | cpio -o -H newc -R 0:0 --quiet)
}

# The guests' files: busybox, the modules they load, the agent with its libraries, our own.
build_root() {
	local tmp=$1 root=$1/root file
	build_modules "$tmp/kernel" "$root" $modules || return
	ldd "$tmp/agent/usr/sbin/qemu-ga" | grep -o '/[^ ]*' | while read -r file; do
		install -D "$file" "$root$file" || return
	done
	install "$tmp/agent/usr/sbin/qemu-ga" /bin/busybox "$here/load" "$here/spin" "$root/bin/" &&
		install "$here/init" "$root/init"
}

# The emulated host's files that are the same in every run; host.sh adds those of this machine.
build_host() {
	local root=$1/host
	host_folders "$root" && build_modules "$1/kernel" "$root" $host_modules &&
		install /bin/busybox "$root/bin/" && install "$here/host-init" "$root/init"
}

# host_folders ROOT: /bin and the like lead into /usr, so that every path of a file works.
host_folders() {
	local name
	mkdir -p "$1"/{dev,proc,sys,run,tmp,root,etc,host,usr/bin,usr/lib,usr/lib64} || return
	for name in bin lib lib64; do
		ln -s "usr/$name" "$1/$name" || return
	done
	ln -s usr/bin "$1/sbin" && ln -s bin "$1/usr/sbin"
}

# build_modules KERNEL ROOT MODULE...: with the modules that they need.
build_modules() {
	local kernel=$1 root=$2 version file
	shift 2
	version=$(ls "$kernel/lib/modules")
	depmod -b "$kernel" "$version" || return
	for file; do
		modprobe -d "$kernel" -S "$version" --show-depends "$file"
	done | awk '/^insmod/ { print $2 }' | sort -u >"$root.modules"
	while read -r file; do
		install -D "$file" "$root/${file#"$kernel/"}" || return
	done <"$root.modules"
	depmod -b "$root" "$version" 2>/dev/null
}
