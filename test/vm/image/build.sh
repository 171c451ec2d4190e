#!/bin/bash
# Makes an image that is like Amazon Linux 2023 in what matters to a NAT instance: systemd 252, cloud-init 22, networkd
# with resolved, python3, gawk, and neither nft nor iptables. build.sh KIND FOLDER; KIND is
#   container: FOLDER/root is its file system, for systemd-nspawn;
#   machine:   FOLDER/disk.qcow2, kernel and initrd, with a kernel 6.1 of its own, for qemu.
# FOLDER/packages has what the stand-in for dnf installs, a folder for each package.
set -euo pipefail
kind=$1 folder=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$folder/root
mkdir -p "$folder/packages"
chmod 755 "$folder"

include=systemd,systemd-sysv,systemd-resolved,dbus,udev,kmod,cloud-init,openssl,ca-certificates,curl,iproute2,procps,gawk,python3,ethtool
if [ "$kind" = machine ]; then include=$include,linux-image-cloud-amd64,initramfs-tools,zstd,qemu-guest-agent; fi

# What the image lacks for each, by this machine's apt: the image's own resolver does not run yet.
# shellcheck disable=SC2016
fetch='rm -f "$1"/var/cache/apt/archives/*.deb &&'
for package in nftables squid-openssl; do
  fetch="$fetch APT_CONFIG=\"\$MMDEBSTRAP_APT_CONFIG\" apt-get -qq --yes --download-only install $package >/dev/null &&
    mkdir '$folder/packages/$package' && mv \"\$1\"/var/cache/apt/archives/*.deb '$folder/packages/$package/' &&"
done
mmdebstrap --quiet --variant=minbase --include="$include" --aptopt='APT::Install-Recommends "0"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --customize-hook="$fetch true" bookworm "$root"
for package in "$folder"/packages/*; do (cd "$package" && ls ./*.deb >index); done

install -m 0644 "$here/80-ec2.network" "$root/etc/systemd/network/80-ec2.network"
# A VPC carries no multicast: cloud-init asks for a name of one label, and would wait seconds for nobody's answer.
mkdir -p "$root/etc/systemd/resolved.conf.d"
printf '[Resolve]\nLLMNR=no\nMulticastDNS=no\n' >"$root/etc/systemd/resolved.conf.d/test.conf"
install -m 0644 "$here/cloud.cfg" "$root/etc/cloud/cloud.cfg"
rm -f "$root/etc/cloud/cloud.cfg.d/90_dpkg.cfg"
install -m 0755 "$here/dnf.sh" "$root/usr/bin/dnf"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
: >"$root/etc/fstab"
: >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/hostname"
mkdir -p "$root/etc/systemd/journald.conf.d"
# By default all goes on to a syslog that is not there.
printf '[Journal]\nStorage=persistent\nForwardToSyslog=no\n' >"$root/etc/systemd/journald.conf.d/test.conf"
chroot "$root" systemctl --quiet enable systemd-networkd.service systemd-resolved.service
# What Amazon Linux has not.
chroot "$root" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer e2scrub_reap.service e2scrub_all.timer \
  systemd-timesyncd.service dpkg-db-backup.timer

if [ "$kind" = machine ]; then
  echo '/dev/vda / ext4 defaults,noatime 0 1' >"$root/etc/fstab"
  cp "$root"/boot/vmlinuz-* "$folder/kernel"
  cp "$root"/boot/initrd.img-* "$folder/initrd"
  truncate -s 3G "$folder/disk.raw"
  mke2fs -q -t ext4 -d "$root" "$folder/disk.raw"
  qemu-img convert -f raw -O qcow2 "$folder/disk.raw" "$folder/disk.qcow2"
  rm -rf "$folder/disk.raw" "$root"
fi
