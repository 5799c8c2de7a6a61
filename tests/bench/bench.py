"""What the measurements share: the load generator, a server to measure, and how a figure is judged."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "lib"))

import appliance as lib  # noqa: E402


@contextlib.contextmanager
def serving(options):
    """The load generator and a server with an empty store, for as long as the block lasts."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "bench"
    tools = scimload(target)
    # beside the build, not in /tmp: what is measured includes the disk, and /tmp may be memory
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-", dir=target) as name:
        folder = pathlib.Path(name)
        appliance = lib.Appliance(folder / "data").start()
        try:
            yield tools, appliance, folder
        finally:
            appliance.stop(patience_s=120)


def verdict(name, figure, wanted, good):
    print(f"{name}: {figure:.2f} (wanted {wanted}: {'yes' if good else 'NO'})", flush=True)


def scimload(target):
    """Builds the load generator; gives its folder of binaries."""
    source = pathlib.Path(os.environ.get("SCIMLOAD_DIR") or ROOT.parent / "shared" / "tools" / "scimload")
    if not (source / "Cargo.toml").is_file():
        sys.exit(f"{source} does not hold scimload: set SCIMLOAD_DIR to the folder of its source")
    # a copy outside this workspace's settings; what it was copied from stays as it is
    copy = target / "scimload"
    for path in [source / "Cargo.toml", *sorted((source / "src").rglob("*.rs"))]:
        twin, text = copy / path.relative_to(source), path.read_text(encoding="utf-8")
        if path.name == "Cargo.toml" and "[workspace]" not in text:
            text += "\n[workspace]\n"  # the target folder may lie in another workspace
        if not twin.exists() or twin.read_text(encoding="utf-8") != text:
            twin.parent.mkdir(parents=True, exist_ok=True)
            twin.write_text(text, encoding="utf-8")
    build = ["cargo", "build", "--release", "--features", "store", "--target-dir", str(target)]
    subprocess.run(build, cwd=copy, check=True, env=dict(os.environ, RUSTFLAGS=""))
    return target / "release"


class Bench:
    def __init__(self, tools, appliance, folder, options):
        self.tools, self.appliance, self.folder, self.options = tools, appliance, folder, options
        self.lines = open(options.out, "w", encoding="utf-8") if options.out else None

    def load(self, base, workload, label, *more):
        """One run of a workload; gives its lines by name."""
        command = [self.tools / "scimload", "run", base, "-w", workload, "--label", label, *map(str, more)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        for line in lines:
            if self.lines:
                self.lines.write(json.dumps(line) + "\n")
            if line.get("errors"):
                print(f"  ! {line['workload']}: {line['errors']} errors", flush=True)
        return {line["workload"]: line for line in lines}

    def server(self, workload, *more):
        common = ("--ca", self.appliance.ca_file, "--token", self.appliance.token, "--pid", self.appliance.process.pid)
        return self.load(self.appliance.url, workload, "rollcall", *common, "--state", self.folder / "state.json", *more)

    def hello(self, seconds):
        port = self.options.hello_port
        command = [self.tools / "scimload", "hello", "--listen", f"127.0.0.1:{port}", "--tls"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            time.sleep(1)
            flags = ("--insecure", "--state", self.folder / "hello.json", "--pid", process.pid)
            return self.load(
                f"https://localhost:{port}", "sdp", "hello", *flags, "-n", 10**8, "--secs", seconds, "--conns", 16
            )["sdp"]
        finally:
            process.kill()
            process.wait()

    def create_users(self, wanted):
        print(f"creating {wanted} users", flush=True)
        made = self.server("create", "-n", wanted, "--secs", 1800, "--conns", 64)["create"]
        if made["errors"]:
            sys.exit("users could not be created")
        print(f"  {made['n']} in {made['secs']} s, {made['rps']} a second", flush=True)
