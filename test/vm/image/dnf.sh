#!/bin/bash
# A stand-in for Amazon Linux's dnf, in the test's image only: "dnf [options] install PACKAGE" fetches Debian's packages
# by HTTP from the test's internet, and installs them.
set -euo pipefail
package=""
for argument in "$@"; do case $argument in -* | install) ;; *) package=$argument ;; esac; done
# The build that reads TLS.
if [ "$package" = squid ]; then from=squid-openssl; else from=$package; fi

folder=$(mktemp -d)
trap 'rm -rf "$folder" /usr/sbin/policy-rc.d' EXIT
get() { curl --fail --silent --show-error --connect-timeout 5 --max-time 120 "http://192.0.2.40/$from/$1" --output "$folder/${1#./}"; }
get index
while read -r file; do get "$file"; done <"$folder/index"

# Amazon's packages start no service.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
DEBIAN_FRONTEND=noninteractive dpkg --force-confold --install "$folder"/*.deb >/var/log/dnf.log 2>&1
# Its Squid runs as the user squid, Debian's as proxy: two names for one.
if [ "$package" = squid ] && ! id squid >/dev/null 2>&1; then
  useradd --non-unique --uid "$(id -u proxy)" --gid proxy --no-create-home --shell /usr/sbin/nologin squid
fi
