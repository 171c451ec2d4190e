#!/bin/bash
# Makes this instance a NAT. Safe to run again: every step says what must hold, not what to add. Each line of output
# reaches the console, where EC2's "Get system log" shows it.
set -Eeuo pipefail

say() { echo "phoenat: $*"; }
trap 'say "FAILED in line $LINENO"' ERR

# Forwarding first, extras after.
modprobe nf_conntrack || say "nf_conntrack is built in or missing"
sysctl -p /etc/sysctl.d/10-nat-settings.conf
say "forwarding is on"

uplink=$(ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
[ -n "$uplink" ] || { say "no default route: no interface to translate on"; exit 1; }

# A t4g.nano has 512 MB; dnf is killed for lack of memory without swap.
ensure_swap() {
  local memory_kib
  memory_kib=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
  if [ "$memory_kib" -lt 1000000 ] && ! grep -q '^/swapfile ' /proc/swaps; then
    install -m 0600 /dev/null /swapfile
    dd if=/dev/zero of=/swapfile bs=1M count=512 status=none
    mkswap /swapfile >/dev/null
    swapon /swapfile
    say "512 MiB of swap is on"
  fi
}

# Amazon Linux 2023 ships neither nftables nor iptables. The package comes from its own repositories, through this
# instance's public address, which EC2 may give a moment after boot.
ensure_nftables() {
  command -v nft >/dev/null && return
  ensure_swap
  local attempt
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    timeout 180 dnf --quiet --assumeyes install nftables && return
    say "nftables could not be installed, try $attempt of 10"
    sleep 5
  done
  say "nftables cannot be installed: is there a route to the package repositories?"
  return 1
}

translate_with_iptables() {
  iptables -t nat -C POSTROUTING -o "$uplink" -j MASQUERADE 2>/dev/null ||
    iptables -t nat -A POSTROUTING -o "$uplink" -j MASQUERADE
  say "translating on $uplink with iptables"
}

# Images that are made for NAT bring iptables; what is there is used, for it needs no network.
if ! command -v nft >/dev/null && command -v iptables >/dev/null; then
  translate_with_iptables
else
  ensure_nftables
  sed "s/@UPLINK@/$uplink/g" /etc/phoenat/nat.nft >/run/phoenat.nft
  nft --file /run/phoenat.nft
  say "translating on $uplink with nftables"
fi
