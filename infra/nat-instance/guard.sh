#!/bin/bash
# Keeps this NAT as its boot made it. Each second, and at once when the kernel tells of changed rules, it looks at
# forwarding, redirects, the ruleset and the name filter, and repairs what is wrong. What it cannot repair ends the
# instance, for another would work in its place; a lost way to the internet never does. It starts a program only where
# something has changed, and once a minute.
set -u

dir=${PHOENAT_DIR:-/etc/phoenat}
NAMES=""
OTHER_CIDRS=""
# shellcheck source=/dev/null
[ -f "$dir/nat.env" ] && . "$dir/nat.env"
# shellcheck source-path=SCRIPTDIR source=say.sh
. "$dir/say.sh"
# shellcheck source-path=SCRIPTDIR source=look.sh
. "$dir/look.sh"
# shellcheck source-path=SCRIPTDIR source=stand-in.sh
. "$dir/stand-in.sh"

# Whoever fights with the guard each second fills no log: so many lines a minute, and one that counts the others.
told=0
tell() {
  told=$((told + 1))
  if [ "$told" -le 10 ]; then say "$*"; fi
}

# Each kind of trouble has a function is_… (0: there is none, 1: there is, which `wrong` says, 2: not known, which is never
# taken for trouble) and one that mends it. What kept that from working is in `error`.
declare -A troubles=() since=()
wrong="" error="" repairs=0
look_after() {
  local kind=$1 patience=$2 state=0 lasts
  "is_$kind" || state=$?
  if [ "$state" = 1 ]; then
    if [ -z "${troubles[$kind]:-}" ]; then since[$kind]=$now; fi
    troubles[$kind]=$wrong error=""
    began_at "$kind" "$now"
    "mend_$kind"
    state=0
    "is_$kind" || state=$?
  fi
  case $state in
    0) if [ -n "${troubles[$kind]:-}" ]; then
      repairs=$((repairs + 1))
      tell "repaired: ${troubles[$kind]}"
      unset "troubles[$kind]"
    fi ;;
    1)
      lasts=$((now - since[$kind]))
      if [ $((lasts % 5)) = 4 ]; then tell "not repaired yet: $wrong${error:+: $error}"; fi
      if [ "$lasts" -ge "$patience" ]; then give_up "$wrong and cannot be repaired${error:+: $error}"; fi
      ;;
  esac
}

# Not before the boot has come to its end: what keeps it from that ends the instance by itself, after its own tries.
give_up() {
  [ -e "$run/forwarded" ] || return 0
  LINGER_SECONDS=${LINGER_SECONDS:-5} exec bash "$dir/give-up.sh" now "$1"
}

is_forwarding() { wrong="forwarding was off"; forwards; }
mend_forwarding() {
  echo 1 >/proc/sys/net/ipv4/ip_forward
  [ ! -e "/proc/sys/net/ipv4/conf/$uplink/forwarding" ] || echo 1 >"/proc/sys/net/ipv4/conf/$uplink/forwarding"
} 2>/dev/null

is_redirects() { wrong="redirects were on"; ! redirects; }
mend_redirects() {
  local interface
  for interface in all default "$uplink"; do
    [ ! -e "/proc/sys/net/ipv4/conf/$interface/send_redirects" ] || echo 0 >"/proc/sys/net/ipv4/conf/$interface/send_redirects"
  done
} 2>/dev/null

