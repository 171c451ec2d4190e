#!/bin/bash
# Makes the network namespace that it runs in a NAT, from nat.env and nat.nft. Safe to run again: the rules are replaced in
# one transaction, and nothing is forwarded before they are loaded.
set -Eeuo pipefail

dir=${PHOENAT_DIR:-/etc/phoenat}
# shellcheck source-path=SCRIPTDIR source=say.sh
. "$dir/say.sh"
# shellcheck source-path=SCRIPTDIR source=stand-in.sh
. "$dir/stand-in.sh"
die() { say "$*" >&2; problem "$*"; exit 1; }
trap 'say "configure.sh FAILED in line $LINENO" >&2; problem "configure.sh failed in line $LINENO"' ERR

# What nat.env does not set.
CLIENT_CIDRS="10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10"
EGRESS="tcp 443 0.0.0.0/0;tcp 80 0.0.0.0/0"
NAMES=""
HEALTH_PORT=8765
HEALTH_FROM=""
ADMIN_CIDR=""
OTHER_CIDRS=""
NAT_CIDRS=""
FLOW_TABLE=""
WATCH=""
# shellcheck source=/dev/null
if [ -f "$dir/nat.env" ]; then . "$dir/nat.env"; fi

# The guard may run this too, and reads what is written here.
exec 9>"$run/lock"
flock --wait 20 9 || die "another configure.sh does not come to its end"

uplink=$(ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
[ -n "$uplink" ] || die "no default route: there is no interface to translate on"
# Where the instance lives that takes this one's place, or whose place it takes.
subnet=$(ip -4 route show dev "$uplink" proto kernel scope link | awk '{ print $1; exit }')
# And the instances of the other zones.
subnet="${subnet:-127.0.0.1} $NAT_CIDRS"
echo "$subnet" >"$run/subnet"

# Nothing waits for it: the zone's own clients are served all the same, and the guard asks again.
if [ -n "$OTHER_CIDRS" ] && ! find_stand_in "$uplink"; then
  say "the metadata service does not say whether there is a secondary address"
  if [ -r "$run/stand-in" ]; then read -r stand_in <"$run/stand-in" || true; fi
fi

# "a b  c" as "a, b, c".
commas() { echo "$1" | awk '{ for (i = 1; i <= NF; i++) printf "%s%s", (i > 1 ? ", " : ""), $i }'; }

# "tcp 443 0.0.0.0/0" as a rule; "all" for everything.
egress_rules() {
  local rule protocol ports cidr IFS=';'
  for rule in $EGRESS; do
    IFS=' ' read -r protocol ports cidr <<<"$rule"
    case $protocol in
      all) echo "    ip daddr ${ports:-0.0.0.0/0} counter name out $1" ;;
      tcp | udp) echo "    ip daddr $cidr $protocol dport $ports counter name out $1" ;;
      *) die "EGRESS: \"$rule\" is neither \"all\" nor like \"tcp 443 0.0.0.0/0\"" ;;
    esac
  done
}

# The short way, where it is asked for with FLOW_TABLE=1 and the kernel has all of it: `flow add` is a module of its own,
# without which nothing at all would be forwarded. Not on 6.19, whose flow tables break TCP under translation.
has_flowtable() {
  [ -n "$FLOW_TABLE" ] || return 1
  case $(uname -r) in 6.19.*) return 1 ;; esac
  nft --check --file - 2>/dev/null <<PROBE
table ip phoenat_probe {
  flowtable f { hook ingress priority filter; devices = { "$uplink" }; }
  chain c { type filter hook forward priority filter; ct state established flow add @f; }
}
PROBE
}

