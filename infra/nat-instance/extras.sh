#!/bin/bash
# Starts what an instance can forward without: bootstrap.sh does it at each boot, and whatever has brought these files.
set -u
# shellcheck source-path=SCRIPTDIR source=say.sh
. /etc/phoenat/say.sh

HAND_OVER_SECONDS=0
KEEP_CONNECTIONS=""
OTHER_CIDRS=""
PREDECESSOR=""
STANDBY=""
WATCH=""
# shellcheck source=/dev/null
. /etc/phoenat/nat.env

# To stand in for whom it watches, and to tell whoever stands in for this one.
copies=""
if [ -n "$WATCH" ] && [ -n "$OTHER_CIDRS$STANDBY" ] && [ -e /etc/phoenat/neighbour.py ]; then copies=yes; fi

fetch() {
  systemd-run --quiet --collect --no-block --nice=10 --property=RuntimeMaxSec=3600 --property=StandardOutput=journal+console \
    --property=MemoryMax=200M --property=OOMScoreAdjust=500 "$@"
}
# The connections of the instance whose place this one takes, at its first boot. `ready` of the health answer
# waits for the first of them, some seconds at most.
if [ -n "$PREDECESSOR" ] && [ -e /etc/phoenat/connections.py ] && mkdir /etc/phoenat/taken 2>/dev/null; then
  fetch --unit=phoenat-connections python3 /etc/phoenat/connections.py take "$PREDECESSOR" "${HEALTH_PORT:-8765}" || say "the connections of $PREDECESSOR are not fetched"
elif [ -e /etc/phoenat/taken ]; then
  : >"$run/again"
  [ -n "$copies" ] || rm -f "$run/fetching"
fi

# It keeps what nft has loaded: bootstrap.sh starts it after that, where the guard is there by then.
if [ -e "$run/nat.nft" ]; then systemctl start --no-block phoenat-guard.service; fi
if [ "$HAND_OVER_SECONDS" -gt 0 ]; then systemctl start --no-block phoenat-hand-over.service; fi
if [ "$KEEP_CONNECTIONS" = all ] && [ -e /etc/phoenat/paging.py ]; then systemctl start --no-block phoenat-paging.service; fi
if [ -n "$WATCH" ]; then systemctl start --no-block phoenat-watch.service; fi
if [ -n "$copies" ]; then
  mkdir -p /etc/phoenat/taken
  systemctl start --no-block phoenat-neighbour.service
  # When its traffic has been elsewhere: neighbour.py names the instance that has it.
  systemctl --quiet is-active phoenat-home.path ||
    fetch --unit=phoenat-home --path-property=PathExists="$run/carrier" python3 /etc/phoenat/connections.py home "${HEALTH_PORT:-8765}" || say "no connections are fetched after another boot"
fi
# An instance forwards without any of it: bootstrap.sh goes on.
exit 0