# The whole table, as nft tells it, against what it told when configure.sh had loaded it: any change by hand is one. Listed
# only after the kernel has told of a change of rules, and once a minute.
loaded="" listed="" changed=yes
read_loaded() {
  local text=""
  if [ -r "$run/loaded" ]; then IFS= read -r -d '' text <"$run/loaded"; fi
  if [ -n "$text" ]; then loaded=${text%$'\n'}; fi
}
is_rules() {
  local pause code
  if [ -z "$changed" ]; then return 0; fi
  # Twice: configure.sh, run by hand, may be between loading other rules and telling of them.
  for pause in 0 0.3; do
    if [ "$pause" != 0 ]; then sleep "$pause"; fi
    code=0
    listed=$(timeout 10 nft --stateless list table ip phoenat 2>&1) || code=$?
    case $code-$listed in
      0-*) ;;
      1-*"No such file or directory"*)
        wrong="the rules were gone"
        return 1
        ;;
      # What keeps nft from telling, memory say, does not mean that they are gone.
      *) return 2 ;;
    esac
    if [ "$listed" != "$loaded" ]; then read_loaded; fi
    if [ "$listed" = "$loaded" ]; then
      changed=""
      return 0
    fi
  done
  wrong="the rules were changed"
  return 1
}
mend_rules() {
  if ! reload && ! error=$(timeout 30 bash "$dir/configure.sh" 2>&1); then error=${error%%$'\n'*}; fi
  read_loaded
}
# What has been loaded is what is right, in the words of this version of nft: an update may word it in another way.
reload() {
  local text
  [ -s "$run/nat.nft" ] && error=$(timeout 10 nft --file "$run/nat.nft" 2>&1) || return 1
  text=$(timeout 10 nft --stateless list table ip phoenat 2>/dev/null)
  [[ $text == *masquerade* ]] || return 1
  { echo "$text" >"$run/loaded.new" && mv "$run/loaded.new" "$run/loaded"; } 2>/dev/null || loaded=$text
}

# Whether Squid listens: in the kernel's table, those that listen come first. Not asked by connecting, which a Squid that
# hangs, or a rule, may hold up for minutes. Its first start is names.sh's matter.
is_names() {
  local address state
  wrong="the name filter did not answer"
  if [ -z "$NAMES" ] || [ ! -e "$run/forwarded" ]; then return 0; fi
  while read -r _ address _ state _; do
    case $address-$state in
      0100007F:0C38-0A) return 0 ;;
      local_address-* | *-0A) ;;
      *) break ;;
    esac
  done </proc/net/tcp
  return 1
}
# systemd starts it by itself, but not where it was stopped by hand. What has started and does not listen is started anew.
mend_names() {
  case $(((now - since[names]) % 20)) in
    0) if [ "$now" = "${since[names]}" ]; then systemd start; else systemd restart; fi ;;
    5 | 10 | 15) systemd start ;;
  esac
}
systemd() { error=$(timeout 5 systemctl "$1" --no-block phoenat-names.service 2>&1); }

# What only grows, by name. What this machine does not tell is left out.
declare -A count=() before=()
counted_at=-1
count_all() {
  local names=() line=() index word last=""
  count=()
  if [ -r "/sys/class/net/$uplink/statistics/rx_bytes" ]; then
    # All that it forwards comes in here once, both directions, also past the flow table and by way of Squid.
    read_value "/sys/class/net/$uplink/statistics/rx_bytes" && count[bytes]=$value
    read_value "/sys/class/net/$uplink/statistics/rx_packets" && count[packets]=$value
  fi
  if [ -r /proc/net/stat/nf_conntrack ]; then
    {
      read -r -a names
      while read -r -a line; do
        for index in "${!line[@]}"; do
          last=${names[$index]:-}
          case $last in insert_failed | drop) count[$last]=$((${count[$last]:-0} + 16#${line[$index]})) ;; esac
        done
      done
    } </proc/net/stat/nf_conntrack
  fi
  read -r -a line </proc/stat
  count[steal]=${line[8]:-0} count[ticks]=0
  for index in 1 2 3 4 5 6 7 8; do count[ticks]=$((count[ticks] + ${line[$index]:-0})); done
  last=""
  for word in $(timeout 5 ethtool -S "$uplink" 2>/dev/null); do
    case $last in *_allowance_exceeded:) count[${last%_allowance_exceeded:}]=$word ;; esac
    last=$word
  done
}
# Sets `grown` to by how much $1 has grown, null where that is not known. A count that began anew has grown by what it is.
grown=null
grown_by() {
  grown=null
  if [ -z "${count[$1]:-}" ] || [ -z "${before[$1]:-}" ]; then return; fi
  grown=$((count[$1] - before[$1]))
  if [ "$grown" -lt 0 ]; then grown=${count[$1]}; fi
}
note_minute() {
  local text="" name exceeded="" steal=null
  count_all
  # Where a minute took far longer, this stood still, and so did its figures.
  if [ "$counted_at" -ge 0 ] && [ $((now - counted_at)) -le 90 ]; then
    for name in bytes:bytes packets:packets insertFailed:insert_failed dropped:drop; do
      grown_by "${name#*:}"
      text="$text\"${name%:*}\": $grown, "
    done
    grown_by steal
    steal=$grown
    grown_by ticks
    if [ "$grown" -gt 0 ]; then steal=$((steal * 1000 / grown)); else steal=0; fi
    for name in bw_in bw_out pps conntrack linklocal; do
      grown_by "$name"
      if [ "$grown" != null ]; then exceeded="$exceeded${exceeded:+, }\"$name\": $grown"; fi
    done
    if [ -n "$exceeded" ]; then exceeded="{$exceeded}"; fi
    text="$text\"stealPercent\": $((steal / 10)).$((steal % 10)), \"exceeded\": ${exceeded:-null}"
    { echo "$now {$text}" >"$run/minute"; } 2>/dev/null
  fi
  before=()
  for name in "${!count[@]}"; do before[$name]=${count[$name]}; done
  counted_at=$now
}
# Once a minute. The listing catches what the kernel's word has missed, and systemd takes this for hung without its word.
each_minute() {
  if [ "$told" -gt 10 ]; then say "$((told - 10)) more repairs and tries within a minute"; fi
  told=0 changed=yes
  if [ -r "$run/uplink" ]; then read -r uplink <"$run/uplink"; fi
  note_minute
  if [ -n "$OTHER_CIDRS" ]; then (learn_stand_in) </dev/null & fi
  if [ -n "${NOTIFY_SOCKET:-}" ]; then timeout 5 systemd-notify WATCHDOG=1; fi
}

