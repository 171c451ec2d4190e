#!/bin/bash
# Boots systemd as process 1 of namespaces of its own, over an overlay of this machine: boot.sh FOLDER. Called by machine.ts
# on a terminal, which becomes the console. FOLDER/disk outlives a boot, FOLDER/seed is copied over it at the first one.
set -euo pipefail
folder=$1
root=$folder/root
mkdir -p "$folder/disk" "$folder/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/disk,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
# Process 1 raises limits that are this machine's too; the network's are its own.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount --bind /proc/sys/net "$root/proc/sys/net"
# Read-only, so that nothing of this machine's devices and modules is set, and udev is not started.
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 none "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"

mount -t tmpfs tmpfs "$root/dev"
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do
  read -r name major minor <<<"$node"
  mknod -m 0666 "$root/dev/$name" c "$major" "$minor"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
touch "$root/dev/console"
mount --bind "$(tty)" "$root/dev/console"

if [ ! -e "$root/etc/first-boot" ]; then
  # What is installed on this machine is none of the instance's, and what sets kernel settings must not set this machine's.
  rm -rf "$root"/etc/systemd/system/* "$root"/{etc,usr/lib}/{sysctl.d,modules-load.d,tmpfiles.d}/* "$root/etc/sysctl.conf" \
    "$root"/etc/{init.d,rc*.d}/* "$root"/etc/phoenat "$root"/{usr/lib,lib}/systemd/system-generators/* "$root/var/log/journal"
  : >"$root/etc/fstab"
  for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service \
    systemd-modules-load.service systemd-logind.service getty.target systemd-random-seed.service kmod-static-nodes.service \
    dev-hugepages.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-kernel-config.mount sys-fs-fuse-connections.mount systemd-remount-fs.service; do
    ln -s /dev/null "$root/etc/systemd/system/$unit"
  done
  # Amazon Linux 2023 comes without these; the stand-in for dnf brings two of them.
  mkdir -p "$root/opt/packages"
  for program in nft squid; do
    cp "$(command -v $program || echo /usr/sbin/$program)" "$root/opt/packages/$program"
    rm -f "$root"/{usr/sbin,usr/bin,sbin,bin}/$program
  done
  if [ ! -e "$folder/seed/opt/keep-iptables" ]; then rm -f "$root"/{usr/sbin,sbin}/iptables*; fi
  # Squid's user is squid there, proxy on Debian.
  if ! grep -q ^squid: "$root/etc/passwd"; then
    echo "squid:x:$(id -u proxy):$(id -g proxy)::/:/usr/sbin/nologin" >>"$root/etc/passwd"
  fi
  cp -a "$folder/seed/." "$root/"
  echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
  touch "$root/etc/first-boot"
fi

if [ -e "$root/opt/meminfo" ]; then mount --bind "$root/opt/meminfo" "$root/proc/meminfo"; fi

# A namespace begins with this machine's settings.
echo 0 >"$root/proc/sys/net/ipv4/ip_forward"
ip link set lo up
ip link add ens5 type veth peer name router
ip link set router up
ip address add 10.0.0.10/24 dev ens5
ip link set ens5 up
ip route add default via 10.0.0.1

systemd=/lib/systemd/systemd
[ -x $systemd ] || systemd=/usr/lib/systemd/systemd
exec chroot "$root" /usr/bin/env -i container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  $systemd --show-status=0
