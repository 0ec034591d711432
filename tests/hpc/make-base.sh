#!/bin/bash
# A Debian 12 with Python and ps, made from packages alone: what the images are built on where no registry is reached.
#
#   make-base.sh FOLDER     FOLDER becomes the root of it (root, Debian/Ubuntu; 200 MB)
set -euo pipefail

die() { echo "make-base: $*" >&2; exit 1; }
target=${1:?a folder}
[ "$(id -u)" = 0 ] || die "needs root"
if ! command -v mmdebstrap >/dev/null; then
  command -v apt-get >/dev/null || die "no mmdebstrap, and no apt-get to install it with"
  export DEBIAN_FRONTEND=noninteractive
  wanted="mmdebstrap debian-archive-keyring"
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $wanted >/dev/null 2>&1 \
    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $wanted >/dev/null; } \
    || die "apt-get could not install: $wanted"
fi

beside=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$beside"' EXIT
mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,procps,ca-certificates bookworm "$beside/root.tar"
mkdir "$beside/root"
tar -xf "$beside/root.tar" -C "$beside/root" --exclude='./dev/*'
rm -rf "$beside"/root/usr/share/{doc,man,locale} "$beside"/root/var/lib/apt/lists/*
# pip reaches its index through whatever stands between this machine and it: the same authorities, the same index
bundle=${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}
cp -L "$bundle" "$beside/root/etc/ssl/certs/ca-certificates.crt"
{
  echo '[global]'
  echo 'cert = /etc/ssl/certs/ca-certificates.crt'
  [ -z "${PIP_INDEX_URL:-}" ] || echo "index-url = $PIP_INDEX_URL"
} > "$beside/root/etc/pip.conf"
rm -rf "$target"
mv "$beside/root" "$target"
