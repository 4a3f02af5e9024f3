#!/bin/sh
# Builds the wheel, installs it with the hash-locked runtime into a fresh environment, and starts it from an empty
# folder: it must find its data, its launcher and its commands there. Usage: tests/wheel.sh PYTHON
set -eu
python=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
"$python" -m build --quiet --no-isolation --wheel --outdir "$work/dist" . >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.lock
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$work"/dist/*.whl
mkdir "$work/empty"
cd "$work/empty"
"$work/venv/bin/zcc-console" --version
"$work/venv/bin/zcc-console" --help >/dev/null
"$work/venv/bin/zcc-console" protocols list >/dev/null
"$work/venv/bin/python" - <<'PY'
import json, os, signal, subprocess, sys, tempfile
state = tempfile.mkdtemp()
demo = subprocess.Popen(
    [os.path.join(os.path.dirname(sys.executable), "zcc-console"), "demo", "--headless", "--seed", "1", "--state", state],
    stdout=subprocess.PIPE, text=True,
)
line = demo.stdout.readline()
said = json.loads(line)
assert {"hub", "rav", "tokens", "profile"} <= set(said), said
demo.send_signal(signal.SIGTERM)
assert demo.wait(timeout=30) in (0, 143, -15), demo.returncode
print("wheel: starts from an empty folder, finds its data, opens a region")
PY
test -z "$(ls -A .)" || { echo "the program left files in the working folder:"; ls -A .; exit 1; }
