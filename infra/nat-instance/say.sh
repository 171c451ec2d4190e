#!/bin/bash
# What this instance says of itself: on the console, where EC2's "Get system log" shows it, and in /run for the health
# endpoint. Sourced by the scripts here. The controller looks for the sentences of the first two functions on the console,
# so nothing else may print them.
run=${PHOENAT_RUN:-/run/phoenat}
mkdir -p "$run"

say() { echo "phoenat: $*"; }
forwarding_is_on() { : >"$run/forwarded"; say "forwarding is on"; }
cannot_forward() { say "cannot forward: $*"; }

# The health endpoint tells it until configure.sh has succeeded.
problem() { echo "$*" >"$run/problem"; }
