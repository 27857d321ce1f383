#!/bin/sh
# Installs the Debian packages named as arguments that are not there yet.
set -eu
missing=
for package; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
    missing="$missing $package"
done
if [ -n "$missing" ]; then
  root=
  if [ "$(id -u)" -ne 0 ]; then root=sudo; fi
  echo "installing$missing"
  $root apt-get update -qq
  # shellcheck disable=SC2086
  $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing \
    >/dev/null
fi
command -v swift >/dev/null || {
  echo "Swift 6.1 or later is needed: https://www.swift.org/install/linux" >&2
  exit 1
}
