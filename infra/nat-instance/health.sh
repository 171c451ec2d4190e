#!/bin/bash
# Answers one HTTP request on its standard input: how this NAT is. systemd starts it for each connection, so that nothing
# of ours stays resident. 200 where all is well, 503 with the problems otherwise.
set -u

dir=${PHOENAT_DIR:-/etc/phoenat}
run=${PHOENAT_RUN:-/run/phoenat}
NAMES=""
SPEC_HASH=""
EGRESS_TARGETS="checkip.amazonaws.com:443 aws.amazon.com:443"
# shellcheck source=/dev/null
[ -f "$dir/nat.env" ] && . "$dir/nat.env"
mkdir -p "$run"

read -r -t 2 request || exit 0
while read -r -t 2 header && [ -n "${header%$'\r'}" ]; do :; done

problems=""
problem() { problems="$problems${problems:+, }\"$1\""; }

forwarding=$(</proc/sys/net/ipv4/ip_forward)
[ "$forwarding" = 1 ] || problem "forwarding is off"
redirects=$(</proc/sys/net/ipv4/conf/all/send_redirects)
[ "$redirects" = 0 ] || problem "redirects are on"

rules=$(nft list table ip phoenat 2>/dev/null)
masquerade=false filter=false
if [[ $rules == *masquerade* ]]; then masquerade=true; else problem "nothing is translated: the ruleset is not loaded"; fi
if [[ $rules == *"hook forward"*"policy drop"* ]]; then filter=true; else problem "there is no filter"; fi

names=null
if [ -n "$NAMES" ]; then
  names=false
  if (exec 3<>/dev/tcp/127.0.0.1/3128) 2>/dev/null; then names=true; else problem "the name filter does not answer"; fi
fi

# Does this instance itself get out? Asked at most every ten seconds, one answer suffices.
ask_outside() {
  local target result=false
  for target in $EGRESS_TARGETS; do
    if timeout 2 bash -c "exec 3<>/dev/tcp/${target%:*}/${target##*:}" 2>/dev/null; then result=true; break; fi
  done
  echo "$result" >"$run/egress.new" && mv "$run/egress.new" "$run/egress"
}
now=$(printf '%(%s)T' -1)
asked=$(stat -c %Y "$run/egress" 2>/dev/null || echo 0)
if [ ! -f "$run/egress" ] || [ $((now - asked)) -gt 60 ]; then
  ask_outside
elif [ $((now - asked)) -ge 10 ]; then
  # The answer of a moment ago is told, and the next one fetched in the background.
  (ask_outside) </dev/null >/dev/null 2>&1 &
fi
egress=$(<"$run/egress")
[ "$egress" = true ] || problem "this instance has no way to the internet"

used=$(cat /proc/sys/net/netfilter/nf_conntrack_count 2>/dev/null || echo 0)
most=$(cat /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null || echo 0)
[ "$most" -gt 0 ] && [ $((used * 100)) -gt $((most * 90)) ] && problem "the connection table is nearly full"

counters=$(awk '
  $1 == "counter" && $3 == "{" { name = $2 }
  $1 == "packets" && name != "" { printf "%s\"%s\": {\"packets\": %s, \"bytes\": %s}", sep, name, $2, $4; sep = ", "; name = "" }
' <<<"$rules")

read -r up _ </proc/uptime
ok=true status="200 OK"
[ -z "$problems" ] || { ok=false; status="503 Service Unavailable"; }
body="{\"ok\": $ok, \"problems\": [$problems], \"forwarding\": $([ "$forwarding" = 1 ] && echo true || echo false), \
\"redirects\": $([ "$redirects" = 0 ] && echo false || echo true), \"masquerade\": $masquerade, \"filter\": $filter, \
\"nameFilter\": $names, \"egress\": $egress, \"connections\": {\"used\": $used, \"most\": $most}, \
\"counters\": {$counters}, \"uptimeSeconds\": ${up%.*}, \"spec\": \"$SPEC_HASH\"}"
printf 'HTTP/1.0 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n' "$status" $((${#body} + 1))
case $request in HEAD*) ;; *) printf '%s\n' "$body" ;; esac
