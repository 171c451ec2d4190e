#!/bin/bash
# After each time that a unit of ours has failed. An instance that cannot forward must not stand where something else would
# work: it powers off, which ends it and is an event, for it was launched with InstanceInitiatedShutdownBehavior=terminate.
# Only after several tries and eight minutes since it booted, so that nothing is given up that is merely slow, and never
# once it has forwarded since then: what fails now may be upstream, and no other instance would do better. From then on
# the guard decides.
set -u
# shellcheck source-path=SCRIPTDIR source=say.sh
. "${PHOENAT_DIR:-/etc/phoenat}/say.sh"

# The console is read while the instance is there.
end() {
  cannot_forward "$1"
  sleep "${LINGER_SECONDS:-20}"
  # What cannot forward holds no shutdown.
  : >"$run/given-up"
  systemctl poweroff || systemctl poweroff --force
}

# The guard has tried for itself: what it keeps is on this instance, and no fault of anything upstream.
if [ "$1" = now ]; then
  end "$2"
  exit
fi

tries_at_least=${TRIES:-3} seconds_at_least=${PATIENCE_SECONDS:-480}

why="$1 failed"
case ${SERVICE_RESULT:-success} in
  success) exit 0 ;;
  timeout) why="$1 took too long" ;;
  oom-kill) why="$1 ran out of memory" ;;
  # Only the boot script leaves its reason there, and only where it has ended by itself.
  exit-code) if [ "$1" = "the boot script" ] && [ -s "$run/problem" ]; then why=$(cat "$run/problem"); fi ;;
esac

[ ! -e "$run/forwarded" ] || exit 0
# Who has the rules passes on what is allowed by address, and only lacks a package: so would any other.
case $why in *" cannot be installed: "*) [ ! -e "$run/boot-rules" ] || exit 0 ;; esac
read -r up _ </proc/uptime
up=${up%.*} tries=0
if [ -r "$run/tries" ]; then read -r tries <"$run/tries"; fi
# What is no number is a count that is begun again: later, never earlier.
[[ $tries =~ ^[0-9]{1,6}$ ]] || tries=0
tries=$((10#$tries + 1))
echo "$tries" >"$run/tries.$$" && mv -f "$run/tries.$$" "$run/tries"
say "try $tries, $up s after boot: $why"
if [ "$tries" -lt "$tries_at_least" ] || [ "$up" -lt "$seconds_at_least" ]; then exit 0; fi

end "$why"
