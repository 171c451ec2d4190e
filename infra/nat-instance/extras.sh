#!/bin/bash
# Starts what an instance can forward without: bootstrap.sh does it at each boot, and whatever has brought these files.
set -u
# shellcheck source-path=SCRIPTDIR source=say.sh
. /etc/phoenat/say.sh

HAND_OVER_SECONDS=0
KEEP_CONNECTIONS=""
OTHER_CIDRS=""
PREDECESSOR=""
WATCH=""
# shellcheck source=/dev/null
. /etc/phoenat/nat.env

# The connections of the instance whose place this one takes, at its first boot. `ready` of the health answer
# waits for the first of them, some seconds at most.
if [ -n "$PREDECESSOR" ] && [ -e /etc/phoenat/connections.py ] && mkdir /etc/phoenat/taken 2>/dev/null; then
  systemd-run --quiet --collect --no-block --unit=phoenat-connections --nice=10 --property=RuntimeMaxSec=3600 --property=StandardOutput=journal+console \
    --property=MemoryMax=200M --property=OOMScoreAdjust=500 python3 /etc/phoenat/connections.py take "$PREDECESSOR" "${HEALTH_PORT:-8765}" || say "the connections of $PREDECESSOR are not fetched"
fi

# It keeps what nft has loaded: bootstrap.sh starts it after that, where the guard is there by then.
if [ -e "$run/nat.nft" ]; then systemctl start --no-block phoenat-guard.service; fi
if [ "$HAND_OVER_SECONDS" -gt 0 ]; then systemctl start --no-block phoenat-hand-over.service; fi
if [ "$KEEP_CONNECTIONS" = all ] && [ -e /etc/phoenat/paging.py ]; then systemctl start --no-block phoenat-paging.service; fi
if [ -n "$WATCH" ]; then
  systemctl start --no-block phoenat-watch.service
  # To stand in for whom it watches.
  if [ -n "$OTHER_CIDRS" ] && [ -e /etc/phoenat/neighbour.py ]; then systemctl start --no-block phoenat-neighbour.service; fi
fi
# An instance forwards without any of it: bootstrap.sh goes on.
exit 0
