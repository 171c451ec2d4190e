#!/bin/bash
# Becomes Squid, and says that forwarding is on when Squid answers: before that, nothing gets out by name.
set -u
# shellcheck source-path=SCRIPTDIR source=say.sh
. /etc/phoenat/say.sh
NAMES=""
# shellcheck source=/dev/null
. /etc/phoenat/nat.env

# /run is empty after a reboot.
sed "s/@NAMES@/$NAMES/g" /etc/phoenat/squid.conf >"$run/squid.conf"

# At a reboot Squid may be there although the boot script has failed: that is tried again, or ends the instance.
forwards() { [ -e "$run/nat.nft" ] && translates; }
say_when_it_answers() {
  local missed=0
  while [ "$missed" -lt 120 ]; do
    if ! answers; then missed=$((missed + 1)); elif forwards; then
      forwarding_is_on
      tell_boot
      say_again
      return
    fi
    sleep 1
  done
  # By force, so that the unit counts as failed and is started again.
  kill -KILL $$
}
# Not as a child of Squid's, which would wonder about it.
(say_when_it_answers &)
exec /usr/sbin/squid --foreground -d 1 -f "$run/squid.conf"
