#!/bin/bash
# Makes the network namespace that it runs in a NAT, from nat.env and nat.nft. Safe to run again: the rules are replaced in
# one transaction, and nothing is forwarded before they are loaded. A boot waits for this, so it starts few programs: each
# takes a small instance some hundredth of a second.
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

# A default route may also lead nowhere (unreachable, blackhole): then there is no interface.
uplink="" route=$(ip -4 route show default)
if [[ $route =~ \ dev\ ([^ ]+) ]]; then uplink=${BASH_REMATCH[1]}; fi
[ -n "$uplink" ] || die "no default route: there is no interface to translate on"
milestone address
# Where the instance lives that takes this one's place, or whose place it takes.
subnet=$(ip -4 route show dev "$uplink" proto kernel scope link)
subnet=${subnet%%[[:space:]]*}
# And the instances of the other zones.
subnet="${subnet:-127.0.0.1} $NAT_CIDRS"
echo "$subnet" >"$run/subnet"

# Nothing waits for it: the zone's own clients are served all the same, and the guard asks again.
if [ -n "$OTHER_CIDRS" ] && ! find_stand_in "$uplink"; then
  say "the metadata service does not say whether there is a secondary address"
  if [ -r "$run/stand-in" ]; then read -r stand_in <"$run/stand-in" || true; fi
fi

# "a b  c" as the elements of the set $1. An empty set is left as it is.
fill() {
  local name=$1 elements words
  read -r -a words <<<"$2"
  [ ${#words[@]} -gt 0 ] || return 0
  printf -v elements '%s, ' "${words[@]}"
  echo "add element ip phoenat $name { ${elements%, } }"
}

# "tcp 443 0.0.0.0/0" by protocol, port and range; "all", perhaps with a range, for everything.
fill_egress() {
  local rule protocol ports cidr IFS=';'
  for rule in $EGRESS; do
    IFS=' ' read -r protocol ports cidr <<<"$rule"
    case $protocol in
      all) fill anywhere "${ports:-0.0.0.0/0}" ;;
      tcp | udp) echo "add element ip phoenat egress { $cidr . $protocol . $ports }" ;;
      *) die "EGRESS: \"$rule\" is neither \"all\" nor like \"tcp 443 0.0.0.0/0\"" ;;
    esac
  done
}

# The lines that rules.py reads as well.
fill_sets() {
  fill clients "$CLIENT_CIDRS"
  if [ -n "$NAMES" ]; then fill named "$CLIENT_CIDRS"; fi
  fill_egress
  fill uplink "\"$uplink\""
  if [ -n "$stand_in" ]; then
    fill stand_in "$stand_in"
    local cidr
    for cidr in $OTHER_CIDRS; do echo "add element ip phoenat others { $cidr : $stand_in }"; done
  fi
  fill health "$HEALTH_PORT"
  fill askers "${HEALTH_FROM:-$CLIENT_CIDRS}"
  fill instances "$subnet"
  if [ -n "$WATCH" ]; then fill pings echo-request; fi
  fill admin "$ADMIN_CIDR"
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

render() {
  local lines="/#FLOWTABLE /d"
  if [ "$flow_table" = true ]; then lines="s/#FLOWTABLE //; s/@UPLINK@/$uplink/"; fi
  sed "$lines" "$dir/nat.nft"
  fill_sets
}

set_to() { echo "$2" >"/proc/sys/$1"; } 2>/dev/null

# As many connections as an eighth of the memory can hold, at about 320 bytes each, and no fewer than 65,536.
size_table() {
  local kib most
  read -r _ kib _ </proc/meminfo
  most=$((kib * 1024 / 8 / 320))
  if [ "$most" -lt 65536 ]; then most=65536; fi
  if [ "$most" -gt 4000000 ]; then most=4000000; fi
  set_to net/netfilter/nf_conntrack_max "$most" || say "the connection table keeps the kernel's size"
  { echo $((most / 4)) >/sys/module/nf_conntrack/parameters/hashsize; } 2>/dev/null || true
}

# As it was recorded, where there is no nft yet. The flow table needs nft.
load_recorded() {
  local why="there is no python3"
  if [ ! -e "$dir/rules.py" ]; then
    why="the lists leave no room for the recorded rules"
  elif command -v python3 >/dev/null && why=$(fill_sets | python3 -I -S "$dir/rules.py" load "$dir/nat-batch.txt" 2>&1); then
    echo loaded >"$run/early"
    return
  fi
  # The last line of what Python says.
  why=${why##*$'\n'}
  echo "$why" >"$run/early"
  die "nftables is not installed, and the rules cannot be loaded without it: $why"
}

load_with_nft() {
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
}

flow_table=""
if command -v nft >/dev/null; then load_with_nft; else load_recorded; fi
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
while read -r key equals value; do
  if [ "$equals" = = ]; then set_to "${key//./\/}" "$value" || say "not settable here: $key = $value"; fi
done <"$dir/nat-settings.conf"
set_to "net/ipv4/conf/$uplink/send_redirects" 0 || true
size_table
[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || die "the kernel does not let forwarding be switched on"
rm -f "$run/problem"
# With names, nothing gets through before Squid answers: names.sh says it then.
if [ -z "$NAMES" ]; then forwarding_is_on; fi
