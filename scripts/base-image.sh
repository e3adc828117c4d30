#!/usr/bin/env bash
# Makes sure that the base image of docker/ is in the local image store: what is there is kept, else it is pulled, else
# made by debootstrap from a Debian mirror (as root, for debian:bookworm-slim alone).
# Usage: scripts/base-image.sh
#   BASE_IMAGE  debian:bookworm-slim
# Exits 3 when there is no Docker or the image cannot be had here.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/time-limit.sh"
image="${BASE_IMAGE:-debian:bookworm-slim}"
pull_limit_s=120
if ! time_limit 10 docker version >/dev/null 2>&1; then
  echo "no Docker daemon answers at ${DOCKER_HOST:-the default socket}" >&2
  exit 3
fi
if docker image inspect "$image" >/dev/null 2>&1; then exit 0; fi
if reason="$(time_limit "$pull_limit_s" docker pull --quiet "$image" 2>&1)"; then exit 0; fi
if [ "$image" != debian:bookworm-slim ] || [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
  echo "base image $image is not here and cannot be pulled: $(tail -n 1 <<<"$reason")" >&2
  echo "(as root, with debootstrap installed, debian:bookworm-slim is made from a Debian mirror)" >&2
  exit 3
fi

echo "base image $image cannot be pulled: making it by debootstrap" >&2
root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase bookworm "$root" >"$root.log" 2>&1 || {
  tail -n 20 "$root.log" >&2
  exit 1
}
rm "$root.log"
# What this machine trusts beyond Debian's certificates; ca-certificates takes it up wherever it gets installed.
mkdir -p "$root/usr/local/share/ca-certificates"
cp -L /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/*.log \
  "$root"/usr/share/{doc,man,locale,info}/*
tar -C "$root" --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' -c . |
  docker import --change 'CMD ["bash"]' - "$image" >/dev/null
