#!/usr/bin/env python3
"""Starts the release binary in a folder and speaks SCIM to it over TLS; the standard library is all it needs.

Used by the crash test, the empty-chroot test, the conformance suites and the measurements. Run as a program, it
starts an appliance in a temporary folder, runs a command with BASE_URL, TOKEN, CA_FILE, DATA_DIR and SERVER_PID in
its environment, and ends the appliance after it:

    tests/lib/appliance.py [--strict] [--schemas FOLDER] COMMAND [ARGUMENT...]

With --strict the token is that of an account held to the RFCs; with --schemas the server also serves the schemas and
resource types of the files in that folder.
"""

import http.client
import json
import os
import pathlib
import select
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse


def binary():
    """The binary under test: ROLLCALL_BIN, or what a release build left."""
    root = pathlib.Path(__file__).resolve().parents[2]
    target = os.environ.get("CARGO_TARGET_DIR") or root / "target"
    found = pathlib.Path(os.environ.get("ROLLCALL_BIN") or pathlib.Path(target) / "release" / "rollcall")
    if not found.is_file():
        sys.exit(f"{found} is not there: run `cargo build --release` first, or set ROLLCALL_BIN")
    return found.resolve()


class Answer:
    """Status, headers and body of an answer; the body as JSON where it is JSON."""

    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    @property
    def json(self):
        return json.loads(self.text)

    def __str__(self):
        return f"{self.status} {self.text[:600]}"


class Client:
    """One keep-alive connection with a bearer token. It never sends a request twice."""

    def __init__(self, base_url, token, ca_file, timeout=60):
        url = urllib.parse.urlsplit(base_url)
        self.prefix, self.token = url.path.rstrip("/"), token
        tls = ssl.create_default_context(cafile=ca_file)
        self.connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=timeout, context=tls)

    def send(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/scim+json"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/scim+json"
            data = json.dumps(body).encode()
        try:
            self.connection.request(method, self.prefix + path, data, headers)
            response = self.connection.getresponse()
            text = response.read().decode()
        except BaseException:
            self.connection.close()  # the next request opens a connection of its own
            raise
        return Answer(response.status, response.headers, text)


class Appliance:
    """A running `dev` server over a data folder.

    `command` goes before the arguments, and `inside` is the data folder as the server sees it: both differ from the
    plain case only where the server runs in a chroot.
    """

    def __init__(self, data, command=None, inside=None, log=None):
        self.data = pathlib.Path(data)
        self.command = [str(part) for part in command or [binary()]]
        self.inside = pathlib.Path(inside or data)
        self.log = pathlib.Path(log or f"{data}.log")
        self.process = None

    def spawn(self, **options):
        arguments = ["dev", "--data", str(self.inside), "--port", "0", "--output", "json"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command + arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, **options
            )

    def define(self, folder):
        """Has the server serve the schemas of a folder; before it is first started."""
        schemas = self.data / "schemas"
        schemas.mkdir(parents=True)
        (self.data / "dev").touch()  # `dev` takes a folder that is not empty only when it made it
        for file in pathlib.Path(folder).glob("*.json"):
            shutil.copy(file, schemas)

    def start(self, patience_s=60, **options):
        """Starts the server and waits for the line that says it serves."""
        self.spawn(**options)
        line, deadline = b"", time.monotonic() + patience_s
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                why = f"ended with {self.process.wait()}" if ready else f"said nothing for {patience_s} s"
                self.kill()
                raise RuntimeError(f"the server {why}\n{line.decode()}\n{self.last_words()}")
            line += piece
        ready = json.loads(line)
        self.url, self.token = ready["tenantUrl"], ready["secretToken"]
        shown = pathlib.Path(ready["caFile"])
        self.ca_file = str(self.data / shown.relative_to(self.inside) if shown.is_absolute() else shown)
        return self

    def client(self, token=None):
        return Client(self.url, token or self.token, self.ca_file)

    def last_words(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def kill(self):
        """As a power cut would, as far as a process can."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self, patience_s=30):
        """Asks the server to end; gives its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"the server did not end within {patience_s} s of SIGTERM\n{self.last_words()}") from None
        finally:
            self.process.stdout.close()

    def cli(self, *arguments):
        """A command on the data folder with JSON output: (exit status, what it printed, its complaints)."""
        command = [*self.command, *arguments, "--data", str(self.inside), "--output", "json"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def ask(self, *arguments):
        """What a command that must succeed printed, as JSON."""
        status, out, err = self.cli(*arguments)
        if status != 0:
            raise RuntimeError(f"rollcall {' '.join(arguments)} ended with {status}\n{out}\n{err}")
        return json.loads(out)

    def strict_token(self):
        """A token of an account that is held to the RFCs."""
        self.ask("account", "create", "by-the-book", "--strict")
        return self.ask("token", "create", "by-the-book")["secret"]


def main():
    arguments = sys.argv[1:]
    strict = arguments[:1] == ["--strict"]
    command = arguments[strict:]
    schemas = None
    if command[:1] == ["--schemas"]:
        schemas, command = command[1], command[2:]
    if not command:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="rollcall-") as folder:
        appliance = Appliance(pathlib.Path(folder) / "data")
        if schemas:
            appliance.define(schemas)
        appliance.start()
        try:
            token = appliance.strict_token() if strict else appliance.token
            environment = dict(
                os.environ,
                BASE_URL=appliance.url,
                TOKEN=token,
                CA_FILE=appliance.ca_file,
                DATA_DIR=str(appliance.data),
                SERVER_PID=str(appliance.process.pid),
            )
            status = subprocess.run(command, env=environment).returncode
            if appliance.process.poll() is not None:
                print(f"the server ended by itself\n{appliance.last_words()}")
                status = status or 1
        finally:
            if appliance.process.poll() is None:
                appliance.stop()
    sys.exit(status)


if __name__ == "__main__":
    main()
