#!/bin/bash
# Answers one HTTP request on its standard input: how this NAT is. systemd starts it for each connection, so that nothing
# of ours stays resident. 200 where all is well, 503 with the problems otherwise. It starts one program, nft: each takes
# milliseconds.
set -u

dir=${PHOENAT_DIR:-/etc/phoenat}
run=${PHOENAT_RUN:-/run/phoenat}
NAMES=""
SPEC_HASH=""
EGRESS_TARGETS="checkip.amazonaws.com:443 aws.amazon.com:443"
# shellcheck source=/dev/null
[ -f "$dir/nat.env" ] && . "$dir/nat.env"
[ -d "$run" ] || mkdir -p "$run"

# Whoever dawdles, or sends more than a question, gets no answer.
read -r -t 2 -n 4096 request || exit 0
while read -r -t 2 -n 4096 header && [ -n "${header%$'\r'}" ]; do [ "$SECONDS" -lt 5 ] || exit 0; done

problems=""
problem() { problems="$problems${problems:+, }\"$1\""; }
value() { if [ -r "$1" ]; then echo "$(<"$1")"; else echo 0; fi; }

# What kept the boot script or configure.sh from doing its work, and what they did without.
for file in problem complaint; do
  if [ -f "$run/$file" ]; then problem "$(tr -d '"\\\n' <"$run/$file")"; fi
done

forwarding=false redirects=true
read -r forwards </proc/sys/net/ipv4/ip_forward
read -r redirecting </proc/sys/net/ipv4/conf/all/send_redirects
if [ "$forwards" = 1 ]; then forwarding=true; else problem "forwarding is off"; fi
if [ "$redirecting" = 0 ]; then redirects=false; else problem "redirects are on"; fi

rules=$(nft list table ip phoenat 2>/dev/null)
masquerade=false filter=false
if [[ $rules == *masquerade* ]]; then masquerade=true; else problem "nothing is translated: the ruleset is not loaded"; fi
if [[ $rules == *"hook forward"*"policy drop"* ]]; then filter=true; else problem "there is no filter"; fi

names=null
if [ -n "$NAMES" ]; then
  names=false
  if { exec 3<>/dev/tcp/127.0.0.1/3128; } 2>/dev/null; then names=true; exec 3>&-; else problem "the name filter does not answer"; fi
fi

# Does this instance itself get out? Asked after the answer, at most every ten seconds, and told the next time. One target
# suffices. On a CPU that is short of credits, or while a single packet is lost, a question misses now and then: only the
# third miss in a row says no. The file holds when it was asked last, whether it was ever answered, and misses since.
ask_outside() {
  local target
  for target in $EGRESS_TARGETS; do
    if timeout 5 bash -c "exec 3<>/dev/tcp/${target%:*}/${target##*:}" 2>/dev/null; then
      note "$now yes 0"
      return
    fi
  done
  note "$now $answered $((misses + 1))"
}
note() { echo "$1" >"$run/egress.$BASHPID" && mv "$run/egress.$BASHPID" "$run/egress"; }

read -r up _ </proc/uptime
now=${up%.*} asked="" answered=no misses=0 egress=null
if [ -r "$run/egress" ]; then read -r asked answered misses <"$run/egress"; fi
# What is older than a minute says nothing about now.
if ! [[ $asked =~ ^[0-9]+$ && $misses =~ ^[0-9]+$ ]] || [ $((now - asked)) -gt 60 ]; then
  asked=-10 answered=no misses=0
fi
if [ "$misses" -ge 3 ]; then egress=false; elif [ "$answered" = yes ]; then egress=true; fi
[ "$egress" != false ] || problem "this instance has no way to the internet"
ask=""
if [ $((now - asked)) -ge 10 ]; then
  ask=yes
  # Nobody else is to ask meanwhile.
  note "$now $answered $misses"
fi

used=$(value /proc/sys/net/netfilter/nf_conntrack_count)
most=$(value /proc/sys/net/netfilter/nf_conntrack_max)
if [ "$most" -gt 0 ] && [ $((used * 100)) -gt $((most * 90)) ]; then problem "the connection table is nearly full"; fi

counters="" name=""
while read -r one two three four _; do
  if [ "$one" = counter ] && [ "$three" = "{" ]; then
    name=$two
  elif [ "$one" = packets ] && [ -n "$name" ]; then
    counters="$counters${counters:+, }\"$name\": {\"packets\": $two, \"bytes\": $four}"
    name=""
  fi
done <<<"$rules"

ok=true status="200 OK"
if [ -n "$problems" ]; then ok=false status="503 Service Unavailable"; fi
body="{\"ok\": $ok, \"problems\": [$problems], \"forwarding\": $forwarding, \"redirects\": $redirects, \
\"masquerade\": $masquerade, \"filter\": $filter, \"nameFilter\": $names, \"egress\": $egress, \
\"connections\": {\"used\": $used, \"most\": $most}, \"counters\": {$counters}, \
\"uptimeSeconds\": $now, \"spec\": \"$SPEC_HASH\"}"
printf 'HTTP/1.0 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n' "$status" $((${#body} + 1))
case $request in HEAD*) ;; *) printf '%s\n' "$body" ;; esac
if [ -n "$ask" ]; then (ask_outside) </dev/null >/dev/null 2>&1 & fi
