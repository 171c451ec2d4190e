#!/bin/bash
# After each time that a unit of ours has failed. An instance that cannot forward must not stand where something else would
# work: it powers off, which ends it and is an event, for it was launched with InstanceInitiatedShutdownBehavior=terminate.
# Only after several tries and minutes, so that nothing is given up that is merely slow, and never once it has forwarded
# since it booted: what fails then may be upstream, and no other instance would do better.
set -u
# shellcheck source-path=SCRIPTDIR source=say.sh
. /etc/phoenat/say.sh
tries_at_least=${TRIES:-3} seconds_at_least=${PATIENCE_SECONDS:-480}

case ${SERVICE_RESULT:-success} in
  success) exit 0 ;;
  timeout) why="$1 took too long" ;;
  oom-kill) why="$1 ran out of memory" ;;
  *) why=$(cat "$run/problem" 2>/dev/null) || why="$1 failed" ;;
esac

[ ! -e "$run/forwarded" ] || exit 0
read -r up _ </proc/uptime
up=${up%.*} tries=0 since=$up
if [ -r "$run/tries" ]; then read -r tries since <"$run/tries"; fi
tries=$((tries + 1))
echo "$tries $since" >"$run/tries"
say "try $tries, in $((up - since)) s: $why"
if [ "$tries" -lt "$tries_at_least" ] || [ $((up - since)) -lt "$seconds_at_least" ]; then exit 0; fi

cannot_forward "$why"
# The console is read while the instance is there.
sleep "${LINGER_SECONDS:-20}"
systemctl poweroff || systemctl poweroff --force
