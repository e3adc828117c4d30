# Sourced. Puts Node 24 first on PATH: the one that is there if it is new enough, else an npm package in .toolchain/.
pairstream_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
pairstream_node_version=24.21.0
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "pairstream needs node >= 18 with npm on PATH (https://nodejs.org)" >&2
  exit 1
fi
if [ "$(node -p 'parseInt(process.versions.node)')" -lt 24 ]; then
  pairstream_platform="node-$(node -p 'process.platform + "-" + process.arch')"
  pairstream_bin="$pairstream_root/.toolchain/node_modules/$pairstream_platform/bin"
  if [ ! -x "$pairstream_bin/node" ]; then
    echo "node $(node -v) is older than 24: installing $pairstream_platform@$pairstream_node_version into .toolchain/" >&2
    npm install --prefix "$pairstream_root/.toolchain" --no-save --ignore-scripts --no-progress --loglevel=error \
      "$pairstream_platform@$pairstream_node_version" >&2
  fi
  export PATH="$pairstream_bin:$PATH"
  # Headers of another Node version must never be used for a native build.
  unset npm_config_nodedir NPM_CONFIG_NODEDIR
fi
export PATH="$pairstream_root/node_modules/.bin:$PATH"
