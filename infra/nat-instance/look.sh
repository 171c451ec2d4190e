#!/bin/bash
# What the kernel says of this NAT, for the health endpoint and the guard. Sourced. All but the question to the outside is
# read without starting a program or a subshell: each takes milliseconds. Whoever sources it has say.sh and `now`.
# shellcheck disable=SC2034,SC2154

EGRESS_TARGETS=${EGRESS_TARGETS:-checkip.amazonaws.com:443 aws.amazon.com:443}

# Sets `value` to what a file of one line says, 0 where it is missing.
value=0
read_value() {
  value=0
  if [ -r "$1" ]; then read -r value <"$1" || true; fi
}

# Both have a switch for all interfaces and one for each. The interface's own says nothing where it is not there.
uplink=""
if [ -r "$run/uplink" ]; then read -r uplink <"$run/uplink"; fi
ipv4=/proc/sys/net/ipv4
forwards() {
  read_value $ipv4/ip_forward
  [ "$value" = 1 ] || return 1
  [ ! -r "$ipv4/conf/$uplink/forwarding" ] || read_value "$ipv4/conf/$uplink/forwarding"
  [ "$value" = 1 ]
}
# The kernel sends them where either says so.
redirects() {
  read_value $ipv4/conf/all/send_redirects
  [ "$value" = 0 ] || return 0
  read_value "$ipv4/conf/${uplink:-all}/send_redirects"
  [ "$value" != 0 ]
}

# Does this instance itself get out? On a CPU that is short of credits, or while a single packet is lost, a question misses
# now and then: only the third miss in a row says no. The file holds when it was asked last, whether it was ever answered,
# and misses since. Sets `egress`, and `due` where it has not been asked for $1 seconds; after a miss that is sooner, so
# that the third is known within a quarter of a minute, and later when it is.
asked="" answered=no misses=0 egress=null due=""
look_outside() {
  local seconds=$1
  asked="" answered=no misses=0 egress=null due=""
  if [ -r "$run/egress" ]; then read -r asked answered misses <"$run/egress"; fi
  # What is older than a minute says nothing about now.
  if ! [[ $asked =~ ^[0-9]{1,10}$ && $misses =~ ^[0-9]{1,6}$ ]] || [ $((now - 10#$asked)) -gt 60 ]; then
    asked=-60 answered=no misses=0
  fi
  if [ "$misses" -ge 3 ]; then egress=false seconds=10; elif [ "$answered" = yes ]; then egress=true; fi
  if [ "$misses" = 1 ] || [ "$misses" = 2 ]; then seconds=4; fi
  if [ $((now - asked)) -lt "$seconds" ]; then return; fi
  due=yes
  # Nobody else is to ask meanwhile. In place: a rename would take a program.
  { echo "$now $answered $misses" >"$run/egress"; } 2>/dev/null || true
}
# In the background, after look_outside. One target suffices. Where it took so long that others have asked since, what it
# found is old, and theirs counts.
ask_outside() {
  local target
  for target in $EGRESS_TARGETS; do
    timeout 3 bash -c "exec 3<>/dev/tcp/${target%:*}/${target##*:}" 2>/dev/null &
  done
  while true; do
    wait -n
    case $? in
      0)
        note "$now yes 0"
        milestone egress
        return
        ;;
      127) break ;;
    esac
  done
  note "$now $answered $((misses + 1))"
}
note() {
  local latest=""
  if [ -r "$run/egress" ]; then read -r latest _ <"$run/egress"; fi
  if [ "$latest" = "$now" ]; then echo "$1" >"$run/egress.$BASHPID" && mv "$run/egress.$BASHPID" "$run/egress"; fi
}
