#!/bin/bash
# Makes this instance a NAT. Safe to run again: every step says what must hold, not what to add. Each line of output
# reaches the console, where EC2's "Get system log" shows it. Forwarding first, extras after.
set -Eeuo pipefail

say() { echo "phoenat: $*"; }
trap 'say "bootstrap.sh FAILED in line $LINENO"' ERR

NAMES=""
FILTERED=""
# shellcheck source=/dev/null
. /etc/phoenat/nat.env

modprobe nf_conntrack 2>/dev/null || say "nf_conntrack is built in or missing"

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

# The package comes from the distribution's own repositories, through this instance's public address, which EC2 may give
# a moment after boot.
ensure_package() {
  local package=$1 program=$2 attempt
  command -v "$program" >/dev/null && return
  ensure_swap
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    timeout 180 dnf --quiet --assumeyes install "$package" && return
    say "$package could not be installed, try $attempt of 10"
    sleep 5
  done
  say "$package cannot be installed: is there a route to the package repositories?"
  mkdir -p /run/phoenat
  echo "$package cannot be installed" >/run/phoenat/problem
  return 1
}

# Images that are made for NAT bring iptables, which needs no network: they forward at once. Not where destinations are
# to be filtered, which these rules do not do.
translate_with_iptables() {
  local uplink
  uplink=$(ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
  sysctl -q -p /etc/sysctl.d/10-nat-settings.conf || say "not all settings are known to this kernel"
  iptables -t nat -C POSTROUTING -o "$uplink" -j MASQUERADE 2>/dev/null ||
    iptables -t nat -A POSTROUTING -o "$uplink" -j MASQUERADE
  say "translating on $uplink with iptables"
}

if ! command -v nft >/dev/null && command -v iptables >/dev/null && [ -z "$FILTERED" ]; then
  translate_with_iptables
  # Amazon's old NAT image has no dnf, and stays with these rules.
  command -v dnf >/dev/null || exit 0
fi

# An image that forwards by itself must not do so before the filter is there.
if [ -n "$FILTERED" ]; then
  systemctl disable --quiet --now fck-nat.service 2>/dev/null || true
  if ! nft list table ip phoenat >/dev/null 2>&1; then
    sysctl -q -w net.ipv4.ip_forward=0
    say "nothing is forwarded until the filter is loaded"
  fi
fi

# From now on whoever may ask hears what is wrong.
systemctl enable --quiet --now phoenat-health.socket
say "the health endpoint listens"

# Amazon Linux 2023 ships neither nftables nor iptables.
ensure_package nftables nft
bash /etc/phoenat/configure.sh

if [ -n "$NAMES" ]; then
  # Until Squid answers, what is redirected to it is refused: nothing is open that should not be.
  ensure_package squid squid
  [ -f /etc/phoenat/squid.pem ] || (umask 077 && openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=phoenat \
    -keyout /etc/phoenat/squid.pem -out /etc/phoenat/squid.crt 2>/dev/null && cat /etc/phoenat/squid.crt >>/etc/phoenat/squid.pem)
  chown squid /etc/phoenat/squid.pem
  systemctl enable --quiet --now phoenat-names.service
  say "the name filter runs"
fi
