#!/bin/bash
# What this instance says of itself: on the console, where EC2's "Get system log" shows it, and in /run for the health
# endpoint. Sourced by the scripts here. The controller looks for the sentences of the first two functions on the console,
# so nothing else may print them.
run=${PHOENAT_RUN:-/run/phoenat}
[ -d "$run" ] || mkdir -p "$run"

say() { echo "phoenat: $*"; }
forwarding_is_on() { : >"$run/forwarded"; milestone forwarding; say "forwarding is on"; }
# A kernel line may break the sentence on a serial console, and a line may be lost: said again while it holds. In the
# background: nothing waits for it.
say_again() {
  local pause
  for pause in 5 8; do
    sleep "$pause" || return 0
    if translates && { [ -z "${NAMES:-}" ] || answers; }; then forwarding_is_on; fi
  done
}
translates() {
  [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] && nft list table ip phoenat 2>/dev/null | grep masquerade >/dev/null
}
# Whether Squid does.
answers() { (exec 3<>/dev/tcp/127.0.0.1/3128) 2>/dev/null; }
cannot_forward() { say "cannot forward: $*"; }

# What keeps the boot script from its work: give-up.sh and the health endpoint tell it until configure.sh has succeeded.
problem() { echo "$*" >"$run/problem"; }

# When this boot first came so far, in seconds since the kernel started: the health endpoint tells it.
milestone() {
  local up
  [ ! -e "$run/boot-$1" ] || return 0
  read -r up _ </proc/uptime
  { echo "$up" >"$run/boot-$1"; } 2>/dev/null || true
}

# All that this boot has come to, at its end.
tell_boot() {
  local name up told=""
  for name in address rules forwarding health egress; do
    if [ -r "$run/boot-$name" ] && read -r up <"$run/boot-$name"; then told="$told${told:+, }$name $up"; fi
  done
  [ -z "$told" ] || say "boot: $told s after the kernel started"
}

# Sets `began` to when the trouble $1, which is there at $2, began, both in seconds since the kernel started: a clock that
# jumps changes nothing. What nobody has seen for a quarter of a minute begins anew. The note has a fixed width and is
# written in place: no program is started, and who reads meanwhile reads a whole one.
began_at() {
  local note="$run/since-$1" first last
  began=$2
  if [ -r "$note" ] && read -r first last <"$note" && [[ "$first $last" =~ ^[0-9]{10}\ [0-9]{10}$ ]] &&
    [ $((10#$last + 15)) -ge "$2" ] && [ $((10#$first)) -le "$2" ]; then began=$((10#$first)); fi
  { printf '%010d %010d\n' "$began" "$2" 1<>"$note"; } 2>/dev/null || true
}
