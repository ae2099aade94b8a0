#!/usr/bin/env bash
# What a staged run costs beside the server's own start and answers, and that a
# hundred of them in a row leave nothing behind, though every fifth is killed:
#
#   SEATRIAL_SERVERS=FOLDER ci/bench-staging.sh [RUNS]
#
# FOLDER is where ci/servers.sh built Triton. It needs python3, and a built
# `seatrial` (SEATRIAL, default target/debug/seatrial).
set -euo pipefail
cd "$(dirname "$0")/.."
seatrial=$(realpath "${SEATRIAL:-target/debug/seatrial}")
: "${SEATRIAL_SERVERS:?names the folder of servers}"
export SEATRIAL_SERVERS
# Everything of these runs has this name in it: other work may go on beside them.
folder=$(mktemp -d "${TMPDIR:-/tmp}/seatrial-bench-XXXXXX")
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/specs/staged" "$folder/tmp"
cp -r specs/serving/triton specs/serving/wdbc.onnx specs/serving/wdbc.examples.json "$folder/specs/staged"
cat >"$folder/specs/staged/bench.toml" <<'TOML'
[package.wdbc]
path = "wdbc.onnx"
examples = "wdbc.examples.json"

[server.triton]
command = ["{servers}/triton-2.51-onnxruntime-1.23.2/serve", "--model-repository={stage}/models", "--http-address=127.0.0.1", "--http-port={port}"]
load = "request"
package_at = "models/{name}/1/model.onnx"
layout = { "models/{name}/1/model.py" = "triton/model.py", "models/{name}/config.pbtxt" = "triton/config.pbtxt" }

[test.staged]
check = "serves"
package = "wdbc"
server = "triton"
starts = 1
batches = [24]
requests = 1
concurrency = 1
refuses = []
TOML
python3 - "$seatrial" "$folder" "${1:-100}" <<'PY'
import glob, json, os, statistics, subprocess, sys, time

seatrial, folder, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
command = [seatrial, "--specs", f"{folder}/specs", "--state", f"{folder}/state"]
command += ["test", "--tier", "all", "--format", "json"]
environment = os.environ | {"TMPDIR": f"{folder}/tmp"}


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def left():
    """What there is of these runs, by kind."""
    mine = lambda path: folder in read(path)
    processes = [p for p in glob.glob("/proc/[0-9]*") if int(p[6:]) != os.getpid()]
    tcp = read("/proc/net/tcp") + read("/proc/net/tcp6")
    ports = [line for line in tcp.splitlines() if ":1F40 " in line and " 0A " in line]
    return {
        "processes": sum(mine(f"{p}/cmdline") or mine(f"{p}/environ") for p in processes),
        "listeners on port 8000 outside": len(ports),
        "mounts": read("/proc/self/mountinfo").count(folder),
        "shared memory": len(os.listdir("/dev/shm")) + read("/proc/sysvipc/shm").count("\n"),
        "control groups": len(glob.glob("/sys/fs/cgroup/**/seatrial-*", recursive=True)),
        "temporary folders": len(os.listdir(f"{folder}/tmp")),
    }


before = left()
costs, killed = [], 0
for run in range(runs):
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    if run % 5 == 4:
        # At another moment each time, from its first breath to its last.
        time.sleep(0.02 + 0.09 * (run // 5 % 20))
        process.kill()
        process.communicate()
        killed += 1
        continue
    lines = [json.loads(line) for line in process.communicate()[0].splitlines()]
    case = next(line for line in lines if line["event"] == "case")
    if case["status"] != "pass":
        sys.exit(f"{case['status']}: {case.get('message')}")
    took = {one["name"]: one["value"] for one in case["measurements"]}
    own = took["start_s"] + took["load_s"] + took["stop_s"] + took["latency_ms_p50"] / 1e3
    costs.append(case["seconds"] - own)
time.sleep(3)  # what was killed is tidied up by its keeper
after = left()
costs.sort()
print(f"{runs} staged runs, {killed} of them killed")
print(f"harness cost: median {statistics.median(costs):.3f} s, most {costs[-1]:.3f} s")
for kind, count in after.items():
    print(f"{kind}: {before[kind]} before, {count} after")
if after != before:
    sys.exit("something is left")
PY
