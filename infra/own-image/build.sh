#!/bin/bash
# Makes an image of one's own: `phoenat bake` runs it on its builder, as user data. It installs what a NAT instance would
# have to fetch at its first boot, takes out what must not be copied, and powers off. What it says on the console decides
# whether there is an image of it (cli/bake/bake-word.ts): nothing else may print these sentences. EC2 Image Builder, which
# cleans up and ends its instance itself, has it install and no more (`phoenat bake --component`).
set -Eeuo pipefail

console=${CONSOLE:-/dev/console}
say() { echo "phoenat bake: $*" >"$console" || true; }
# Whoever waits reads the console of an instance that runs. Nobody may be there any more: it ends at some time, to cost
# no more than its volume.
fail() {
  say "failed: $*"
  trap - ERR
  [ "${BAKE:-}" != component ] || exit 1
  systemd-run --quiet --collect --on-active=30min --unit=phoenat-bake-end systemctl poweroff || true
  exit 1
}
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR

ensure_swap() {
  local memory_kib
  memory_kib=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
  if [ "$memory_kib" -ge 1000000 ]; then return 0; fi
  # 512 MB are too few for dnf.
  if ! { install -m 0600 /dev/null /swapfile && dd if=/dev/zero of=/swapfile bs=1M count=512 status=none &&
    mkswap /swapfile >/dev/null && swapon /swapfile; }; then say "there is no swap"; fi
}

# One after the other, so that it is known which of them is missing. A mirror may fail for a moment.
ensure_package() {
  local package=$1 program=$2 try
  for try in 1 2 3; do
    if command -v "$program" >/dev/null; then return 0; fi
    timeout --kill-after=5 240 dnf --quiet --assumeyes install "$package" >"$log" 2>&1 || sleep $((try * 5))
  done
  command -v "$program" >/dev/null ||
    fail "$package cannot be installed: $(tail -n 1 "$log"); does the subnet lead to the package repositories?"
}

install_all() {
  say "begins, on $(uname -m)"
  command -v dnf >/dev/null || fail "this image has no dnf: choose another with --base"
  command -v systemctl >/dev/null || fail "this image has no systemd: choose another with --base"
  log=$(mktemp)
  ensure_swap
  ensure_package nftables nft
  ensure_package squid squid
  ensure_package python3 python3
  ensure_package openssl openssl
  ensure_package iproute ip
  # Ours are started by the instance's own user data, and none of the distribution's.
  systemctl disable --quiet --now squid.service nftables.service 2>/dev/null || true
  say "everything is installed"
}

write_files() {
@FILES@
  systemctl enable --quiet phoenat-first.service
}

# As the Image Builder's guide has it ("Security best practices", clean-up after the build), and what else an instance of its
# own must not share with another.
clean() {
  cloud-init clean --logs --seed >/dev/null 2>&1 || true
  rm -rf /var/lib/cloud/* /run/cloud-init/instance-data*
  rm -f /etc/ssh/ssh_host_*
  rm -f /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys
  rm -f /root/.*history /home/*/.*history
  rm -f /etc/sudoers.d/90-cloud-init-users /etc/hostname /etc/udev/rules.d/70-persistent-net.rules
  # Empty, not missing: that would be taken for the first boot of all, which sets every unit to its default.
  : >/etc/machine-id
  [ -L /var/lib/dbus/machine-id ] || rm -f /var/lib/dbus/machine-id
  rm -f /var/lib/systemd/random-seed
  rm -rf /var/lib/dhclient/* /var/lib/dhcp/* /var/lib/dhcpcd/* /var/lib/NetworkManager/*
  rm -rf /var/lib/amazon/ssm/* /var/log/amazon
  # Should the base have been a NAT instance.
  rm -rf /etc/phoenat
  swapoff -a 2>/dev/null || true
  rm -f /swapfile
  dnf --quiet clean all >/dev/null 2>&1 || true
  rm -rf /var/cache/dnf/* /tmp/* /var/tmp/*
  # From now on the journal is in memory.
  journalctl --relinquish-var >/dev/null 2>&1 || true
  rm -rf /var/log/journal/*
  find /var/log -type f -exec truncate --size=0 {} +
}

finish() {
  # What cloud-init writes at its end would be in the image.
  timeout 300 cloud-init status --wait >/dev/null 2>&1 || true
  clean
  sync
  say "complete @HASH@"
  # The console is read while the instance is there.
  sleep 20
  systemctl poweroff
}

case ${1:-${BAKE:-install}} in
  component)
    install_all
    write_files
    ;;
  install)
    install_all
    write_files
    # It outlasts cloud-init, and is in no image: /run is memory.
    install -m 0700 "$0" /run/phoenat-bake.sh
    systemd-run --quiet --collect --no-block --unit=phoenat-bake bash /run/phoenat-bake.sh finish
    ;;
  finish) finish ;;
esac