# Uncomments the lines that bear one of these marks, takes the others out, and fills the values in.
render() {
  local marks="" egress passes
  if [ -n "$stand_in" ]; then marks="$marks OTHERS"; fi
  if [ -n "$NAMES" ]; then marks="$marks NAMES"; fi
  if [ -n "$WATCH" ]; then marks="$marks WATCH"; fi
  if [ -n "$ADMIN_CIDR" ]; then marks="$marks ADMIN"; fi
  if [ "$flow_table" = true ]; then marks="$marks FLOWTABLE"; fi
  egress=$(egress_rules accept)
  passes=""
  if [ -n "$NAMES" ]; then passes=$(egress_rules accept | sed 's/ counter name out//'); fi
  MARKS="$marks" EGRESS_RULES="$egress" PASSES="$passes" CLIENTS=$(commas "$CLIENT_CIDRS") \
    UPLINK=$uplink OTHERS=$(commas "$OTHER_CIDRS") STAND_IN=$stand_in SUBNET=$(commas "$subnet") \
    HEALTH_FROM=$(commas "${HEALTH_FROM:-$CLIENT_CIDRS}") HEALTH_PORT=$HEALTH_PORT ADMIN_CIDR=$ADMIN_CIDR \
    awk '
      BEGIN { split(ENVIRON["MARKS"], list, " "); for (i in list) on[list[i]] = 1 }
      function fill(name, value) { while ((at = index($0, "@" name "@")) > 0)
        $0 = substr($0, 1, at - 1) value substr($0, at + length(name) + 2) }
      /^ *#[A-Z]+ / { mark = $1; sub("#", "", mark); if (!(mark in on)) next; sub("#" mark " ", "") }
      { fill("EGRESS", ENVIRON["EGRESS_RULES"]); fill("PASSES", ENVIRON["PASSES"])
        fill("CLIENTS", ENVIRON["CLIENTS"]); fill("UPLINK", ENVIRON["UPLINK"])
        fill("OTHER_CIDRS", ENVIRON["OTHERS"]); fill("STAND_IN", ENVIRON["STAND_IN"]); fill("SUBNET", ENVIRON["SUBNET"])
        fill("HEALTH_FROM", ENVIRON["HEALTH_FROM"]); fill("HEALTH_PORT", ENVIRON["HEALTH_PORT"])
        fill("ADMIN_CIDR", ENVIRON["ADMIN_CIDR"]); print }
    ' "$dir/nat.nft"
}

# As many connections as an eighth of the memory can hold, at about 320 bytes each, and no fewer than 65,536.
size_table() {
  local kib most
  kib=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
  most=$((kib * 1024 / 8 / 320))
  if [ "$most" -lt 65536 ]; then most=65536; fi
  if [ "$most" -gt 4000000 ]; then most=4000000; fi
  sysctl -q -w net.netfilter.nf_conntrack_max="$most" 2>/dev/null || say "the connection table keeps the kernel's size"
  echo $((most / 4)) >/sys/module/nf_conntrack/parameters/hashsize 2>/dev/null || true
}

command -v nft >/dev/null || die "nftables is not installed"
flow_table=""
if [ -n "$FLOW_TABLE" ]; then flow_table=false; fi
if has_flowtable; then flow_table=true; fi
render >"$run/nat.nft.new"
# What the kernel takes when it is asked beforehand it may refuse all the same.
if [ "$flow_table" = true ] && ! nft --file "$run/nat.nft.new"; then
  flow_table=false
  render >"$run/nat.nft.new"
fi
[ "$flow_table" = true ] || nft --file "$run/nat.nft.new" || die "the ruleset does not load; the one before it, if any, is still in force"
mv "$run/nat.nft.new" "$run/nat.nft"
# What the guard compares with.
nft --stateless list table ip phoenat >"$run/loaded.new" && mv "$run/loaded.new" "$run/loaded"
echo "$uplink" >"$run/uplink"
echo "${flow_table:-null}" >"$run/flow-table"
milestone rules
echo "$stand_in" >"$run/stand-in"
case $flow_table in
  true) say "known connections take the flow table" ;;
  false) say "the kernel takes no flow table: every packet takes the usual way" ;;
esac
say "translating on $uplink${stand_in:+, what comes from other zones to $stand_in}"

# A key that this kernel or namespace does not have is passed over and named.
grep -v '^ *#' "$dir/nat-settings.conf" | grep . | while read -r line; do
  sysctl -q -w "${line%% =*}=${line#*= }" 2>/dev/null || say "not settable here: $line"
done
sysctl -q -w "net.ipv4.conf.$uplink.send_redirects=0" 2>/dev/null || true
size_table
[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || die "the kernel does not let forwarding be switched on"
rm -f "$run/problem"
# With names, nothing gets through before Squid answers: names.sh says it then.
if [ -z "$NAMES" ]; then forwarding_is_on; fi
