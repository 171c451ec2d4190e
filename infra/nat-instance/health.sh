#!/bin/bash
# Answers one HTTP request on its standard input: how this NAT is. systemd starts it for each connection, so that nothing
# waits for one. 200 where all is well, 503 with the problems otherwise. It starts one program, nft, and no subshell: each
# takes milliseconds.
set -u

dir=${PHOENAT_DIR:-/etc/phoenat}
NAMES=""
SPEC_HASH=""
HAND_OVER_SECONDS=0
# shellcheck source=/dev/null
[ -f "$dir/nat.env" ] && . "$dir/nat.env"
# shellcheck source-path=SCRIPTDIR source=say.sh
. "$dir/say.sh"
# shellcheck source-path=SCRIPTDIR source=look.sh
. "$dir/look.sh"

# Whoever dawdles, or sends more than a question, gets no answer.
read -r -t 2 -n 4096 request || exit 0
length=0
while read -r -t 2 -n 4096 header && [ -n "${header%$'\r'}" ]; do
  [ "$SECONDS" -lt 5 ] || exit 0
  if [[ ${header,,} =~ ^content-length:\ ?([0-9]{1,5})$'\r'?$ ]]; then length=${BASH_REMATCH[1]}; fi
done

# What it wants, by its hash, until that has come: then it is run, and nothing else that anybody sends.
wants=null
if [ -r "$run/wants" ] && [ ! -e "$dir/extras.sh" ]; then
  read -r wants <"$run/wants"
  case $request in "PUT /extras "*)
    # systemd ends this script after ten seconds, and not what it has started.
    timeout 3 head --bytes="$length" >"$run/extras.$$"
    status="400 Bad Request" hash=$(sha256sum "$run/extras.$$")
    if [ "${hash%% *}" = "$wants" ] && mv "$run/extras.$$" "$run/extras"; then status="200 OK"; fi
    rm -f "$run/extras.$$"
    printf 'HTTP/1.0 %s\r\nConnection: close\r\n\r\n' "$status"
    exit ;;
  esac
  wants="\"$wants\""
fi

# Its table of connections, for the instance that takes its place, what changes in it, for the neighbour's copy, and which
# addresses are in use.
case $request in "GET /connections "*) exec python3 "$dir/connections.py" give ;; "GET /copy "*) exec python3 "$dir/connections.py" pass-on ;; "PUT /in-use "*) exec python3 "$dir/paging.py" "$length" ;; esac

read -r now _ </proc/uptime
now=${now%.*}

# $1 names what is wrong, $2 says it.
problems="" began=0
problem_is() {
  local what=${2//[\"\\]/}
  began_at "$1" "$now"
  problems="$problems${problems:+, }{\"what\": \"${what//[[:cntrl:]]/ }\", \"forSeconds\": $((now - began))}"
}

# What kept the boot script or configure.sh from doing its work.
if [ -s "$run/problem" ]; then
  read_value "$run/problem"
  problem_is problem "$value"
fi

forwarding=false redirects=true
if forwards; then forwarding=true; else problem_is forwarding "forwarding is off"; fi
if redirects; then problem_is redirects "redirects are on"; else redirects=false; fi

# Before there is nft, the kernel is asked without it: what passed is not counted then.
if command -v nft >/dev/null; then
  rules=$(nft list table ip phoenat 2>/dev/null)
else
  read_value "$run/stand-in"
  rules=$(python3 "$dir/rules.py" look "${value#0}" 2>/dev/null)
fi
masquerade=false filter=false
if [[ $rules == *masquerade* ]]; then masquerade=true; else problem_is rules "nothing is translated: the ruleset is not loaded"; fi
if [[ $rules == *"hook forward"*"policy drop"* ]]; then filter=true; else problem_is filter "there is no filter"; fi

names=null
if [ -n "$NAMES" ]; then
  names=false
  if { exec 3<>/dev/tcp/127.0.0.1/3128; } 2>/dev/null; then names=true; exec 3>&-; else problem_is names "the name filter does not answer"; fi
fi

# The boot is done and it can forward. Whether anything is there to forward to, `egress` says.
ready=false
if [ -e "$run/forwarded" ] && [ "$forwarding $masquerade $filter" = "true true true" ] && [ "$names" != false ]; then ready=true; fi
# It is still to hear of its predecessor's connections, for which there are some seconds.
read_value "$run/fetching"
if [[ $value =~ ^[1-9][0-9]{0,9}$ ]] && [ $((now - value)) -lt 6 ]; then ready=false; fi

if [ "$wants" != null ] && [ "$now" -gt 600 ]; then problem_is extras "no probe has brought what the user data had no room for"; fi

# Asked after the answer, and told the next time.
look_outside 10
[ "$egress" != false ] || problem_is egress "this instance has no way to the internet"

read_value /proc/sys/net/netfilter/nf_conntrack_count
used=$value
read_value /proc/sys/net/netfilter/nf_conntrack_max
most=$value
if [ "$most" -gt 0 ] && [ $((used * 100)) -gt $((most * 90)) ]; then problem_is table "the connection table is nearly full"; fi

# Whether it was asked for, and the kernel took it. What takes it is in no counter of the rules.
flow_table=null
if [ -r "$run/flow-table" ]; then read -r flow_table <"$run/flow-table"; fi
case $flow_table in true | false) ;; *) flow_table=null ;; esac

