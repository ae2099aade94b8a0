#!/usr/bin/env bash
# Builds the pinned servers on which models are staged, from package registries:
#
#   ci/servers.sh [FOLDER]
#
# FOLDER is where `{servers}` of a spec points to: SEATRIAL_SERVERS, or
# `servers` in the state folder. What is there already is left alone. PYTHON
# names the interpreter (default: python3.11 or python3), 3.9 to 3.12; Triton
# needs its shared library too (Debian: libpython3.11).
set -euo pipefail
cd "$(dirname "$0")/.."
servers=${1:-${SEATRIAL_SERVERS:-${SEATRIAL_STATE:-.seatrial}/servers}}
python=${PYTHON:-$(command -v python3.11 || command -v python3)}
mkdir -p "$servers"
servers=$(cd "$servers" && pwd)
version=$("$python" -c 'import sys; print(f"{sys.version_info.major}.{sys.version_info.minor}")')

# The launcher is written last: a server without one is not there yet.
launcher() {
  cat >"$1.new"
  chmod +x "$1.new"
  mv "$1.new" "$1"
}

venv() {
  rm -rf "$1"
  "$python" -m venv "$1/venv"
  "$1/venv/bin/pip" install --quiet --disable-pip-version-check "${@:2}"
}

triton() {
  local home=$servers/triton-2.51 onnxruntime=$1 site
  home=$home-onnxruntime-$onnxruntime
  [ ! -x "$home/serve" ] || return 0
  printf 'building %s\n' "$home"
  venv "$home" "onnxruntime==$onnxruntime" "numpy==1.26.4"
  # Its own dependencies are for a Python client that is not used.
  "$home/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps nvidia-pytriton==0.7.0
  site=$home/venv/lib/python$version/site-packages
  mkdir -p "$home/backends"
  cp -r "$site/pytriton/tritonserver/backends/python" "$home/backends/"
  cp "$site/pytriton/tritonserver/python_backend_stubs/$version/triton_python_backend_stub" \
    "$home/backends/python/"
  launcher "$home/serve" <<EOF
#!/bin/sh
# Triton 2.51 with its Python backend and onnxruntime $onnxruntime.
home=\$(dirname "\$(readlink -f "\$0")")
site=\$home/venv/lib/python$version/site-packages
LD_LIBRARY_PATH=\$site/nvidia_pytriton.libs:\${LD_LIBRARY_PATH:-}
PATH=\$home/venv/bin:\$PATH
export LD_LIBRARY_PATH PATH
exec "\$site/pytriton/tritonserver/bin/tritonserver" \\
  --backend-directory="\$home/backends" --model-control-mode=explicit \\
  --allow-grpc=false --allow-metrics=false "\$@"
EOF
}

mlserver() {
  local home=$servers/mlserver-1.7.1
  [ ! -x "$home/serve" ] || return 0
  printf 'building %s\n' "$home"
  # With a newer uvloop it is never ready, and ends with status 0.
  venv "$home" mlserver==1.7.1 onnxruntime==1.23.2 'uvloop<0.22'
  launcher "$home/serve" <<'EOF'
#!/bin/sh
# MLServer 1.7.1 with onnxruntime 1.23.2.
home=$(dirname "$(readlink -f "$0")")
PATH=$home/venv/bin:$PATH
export PATH
exec "$home/venv/bin/mlserver" start "$@"
EOF
}

triton 1.23.2
triton 1.20.1
mlserver
printf 'servers are in %s\n' "$servers"