# A secondary address may be assigned, or taken away, after the boot: then the rules are made anew. In the background, since
# nothing here waits for the metadata service.
learn_stand_in() {
  local known=""
  if [ -r "$run/stand-in" ]; then read -r known <"$run/stand-in" || true; fi
  find_stand_in "$uplink" || return 0
  if [ "$stand_in" != "$known" ]; then timeout 30 bash "$dir/configure.sh"; fi
}

# Sleeps for a second, or until the kernel tells of changed rules on the socket that systemd has opened. Each read takes one
# message, whatever its length; one that begins with a zero ends at it, and an error is a message that was lost.
has_socket=""
if [ "${LISTEN_FDS:-0}" = 1 ] && [ "${LISTEN_PID:-}" = $$ ]; then has_socket=yes; fi
hear() {
  local messages=0 code=0
  if [ -z "$has_socket" ]; then
    changed=yes
    sleep 1
    return
  fi
  IFS= read -r -d '' -n 1 -t 1 -u 3 _ || code=$?
  # More than 128: nothing came within the second.
  if [ "$code" -gt 128 ]; then return; fi
  changed=yes
  # Whoever changes rules all the time makes this list them three times a second, no more.
  sleep 0.3
  while [ "$messages" -lt 200 ] && IFS= read -r -d '' -n 1 -t 0.005 -u 3 _; do messages=$((messages + 1)); done
} 2>/dev/null

minute_at=-1
round() {
  read -r now _ </proc/uptime
  now=${now%.*}
  look_after forwarding 10
  look_after redirects 10
  look_after rules 10
  look_after names 90
  if [ "$minute_at" -lt 0 ] || [ $((now - minute_at)) -ge 60 ]; then
    minute_at=$now
    each_minute
  fi
  look_outside 30
  if [ "$egress" = false ]; then began_at egress "$now"; fi
  if [ -n "$due" ]; then (ask_outside) </dev/null >/dev/null 2>&1 & fi
  { printf '%010d %010d\n' "$now" "$repairs" 1<>"$run/guard"; } 2>/dev/null || true
}

# After it was killed it goes on counting.
if [ -r "$run/guard" ] && read -r _ value <"$run/guard" && [[ $value =~ ^[0-9]{1,10}$ ]]; then repairs=$((10#$value)); fi
read_loaded

while true; do
  round
  hear
done