# Word by word, from the part before the chains: `read` would take a system call for each character.
counters="" name="" before=""
set -f
for word in ${rules%%chain *}; do
  case $before in
    counter) name=$word ;;
    packets)
      case $flow_table-$name in true-out | true-back) name="" ;; esac
      if [ -n "$name" ]; then counters="$counters${counters:+, }\"$name\": {\"packets\": $word, "; fi ;;
    bytes) if [ -n "$name" ]; then counters="$counters\"bytes\": $word}"; fi ;;
  esac
  before=$word
done

# Whether the rules were loaded without nft, or why not.
early=null
read_value "$run/early"
if [ "$value" != 0 ]; then value=${value//[\"\\]/} early="\"${value//[[:cntrl:]]/ }\""; fi

# How long this boot took to come so far, as far as it came.
boot=""
for name in address rules forwarding health egress; do
  read_value "$run/boot-$name"
  if [[ $value =~ ^[0-9]+(\.[0-9]+)?$ && $value != 0 ]]; then boot="$boot${boot:+, }\"$name\": $value"; fi
done

# What guard.sh notes: load once a minute, its repairs each second. What is old is not told, for then it does not run.
minute=null guard=null at="" text=""
if [ -r "$run/minute" ]; then read -r at text <"$run/minute"; fi
if [[ $at =~ ^[0-9]{1,10}$ && $text == "{"*"}" ]] && [ $((now - 10#$at)) -le 130 ]; then minute=$text; fi
at="" text=""
if [ -r "$run/guard" ]; then read -r at text <"$run/guard"; fi
read_value "$run/boot-forwarding"
if [[ "$at $text" =~ ^[0-9]{1,10}\ [0-9]{1,10}$ ]]; then
  value=$((10#$at))
  if [ $((now - value)) -le 30 ]; then guard="{\"repairs\": $((10#$text))}"; fi
fi
# Since its last word, or without one since forwarding began: nft, which it takes, may be a while in coming.
if [[ $value =~ ^[0-9]{1,10}(\.[0-9]+)?$ && $value != 0 ]] && [ $((now - 10#${value%.*})) -gt 600 ]; then problem_is guard "the guard does not run"; fi

# Whether a shutdown would be held, or is: hand-over.sh notes it.
hand_over=null at="" text=""
if [ "$HAND_OVER_SECONDS" -gt 0 ] && [ -r "$run/hand-over" ]; then
  read -r text at <"$run/hand-over"
  case $text in
    ready) hand_over="{\"atMostSeconds\": $HAND_OVER_SECONDS}" ;;
    holds) if [[ $at =~ ^[0-9]{1,10}$ ]]; then
      hand_over="{\"atMostSeconds\": $HAND_OVER_SECONDS, \"heldForSeconds\": $((now - 10#$at))}"
    fi ;;
  esac
fi

# As which address other zones' packets leave, where the rules know one.
stand_in=null
read_value "$run/stand-in"
if [[ $value =~ ^[0-9.]{7,15}$ && $rules == *" : $value"[!0-9]* ]]; then stand_in="\"$value\""; fi

# The copy of the neighbour's connections, as neighbour.py notes it with each news.
copy=null at="" text="" value=""
if [ -r "$run/copied" ]; then read -r at text value <"$run/copied"; fi
if [[ "$at $value" =~ ^[0-9]{1,10}\ [0-9]{1,10}$ && $text =~ ^[0-9.]{7,15}$ ]]; then
  copy="{\"of\": \"$text\", \"connections\": $value, \"ageSeconds\": $((now - at))}"
fi

# Whether clients are asked whose a packet is, in paging.py's own words.
paging=""
if [ -r "$run/paging" ]; then read -r paging <"$run/paging"; fi

ok=true status="200 OK"
if [ -n "$problems" ]; then ok=false status="503 Service Unavailable"; fi
body="{\"ok\": $ok, \"ready\": $ready, \"problems\": [$problems], \"forwarding\": $forwarding, \"redirects\": $redirects, \
\"masquerade\": $masquerade, \"filter\": $filter, \"nameFilter\": $names, \"egress\": $egress, \
\"connections\": {\"used\": $used, \"most\": $most}, \"counters\": {$counters}, \"lastMinute\": $minute, \
\"boot\": {$boot}, \"early\": $early, \"guard\": $guard, \"handOver\": $hand_over, \"flowTable\": $flow_table, \"standIn\": $stand_in, \"wants\": $wants, \"copy\": $copy, \"paging\": ${paging:-null}, \
\"uptimeSeconds\": $now, \"spec\": \"$SPEC_HASH\"}"
printf 'HTTP/1.0 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n' "$status" $((${#body} + 1))
case $request in HEAD*) ;; *) printf '%s\n' "$body" ;; esac
if [ -n "$due" ]; then (ask_outside) </dev/null >/dev/null 2>&1 & fi
