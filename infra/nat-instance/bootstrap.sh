#!/bin/bash
# Makes this instance a NAT. Safe to run again: every step says what must hold, not what to add. Forwarding first, extras
# after. Where rules.py has loaded the rules, it forwards already, and all that is installed here comes beside that. It
# tries once: phoenat-nat.service starts it again, and give-up.sh counts. It waits for no other unit, since those that
# come after its own wait for it.
set -Eeuo pipefail

# shellcheck source-path=SCRIPTDIR source=say.sh
. /etc/phoenat/say.sh
die() { say "$*"; problem "$*"; exit 1; }
trap 'say "bootstrap.sh FAILED in line $LINENO"; problem "bootstrap.sh failed in line $LINENO"' ERR

NAMES=""
FILTERED=""
EXTRAS=""
PREDECESSOR=""
# shellcheck source=/dev/null
. /etc/phoenat/nat.env

# In this boot they are loaded already.
early=""
if [ -e "$run/boot-rules" ]; then early=loaded; fi
if [ -n "$(ip -4 route show default)" ]; then milestone address; fi
modprobe nf_conntrack 2>/dev/null || say "no module nf_conntrack"

# A t4g.nano has 512 MB; dnf is killed for lack of memory without swap. On again after a reboot. Written only where the
# file system cannot give it room without that: it takes seconds.
ensure_swap() {
  local memory_kib
  memory_kib=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
  if [ "$memory_kib" -ge 1000000 ] || grep -q '^/swapfile ' /proc/swaps; then return 0; fi
  if ! swapon /swapfile 2>/dev/null; then
    make_swap fallocate --length 512MiB /swapfile || make_swap dd if=/dev/zero of=/swapfile bs=1M count=512 status=none ||
      { say "there is no swap"; return 0; }
  fi
  say "512 MiB of swap is on"
}

make_swap() { install -m 0600 /dev/null /swapfile && "$@" && mkswap /swapfile >/dev/null && swapon /swapfile; } 2>/dev/null

fetching() { local up; read -r up _ </proc/uptime; echo "${up%.*}" >"$run/fetching"; }

# The package comes from the distribution's own repositories, through this instance's public address, which EC2 may give
# a moment after boot. A mirror that stalls must leave room for three tries, and for giving up within nine minutes of boot,
# which the controller counts on: a try has 140 s for its packages, and little once those minutes are nearly over. What
# is installed stays for the next try.
packages_may_take() {
  local up seconds=$((140 - SECONDS))
  read -r up _ </proc/uptime
  up=${up%.*}
  if [ ! -e "$run/forwarded" ] && [ $((510 - up)) -lt "$seconds" ]; then seconds=$((510 - up)); fi
  if [ "$seconds" -lt 30 ]; then seconds=30; fi
  echo "$seconds"
}
ensure_package() {
  local package=$1 program=$2
  command -v "$program" >/dev/null && return
  ensure_swap
  timeout --kill-after=5 "$(packages_may_take)" dnf --quiet --assumeyes install "$package" ||
    die "$package cannot be installed: is there a route to the package repositories?$([ "$early" != loaded ] || echo " The rules that were loaded without it hold.")"
}

