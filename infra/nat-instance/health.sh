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

read -r -t 2 request || exit 0
while read -r -t 2 header && [ -n "${header%$'\r'}" ]; do :; done

problems=""
problem() { problems="$problems${problems:+, }\"$1\""; }
value() { if [ -r "$1" ]; then echo "$(<"$1")"; else echo 0; fi; }

# What kept the boot script or configure.sh from doing its work.
if [ -f "$run/problem" ]; then problem "$(tr -d '"\\\n' <"$run/problem")"; fi

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

# Does this instance itself get out? Asked at most every ten seconds, and one answer suffices. The file holds when it was
# asked and what came of it; an old answer is told once more while the next is fetched in the background.
ask_outside() {
  local target result=false
  for target in $EGRESS_TARGETS; do
    if timeout 2 bash -c "exec 3<>/dev/tcp/${target%:*}/${target##*:}" 2>/dev/null; then result=true; break; fi
  done
  printf '%(%s)T %s\n' -1 "$result" >"$run/egress.$BASHPID" && mv "$run/egress.$BASHPID" "$run/egress"
}
printf -v now '%(%s)T' -1
asked=0 egress=false
if [ -r "$run/egress" ]; then read -r asked egress <"$run/egress"; fi
[[ $asked =~ ^[0-9]+$ ]] || asked=0
if [ $((now - asked)) -gt 60 ] || { [ "$egress" = false ] && [ $((now - asked)) -ge 10 ]; }; then
  ask_outside
  read -r asked egress <"$run/egress"
elif [ $((now - asked)) -ge 10 ]; then
  (ask_outside) </dev/null >/dev/null 2>&1 &
fi
[ "$egress" = true ] || problem "this instance has no way to the internet"

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

read -r up _ </proc/uptime
ok=true status="200 OK"
if [ -n "$problems" ]; then ok=false status="503 Service Unavailable"; fi
body="{\"ok\": $ok, \"problems\": [$problems], \"forwarding\": $forwarding, \"redirects\": $redirects, \
\"masquerade\": $masquerade, \"filter\": $filter, \"nameFilter\": $names, \"egress\": $egress, \
\"connections\": {\"used\": $used, \"most\": $most}, \"counters\": {$counters}, \
\"uptimeSeconds\": ${up%.*}, \"spec\": \"$SPEC_HASH\"}"
printf 'HTTP/1.0 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n' "$status" $((${#body} + 1))
case $request in HEAD*) ;; *) printf '%s\n' "$body" ;; esac
