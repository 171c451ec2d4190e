#!/bin/bash
# In an image of one's own: lets an instance forward before cloud-init has come to its user data. At each boot it asks the
# instance metadata service for the user data of this very launch, takes configure.sh and what that needs out of it, and
# runs it as soon as there is a default route. Nothing of a configuration is in the image, so that no other than the
# launch's is ever loaded. Where anything is not as expected, it leaves all of it to cloud-init, which does the same later.
# In bash, which is there in a tenth of the time that Python takes, while a small instance boots with one busy core.
set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

service=http://${IMDS:-169.254.169.254}/latest
# In memory, apart from what cloud-init writes: that may come at any time, and a script must not change while it runs.
folder=/run/phoenat-first
patience_seconds=180

leave() {
  echo "phoenat: the rules are left to cloud-init: $*"
  exit
}
# Without a process: nobody ever writes there.
exec {silence}<> <(:)
pause() {
  [ "$SECONDS" -lt "$patience_seconds" ] || leave "there is no network, or no metadata service"
  read -r -t 0.1 -u "$silence" || true
}
has_route() {
  local destination mask
  while read -r _ destination _ _ _ _ _ mask _; do
    [ "$destination$mask" != 0000000000000000 ] || return 0
  done </proc/net/route
  return 1
}

# Version 2 of the service: version 1 may be switched off. Fails where it cannot be reached yet.
ask() { curl --silent --fail --max-time 2 --noproxy '*' "$@"; }
fetch() {
  local token
  token=$(ask --request PUT --header "X-aws-ec2-metadata-token-ttl-seconds: 60" "$service/api/token") || return 1
  ask --header "X-aws-ec2-metadata-token: $token" --output "$folder/user-data" "$service/user-data"
  case $? in
    0) ;;
    22) leave "this launch has no user data" ;;
    *) return 1 ;;
  esac
}

# The files that the first command of infra/user-data.ts writes; none, where it is somebody else's user data.
take_files() {
  gzip --decompress --stdout --force "$folder/user-data" | awk -v folder="$folder" '
    NR <= 3 { if ($0 != (NR == 1 ? "#cloud-config" : NR == 2 ? "bootcmd:" : "  - |")) exit; next }
    /^[^ ]/ { exit }
    { sub(/^    /, "") }
    file != "" { if ($0 == "END OF FILE") { close(file); file = "" } else print >file; next }
    /^cat >[^ ]+ <<.END OF FILE.$/ {
      path = substr($2, 2)
      file = path ~ /^\/etc\/phoenat\/[A-Za-z0-9._-]+$/ ? folder "/" substr(path, 14) : "/dev/null"
    }'
}

# A part of the time that the rules take is the kernel's, for its modules; there is nothing else to do meanwhile.
modprobe --all --quiet nf_tables nf_conntrack nft_ct nft_limit nft_log nft_chain_nat nft_masq nft_nat nft_redir 2>/dev/null &

mkdir -p "$folder" && chmod 0700 "$folder"
until has_route && fetch; do pause; done
take_files
for name in nat.env configure.sh; do
  [ -f "$folder/$name" ] || leave "$name is not in the user data, or in another form"
done
# Cloud-init may take its own short-lived lease away in between.
for _ in 1 2 3; do
  until has_route; do pause; done
  if PHOENAT_DIR=$folder timeout 60 bash "$folder/configure.sh"; then exit; fi
  sleep 1
done
leave "they do not load"