# Images that are made for NAT bring iptables, which needs no network: they forward at once. Not where destinations are
# to be filtered, which these rules do not do.
translate_with_iptables() {
  local uplink
  uplink=$(ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
  [ -n "$uplink" ] || die "no default route: there is no interface to translate on"
  iptables -t nat -C POSTROUTING -o "$uplink" -j MASQUERADE 2>/dev/null ||
    iptables -t nat -A POSTROUTING -o "$uplink" -j MASQUERADE
  sysctl -q -p /etc/phoenat/nat-settings.conf || say "not all settings are known to this kernel"
  say "translating on $uplink with iptables"
  if [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ]; then forwarding_is_on; fi
}

if [ "$early" != loaded ] && ! command -v nft >/dev/null && command -v iptables >/dev/null && [ -z "$FILTERED" ]; then
  translate_with_iptables
  # Amazon's old NAT image has no dnf, and stays with these rules.
  command -v dnf >/dev/null || exit 0
fi

# An image that forwards by itself must not do so before the filter is there: not now, and at no later boot.
if [ -n "$FILTERED" ]; then
  systemctl disable --quiet fck-nat.service 2>/dev/null || true
  systemctl stop --no-block fck-nat.service 2>/dev/null || true
  # Kernel settings of the image's own come early in a boot; this comes before them, and lets nothing pass.
  mkdir -p /etc/systemd/system/systemd-sysctl.service.d
  printf '[Service]\nExecStartPre=-/usr/sbin/nft "%s"\n' \
    'table ip phoenat { chain forward { type filter hook forward priority filter; policy drop; }; }' \
    >/etc/systemd/system/systemd-sysctl.service.d/phoenat.conf
  if [ "$early" != loaded ] && ! nft list table ip phoenat >/dev/null 2>&1; then
    sysctl -q -w net.ipv4.ip_forward=0
    say "nothing is forwarded until the filter is loaded"
  fi
fi

# Until it knows what its predecessor knew, or, once it boots again, whoever has carried its zone, or some seconds are over,
# nobody is to lead the traffic here.
if [[ (-n $PREDECESSOR || -e /etc/phoenat/taken) && ! -e $run/fetching && (-n $EXTRAS || -e /etc/phoenat/connections.py) ]]; then fetching; fi
# From now on whoever may ask hears what is wrong.
systemctl enable --quiet phoenat-health.socket
systemctl start --no-block phoenat-health.socket

# What does not fit into the user data comes later, from the zone's probe, by way of health.sh. None of it needs nft.
start_extras() {
  if [ -e /etc/phoenat/extras.sh ]; then
    bash /etc/phoenat/extras.sh
  elif [ -n "$EXTRAS" ] && [ ! -e "$run/wants" ]; then
    systemd-run --quiet --collect --unit=phoenat-extras --property=StandardOutput=journal+console --path-property=PathExists="$run/extras" \
      bash -c "mv $run/extras $run/come && bash $run/come" && echo "$EXTRAS" >"$run/wants"
  fi
}
if [ "$early" = loaded ]; then start_extras; fi

# Without nft, once more: there may have been no network yet. What keeps it from that, nft does not mind.
if [ "$early" != loaded ] && ! command -v nft >/dev/null && [ -e /etc/phoenat/rules.py ] && bash /etc/phoenat/configure.sh; then
  early=loaded
  start_extras
fi

# Amazon Linux 2023 ships neither nftables nor iptables.
ensure_package nftables nft
# Not earlier: an image with iptables forwards before it has fetched nft.
if [ -e "$run/fetching" ] && [ "$early" != loaded ]; then fetching; fi
bash /etc/phoenat/configure.sh || exit 1
if [ "$early" != loaded ]; then start_extras; fi

if [ -n "$NAMES" ]; then
  # Until Squid answers, what is redirected to it is refused: nothing is open that should not be.
  ensure_package squid squid
  [ -f /etc/phoenat/squid.pem ] || (umask 077 && openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=phoenat \
    -keyout /etc/phoenat/squid.pem -out /etc/phoenat/squid.crt 2>/dev/null && cat /etc/phoenat/squid.crt >>/etc/phoenat/squid.pem)
  chown squid /etc/phoenat/squid.pem
  systemctl enable --quiet phoenat-names.service
  systemctl start --no-block phoenat-names.service
  say "the name filter is to start"
fi

# Not enabled: at a boot there is nothing to keep before this script has made it.
if [ -e /etc/phoenat/guard.sh ]; then systemctl start --no-block phoenat-guard.service; fi

ensure_swap
# With names, names.sh says it.
if [ -z "$NAMES" ] && translates; then
  forwarding_is_on
  tell_boot
  (say_again &)
fi
