#!/bin/bash
# Holds a shutdown while this instance goes on forwarding, until its public address is no longer its own: then another
# has its traffic. `ready` when the boot is done, `hold` as the unit stops, which it does before all that forwarding takes.
# Whoever asks the health endpoint hears of it.
set -u
dir=${PHOENAT_DIR:-/etc/phoenat}
HAND_OVER_SECONDS=0
OTHER_CIDRS=""
STANDBY=""
# shellcheck source=/dev/null
[ -f "$dir/nat.env" ] && . "$dir/nat.env"
# shellcheck source-path=SCRIPTDIR source=say.sh
. "$dir/say.sh"

note() { echo "$1" >"$run/hand-over.new" && mv "$run/hand-over.new" "$run/hand-over"; }
uptime() {
  read -r up _ </proc/uptime
  up=${up%.*}
}
if [ "$1" = ready ]; then
  note ready
  exit
fi
trap 'rm -f "$run/hand-over"' EXIT

# The instance metadata service: version 2, since version 1 may be switched off.
imds=http://${IMDS:-169.254.169.254}/latest
metadata() { curl --silent --fail --max-time 2 --noproxy '*' "$@"; }
# Sets `addresses` to the public ones of this interface, none where there is none. Fails where that is not known.
token="" mac="" addresses=""
look() {
  local code
  [ -n "$token" ] || token=$(metadata --request PUT --header "X-aws-ec2-metadata-token-ttl-seconds: 600" "$imds/api/token") || return 1
  set -- --header "X-aws-ec2-metadata-token: $token"
  [ -n "$mac" ] || mac=$(metadata "$@" "$imds/meta-data/mac") || return 1
  addresses=$(metadata "$@" --write-out '\n%{http_code}' "$imds/meta-data/network/interfaces/macs/$mac/public-ipv4s")
  code=${addresses##*$'\n'} addresses=${addresses%$'\n'*}
  case $code in
    200) addresses=${addresses//$'\n'/ } ;;
    404) addresses="" ;;
    *) return 1 ;;
  esac
}
# While one of those that were there at first still is.
is_here() {
  local address
  for address in $first; do
    case " $addresses " in *" $address "*) return 0 ;; esac
  done
  return 1
}
holds() { say "holds the shutdown until its public address${first:+ $first} has moved, for $HAND_OVER_SECONDS s at most"; }
# To be back within a minute. Where systemd does not tell, it counts as a shutdown.
reboots() {
  local jobs
  jobs=$(systemctl list-jobs --plain --no-legend 2>/dev/null)
  [[ $jobs =~ [[:space:]](reboot|soft-reboot|kexec)\.target[[:space:]]+start ]]
}
ends() {
  say "shuts down after $((up - began)) s: $1"
  exit
}

# Stopped by hand, it holds nothing; nor what never came to forward.
[ "$(systemctl is-system-running 2>/dev/null)" = stopping ] || exit 0
[ "$HAND_OVER_SECONDS" -gt 0 ] && [ -e "$run/forwarded" ] || exit 0
uptime
began=$up first="" known="" said=""
# Another zone's instance, or a standby, can have the traffic at once; a new one would hardly boot sooner than this one again.
if [ -z "$OTHER_CIDRS$STANDBY" ] && reboots; then ends "it boots again, and no other zone's instance can have its traffic meanwhile"; fi
note "holds $began"
while true; do
  uptime
  if [ -e "$run/given-up" ]; then ends "it has given up"; fi
  if [ $((up - began)) -ge "$HAND_OVER_SECONDS" ]; then ends "its public address has not moved"; fi
  # What is not known is not gone.
  if look; then
    if [ -z "$known" ]; then
      known=yes first=$addresses
      [ -n "$first" ] || ends "it has no public address to be moved"
      said=""
    fi
    is_here || ends "its public address has moved"
  fi
  if [ -z "$said" ]; then
    said=yes
    holds
  fi
  sleep 1
done
