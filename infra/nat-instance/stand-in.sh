#!/bin/bash
# As which address this instance lets through what comes from other zones: the secondary private address of its interface.
# While it stands in for one of them, that zone's Elastic IP is on it. Sourced by configure.sh and guard.sh. The address
# may be assigned at any time. The kernel need not have it: answers are translated back before they are routed, and a VPC
# delivers by interface and asks no instance for an address (ARP).
# shellcheck disable=SC2034

# The instance metadata service: version 2, since version 1 may be switched off.
metadata() { curl --silent --fail --max-time 1 --noproxy '*' "$@"; }

# Sets `stand_in`, to nothing where the interface $1 has no such address. Fails where that is not known.
stand_in=""
find_stand_in() {
  local service=http://${IMDS:-169.254.169.254}/latest token mac addresses address primary
  token=$(metadata --request PUT --header "X-aws-ec2-metadata-token-ttl-seconds: 60" "$service/api/token") || return 1
  read -r mac <"/sys/class/net/$1/address"
  addresses=$(metadata --header "X-aws-ec2-metadata-token: $token" \
    "$service/meta-data/network/interfaces/macs/$mac/local-ipv4s") || return 1
  # The one that masquerading takes.
  primary=$(ip -4 -o address show dev "$1" scope global | awk '{ sub("/.*", "", $4); print $4; exit }')
  stand_in=""
  for address in $addresses; do
    if [[ $address =~ ^[0-9]{1,3}(\.[0-9]{1,3}){3}$ ]] && [ "$address" != "$primary" ]; then
      stand_in=$address
      return 0
    fi
  done
}
